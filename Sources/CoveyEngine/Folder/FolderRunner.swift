package import CoveyCore
package import Logging

/// Carries out what a folder's machine decides: hands it events one after the other on a thread of its own, and runs its effects
/// beside it. The only place where a folder awaits anything.
package actor FolderRunner {
  package nonisolated let folder: FolderID
  nonisolated let device: DeviceID
  package nonisolated let label: String
  package nonisolated let place: FolderPlace
  private nonisolated let thread: SerialThread
  package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  nonisolated let world: FolderWorld
  private var machine: FolderMachine
  private let effects: AsyncStream<FolderEffect>
  private let effectSink: AsyncStream<FolderEffect>.Continuation
  private var waiters: [(isMet: (FolderMachine) -> Bool, resume: CheckedContinuation<Void, any Error>)] = []
  private var stopWaiters: [CheckedContinuation<Void, Never>] = []
  private var performer: EffectPerformer?
  private var drainCount: UInt64 = 0
  /// What members that are away lack, as it was counted last: counted anew only when there is more to know, or they acknowledged more.
  private var backlogs: [DeviceID: (knowledge: VersionVector, acknowledged: VersionVector, backlog: FolderBacklog)] = [:]
  /// What broke the record, so that nothing goes on as if it were sound.
  package private(set) var failure: String?
  private var wasStopped = false

  package init(machine: FolderMachine, label: String, place: FolderPlace, world: FolderWorld) {
    folder = machine.setup.folder
    device = machine.setup.device
    self.label = label
    self.place = place
    self.machine = machine
    self.world = world
    thread = SerialThread(label: "covey.folder.\(label)")
    // Bounded by the machine: it keeps a bounded number of effects in flight.
    (effects, effectSink) = AsyncStream.makeStream()
  }

  /// Runs until the folder has stopped.
  package func run() async {
    effectSink.yield(.open)
    let performer = EffectPerformer(world: world, place: place, runner: self)
    self.performer = performer
    await withDiscardingTaskGroup { group in
      loop: for await effect in effects {
        switch effect {
        case .stopped: break loop
        // What is said keeps its order: a round that overtook the handshake it follows from would be lost on the other side.
        case .send, .openRounds, .announce: if machine.stillHolds(effect) { await performer.perform(effect) }
        default: group.addTask { await performer.perform(effect) }
        }
      }
      group.cancelAll()
    }
    performer.close()
    self.performer = nil
    wasStopped = true
    for waiter in stopWaiters { waiter.resume() }
    stopWaiters = []
    for waiter in waiters { waiter.resume.resume(throwing: CancellationError()) }
    waiters = []
  }

  /// Gives the machine an event. Returns when it has been taken in, so that those who bring much are held back.
  package func handle(_ event: FolderEvent) {
    guard failure == nil else { return }
    // It comes to know what it lacked: what is counted when it leaves again is counted anew.
    if case .peerJoined(let device) = event { backlogs[device] = nil }
    do {
      for effect in try machine.handle(event, at: world.now()) { effectSink.yield(effect) }
    } catch {
      failure = "\(error)"
      world.logger.error("the folder's record failed: it is stopped", metadata: ["folder": "\(label)", "error": "\(error)"])
      world.changed(folder)
      effectSink.yield(.stopped)
    }
    let met = waiters.filter { $0.isMet(machine) }
    if !met.isEmpty {
      waiters.removeAll { $0.isMet(machine) }
      for waiter in met { waiter.resume.resume() }
    }
    world.changed(folder)
  }

  package func status() throws -> FolderStatus {
    if let failure { throw EngineError(code: .failed, message: "\(label): the record of this folder failed: \(failure)") }
    return try machine.status()
  }

  /// What these members, who are away, are known to lack; nothing for those who never shared this folder.
  package func backlogs(of devices: [DeviceID]) throws -> [DeviceID: FolderBacklog] {
    guard failure == nil, !devices.isEmpty else { return [:] }
    let state = try machine.state()
    var found: [DeviceID: FolderBacklog] = [:]
    for device in devices {
      guard let acknowledged = state.acknowledged[device] else { continue }
      if let known = backlogs[device], known.knowledge == state.knowledge, known.acknowledged == acknowledged {
        found[device] = known.backlog
        continue
      }
      let backlog = try machine.backlog(of: device, beyond: acknowledged, state)
      backlogs[device] = (state.knowledge, acknowledged, backlog)
      found[device] = backlog
    }
    return found
  }

  /// The ignore rule that decides about a path; nil where none does.
  package func matchingRule(_ path: RelativePath) -> GitIgnore.Match? { machine.rules.matchingRule(path, isDirectory: nil) }

  /// Scans everything; returns when the result is in the index.
  package func scan() async throws {
    let number = machine.nextWholeScan
    handle(.command(.scan))
    try await wait { $0.hasScannedWhole(number) || $0.obstacle != nil }
    if let obstacle = machine.obstacle { throw EngineError(code: .unavailable, message: "\(label): \(obstacle)") }
  }

  /// Looks at these paths; returns when what stands there is in the index.
  package func look(at paths: [RelativePath]) async throws {
    handle(.command(.look(paths)))
    try await wait { $0.isLookingDone }
  }

  /// Reads everything again; returns when that is done and what could be mended was, or `patience` is over.
  package func verify(patience: Duration) async throws -> VerifiedFolder {
    if let obstacle = machine.obstacle { throw EngineError(code: .unavailable, message: "\(label): \(obstacle)") }
    handle(.command(.verify))
    let run = machine.verifyRunCount
    try await wait { $0.verified(run) != nil || $0.obstacle != nil }
    guard let report = machine.verified(run) else {
      throw EngineError(code: .unavailable, message: "\(label): \(machine.obstacle ?? "it was interrupted: verify again")")
    }
    if !report.damaged.isEmpty {
      let (end, now) = (world.now().advanced(by: patience), world.now)
      // Waits beside this one; it ends with the sleep, or at once when it is not needed any more.
      let waker = Task { try? await Task.sleep(for: patience); handle(.tick) }
      defer { waker.cancel() }
      try await wait { $0.isQuiet || now() >= end }
    }
    return report
  }

  /// Carries out what a person decided about held deletes; returns when it is in the index.
  package func decideDeletes(_ command: FolderCommand) async throws {
    if let obstacle = machine.obstacle { throw EngineError(code: .unavailable, message: "\(label): \(obstacle)") }
    handle(.command(command))
    try await wait { $0.areDeletesDecided || $0.obstacle != nil }
  }

  /// Returns when everything the kernel has reported so far was taken in.
  package func drain() async throws {
    drainCount += 1
    let token = drainCount
    effectSink.yield(.drain(token: token))
    try await wait { $0.hasDrained(token) }
  }

  private func wait(until isMet: @escaping (FolderMachine) -> Bool) async throws {
    if isMet(machine) { return }
    guard failure == nil, !wasStopped else { throw EngineError(code: .failed, message: "\(label): the folder has stopped: start the daemon again") }
    try await withCheckedThrowingContinuation { waiters.append((isMet, $0)) }
  }

  /// Answers peers' requests from this folder; nil while its directory is not open.
  package func contentServer() -> ContentServer? {
    guard let performer, let disk = performer.disk else { return nil }
    let (progress, folder) = (world.progress, folder)
    return ContentServer(
      folder: folder, disk: disk, store: world.store, work: world.work, pace: world.pace, partials: performer.partials,
      sent: { progress(folder, .sent($0)) },
      suspicious: { [weak self] path in await self?.handle(.command(.look([path]))) })
  }

  /// The folder's disk, for what a person asks of single files; nil while its directory is not open.
  package var disk: (any FolderDisk)? { performer?.disk }

  /// Brings the content of a version into staging from a connected peer; nil when nobody has it. The caller places or discards it.
  package func fetch(_ version: Version) async -> (name: StagedName, inode: UInt64)? {
    guard let performer, let name = StagedName("h-\(version.root.digest.hex.prefix(40))-\(world.now().nanoseconds)") else { return nil }
    let item = FetchItem(
      path: version.path, kind: version.kind, root: version.root, target: version.target, size: version.size, mode: version.mode,
      modified: version.modified, staged: name, here: [], similar: [])
    let outcome = await performer.fetch([item], from: machine.peers.keys.sorted())
    guard case .staged(let inode, _)? = outcome?.first else { return nil }
    return (name, inode)
  }

  package func waitUntilStopped() async {
    if wasStopped { return }
    await withCheckedContinuation { stopWaiters.append($0) }
  }

  /// Ends the run once what is in flight is done.
  package func stop() { handle(.command(.stop)) }
}

