import CoveyCore
import CoveyEngine
import CoveyProtocol
import Synchronization

/// What effects do, one at a time; what comes of one is an event that waits for its turn like everything else.
extension Simulation {
  func run(_ work: SimulatedDevice.Work, on device: SimulatedDevice) {
    device.running += 1
    let changes = device.disk.changeCount
    switch work {
    case .effect(let effect):
      trace?("\(device.name) does \(String("\(effect)".prefix(Self.traceLength)))")
      perform(effect, on: device)
    case .event(let event): handle(event, by: device)
    case .answer(let request, let link, let end): answer(request, of: device, on: link, to: end)
    case .fetched(let fetch, let arrived): take(arrived, into: fetch, on: device)
    }
    device.running -= 1
    if device.running == 0, let doom = device.doom { die(device, doom, since: changes) }
    let number = device.disk.changeNumber
    if device.lookedAt == number { return }
    device.lookedAt = number
    checkTorn(device)
    noteRules(device)
  }

  private func effects(_ device: SimulatedDevice) -> DiskEffects {
    DiskEffects(
      disk: device.disk, store: device.store, folder: Self.folder, wallClock: { [unowned self] in wallClock(device) }, scanWidth: 1,
      portionCounts: pageCount...pageCount)
  }

  private func perform(_ effect: FolderEffect, on device: SimulatedDevice) {
    let effects = effects(device)
    func comeBack(_ event: FolderEvent) { device.work.append(.event(event)) }
    switch effect {
    case .open:
      device.isWatching = false
      do { comeBack(try opened(effects, device)) } catch { comeBack(.unavailable("\(error)")) }
    case .recover(let intents):
      device.isWatching = true
      comeBack(breach == .forgottenIntents ? .recovered(intents.map { Recovered(intent: $0, outcome: .unknown) }) : effects.recover(intents))
    case .keepLeftovers(let named): if let kept = try? effects.keepLeftovers(named: named) { comeBack(.leftoversKept(kept)) }
    case .scan(let request, let known, let rules):
      let summary = effects.scan(request, known: known, rules: rules) { [unowned self] changes in
        if !device.isUp { throw CancellationError() }
        handle(.observed(scan: request.id, changes), by: device)
      }
      comeBack(.scanned(request.id, summary))
    case .lookAgain(let old, let new):
      comeBack(effects.lookAgain(old: old, new: new) { handle(.looked($0, isLast: false), by: device) })
    case .drain(let token): comeBack(.drained(token: token))
    case .reserve(let marker, let isFirst): comeBack(effects.reserve(marker, isFirst: isFirst))
    case .fetch(let job): begin(SimulatedFetch(job: job), on: device)
    case .flushStaged(let job, let names): comeBack(effects.flushStaged(breach == .forgottenFlush ? [] : names, job: job))
    case .perform(let job, let steps): comeBack(commit(steps, job: job, on: device, effects))
    case .flushDirectories(let job):
      comeBack(breach == .forgottenNames ? .directoriesFlushed(job: job, nil) : effects.flushDirectories(job: job))
    case .discardStaged(let names): try? effects.discardStaged(names)
    case .settleLate(let files, let name): comeBack(.lateSettled(effects.settleLate(files, deviceName: name)))
    case .verify(let run, let after, let isPatient):
      let page = try? Verifier(disk: device.disk, store: device.store, folder: Self.folder).page(after: after, isPatient: isPatient)
      comeBack(.verified(run: run, page ?? Verifier.Page()))
    case .measureSpace:
      let space = (try? device.disk.space()) ?? (free: 0, total: 0)
      comeBack(.measured(free: space.free, total: space.total))
    case .findHistory(let after):
      let finder = HistoryFinder(disk: device.disk, store: device.store, folder: Self.folder)
      comeBack(.historyFound((try? finder.page(after: after, now: wallClock(device))) ?? HistoryFinder.Page()))
    case .forgetHistory(let names):
      noteAged(names, of: device)
      comeBack(.historyForgotten(failed: names.filter { (try? device.disk.discardHistory($0)) == nil }))
    case .send, .announce, .openRounds: say(effect, by: device)
    case .resetSessions: for link in device.links.values.sorted(by: { $0.number < $1.number }) { cut(link) }
    case .tell(let notice): if case .digestsDiffer = notice { note(.digests, "\(device.name) has the same knowledge as a peer and another digest") }
    case .wake: handle(.tick, by: device)
    case .closeRecord(let marker): try? effects.closeRecord(marker)
    // Like the runner, which waits for what it began.
    case .stopped: if device.work.contains(where: \.isClosing) { device.work.append(.effect(.stopped)) } else { shutDown(device) }
    }
  }

  private func opened(_ effects: DiskEffects, _ device: SimulatedDevice) throws -> FolderEvent {
    if breach == .alwaysNewest, let state = try? device.state() {
      device.disk.state.withLock { disk in
        disk.marker?.log = state.log
        disk.marker?.reserved = state.sequence
      }
      device.store.setValue([1], forKey: CleanStop.key(Self.folder))
    }
    return try effects.opened(machine: device.machineID)
  }

  /// What nobody wrote to for as long as history keeps it may go, in a long history.
  private func noteAged(_ names: [HistoryName], of device: SimulatedDevice) {
    let oldest = wallClock(device).nanoseconds - 30 * 86_400 * 1_000_000_000
    for node in device.disk.state.withLock({ state in names.compactMap { state.live.history[$0] } }) where node.changed.nanoseconds <= oldest {
      if let tag = Tags.tag(node.bytes) { tags.aged.insert(tag) }
    }
  }

