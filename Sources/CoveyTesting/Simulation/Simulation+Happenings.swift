import CoveyCore
import CoveyEngine
import Synchronization

/// Accidents, commands and the passing of time; what users write is in `Simulation+Users.swift`.
extension Simulation {
  func act(_ happening: Happening) {
    let device = devices[happening.device]
    trace?("--- \(device.name) \(happening)")
    switch happening.act {
    case .pause: setPaused(device, true)
    case .resume: setPaused(device, false)
    case .scan: handle(.command(.scan), by: device)
    case .kill, .powerCut: kill(device, happening)
    case .start: start(device)
    case .stop: handle(.command(.stop), by: device)
    case .wait: pass(nanoseconds: UInt64(happening.x + 1) * 1_000_000_000)
    case .quiet: if !calmDown() { note(.rest, "no rest within \(Self.stepCountMax) steps") } else { goOn() }
    case .clock: device.clockOffset += Int64(happening.x - 3) * 365 * 86_400 * 1_000_000_000 + Int64(happening.y)
    case .lose, .save, .restore, .copy, .putBack, .unshare: lose(device, happening)
    case .full, .free, .fail, .unmark, .mark, .unreadable, .readable, .overflow: trouble(device, happening)
    case .cut, .hold, .sever, .mend, .flip: disturb(device, devices[happening.x % devices.count], happening)
    default:
      let before = device.disk.changeNumber
      write(device, happening)
      if device.disk.changeNumber == before { vainCount += 1 }
    }
  }

  private func goOn() {
    isCalm = false
    for device in devices { device.calls = SimulatedDevice.Calls() }
  }

  private func setPaused(_ device: SimulatedDevice, _ isPaused: Bool) {
    guard device.isPaused != isPaused else { return }
    device.isPaused = isPaused
    guard device.isUp else { return }
    handle(.command(isPaused ? .pause : .resume), by: device)
    tellFolders(device)
  }

  private func lose(_ device: SimulatedDevice, _ happening: Happening) {
    guard device.running == 0 else { return }
    switch happening.act {
    case .lose, .restore, .putBack, .unshare:
      for bytes in device.disk.stagedBytes() { if let tag = Tags.tag(bytes) { tags.adrift.insert(tag) } }
    default: break
    }
    switch happening.act {
    case .save: device.saved = device.store.copy()
    case .restore:
      guard let saved = device.saved else { return }
      tags.shock = .restored
      device.isLossy = true
      shutDown(device)
      device.store.putBack(saved)
    case .copy: if !device.isHidden, device.writers.isEmpty { device.copied = (device.disk.state.withLock { $0 }, device.store.copy()) }
    case .putBack: putBack(device, onAnotherMachine: happening.y % 2 == 1)
    case .unshare: unshare(device)
    default:
      tags.shock = tags.shock ?? .lost
      device.isLossy = true
      shutDown(device)
      device.store = InMemoryStore(clock: { .zero }, ignoresFlush: breach == .forgottenCommit)
      device.store.addFolder(Self.folder, state: FolderState(log: device.newLog(), isFresh: true))
    }
  }

  /// What was written since the copy was made is gone from this device, by the hand of its user.
  private func putBack(_ device: SimulatedDevice, onAnotherMachine isElsewhere: Bool) {
    guard let copied = device.copied, !device.isHidden, device.writers.isEmpty else { return }
    tags.shock = .restored
    device.isLossy = true
    shutDown(device)
    let removed = Set(tags.dead.keys)
    for bytes in device.tree.map(\.node.bytes) + device.disk.keptBytes() {
      guard let tag = Tags.tag(bytes) else { continue }
      tags.exempt.insert(tag)
      if tags.dead[tag] == nil { tags.dead[tag] = Tags.Death(device.number, .overwritten) }
    }
    device.disk.putBack(copied.disk)
    device.store.putBack(copied.store)
    for node in device.tree.map(\.node) {
      guard let tag = Tags.tag(node.bytes), tags.dead[tag]?.device == device.number else { continue }
      tags.dead[tag] = nil
      // What its user had removed since may have been told: then it is removed again.
      if removed.contains(tag) { tags.adrift.insert(tag) }
    }
    if isElsewhere { device.machineID += "'" }
  }

