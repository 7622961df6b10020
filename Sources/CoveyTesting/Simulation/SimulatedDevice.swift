import CoveyCore
import CoveyEngine
import Synchronization
import CoveyProtocol

/// One device of a simulation: what outlasts a crash, and what does not.
///
/// Unchecked: it belongs to its simulation, which is played on one thread.
package final class SimulatedDevice: @unchecked Sendable {
  // Unchecked: one thread runs a simulation.
  let number: Int
  package let name: String
  let key: DeviceKey
  // What outlasts a crash.
  package let disk: InMemoryDisk
  var store: InMemoryStore
  var clockOffset: Int64 = 0
  var isPaused = false
  var saved: InMemoryStore.Copy?
  /// A copy of the whole device.
  var copied: (disk: InMemoryDiskState, store: InMemoryStore.Copy)?
  /// The id of the machine it runs on.
  var machineID: String
  /// The state was lost or put back at some time.
  var isLossy = false
  /// Texts of the rules that were ever in force.
  var rulesSeen: Set<[[UInt8]]> = []
  /// The change of its disk after which that was looked over last.
  var lookedAt: UInt64?
  private var logCount: UInt64 = 0

  // What does not.
  var machine: FolderMachine?
  /// There is a machine.
  var isRunning = false
  var work: [Work] = []
  /// What is to be said to peers, in order.
  var said: [FolderEffect] = []
  var reports: [WatchReport] = []
  var isWatching = false
  var links: [Int: Link] = [:]
  var fetches: [UInt64: SimulatedFetch] = [:]
  var requestCount: UInt64 = 0

  /// Events that its machine took.
  var eventCount = 0
  var calls = Calls()

  /// The calls of its disk since all was quiet.
  struct Calls {
    struct Past: Equatable { var steps: Int; var events: Int; var changes: UInt64 }
    private(set) var count = 0
    /// Those, counted from 1, before which anything had happened since the call before: a crash at any other one leaves the same.
    private(set) var telling: [Int] = []
    private var past: Past?

    mutating func add(_ past: Past) {
      count += 1
      if past != self.past { telling.append(count) }
      self.past = past
    }
  }

  /// Happenings that wait for a call of the disk.
  var armed: [(calls: Int, happening: Happening)] = []
  /// The error that the disk gives for some calls to come.
  var trouble: (code: DiskError.Code, calls: Int)?
  var writers: [(writer: InMemoryWriter, tag: String)] = []
  /// How it dies when the effect that runs now is over.
  var doom: Happening?
  /// Effects that run now, one within the other.
  var running = 0

  /// Something the device has begun.
  enum Work {
    case effect(FolderEffect)
    case event(FolderEvent)
    /// A peer's request that is to be answered.
    case answer(ContentRequest, Link, to: Int)
    case fetched(SimulatedFetch, [(index: Int, bytes: [UInt8])])

    var due: Instant? { if case .effect(.wake(let moment)) = self { moment } else { nil } }
    var isClosing: Bool { if case .effect(.closeRecord) = self { true } else { false } }
    func isReady(at now: Instant) -> Bool { due.map { $0 <= now } ?? true }
  }

  /// Made once, for that takes longer than many an effect.
  private static let keys = (UInt8(1)...16).map { number in
    guard let key = DeviceKey(seed: [UInt8](repeating: number, count: 32)) else { preconditionFailure("32 bytes make a key") }
    return key
  }

  init(number: Int, simulation: Simulation) {
    self.number = number
    name = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number)))
    machineID = name
    key = Self.keys[number]
    disk = InMemoryDisk()
    let breach = simulation.breach
    disk.state.withLock { state in
      state.ignoresWriters = breach == .noLease
      state.hidesProblems = breach == .unreadableIsEmpty
    }
    store = InMemoryStore(clock: { .zero }, ignoresFlush: breach == .forgottenCommit)
    store.addFolder(Simulation.folder, state: FolderState(log: newLog(), isFresh: number > 0))
    disk.setHook { [unowned self, unowned simulation] moment in
      simulation.meet(moment, of: self)
    }
  }

  /// Whether it runs; asked so often that the machine is not looked at.
  var isUp: Bool { isRunning && doom == nil }

  func newLog() -> LogID {
    logCount += 1
    var generator = SeededGenerator(seed: UInt64(number + 1) << 32 | logCount)
    return LogID(generator.next())
  }

  /// Whether the folder's file system is not mounted.
  var isHidden: Bool { disk.state.withLock { $0.hidden != nil } }

  func state() throws -> FolderState { try store.read(Simulation.folder) { $0.state } }
  func entry(_ path: RelativePath) -> Entry? { try? store.read(Simulation.folder) { try $0.entry(path) } }

  /// What stands on the disk, in order.
  var tree: [(path: RelativePath, node: InMemoryDiskState.Node)] {
    disk.state.withLock { $0.live.nodes.map { ($0.key, $0.value) } }.sorted { $0.path < $1.path }
  }

  /// Where a file is that a program has open, as the kernel would report it.
  func path(ofInode inode: UInt64) -> RelativePath? { tree.first { $0.node.inode == inode }?.path }

  func node(_ path: RelativePath) -> InMemoryDiskState.Node? { disk.state.withLock { $0.live.nodes[path] } }
}
