import CoveyCore
import Logging
import Synchronization

/// Carries out one effect and brings back the event. Decides nothing.
final class EffectPerformer: Sendable {
  /// How closely reports of the watch may follow each other.
  private static let reportInterval = Duration.milliseconds(10)

  private let world: FolderWorld
  private let place: FolderPlace
  private unowned let runner: FolderRunner
  private let reports = ReportBuffer()
  let partials = PartialContents()
  private let ports = Mutex<(disk: any FolderDisk, watch: any FolderWatch)?>(nil)

  init(world: FolderWorld, place: FolderPlace, runner: FolderRunner) {
    self.world = world
    self.place = place
    self.runner = runner
  }

  private var folder: FolderID { runner.folder }
  var disk: (any FolderDisk)? { ports.withLock { $0?.disk } }

  func close() {
    let open = ports.withLock { ports in
      defer { ports = nil }
      return ports
    }
    world.disks.set(nil, of: folder)
    open?.watch.stop()
  }

  func perform(_ effect: FolderEffect) async {
    switch effect {
    case .open: await open()
    case .recover(let intents):
      await watch()
      await withDisk { $0.recover(intents) }
    case .keepLeftovers(let named): await keepLeftovers(named)
    case .scan(let request, let known, let rules):
      await followFolder()
      await scan(request, known: known, rules: rules)
    case .lookAgain(let old, let new): await lookAgain(old: old, new: new)
    case .drain(let token):
      if let watch = ports.withLock({ $0?.watch }) { try? await world.work.run { watch.drain() } }
      await deliverReports()
      await runner.handle(.drained(token: token))
    case .reserve(let marker, let isFirst): await withDisk { $0.reserve(marker, isFirst: isFirst) }
    case .fetch(let job): await fetch(job)
    case .flushStaged(let job, let names): await withDisk { $0.flushStaged(names, job: job) }
    case .perform(let job, let steps):
      let watch = ports.withLock { $0?.watch }
      await withDisk({ $0.perform(steps, job: job) { watch?.drain() } }, before: { await self.deliverReports() })
    case .flushDirectories(let job): await withDisk { $0.flushDirectories(job: job) }
    case .discardStaged(let names): if let effects { try? await world.work.run { try effects.discardStaged(names) } }
    case .settleLate(let files, let name): await settleLate(files, name)
    case .verify(let run, let after, let isPatient): await verify(run, after: after, isPatient: isPatient)
    case .measureSpace:
      await withDisk { effects in
        let space = (try? effects.disk.space()) ?? (free: 0, total: 0)
        return .measured(free: space.free, total: space.total)
      }
    case .findHistory(let after):
      let finder = disk.map { HistoryFinder(disk: $0, store: world.store, folder: folder) }
      await withDisk { [now = world.wallClock()] _ in .historyFound((try? finder?.page(after: after, now: now)) ?? HistoryFinder.Page()) }
    case .forgetHistory(let names): await withDisk { .historyForgotten(failed: Self.forget(names, on: $0.disk)) }
    case .send(let message, let device): try? await world.session(device)?.send(message)
    case .announce: world.announce(folder)
    case .openRounds(let device, let knowledge): world.openRounds(folder, device, knowledge)
    case .resetSessions: await world.resetSessions(folder)
    case .tell(let notice): tell(notice)
    case .wake(let moment):
      try? await Task.sleep(for: moment.duration(since: world.now()))
      if !Task.isCancelled { await runner.handle(.tick) }
    case .closeRecord(let marker): await closeRecord(marker)
    case .stopped: break
    }
  }

  /// What needs only the disk; nil while the folder's directory is not open.
  private var effects: DiskEffects? {
    let (world, folder) = (world, folder)
    return disk.map {
      DiskEffects(disk: $0, store: world.store, folder: folder, wallClock: world.wallClock, progress: { world.progress(folder, $0) })
    }
  }

  /// Runs `body` with the folder's disk on a thread that may block, and `before` before the folder hears what came of it.
  private func withDisk(_ body: @escaping @Sendable (DiskEffects) -> FolderEvent, before: () async -> Void = {}) async {
    guard let effects else { return await runner.handle(.unavailable("its directory is not open")) }
    guard let event = try? await world.work.run({ body(effects) }) else { return }
    await before()
    await runner.handle(event)
  }

  private func verify(_ run: UInt64, after: RelativePath?, isPatient: Bool) async {
    guard let disk else { return await runner.handle(.unavailable("its directory is not open")) }
    let begun = world.now()
    let verifier = Verifier(disk: disk, store: world.store, folder: folder)
    let page = try? await world.work.run { try verifier.page(after: after, isPatient: isPatient) }
    if isPatient { try? await Task.sleep(for: world.now().duration(since: begun) * Verifier.patience) }
    await runner.handle(.verified(run: run, page ?? Verifier.Page()))
  }

  /// Takes files out of history; returns those that are still there.
  private static func forget(_ names: [HistoryName], on disk: any FolderDisk) -> [HistoryName] {
    var failed: [HistoryName] = []
    for name in names { do { try disk.discardHistory(name) } catch { failed.append(name) } }
    // The record stops naming them when this is done: they must not come back with the power.
    do { try disk.flushDirectories() } catch { return names }
    return failed
  }

  private func open() async {
    close()
    do {
      let opened = try await world.work.run { [place, folder, world] in
        let ports = try place.openDisk()
        let effects = DiskEffects(disk: ports.disk, store: world.store, folder: folder, wallClock: world.wallClock)
        return (ports, try effects.opened(machine: world.machineID))
      }
      ports.withLock { $0 = opened.0 }
      world.disks.set(opened.0.disk, of: folder)
      await runner.handle(opened.1)
    } catch let error as DiskError {
      await runner.handle(.unavailable(error.description))
    } catch {
      await runner.handle(.unavailable("\(error)"))
    }
  }