  /// As `covey unshare` does.
  private func unshare(_ device: SimulatedDevice) {
    guard !device.isHidden else { return }
    tags.shock = tags.shock ?? .lost
    device.isLossy = true
    shutDown(device)
    device.store.removeFolder(Self.folder)
    for key in FolderMachine.valueKeys(of: Self.folder) + [CleanStop.key(Self.folder)] { device.store.setValue(nil, forKey: key) }
    device.disk.removeMarker()
    device.saved = nil
  }

  private func trouble(_ device: SimulatedDevice, _ happening: Happening) {
    let path = Self.path(happening.x)
    switch happening.act {
    case .full: device.disk.setFree(Int64(happening.y))
    case .free: device.disk.setFree(1 << 40)
    case .fail: device.trouble = ([.input, .permissionDenied, .noSpace][happening.x % 3], happening.y + 1)
    case .unmark:
      guard device.disk.marker != nil else { return }
      // An empty directory where the folder was mounted.
      device.disk.hideAll(butMarker: breach == .unmarkedIsFine)
    case .mark: mount(device)
    case .unreadable: if device.node(path)?.kind == .directory { device.disk.setProblem(path, "it cannot be read") }
    case .readable: makeReadable(device)
    default:
      device.reports = []
      report(.rescan(nil), to: device)
    }
  }

  /// Who marked the mount point meanwhile hears of it with the next scan of everything, which would else be an hour away.
  private func mount(_ device: SimulatedDevice) {
    guard device.isHidden else { return }
    device.disk.showAll()
    report(.rescan(nil), to: device)
  }

  private func makeReadable(_ device: SimulatedDevice) {
    for path in device.disk.problemPaths {
      device.disk.setProblem(path, nil)
      report(.rescan(path), to: device)
    }
  }

  private func disturb(_ device: SimulatedDevice, _ peer: SimulatedDevice, _ happening: Happening) {
    guard device !== peer else { return }
    let pair = [min(device.number, peer.number), max(device.number, peer.number)]
    let link = device.links[peer.number]
    switch happening.act {
    case .cut: if let link { cut(link) }
    case .hold:
      guard let link, link.isOpen else { return }
      link.isHeld[link.end(of: peer)] = true
      link.heldSince = now
    case .flip: if let link, link.isOpen { flip(link, to: link.end(of: peer), happening) }
    case .sever:
      severed.insert(pair)
      if let link { cut(link) }
    default:
      severed.remove(pair)
      link?.isHeld = [false, false]
    }
  }

  // MARK: Quiet

  /// All is mended, everybody is up and connected, and nobody does anything any more: runs until nothing more happens.
  func calmDown() -> Bool {
    for device in devices {
      while let armed = device.armed.popLast() {
        if armed.happening.act != .quiet { act(armed.happening) }
      }
    }
    isCalm = true
    for device in devices {
      device.trouble = nil
      device.disk.setFree(1 << 40)
      mount(device)
      makeReadable(device)
      while let open = device.writers.popLast() { closeWriter(open, of: device) }
      setPaused(device, false)
    }
    severed = []
    for link in links { link.isHeld = [false, false] }
    for device in devices where !device.isRunning { start(device) }
    return run(atMost: Self.stepCountMax)
  }

  func run(atMost limit: Int) -> Bool {
    let start = stepCount
    stillSince = nil
    while stepCount - start < limit {
      if fault != nil { return true }
      if !step() {
        // A device that was stopping is down by now.
        guard let device = devices.first(where: { !$0.isRunning }) else { return true }
        self.start(device)
      }
    }
    return false
  }
}
