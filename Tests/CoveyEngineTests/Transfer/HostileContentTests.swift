import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
import Testing

/// Peers that answer with other bytes than they were asked for, or not at all.
@Suite(.timeLimit(.minutes(1))) struct HostileContentTests {
  private static let folder = FolderID(high: 1, low: 2)
  private static let liar = DeviceID(key: Bytes32(words: (1, 0, 0, 0)))
  private static let honest = DeviceID(key: Bytes32(words: (2, 0, 0, 0)))

  /// Answers content requests with bytes of its choice.
  private final class Peer: PeerConnection {
    let device: DeviceID
    let remoteAddress = "192.0.2.1:1"
    let isOutgoing = true
    let bytesSent: Int64 = 0
    let bytesReceived: Int64 = 0
    let asked = Mutex(0)
    private let session = Mutex<PeerSession?>(nil)
    private let answer: @Sendable (ContentRequest) -> [Message]

    init(_ device: DeviceID, _ answer: @escaping @Sendable (ContentRequest) -> [Message]) {
      self.device = device
      self.answer = answer
    }

    func begin() -> PeerSession {
      let made = PeerSession(connection: self, number: 1, opened: .start)
      session.withLock { $0 = made }
      return made
    }

    func send(_ message: Message) async throws {
      guard case .contentRequest(let request) = message, let session = session.withLock({ $0 }) else { return }
      asked.withLock { $0 += 1 }
      for message in answer(request) { _ = session.accept(message) }
    }

    func receive() async throws -> Message? { nil }
    func close() { session.withLock { $0 = nil } }
  }

  private static func contents() -> [[UInt8]] { [Array("first".utf8), Array("second one".utf8), [UInt8](repeating: 7, count: 4_000)] }

  private static func fetch(from peers: [Peer]) async throws -> (outcomes: [FetchOutcome], disk: InMemoryDisk, names: [StagedName]) {
    let disk = InMemoryDisk()
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(folder, state: FolderState(log: LogID(1), isFresh: false))
    let sessions = Dictionary(uniqueKeysWithValues: peers.map { ($0.device, $0.begin()) })
    var items: [FetchItem] = []
    for (index, content) in contents().enumerated() {
      items.append(
        FetchItem(
          path: try RelativePath("f\(index)"), kind: .file, root: Root(smallContent: content), target: [], size: Int64(content.count), mode: 0o644,
          modified: .zero, staged: try #require(StagedName("f-\(index)")), here: [], similar: []))
    }
    let fetcher = ContentFetcher(
      folder: folder, device: DeviceID(key: .zero), disk: disk, others: FolderDisks(), store: store, work: BlockingWork(label: "test"), pace: TransferPace(send: 0, receive: 0, now: { .start }), partials: PartialContents(),
      session: { sessions[$0] }, progress: { _ in })
    let outcomes = await fetcher.fetch(FetchJob(id: 1, items: items, peers: peers.map(\.device)))
    return (outcomes, disk, items.map(\.staged))
  }

  private static func honestPeer() -> Peer {
    Peer(honest) { request in
      request.items.enumerated().map { index, item in
        let bytes = contents().first { Root(smallContent: $0) == item.root } ?? []
        return .content(ContentPart(request: request.id, item: UInt32(index), bytes: bytes))
      }
    }
  }

  private static func expectAllFetched(_ result: (outcomes: [FetchOutcome], disk: InMemoryDisk, names: [StagedName])) throws {
    for (index, name) in result.names.enumerated() {
      guard case .staged = result.outcomes[index] else { Issue.record("\(result.outcomes[index])"); continue }
      #expect(try result.disk.hashStaged(name)?.root == Root(smallContent: contents()[index]))
    }
  }

  @Test func `other bytes than the name promises are thrown away and another peer is asked`() async throws {
    let liar = Peer(Self.liar) { request in
      request.items.enumerated().map { index, item in
        .content(ContentPart(request: request.id, item: UInt32(index), bytes: [UInt8](repeating: 0x58, count: Int(item.byteCount))))
      }
    }
    let honest = Self.honestPeer()
    try Self.expectAllFetched(try await Self.fetch(from: [liar, honest]))
    #expect(liar.asked.withLock { $0 } == 1 && honest.asked.withLock { $0 } == 1)
  }

  @Test func `without another peer nothing is staged, and the liar is noted as not having it`() async throws {
    let liar = Peer(Self.liar) { request in
      request.items.enumerated().map { index, item in
        .content(ContentPart(request: request.id, item: UInt32(index), bytes: [UInt8](repeating: 0x58, count: Int(item.byteCount))))
      }
    }
    let result = try await Self.fetch(from: [liar])
    #expect(result.outcomes == [FetchOutcome](repeating: .unavailable([Self.liar]), count: 3))
    #expect(try result.disk.stagedNames().isEmpty)
  }

  @Test func `answers that nobody asked for, twice, or longer than asked are dropped`() async throws {
    let contents = Self.contents()
    let noisy = Peer(Self.honest) { request in
      var messages: [Message] = [
        .content(ContentPart(request: request.id + 7, item: 0, bytes: [1])), .content(ContentPart(request: request.id, item: 99, bytes: [1])),
        .content(ContentPart(request: request.id, item: 0, bytes: [UInt8](repeating: 1, count: 100_000))),
        .contentUnavailable(request: request.id, item: .max),
      ]
      for (index, item) in request.items.enumerated() {
        let bytes = contents.first { Root(smallContent: $0) == item.root } ?? []
        messages.append(.content(ContentPart(request: request.id, item: UInt32(index), bytes: bytes)))
        messages.append(.content(ContentPart(request: request.id, item: UInt32(index), bytes: [UInt8](repeating: 0, count: bytes.count))))
        messages.append(.contentUnavailable(request: request.id, item: UInt32(index)))
      }
      return messages
    }
    try Self.expectAllFetched(try await Self.fetch(from: [noisy]))
  }
}
