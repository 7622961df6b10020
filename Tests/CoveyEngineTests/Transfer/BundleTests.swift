import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Synchronization
import Testing

/// Many small contents in one answer.
@Suite(.timeLimit(.minutes(1))) struct BundleTests {
  /// Source code of a kind: the files have their words in common.
  private static func texts(_ count: Int, byteCount: Int) -> [[UInt8]] {
    var generator = SeededGenerator(seed: 1)
    let words = (0..<600).map { _ in
      Array((0..<Int.random(in: 3...12, using: &generator)).map { _ in UInt8.random(in: 97...122, using: &generator) }) + [32]
    }
    return (0..<count).map { _ in
      var text: [UInt8] = []
      while text.count < byteCount { text += words[Int.random(in: words.indices, using: &generator)] }
      return text
    }
  }

  private static func path(_ number: Int) throws -> RelativePath { try RelativePath("f\(number)") }

  /// What a peer answers when it is asked for all of them, and what came of it.
  private static func fetch(_ contents: [[UInt8]], gone: Int? = nil) async throws -> (outcomes: [FetchOutcome], parts: [ContentPart]) {
    let there = TransferScene(device: DeviceID(key: Bytes32(words: (1, 0, 0, 0))))
    var items: [FetchItem] = []
    for (number, bytes) in contents.enumerated() {
      let path = try path(number)
      let hashed = try TransferScene.put(bytes, at: path, on: there.disk, there.store)
      items.append(
        FetchItem(
          path: path, kind: .file, root: hashed.root, target: [], size: Int64(bytes.count), mode: 0o644, modified: .zero,
          staged: try #require(StagedName("f-\(number)")), here: [], similar: []))
    }
    if let gone { there.disk.remove(try path(gone)) }
    let peer = ServingPeer(there, hashed: try there.disk.hash(try path(0)))
    let here = TransferScene()
    let fetcher = ContentFetcher(
      folder: TransferScene.folder, device: here.device, disk: here.disk, others: here.others, store: here.store, work: BlockingWork(label: "test"),
      pace: TransferPace(send: 0, receive: 0, now: { .start }), partials: here.partials, session: { _ in peer.session }, progress: { _ in })
    let outcomes = await fetcher.fetch(FetchJob(id: 1, items: items, peers: [peer.device]))
    for (number, item) in items.enumerated() where number != gone { #expect(try here.disk.hashStaged(item.staged)?.root == item.root) }
    return (outcomes, peer.sentContents)
  }

  @Test func `small files share frames, and one window of zlib`() async throws {
    let texts = Self.texts(100, byteCount: 5 << 10)
    let (outcomes, parts) = try await Self.fetch(texts)
    #expect(outcomes.allSatisfy { if case .staged = $0 { true } else { false } })
    #expect(parts.count <= 6, "a part for every 256 KiB, and one for every portion that is read")
    let sent = parts.reduce(0) { $0 + ContentHeader.byteCount + (Deflate.compressIfItPays($1.bytes, level: Deflate.levelOfSmall)?.count ?? $1.bytes.count) }
    let alone = try #require(Deflate.compress(Array(texts.joined()), level: Deflate.levelOfSmall)).count
    #expect(Double(sent) < 1.05 * Double(alone), "\(sent) bytes, \(alone) in one stream")
  }

  @Test func `what is not to be had leaves the others together`() async throws {
    let contents = Self.texts(30, byteCount: 1 << 10)
    let (outcomes, parts) = try await Self.fetch(contents, gone: 10)
    #expect(outcomes.indices.filter { if case .staged = outcomes[$0] { false } else { true } } == [10])
    #expect(parts.map(\.item) == [0, 11])
  }

  // MARK: What a peer may send as a run

  private static let contents: [[UInt8]] = [[1, 2, 3], [4], [5, 6], [7, 8, 9, 10]]

  /// Asks for ``contents`` and returns what a peer's parts made of them.
  private static func answers(to parts: [(item: UInt32, form: ContentPart.Form, bytes: [UInt8])]) async -> [Int: [UInt8]] {
    let asking = Mutex<PeerSession?>(nil)
    let session = PeerSession(connection: DirectConnection(DeviceID(key: .zero)) { message in
      guard case .contentRequest(let request) = message else { return }
      for part in parts {
        _ = asking.withLock { $0 }?.accept(.content(ContentPart(request: request.id, item: part.item, form: part.form, bytes: part.bytes)))
      }
    }, number: 1, opened: .start)
    asking.withLock { $0 = session }
    let items = contents.enumerated().map { number, bytes in
      ContentRequest.Item(
        path: RelativePath(trusted: Array("f\(number)".utf8)), root: Root(smallContent: bytes), offset: 0, byteCount: Int64(bytes.count))
    }
    let found = Mutex<[Int: [UInt8]]>([:])
    await session.request(folder: TransferScene.folder, items: items, stall: .milliseconds(20)) { answer in
      if case .bytes(let item, let bytes) = answer { found.withLock { #expect($0.updateValue(bytes, forKey: item) == nil, "item \(item) twice") } }
    }
    return found.withLock { $0 }
  }

  @Test func `a run answers one item after another`() async {
    let all = Self.contents.flatMap { $0 }
    #expect(await Self.answers(to: [(0, .run, all)]) == Dictionary(uniqueKeysWithValues: Self.contents.enumerated().map { ($0, $1) }))
    #expect(await Self.answers(to: [(1, .run, Array(all[3..<6]))]) == [1: [4], 2: [5, 6]])
  }

  @Test func `a run that is cut, too long, begins at no item or in the middle of one answers what is whole`() async {
    let all = Self.contents.flatMap { $0 }
    #expect(await Self.answers(to: [(0, .run, Array(all.dropLast()))]).keys.sorted() == [0, 1, 2])
    #expect(await Self.answers(to: [(2, .run, all)]) == [2: [1, 2], 3: [3, 4, 5, 6]])
    #expect(await Self.answers(to: [(4, .run, all), (.max, .run, all), (0, .run, [])]) == [:])
    #expect(await Self.answers(to: [(3, .plain, [7]), (3, .run, [7, 8, 9, 10])]) == [:])
    #expect(await Self.answers(to: [(1, .plain, [4]), (0, .run, all)]) == [0: [1, 2, 3], 1: [4]])
    #expect(await Self.answers(to: [(0, .run, all), (0, .run, all)]).count == 4)
  }

  // MARK: A slow link

  @Test func `a request is given up when nothing arrives, and not while a frame is on its way`() async throws {
    let connection = CreepingConnection()
    let session = PeerSession(connection: connection, number: 1, opened: .start)
    let item = ContentRequest.Item(path: TransferScene.path, root: Root(smallContent: [1]), offset: 0, byteCount: 1)
    let isOver = Mutex(false)
    async let asked: Void = {
      await session.request(folder: TransferScene.folder, items: [item], stall: .milliseconds(20)) { _ in }
      isOver.withLock { $0 = true }
      // Nobody looks any more: a request that was given up too soon fails the test and does not hang it.
      connection.look.finish()
    }()
    for await count in connection.looks where count == 10 { break }
    #expect(!isOver.withLock { $0 })
    connection.stop()
    await asked
  }

  /// A connection over which bytes arrive and no frame becomes whole.
  private final class CreepingConnection: PeerConnection {
    let device = DeviceID(key: .zero)
    let remoteAddress = "127.0.0.1:1"
    let isOutgoing = true
    let bytesSent: Int64 = 0
    /// How often somebody has looked how much arrived.
    let (looks, look) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(64))
    private let state = Mutex((received: Int64(0), lookCount: 0, isStopped: false))

    var bytesReceived: Int64 {
      state.withLock { state in
        state.lookCount += 1
        look.yield(state.lookCount)
        if !state.isStopped { state.received += 64 << 10 }
        return state.received
      }
    }
    func stop() { state.withLock { $0.isStopped = true } }
    func send(_ message: Message) async throws {}
    func receive() async throws -> Message? { nil }
    func close() {}
  }
}
