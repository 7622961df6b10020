import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Synchronization
import Testing

/// One folder's machine over a disk and a record in memory, and a peer that the test speaks for. Effects are carried out at once and in
/// order; time goes on only when the test lets it pass.
final class FolderBench {
  static let folder = FolderID(high: 1, low: 2)
  static let log = LogID(7)
  static let team = TeamID(genesis: .zero)
  static let began = Timestamp(seconds: 1_800_000_000, nanoseconds: 0)

  let disk: InMemoryDisk
  let store: InMemoryStore
  let key: DeviceKey
  let peer: DeviceKey
  var machine: FolderMachine
  private(set) var now = Instant.start
  private let wall: Clock
  private var queue: [FolderEffect] = []
  private var wakes: [Instant] = []
  /// The peer has said what it knows.
  private var isPeerThere = false
  var peerLog: [Version] = []
  var peerHash = Bytes32.zero

  /// Contents that peers have.
  var remote: [Root: [UInt8]] = [:]
  private(set) var notices: [FolderNotice] = []
  /// Effects that nobody here carries out: what is said to peers.
  private(set) var open: [FolderEffect] = []
  private(set) var fetchCount = 0
  /// Directories that were looked through.
  private(set) var walked: [RelativePath] = []
  /// Paths that were looked at, alone or with what is below.
  private(set) var looked: [RelativePath] = []

  // What goes wrong.

  /// Of a disk of 1,000 bytes.
  var free: Int64 = 500
  /// Contents come when the test says so.
  var holdsFetches = false
  private var held: [FetchJob] = []
  /// No content can be staged.
  var failsFetches = false
  /// A crash between what the record forgets and what the disk does.
  var stopsBeforeForgetting = false
  /// Nothing that was asked for after the disk was changed is carried out any more.
  var diesAfterPerforming = false
  /// What the watch tells of steps that are carried out, and what happens before new names are looked at again.
  var reports: ([DiskStep]) -> [WatchReport] = { _ in [] }
  var beforeLook: () -> Void = {}

  private final class Clock: Sendable {
    private let time: Mutex<Timestamp>
    init(_ time: Timestamp) { self.time = Mutex(time) }
    var now: Timestamp { time.withLock { $0 } }
    func set(_ new: Timestamp) { time.withLock { $0 = new } }
  }

  /// - Parameter others: members besides this device; the peer is one once it speaks.
  init(
    disk: InMemoryDisk = InMemoryDisk(time: FolderBench.began), members others: [DeviceID] = [],
    change: (inout FolderMachine.Setup) -> Void = { _ in }
  ) throws {
    let wall = Clock(Self.began)
    (self.disk, self.wall) = (disk, wall)
    key = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
    peer = try #require(DeviceKey(seed: Array(repeating: 8, count: 32)))
    store = InMemoryStore(clock: { wall.now })
    store.addFolder(Self.folder, state: FolderState(log: Self.log, isFresh: false))
    machine = try Self.machine(store, key, wall, others, change)
    try begin(wasClean: true)
  }

  /// A bench whose peer is a member, connected, and has said what it knows.
  static func withPeer(disk: InMemoryDisk = InMemoryDisk(time: FolderBench.began)) throws -> FolderBench {
    let peer = try #require(DeviceKey(seed: Array(repeating: 8, count: 32)))
    let bench = try FolderBench(disk: disk, members: [peer.device])
    try bench.peerComes()
    return bench
  }

  private static func machine(
    _ store: InMemoryStore, _ key: DeviceKey, _ wall: Clock, _ others: [DeviceID], _ change: (inout FolderMachine.Setup) -> Void
  ) throws -> FolderMachine {
    var setup = FolderMachine.Setup(
      folder: folder, device: key.device, deviceName: "laptop", team: team, store: store, signer: key,
      newLog: { LogID(UInt64.random(in: 100 ... .max)) }, wallClock: { wall.now }, flushes: true, rescanInterval: .seconds(1_000_000))
    change(&setup)
    return FolderMachine(setup: setup, isPaused: false, members: Set([key.device] + others), membershipHeads: [.zero])
  }

