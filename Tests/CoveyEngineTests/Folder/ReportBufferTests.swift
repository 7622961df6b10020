import CoveyCore
import CoveyEngine
import CoveyTesting
import Logging
import Synchronization
import Testing

/// What the watch reports, on its way to the folder.
@Suite(.timeLimit(.minutes(1))) struct ReportBufferTests {
  private let path: RelativePath

  init() throws { path = try RelativePath("file") }

  @Test func `whoever adds to a buffer that nobody serves is to serve it until nothing comes`() {
    let buffer = ReportBuffer()
    #expect(buffer.add(.touched(path)))
    #expect(!buffer.add(.gone(path)))
    #expect(buffer.take() == [.touched(path), .gone(path)])
    #expect(!buffer.add(.touched(path)))
    #expect(!buffer.isDone())
    #expect(!buffer.add(.gone(path)))
    #expect(buffer.take() == [.touched(path), .gone(path)])
    #expect(buffer.isDone())
    #expect(buffer.add(.touched(path)))
  }

  @Test func `a full buffer forgets what comes and asks for a scan of everything`() {
    let buffer = ReportBuffer()
    for _ in 0..<60_000 { _ = buffer.add(.touched(path)) }
    let taken = buffer.take()
    #expect(taken.count == 50_001)
    #expect(taken.last == .rescan(nil))
    #expect(buffer.take() == [])
  }

  @Test func `a thousand reports at once are a few events, and none is lost`() async throws {
    let scene = try Scene()
    let runner = scene.runner
    let run = Task { await runner.run() }
    try await runner.scan()
    let paths = try (0..<1_000).map { try RelativePath("file\($0)") }
    for path in paths { scene.disk.write(path, [1]) }
    let before = scene.eventCount
    for path in paths { scene.watch.say(.touched(path)) }
    while try scene.headCount < paths.count { await Task.yield() }
    #expect(scene.eventCount - before < 200)
    await runner.stop()
    await run.value
  }

  @Test func `a report that comes as its folder ends finds the folder there, and nobody once it has ended`() async throws {
    let watch: HandWatch
    weak var ended: FolderRunner?
    do {
      let scene = try Scene()
      let runner = scene.runner
      (watch, ended) = (scene.watch, runner)
      let run = Task { await runner.run() }
      try await runner.scan()
      // Who serves this one gathers what follows for a while.
      watch.say(.touched(path))
      await runner.stop()
      await run.value
      watch.say(.touched(path))
    }
    while ended != nil { await Task.yield() }
    watch.say(.touched(path))
  }
}

/// A folder at work on a disk in memory, and a watch that reports what the test says.
private struct Scene {
  private static let folder = FolderID(high: 1, low: 2)
  let disk = InMemoryDisk()
  let watch = HandWatch()
  let store = InMemoryStore(clock: { .zero })
  let runner: FolderRunner
  private let events = Counter()

  init() throws {
    let key = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
    store.addFolder(Self.folder, state: FolderState(log: LogID(7), isFresh: false))
    let (began, events) = (ContinuousClock.now, events)
    let machine = FolderMachine(
      setup: FolderMachine.Setup(
        folder: Self.folder, device: key.device, deviceName: "laptop", team: TeamID(genesis: .zero), store: store, signer: key,
        newLog: { LogID(8) }, wallClock: { .zero }, flushes: true, rescanInterval: .seconds(3600)),
      isPaused: false, members: [key.device], membershipHeads: [.zero])
    let world = FolderWorld(
      store: store, disks: FolderDisks(), work: BlockingWork(label: "test"), pace: TransferPace(send: 0, receive: 0, now: { .start }), machineID: "here",
      logger: .init(label: "test"), now: { Instant.start.advanced(by: ContinuousClock.now - began) }, wallClock: { .zero }, session: { _ in nil },
      announce: { _ in }, openRounds: { _, _, _ in }, resetSessions: { _ in }, changed: { _ in events.add() }, progress: { _, _ in })
    runner = FolderRunner(
      machine: machine, label: "F", place: FolderPlace(path: "/nowhere") { [disk, watch] in (disk: disk, watch: watch) }, world: world)
  }

  /// Events that the folder took in.
  var eventCount: Int { events.value }
  var headCount: Int { get throws { try store.read(Self.folder) { try $0.pathsWithHeads(after: nil, limit: 2_000).count } } }

  private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
  }
}

/// Reports what it is told to, also when it was stopped: a report may be under way then.
private final class HandWatch: FolderWatch {
  private let sink = Mutex<(@Sendable (WatchReport) -> Void)?>(nil)
  func start(report: @escaping @Sendable (WatchReport) -> Void) throws(DiskError) { sink.withLock { $0 = report } }
  func drain() {}
  func watch(_ directory: RelativePath) {}
  var isInPlace: Bool { true }
  func stop() {}
  func say(_ report: WatchReport) { sink.withLock { $0 }?(report) }
}
