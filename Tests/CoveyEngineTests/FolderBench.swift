import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

/// One folder, its disk, and one peer that the test speaks for. Effects are carried out at once and in order; time goes on when
/// nothing else is left to do.
final class FolderBench {
  static let folder = FolderID(high: 1, low: 2)
  static let team = TeamID(genesis: .zero)

  let disk: InMemoryDisk
  let store = InMemoryStore(clock: { .zero })
  private(set) var machine: FolderMachine
  private let key: DeviceKey
  private let peer: DeviceKey
  private var now = Instant.start
  private var queue: [FolderEffect] = []
  private var wakes: [Instant] = []
  /// What the peer can be asked for.
  private var contents: [Root: [UInt8]] = [:]
  private var peerLog: [Version] = []
  private var peerHash = Bytes32.zero
  /// Nothing that was asked for after the disk was changed is carried out any more.
  var diesAfterPerforming = false

  init(disk: InMemoryDisk = InMemoryDisk()) throws {
    self.disk = disk
    key = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
    peer = try #require(DeviceKey(seed: Array(repeating: 8, count: 32)))
    store.addFolder(Self.folder, state: FolderState(log: LogID(7), isFresh: false))
    machine = Self.machine(store, key, peer)
    try start(wasClean: true)
  }

  private static func machine(_ store: InMemoryStore, _ key: DeviceKey, _ peer: DeviceKey) -> FolderMachine {
    FolderMachine(
      setup: FolderMachine.Setup(
        folder: folder, device: key.device, deviceName: "laptop", team: team, store: store, signer: key, newLog: { LogID(8) },
        wallClock: { .zero }, flushes: true, rescanInterval: .seconds(1 << 30)),
      isPaused: false, members: [key.device, peer.device], membershipHeads: [.zero])
  }

  private func start(wasClean: Bool) throws {
    diesAfterPerforming = false
    queue = []
    try happen(.opened(marker: try disk.readMarker(), machine: "here", wasClean: wasClean))
    try happen(.peerJoined(peer.device))
    try happen(
      .handshake(
        FolderHandshake(folder: Self.folder, knowledge: knowledge, dropped: VersionVector(), isFresh: false, shown: .zero), from: peer.device))
  }

  /// The machine is lost between two effects, and comes up again.
  func restart() throws {
    machine = Self.machine(store, key, peer)
    try start(wasClean: false)
  }

  /// The peer leaves a round half told, and comes back.
  func peerLeaves() throws { try happen(.peerLeft(peer.device)) }

  // MARK: What happens

  func happen(_ event: FolderEvent) throws {
    queue += try machine.handle(event, at: now)
    try run()
  }

  /// The user's changes are seen.
  func look() throws { try happen(.command(.scan)) }

  func pass(_ time: Duration) throws {
    let end = now.advanced(by: time)
    while let next = wakes.min(), next <= end {
      wakes.removeAll { $0 == next }
      now = max(now, next)
      try happen(.tick)
    }
    now = end
    try happen(.tick)
  }

  /// The peer authors these; `end`: that is all of its round.
  func tell(_ versions: [Version], end: Bool = true) throws {
    for start in stride(from: 0, to: versions.count, by: Batch.versionCountMax) {
      try send(Array(versions[start..<min(start + Batch.versionCountMax, versions.count)]))
    }
    if end { try endRound() }
  }

  private func send(_ versions: [Version]) throws {
    let batch = try Batch.make(
      team: Self.team, folder: Self.folder, author: peer.device, log: LogID(99), firstSequence: UInt64(peerLog.count + 1), previous: peerHash,
      authHeads: [.zero], records: versions.map(\.record))
    let slice = BatchSlice(header: batch.header, signature: try batch.signature(by: peer), records: versions.map(\.record))
    peerLog += versions
    peerHash = batch.hash
    try happen(.batches([try VerifiedBatch(slice: slice, team: Self.team, folder: Self.folder)], from: peer.device))
  }