  private func begin(wasClean: Bool) throws {
    diesAfterPerforming = false
    (queue, wakes) = ([], [])
    try handle(.opened(marker: try disk.readMarker(), machine: "here", wasClean: wasClean))
  }

  /// The daemon stops and starts again; without a clean stop, the machine is lost between two effects.
  func restart(members others: [DeviceID] = [], wasClean: Bool = true, change: (inout FolderMachine.Setup) -> Void = { _ in }) throws {
    if wasClean { try handle(.command(.stop)) }
    machine = try Self.machine(store, key, wall, others + (isPeerThere ? [peer.device] : []), change)
    try begin(wasClean: wasClean)
    if isPeerThere { try peerComes() }
  }

  // MARK: What happens

  /// Hands the machine an event, carries out what follows, and so on until nothing follows.
  func handle(_ event: FolderEvent) throws {
    queue += try machine.handle(event, at: now)
    var count = 0
    while !queue.isEmpty {
      count += 1
      try #require(count < 100_000, "it does not come to rest")
      for event in try outcome(of: queue.removeFirst()) { queue += try machine.handle(event, at: now) }
    }
  }

  /// Lets time pass, with whatever is due on the way.
  func pass(_ duration: Duration) throws {
    let end = now.advanced(by: duration)
    while let next = wakes.min(), next < end {
      wakes.removeAll { $0 == next }
      try moveClocks(to: max(now, next))
    }
    try moveClocks(to: end)
  }