  /// The disk takes another directory at the folder's path for the folder, where that has the marker; so must the watch, and what changed
  /// before is looked for.
  private func followFolder() async {
    guard let watch = ports.withLock({ $0?.watch }), !watch.isInPlace else { return }
    await self.watch()
    await runner.handle(.watched([.rescan(nil)]))
  }

  private func watch() async {
    guard let watch = ports.withLock({ $0?.watch }) else { return }
    do {
      try await world.work.run { [self] in
        try watch.start { [weak self, weak runner = self.runner] report in
          guard let self, let runner, reports.add(report) else { return }
          // The watch has a thread of its own, which must not wait; one task at a time empties what it leaves.
          Task {
            await self.deliverReportsInTime()
            withExtendedLifetime(runner) {}
          }
        }
      }
    } catch {
      await runner.handle(.watched([.unwatched(nil, reason: "\(error)")]))
    }
  }

  /// A thousand renames of our own come back as a thousand reports: the first is handed on at once, what comes until the folder has
  /// taken it in, and closely after, together.
  private func deliverReportsInTime() async {
    repeat {
      await deliverReports()
      // Nobody waits for the end of this, and nobody cancels it: it gathers what follows.
      try? await Task.sleep(for: Self.reportInterval)
    } while !reports.isDone()
  }

  private func deliverReports() async {
    let taken = reports.take()
    if !taken.isEmpty { await runner.handle(.watched(taken)) }
  }

  private func scan(_ request: ScanRequest, known: RulesSource, rules: GitIgnore) async {
    guard let effects else { return }
    let runner = runner
    let summary = try? await world.work.run {
      // The next portion is read while this one is taken in.
      let handover = Handover<[ObservedChange]> { await runner.handle(.observed(scan: request.id, $0)) }
      defer { handover.finish() }
      return effects.scan(request, known: known, rules: rules) { handover.give($0) }
    }
    if let summary { await runner.handle(.scanned(request.id, summary)) }
  }

  private func lookAgain(old: GitIgnore, new: GitIgnore) async {
    // Without an answer the folder would wait for one, and scan no more.
    guard effects != nil else { return await runner.handle(.lookedInVain("its directory is not open")) }
    let runner = runner
    await withDisk { effects in
      effects.lookAgain(old: old, new: new) { changes in Blocking.wait { await runner.handle(.looked(changes, isLast: false)) } }
    }
  }

  private func fetch(_ job: FetchJob) async {
    guard let outcomes = await fetch(job.items, from: job.peers) else { return }
    await runner.handle(.fetched(job: job.id, outcomes))
  }

  /// Nil when the folder's directory is not open.
  func fetch(_ items: [FetchItem], from peers: [DeviceID]) async -> [FetchOutcome]? {
    guard let disk else { return nil }
    let (world, folder) = (world, folder)
    let fetcher = ContentFetcher(
      folder: folder, device: runner.device, disk: disk, others: world.disks, store: world.store, work: world.work, pace: world.pace,
      partials: partials, session: world.session, progress: { world.progress(folder, .received($0)) })
    return await fetcher.fetch(FetchJob(id: 0, items: items, peers: peers))
  }

  private func keepLeftovers(_ named: [StagedName]) async {
    guard let effects else { return }
    if let kept = try? await world.work.run({ try effects.keepLeftovers(named: named) }) { await runner.handle(.leftoversKept(kept)) }
  }

  private func settleLate(_ files: [LateFile], _ deviceName: String) async {
    guard let effects else { return await runner.handle(.lateSettled([])) }
    let settled = try? await world.work.run { effects.settleLate(files, deviceName: deviceName) }
    await runner.handle(.lateSettled(settled ?? []))
  }

  private func closeRecord(_ marker: FolderMarker) async {
    guard let effects else { return }
    do { try await world.work.run { try effects.closeRecord(marker) } } catch {
      world.logger.warning("the folder stopped well, but that could not be recorded: \(error)", metadata: ["folder": "\(runner.label)"])
    }
  }

  private func tell(_ notice: FolderNotice) {
    let metadata: Logger.Metadata = ["folder": "\(runner.label)"]
    switch notice {
    case .logForked: world.logger.warning("a peer knows more of this device's log than its own record: the record was restored or the home copied; a new log is begun", metadata: metadata)
    case .metAnew: world.logger.notice("this device was away longer than deletions are remembered: the folder is met as at first contact", metadata: metadata)
    case .digestsDiffer(let device): world.logger.error("equal knowledge, unequal digests", metadata: metadata.merging(["peer": "\(device.shortForm)"]) { $1 })
    case .deletesHeld(let count): world.logger.warning("\(HeldDeletes.sentence(count, label: runner.label))", metadata: metadata)
    case .damaged(let path): world.logger.error("\(path.string.escaped): its bytes changed on the disk though nobody wrote to it: good ones are fetched from a device that has them; look after this disk", metadata: metadata)
    case .logRestated: world.logger.notice("more of this device's log is dead than alive: what lives is stated again in a new one", metadata: metadata)
    case .historyPruned(let pruned): world.logger.notice("\(pruned.sentence)", metadata: metadata)
    case .problem(let problem): world.logger.warning("\(problem.reason)", metadata: metadata)
    case .failed(let reason): world.logger.error("\(reason)", metadata: metadata)
    }
  }
}