  func endRound() throws {
    try happen(
      .roundEnd(
        RoundEnd(knowledge: knowledge, dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:]), from: peer.device))
  }

  private var knowledge: Knowledge {
    Knowledge(vector: VersionVector(peerLog.map(\.dot)), batchHashes: peerLog.isEmpty ? [:] : [LogID(99): peerHash.words.0.bigEndian])
  }

  // MARK: What the peer authors

  /// Of a path, its new content; nil for a tombstone.
  typealias Change = (path: String, content: String?, movedFrom: String?)

  /// Versions with the next numbers of the peer's log.
  func versions(_ changes: [Change]) throws -> [Version] {
    try changes.enumerated().map { offset, change in
      let dot = Dot(log: LogID(99), sequence: UInt64(peerLog.count + offset + 1))
      let bytes = change.content.map { Array($0.utf8) }
      let root = bytes.map { Root(smallContent: $0) } ?? Root.none
      if let bytes { contents[root] = bytes }
      let path = try RelativePath(change.path)
      let isLive = bytes != nil
      let time = isLive ? Timestamp(seconds: 1_000, nanoseconds: 0) : .zero
      return Version(
        path: path, kind: isLive ? .file : .tombstone, size: Int64(bytes?.count ?? 0), mode: isLive ? 0o644 : 0, modified: time, root: root,
        target: [], dot: dot, vector: VersionVector([dot]), contentDot: isLive ? dot : nil, metadataDot: isLive ? dot : nil,
        origin: Origin(modified: time, device: "peer"), replaced: .none, movedFrom: try change.movedFrom.map { try RelativePath($0) })
    }
  }

  // MARK: What is there

  var files: [String: String] {
    Dictionary(disk.tree().filter { $0.kind == .file }.map { ($0.path.string, String(decoding: $0.bytes, as: UTF8.self)) }) { $1 }
  }
  var kept: [String] { disk.keptBytes().map { String(decoding: $0, as: UTF8.self) } }
  func inode(_ path: String) throws -> UInt64? { try disk.stat(RelativePath(path))?.inode }
  /// Versions authored since the last start.
  var authoredCount: UInt64 { get throws { try store.read(Self.folder) { $0.state.sequence } } }
  var isSettled: Bool { get throws { try machine.status().isSettled } }
  var problems: [String] { get throws { try machine.status().problems.map(\.reason) } }

  // MARK: Effects

  private func run() throws {
    while !queue.isEmpty {
      let effect = queue.removeFirst()
      for event in try outcome(of: effect) { queue += try machine.handle(event, at: now) }
    }
  }

  private func outcome(of effect: FolderEffect) throws -> [FolderEvent] {
    switch effect {
    case .open: return [.opened(marker: try disk.readMarker(), machine: "here", wasClean: true)]
    case .recover(let intents): return [.recovered(intents.map { Recovered(intent: $0, outcome: disk.replay($0.step)) })]
    case .keepLeftovers: return [.leftoversKept([])]
    case .scan(let request, _, let rules):
      var events: [FolderEvent] = []
      let scanner = Scanner(disk: disk, store: store, folder: Self.folder, rules: rules, width: 1)
      let summary = try scanner.scan(request) { events.append(.observed(scan: request.id, $0)) }
      return events + [.scanned(request.id, summary)]
    case .lookAgain: return [.looked([], isLast: true)]
    case .reserve(let marker):
      try disk.writeMarker(marker)
      return [.reserved(upTo: marker.reserved)]
    case .fetch(let job): return [.fetched(job: job.id, try job.items.map { try fetch($0) })]
    case .flushStaged(let job, let names):
      try disk.flushStaged(names)
      return [.stagedFlushed(job: job, nil)]
    case .perform(let job, let steps):
      let outcomes = disk.perform(steps)
      if diesAfterPerforming { queue = []; return [] }
      return [.performed(job: job, outcomes)]
    case .flushDirectories(let job):
      try disk.flushDirectories()
      return [.directoriesFlushed(job: job, nil)]
    case .discardStaged(let names):
      for name in names { try disk.discardStaged(name) }
    case .settleLate: return [.lateSettled([])]
    case .wake(let moment):
      if moment <= now { return [.tick] }
      wakes.append(moment)
    default: break
    }
    return []
  }

  private func fetch(_ item: FetchItem) throws -> FetchOutcome {
    var bytes = contents[item.root]
    for source in item.here where bytes == nil { bytes = try? disk.read(source, offset: 0, byteCount: Int(item.size)) }
    guard let bytes else { return .unavailable([peer.device]) }
    let stat = try disk.stage(.file(bytes: bytes, mode: item.mode, modified: item.modified), as: item.staged)
    return .staged(inode: stat.inode, chunks: nil)
  }
}
