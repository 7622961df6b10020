import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct RoundSenderTests {
  private static let folder = FolderID(high: 1, low: 2)

  @Test func `a round in a folder of twenty thousand logs is sent, and every member has its turn`() async throws {
    let dots = (1...20_000).map { Dot(log: LogID(UInt64($0) << 40), sequence: 1_000) }
    var state = FolderState(log: LogID(1), isFresh: false)
    state.knowledge = VersionVector(dots)
    state.batchHashes = Dictionary(uniqueKeysWithValues: dots.map { ($0.log, $0.log.value | 7) })
    state.dropped = VersionVector(dots.map { Dot(log: $0.log, sequence: 900) })
    let members = (1...12).map { DeviceID(key: Bytes32(words: ($0, 0, 0, 0))) }
    for member in members { state.acknowledged[member] = state.dropped }
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(Self.folder, state: state)

    let connection = EncodingConnection()
    let session = PeerSession(connection: connection, number: 1, opened: .start)
    let sender = RoundSender(folder: Self.folder, session: session, store: store, work: BlockingWork(label: "test"), known: VersionVector())
    async let running: Void = sender.run()
    var seen: Set<DeviceID> = []
    var ends = connection.ends.makeAsyncIterator()
    // Each change of the index is a round; what one leaves out, the next tells.
    for count in UInt64(1)...20 where seen.count < members.count {
      guard let end = await ends.next() else { break }
      #expect(end.knowledge.vector == state.knowledge && end.dropped == state.dropped)
      seen.formUnion(end.acknowledged.keys)
      try store.write(Self.folder, flush: false) { $0.state.shown = FolderDigest(sum: Bytes32(words: (count, 0, 0, 0)), fileCount: 0, directoryCount: 0, byteCount: 0) }
      sender.wake()
    }
    sender.close()
    try await running
    #expect(seen == Set(members))
  }
}

/// A connection that only sends what a real one could put into frames.
private final class EncodingConnection: PeerConnection {
  let device = DeviceID(key: Bytes32(words: (9, 9, 9, 9)))
  let remoteAddress = "192.0.2.1:1"
  let isOutgoing = true
  let bytesSent: Int64 = 0
  let bytesReceived: Int64 = 0
  let ends: AsyncStream<RoundEnd>
  private let sink: AsyncStream<RoundEnd>.Continuation

  init() { (ends, sink) = AsyncStream.makeStream() }

  func send(_ message: Message) async throws {
    _ = try MessageCoder.encode(message)
    if case .roundEnd(_, let end) = message { sink.yield(end) }
  }
  func receive() async throws -> Message? { nil }
  func close() { sink.finish() }
}
