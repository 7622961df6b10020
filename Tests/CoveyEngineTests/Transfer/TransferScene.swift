import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
import Testing

/// One device that wants a content, and peers that have it: real fetcher and servers, disks and records in memory, no network between.
struct TransferScene {
  static let folder = FolderID(high: 1, low: 2)
  static let path = RelativePath(trusted: Array("large".utf8))
  static let staged = StagedName("f-wanted")

  let disk = InMemoryDisk()
  let store = TransferScene.makeStore()
  var device = DeviceID(key: .zero)
  /// What it passes on while it fetches.
  let partials = PartialContents()
  /// The disks of its other folders.
  let others = FolderDisks()

  static func makeStore() -> InMemoryStore {
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(folder, state: FolderState(log: LogID(1), isFresh: false))
    return store
  }

  /// Different for every seed, and nothing in it repeats.
  static func content(_ byteCount: Int, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  /// Puts a content on a disk and into its record, as a scan would.
  @discardableResult static func put(_ bytes: [UInt8], at path: RelativePath = path, in folder: FolderID = folder, on disk: InMemoryDisk, _ store: InMemoryStore) throws -> HashedFile {
    disk.write(path, bytes)
    let hashed = try disk.hash(path)
    try store.write(folder, flush: false) { records in
      try records.setEntry(Entry(path: path, observation: Observation(hashed.stat, root: hashed.root)))
      if let chunks = hashed.chunks { try records.setManifest(chunks, for: hashed.root) }
    }
    return hashed
  }

  /// Fetches what the first peer has at ``path``; `similar` and `here` are paths on this device's disk.
  func fetch(_ wanted: HashedFile, from peers: [ServingPeer], similar: [RelativePath] = [], here: [RelativePath] = []) async throws -> FetchOutcome {
    let fetcher = ContentFetcher(
      folder: Self.folder, device: device, disk: disk, others: others, store: store, work: BlockingWork(label: "test"),
      pace: TransferPace(send: 0, receive: 0, now: { .start }), partials: partials,
      session: { device in peers.first { $0.device == device }?.session }, progress: { _ in })
    let item = FetchItem(
      path: Self.path, kind: .file, root: wanted.root, target: [], size: wanted.stat.size, mode: 0o644, modified: .zero,
      staged: try #require(Self.staged), here: here.map { .file($0) },
      similar: try similar.map { path in
        let root = try #require(try store.read(Self.folder) { try $0.entry(path)?.observation?.root })
        return FetchItem.Similar(source: .file(path), root: root)
      })
    return try #require(await fetcher.fetch(FetchJob(id: 1, items: [item], peers: peers.map(\.device))).first)
  }

  func expectStaged(_ bytes: [UInt8], _ outcome: FetchOutcome, sourceLocation: SourceLocation = #_sourceLocation) throws {
    guard case .staged = outcome else { Issue.record("\(outcome)", sourceLocation: sourceLocation); return }
    let staged = try disk.read(.staged(#require(Self.staged)), offset: 0, byteCount: bytes.count + 1)
    // Of two arrays so large the difference would be looked for until the end of days.
    let isWhatWasWanted = staged == bytes
    #expect(isWhatWasWanted, sourceLocation: sourceLocation)
  }
}

/// A peer that serves one content, and may change what it sends.
final class ServingPeer: Sendable {
  let device: DeviceID
  let session: PeerSession
  let hashed: HashedFile
  private let connection: DirectConnection
  private let answers: PeerSession

  convenience init(_ number: UInt64, holding bytes: [UInt8], tamper: @escaping @Sendable (Message) -> Message? = { $0 }) throws {
    let scene = TransferScene(device: DeviceID(key: Bytes32(words: (number, 0, 0, 0))))
    self.init(scene, hashed: try TransferScene.put(bytes, on: scene.disk, scene.store), tamper: tamper)
  }

  /// Serves what a device has, and what it is fetching itself.
  init(_ scene: TransferScene, hashed: HashedFile, tamper: @escaping @Sendable (Message) -> Message? = { $0 }) {
    self.hashed = hashed
    let device = scene.device
    self.device = device
    let server = ContentServer(
      folder: TransferScene.folder, disk: scene.disk, store: scene.store, work: BlockingWork(label: "test"),
      pace: TransferPace(send: 0, receive: 0, now: { .start }), partials: scene.partials, suspicious: { _ in })
    let asking = Asking()
    let answers = PeerSession(connection: DirectConnection(device) { message in
      if let message = tamper(message) { _ = asking.session.withLock { $0 }?.accept(message) }
    }, number: 1, opened: .start)
    connection = DirectConnection(device) { message in
      switch message {
      case .contentRequest(let request): try? await server.answer(request, on: answers)
      case .manifestRequest(let request):
        guard let manifest = try? await server.manifest(request) else {
          return _ = try? await answers.send(.contentUnavailable(request: request.id, item: 0))
        }
        try? await answers.send(.manifest(ManifestAnswer(request: request.id, base: manifest.base, runs: manifest.runs, isPartial: false)))
      default: break
      }
    }
    session = PeerSession(connection: connection, number: 2, opened: .start)
    self.answers = answers
    asking.session.withLock { [session] in $0 = session }
  }

  /// The items it was asked for, in order.
  var requested: [ContentRequest.Item] {
    connection.sent.flatMap { message in if case .contentRequest(let request) = message { request.items } else { [ContentRequest.Item]() } }
  }

  /// What it sent of contents, patches included.
  var sentContents: [ContentPart] {
    ((answers.connection as? DirectConnection)?.sent ?? []).compactMap { if case .content(let part) = $0 { part } else { nil } }
  }

  var contentByteCount: Int { sentContents.reduce(0) { $0 + $1.bytes.count } }

  /// The session that waits for the answers.
  private final class Asking: Sendable {
    let session = Mutex<PeerSession?>(nil)
  }
}

/// Hands every message to a closure and remembers it.
final class DirectConnection: PeerConnection {
  let device: DeviceID
  let remoteAddress = "127.0.0.1:1"
  let isOutgoing = true
  var bytesSent: Int64 { 0 }
  var bytesReceived: Int64 { 0 }
  private let take: @Sendable (Message) async -> Void
  private let log = Mutex<[Message]>([])

  init(_ device: DeviceID, take: @escaping @Sendable (Message) async -> Void) {
    self.device = device
    self.take = take
  }

  var sent: [Message] { log.withLock { $0 } }

  func send(_ message: Message) async throws {
    log.withLock { $0.append(message) }
    await take(message)
  }

  func receive() async throws -> Message? { nil }
  func close() {}
}
