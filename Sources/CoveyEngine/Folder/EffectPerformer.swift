import CoveyCore
import Logging
import Synchronization

/// Carries out one effect and brings back the event. Decides nothing.
final class EffectPerformer: Sendable {
  /// How many files a scan reads at once.
  static let scanWidth = 2

  private let world: FolderWorld
  private let place: FolderPlace
  private unowned let runner: FolderRunner
  private let reports = ReportBuffer()
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
    case .watch: await watch()
    case .recover(let intents): await withDisk { disk in .recovered(intents.map { Recovered(intent: $0, outcome: disk.replay($0.step)) }) }
    case .keepLeftovers(let named): await keepLeftovers(named)
    case .scan(let request, let known, let rules): await scan(request, known: known, rules: rules)
    case .lookAgain(let old, let new): await lookAgain(old: old, new: new)
    case .drain(let token):
      if let watch = ports.withLock({ $0?.watch }) { try? await world.work.run { watch.drain() } }
      await deliverReports()
      await runner.handle(.drained(token: token))
    case .reserve(let marker):
      await withDisk { disk in
        do {
          try disk.writeMarker(marker)
          return .reserved(upTo: marker.reserved)
        } catch let error as DiskError {
          return .reserveFailed(error)
        } catch {
          return .reserveFailed(DiskError(code: .other, path: ".covey/folder", message: "\(error)"))
        }
      }
    case .fetch(let job): await fetch(job)
    case .flushStaged(let job, let names): await withDisk { disk in .stagedFlushed(job: job, Self.error { () throws(DiskError) in if !names.isEmpty { try disk.flushStaged(names) } }) }
    case .perform(let job, let steps): await withDisk { disk in .performed(job: job, disk.perform(steps)) }
    case .flushDirectories(let job): await withDisk { disk in .directoriesFlushed(job: job, Self.error { () throws(DiskError) in try disk.flushDirectories() }) }
    case .discardStaged(let names):
      if let disk { try? await world.work.run { for name in names { try disk.discardStaged(name) } } }
    case .settleLate(let files): await settleLate(files)
    case .verify(let run, let after, let isPatient): await verify(run, after: after, isPatient: isPatient)
    case .measureSpace:
      await withDisk { disk in
        let space = (try? disk.space()) ?? (free: 0, total: 0)
        return .measured(free: space.free, total: space.total)
      }
    case .findHistory(let after):
      let finder = disk.map { HistoryFinder(disk: $0, store: world.store, folder: folder) }
      await withDisk { [now = world.wallClock()] _ in .historyFound((try? finder?.page(after: after, now: now)) ?? HistoryFinder.Page()) }
    case .forgetHistory(let names): await withDisk { disk in .historyForgotten(failed: Self.forget(names, on: disk)) }
    case .send(let message, let device): try? await world.session(device)?.send(message)
    case .announce: world.announce(folder)
    case .openRounds(let device, let knowledge): world.openRounds(folder, device, knowledge)
    case .resetSessions: await world.resetSessions(folder)
    case .tell(let notice): tell(notice)
    case .wake(let moment):
      try? await Task.sleep(for: moment.duration(since: world.now()))
      if !Task.isCancelled { await runner.handle(.tick) }
    case .stopped: break
    }
  }

  private static func error(_ body: () throws(DiskError) -> Void) -> DiskError? {
    do { try body(); return nil } catch { return error }
  }

  /// Runs `body` with the folder's disk on a thread that may block.
  private func withDisk(_ body: @escaping @Sendable (any FolderDisk) -> FolderEvent) async {
    guard let disk else { return await runner.handle(.unavailable("its directory is not open")) }
    if let event = try? await world.work.run({ body(disk) }) { await runner.handle(event) }
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
      let opened = try await world.work.run { [place, folder, store = world.store] in
        let ports = try place.openDisk()
        let marker = try ports.disk.readMarker()
        let key = CleanStop.key(folder)
        let wasClean = try store.value(forKey: key) != nil
        try store.setValue(nil, forKey: key)
        return (ports, marker, wasClean)
      }
      ports.withLock { $0 = opened.0 }
      world.disks.set(opened.0.disk, of: folder)
      await runner.handle(.opened(marker: opened.1, machine: world.machineID, wasClean: opened.2))
    } catch let error as DiskError {
      await runner.handle(.unavailable(error.description))
    } catch {
      await runner.handle(.unavailable("\(error)"))
    }
  }

  private func watch() async {
    guard let watch = ports.withLock({ $0?.watch }) else { return }
    do {
      try await world.work.run { [self] in
        try watch.start { [weak self] report in
          guard let self, reports.add(report) else { return }
          // The watch has a thread of its own, which must not wait; one task at a time empties what it leaves.
          Task { await self.deliverReports() }
        }
      }
    } catch {
      await runner.handle(.watched([.unwatched(nil, reason: "\(error)")]))
    }
  }

  private func deliverReports() async {
    let taken = reports.take()
    if !taken.isEmpty { await runner.handle(.watched(taken)) }
  }

  private func scan(_ request: ScanRequest, known: RulesSource, rules: GitIgnore) async {
    guard let disk else { return }
    let (runner, world, folder) = (runner, world, folder)
    let summary: ScanSummary
    do {
      summary = try await world.work.run {
        let source = try Self.readRules(disk)
        guard source == known else { return ScanSummary(end: .rulesChanged(source), problems: [], unsteady: []) }
        let scanner = Scanner(disk: disk, store: world.store, folder: folder, rules: rules, width: Self.scanWidth)
        return try scanner.scan(request) { changes in
          Blocking.wait { await runner.handle(.observed(scan: request.id, changes)) }
        }
      }
    } catch let error as DiskError {
      summary = ScanSummary(end: .failed(error), problems: [], unsteady: [])
    } catch {
      summary = ScanSummary(end: .failed(DiskError(code: .other, path: "", message: "\(error)")), problems: [], unsteady: [])
    }
    await runner.handle(.scanned(request.id, summary))
  }

  private static let rulesByteCountMax = 1 << 20

  /// The rules as they stand; a rules file that is no file has none.
  private static func readRules(_ disk: any FolderDisk) throws -> RulesSource {
    func read(_ source: ContentSource) throws(DiskError) -> [UInt8] {
      do throws(DiskError) {
        return try disk.read(source, offset: 0, byteCount: rulesByteCountMax + 1)
      } catch {
        switch error.code {
        case .notFound, .wrongKind, .outsideFolder: return []
        default: throw error
        }
      }
    }
    guard let path = FolderMachine.planRules else { return RulesSource() }
    return RulesSource(shared: try read(.file(path)), local: try read(.localRules))
  }

  private func lookAgain(old: GitIgnore, new: GitIgnore) async {
    guard let disk else { return }
    let (runner, world, folder) = (runner, world, folder)
    try? await world.work.run {
      var after: RelativePath?
      while true {
        let page = try world.store.read(folder) { try $0.entries(below: nil, after: after, limit: Scanner.pageSize) }
        let changes = try page.filter { old.ignores($0.path, isDirectory: nil) && !new.ignores($0.path, isDirectory: nil) }.compactMap { entry -> ObservedChange? in
          guard try disk.stat(entry.path) == nil else { return nil }
          return ObservedChange(path: entry.path, previous: entry.observation, now: nil)
        }
        Blocking.wait { await runner.handle(.looked(changes, isLast: false)) }
        guard page.count == Scanner.pageSize, let last = page.last else { return }
        after = last.path
      }
    }
    await runner.handle(.looked([], isLast: true))
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
      folder: folder, disk: disk, others: world.disks, store: world.store, work: world.work, pace: world.pace, session: world.session,
      progress: { world.progress(folder, $0) })
    return await fetcher.fetch(FetchJob(id: 0, items: items, peers: peers))
  }

  /// What staging holds and nothing names: half-fetched contents are kept for their transfer, everything else goes to history.
  private func keepLeftovers(_ named: [StagedName]) async {
    guard let disk else { return }
    let world = world
    let kept = try? await world.work.run {
      var items: [HistoryItem] = []
      let time = world.wallClock()
      for name in try disk.stagedNames() where !named.contains(name) {
        guard let hashed = try? disk.hashStaged(name) else { continue }
        if name.text.hasPrefix("f-") {
          // A content that was fetched and never put anywhere: whole, it is named by a version; partial, its transfer resumes.
          if hashed.stat.size > ChunkSizes.smallByteCountMax { continue }
          if name.text.dropFirst(2).hasPrefix(hashed.root.digest.hex.prefix(40)) { try disk.discardStaged(name); continue }
        }
        guard let path = try? RelativePath("recovered-\(name.text)") else { continue }
        let history = try disk.keepStaged(name, asHistoryOf: path, at: time)
        items.append(
          HistoryItem(
            name: history, path: path, kind: hashed.stat.kind, root: hashed.root, size: hashed.stat.size, mode: hashed.stat.mode & 0o777,
            modified: hashed.stat.modified, kept: time, origin: Origin(modified: hashed.stat.modified, device: "")))
      }
      return items
    }
    if let kept { await runner.handle(.leftoversKept(kept)) }
  }

  /// Bytes that left their path while somebody had them open: to history once they rest unchanged, else beside the path they left.
  private func settleLate(_ files: [LateFile]) async {
    guard let disk else { return await runner.handle(.lateSettled([])) }
    let time = world.wallClock()
    let settled = try? await world.work.run {
      files.compactMap { late -> SettledLate? in
        do {
          guard let first = try disk.hashStaged(late.name) else { return SettledLate(late: late, history: nil, copy: nil) }
          if first.root == late.root {
            return SettledLate(late: late, history: try disk.keepStaged(late.name, asHistoryOf: late.path, at: time), copy: nil)
          }
          // Somebody wrote to it: the edit is a person's, and gets a name of its own beside the path.
          let origin = Origin(modified: first.stat.modified, device: late.agreed.origin.device)
          let edit = Version(
            path: late.path, kind: .file, size: first.stat.size, mode: first.stat.mode & 0o777, modified: first.stat.modified, root: first.root,
            target: [], dot: Dot(log: LogID(0), sequence: UInt64(max(time.nanoseconds, 1))), vector: VersionVector(), contentDot: nil,
            metadataDot: nil, origin: origin, replaced: late.root)
          guard let copy = try ConflictCopyName.candidates(for: edit).first(where: { try disk.stat($0) == nil }) else { return nil }
          let outcome = disk.perform([DiskStep(path: copy, expected: nil, action: .place(late.name, displaced: .nothing), stagedInode: first.stat.inode)])
          guard case .done? = outcome.first else { return nil }
          return SettledLate(late: late, history: nil, copy: copy)
        } catch {
          return nil
        }
      }
    }
    await runner.handle(.lateSettled(settled ?? []))
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

/// The mark of a clean stop in the record: its absence at a start means that the record may not be the newest.
enum CleanStop {
  static func key(_ folder: FolderID) -> String { "clean:\(folder.hex)" }
}