  private func moveClocks(to moment: Instant) throws {
    let (seconds, attoseconds) = moment.duration(since: now).components
    now = moment
    wall.set(Timestamp(nanoseconds: wall.now.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    try handle(.tick)
  }

  func setWallClock(_ time: Timestamp) { wall.set(time) }

  /// Looks at what a user changed, as the watch would tell.
  func look(_ paths: [RelativePath]) throws { try handle(.watched(paths.map { .touched($0) })) }

  func scan() throws { try handle(.command(.scan)) }

  func peerComes() throws {
    isPeerThere = true
    try handle(.peerJoined(peer.device))
    try handle(
      .handshake(
        FolderHandshake(folder: Self.folder, knowledge: knowledge, dropped: VersionVector(), isFresh: false, shown: .zero), from: peer.device))
  }

  // MARK: What the record says

  func read<T>(_ body: (any FolderRecords) throws -> T) throws -> T { try store.read(Self.folder, body) }
  func write<T>(_ body: (any FolderRecords) throws -> T) throws -> T { try store.write(Self.folder, flush: true, body) }
  func shown(_ path: RelativePath) throws -> Shown { try read { Ledger.see(try $0.heads(of: path)).shown } }

  /// Puts a file of these bytes into history as if it had been replaced so long ago.
  @discardableResult func keep(_ bytes: [UInt8], of path: RelativePath, age: Duration) throws -> HistoryItem {
    let kept = Timestamp(nanoseconds: wall.now.nanoseconds - age.components.seconds * 1_000_000_000)
    let staged = try #require(StagedName("kept-\(kept.nanoseconds)"))
    try disk.stage(.file(bytes: bytes, mode: 0o644, modified: kept), as: staged)
    let name = try disk.keepStaged(staged, asHistoryOf: path, at: kept)
    let item = HistoryItem(
      name: name, path: path, kind: .file, root: Root(smallContent: bytes), size: Int64(bytes.count), mode: 0o644, modified: kept, kept: kept,
      origin: Origin(modified: kept, device: "desk"))
    try write { try $0.insertHistory(item) }
    return item
  }

  /// Names in the record's history, and on the disk's.
  func history() throws -> (recorded: [HistoryName], onDisk: [HistoryName]) {
    (try read { try $0.history(below: nil, limit: 10_000).map(\.name).sorted() }, try disk.historyNames(after: nil, limit: 10_000).map(\.0))
  }

  // MARK: Effects

  private func outcome(of effect: FolderEffect) throws -> [FolderEvent] {
    let (disk, wall) = (disk, wall)
    let effects = DiskEffects(disk: disk, store: store, folder: Self.folder, wallClock: { wall.now }, scanWidth: 1)
    switch effect {
    case .open: return [.opened(marker: try disk.readMarker(), machine: "here", wasClean: true)]
    case .recover(let intents): return [effects.recover(intents)]
    case .keepLeftovers(let named): return [.leftoversKept(try effects.keepLeftovers(named: named))]
    case .closeRecord(let marker): disk.setMarker(marker)
    case .reserve(let marker, let isFirst): return [effects.reserve(marker, isFirst: isFirst)]
    case .scan(let request, let known, let rules):
      var events: [FolderEvent] = []
      walked += request.roots.filter(\.isDeep).compactMap(\.path)
      looked += request.roots.compactMap(\.path)
      let summary = effects.scan(request, known: known, rules: rules) { events.append(.observed(scan: request.id, $0)) }
      return events + [.scanned(request.id, summary)]
    case .lookAgain(let old, let new):
      var events: [FolderEvent] = []
      let end = effects.lookAgain(old: old, new: new) { events.append(.looked($0, isLast: false)) }
      return events + [end]
    case .fetch(let job):
      fetchCount += job.items.count
      if holdsFetches { held.append(job); return [] }
      return [.fetched(job: job.id, try job.items.map(fetch))]
    case .flushStaged(let job, let names): return [effects.flushStaged(names, job: job)]
    case .perform(let job, let steps):
      let outcomes = disk.perform(steps, beforeLook: beforeLook)
      if diesAfterPerforming { queue = []; return [] }
      return [.watched(reports(steps)), .performed(job: job, outcomes)]
    case .flushDirectories(let job):
      try disk.flushDirectories()
      return [.directoriesFlushed(job: job, nil)]
    case .discardStaged(let names): for name in names { try disk.discardStaged(name) }
    case .settleLate: return [.lateSettled([])]
    case .measureSpace: return [.measured(free: free, total: 1_000)]
    case .findHistory(let after):
      return [.historyFound(try HistoryFinder(disk: disk, store: store, folder: Self.folder).page(after: after, now: wall.now))]
    case .forgetHistory(let names):
      if stopsBeforeForgetting { return [] }
      for name in names {
        free += try disk.historyNames(after: nil, limit: 10_000).first { $0.0 == name }?.1.size ?? 0
        try disk.discardHistory(name)
      }
      return [.historyForgotten(failed: [])]
    case .verify(let run, let after, let isPatient):
      return [.verified(run: run, try Verifier(disk: disk, store: store, folder: Self.folder).page(after: after, isPatient: isPatient))]
    case .tell(let notice): notices.append(notice)
    case .wake(let moment):
      if moment <= now { return [.tick] }
      wakes.append(moment)
    default: open.append(effect)
    }
    return []
  }

  func releaseFetches() throws {
    holdsFetches = false
    for job in held { try handle(.fetched(job: job.id, try job.items.map(fetch))) }
    held = []
  }

  private func fetch(_ item: FetchItem) throws -> FetchOutcome {
    if failsFetches { return .failed(DiskError(code: .input, path: item.path.string, message: "the disk fails")) }
    var bytes = remote[item.root]
    for source in item.here where bytes == nil { bytes = try? disk.read(source, offset: 0, byteCount: Int(item.size) + 1) }
    guard let bytes, Root(smallContent: bytes) == item.root else { return .unavailable(isPeerThere ? [peer.device] : []) }
    return .staged(inode: try disk.stage(.file(bytes: bytes, mode: item.mode, modified: item.modified), as: item.staged).inode, chunks: nil)
  }
}