  private func commit(_ steps: [DiskStep], job: UInt64, on device: SimulatedDevice, _ effects: DiskEffects) -> FolderEvent {
    let event = effects.perform(breach == .unexpected ? steps.map { unexpecting($0, on: device) } : steps, job: job) {}
    for step in steps {
      switch step.action {
      case .makeDirectory: report(.arrived(step.path, isDirectory: true), to: device)
      case .remove, .removeDirectory: report(.gone(step.path), to: device)
      case .move(let from): report(.moved(from: from, to: step.path), to: device)
      case .place: report(.arrived(step.path, isDirectory: false), to: device)
      case .setMetadata: report(.touched(step.path), to: device)
      }
    }
    return event
  }

  /// The step with whatever stands there for what it expects.
  private func unexpecting(_ step: DiskStep, on device: SimulatedDevice) -> DiskStep {
    var step = step
    if step.expected != nil, let there = device.node(step.path)?.stat { step.expected = there }
    return step
  }

  func report(_ report: WatchReport, to device: SimulatedDevice) {
    if breach == .deafWatch, report != .rescan(nil) { return }
    if device.isUp, device.isWatching { device.reports.append(report) }
  }

  // MARK: In the midst of an effect

  /// At a call of a device's disk something else may happen first, or it may fail.
  func meet(_ moment: InMemoryDisk.Moment, of device: SimulatedDevice) -> DiskError? {
    if device.doom != nil { return DiskError(code: .other, path: "", message: "the device dies") }
    if isCalm { return nil }
    device.calls.add(SimulatedDevice.Calls.Past(steps: stepCount, events: device.eventCount, changes: device.disk.changeNumber))
    for index in device.armed.indices { device.armed[index].calls -= 1 }
    while let index = device.armed.firstIndex(where: { $0.calls <= 0 }) { act(device.armed.remove(at: index).happening) }
    if depth < 2, Int.random(in: 0..<5, using: &chance) == 0 {
      depth += 1
      step()
      depth -= 1
    }
    guard case .call = moment, let trouble = device.trouble, device.running > 0 else { return nil }
    device.trouble = trouble.calls > 1 ? (trouble.code, trouble.calls - 1) : nil
    return DiskError(code: trouble.code, path: "", message: "the disk has trouble")
  }

  // MARK: Life and death

  func start(_ device: SimulatedDevice) {
    guard !device.isRunning, device.doom == nil else { return }
    device.isRunning = true
    let store = device.store
    // Shared again.
    if store.folders().isEmpty { store.addFolder(Self.folder, state: FolderState(log: device.newLog(), isFresh: true)) }
    device.machine = FolderMachine(
      setup: FolderMachine.Setup(
        folder: Self.folder, device: device.key.device, deviceName: device.name, team: Self.team, store: store, signer: device.key,
        newLog: { [unowned device] in device.newLog() }, wallClock: { [unowned self, unowned device] in wallClock(device) }, flushes: true, rescanInterval: .seconds(3_600),
        reserveCount: 80, pageCount: pageCount, safeguards: breach.safeguards),
      isPaused: device.isPaused, members: members, membershipHeads: [Self.record])
    device.work = [.effect(.open)]
  }

  /// Everything in memory is gone.
  func shutDown(_ device: SimulatedDevice) {
    for link in device.links.values.sorted(by: { $0.number < $1.number }) { cut(link) }
    for link in links { for end in 0...1 where link.ends[end] == device.number { link.forget(end) } }
    (device.machine, device.isRunning, device.work, device.said, device.reports) = (nil, false, [], [], [])
    (device.links, device.fetches, device.isWatching) = ([:], [:], false)
  }

  /// Kills a device at once, or as soon as what it is doing is over: what that did may then be half done.
  func kill(_ device: SimulatedDevice, _ happening: Happening) {
    guard device.isUp else { return }
    if device.running > 0 { device.doom = happening } else { die(device, happening, since: device.disk.changeCount) }
  }

  /// What was put in place and not yet recorded when a device dies is taken for its user's when newer versions are known by then: it may come as a copy.
  private func noteUnrecorded(_ device: SimulatedDevice) {
    for (path, node) in device.tree where device.entry(path)?.agreed.root != node.hashed?.root {
      guard let tag = Tags.tag(node.bytes) else { continue }
      tags.exempt.insert(tag)
      tags.unrecorded.insert(tag)
    }
  }

  private func die(_ device: SimulatedDevice, _ happening: Happening, since count: Int) {
    device.doom = nil
    let all = device.disk.changeCount
    if all > count { device.disk.takeBack(to: Int.random(in: count...all, using: &chance)) }
    noteUnrecorded(device)
    shutDown(device)
    guard happening.act == .powerCut else { return }
    var generator = SeededGenerator(seed: chance.next())
    device.disk.cutPower(survives: { Bool.random(using: &generator) }) { bytes in
      switch Int.random(in: 0..<4, using: &chance) {
      case 0: []
      case 1: Array(bytes.prefix(bytes.count / 2))
      case 2: [UInt8](repeating: 0, count: bytes.count)
      default: bytes
      }
    }
    if Bool.random(using: &generator) { device.store.losePower() }
    device.writers = []
  }
}