/// Where a folder lies, and how it is kept.
package struct FolderPlace: Sendable {
  package var path: String
  package var openDisk: @Sendable () throws -> (disk: any FolderDisk, watch: any FolderWatch)
  package init(path: String, openDisk: @escaping @Sendable () throws -> (disk: any FolderDisk, watch: any FolderWatch)) {
    self.path = path
    self.openDisk = openDisk
  }
}

/// The ports a folder's effects need, as the device has them.
package struct FolderWorld: Sendable {
  package var store: any DeviceStore
  package var disks: FolderDisks
  package var work: BlockingWork
  package var pace: TransferPace
  package var machineID: String
  package var logger: Logger
  package var now: @Sendable () -> Instant
  package var wallClock: @Sendable () -> Timestamp
  package var session: @Sendable (DeviceID) -> PeerSession?
  /// Tells sessions that the index has something new to say.
  package var announce: @Sendable (FolderID) -> Void
  package var openRounds: @Sendable (FolderID, DeviceID, VersionVector) -> Void
  package var resetSessions: @Sendable (FolderID) async -> Void
  /// Something a person may look at changed.
  package var changed: @Sendable (FolderID) -> Void
  /// Work that was done, for a display of rates.
  package var progress: @Sendable (FolderID, FolderWork) -> Void

  package init(
    store: any DeviceStore, disks: FolderDisks, work: BlockingWork, pace: TransferPace, machineID: String, logger: Logger,
    now: @escaping @Sendable () -> Instant, wallClock: @escaping @Sendable () -> Timestamp,
    session: @escaping @Sendable (DeviceID) -> PeerSession?, announce: @escaping @Sendable (FolderID) -> Void,
    openRounds: @escaping @Sendable (FolderID, DeviceID, VersionVector) -> Void, resetSessions: @escaping @Sendable (FolderID) async -> Void,
    changed: @escaping @Sendable (FolderID) -> Void, progress: @escaping @Sendable (FolderID, FolderWork) -> Void
  ) {
    self.store = store
    self.disks = disks
    self.work = work
    self.pace = pace
    self.machineID = machineID
    self.logger = logger
    self.now = now
    self.wallClock = wallClock
    self.session = session
    self.announce = announce
    self.openRounds = openRounds
    self.resetSessions = resetSessions
    self.changed = changed
    self.progress = progress
  }
}

/// What cannot be done, for the one who asked: a sentence with the remedy.
package struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable { case notFound, invalid, conflict, unavailable, failed }
  package var code: Code
  package var message: String
  package init(code: Code, message: String) { self.code = code; self.message = message }
  package var description: String { message }
}
