import CoveyCore
import CoveyEngine
import CoveyProtocol

/// Whole devices in one thread: the real machine, ledger, scanner and signed batches of each over a fake disk, store, network and clock.
///
/// Everything that may happen next (an effect that was asked for, an event that came back, a message under way) stands in a list, and
/// chance picks; so one history and its seeds give one run. Time passes only when nothing else can happen, and a little with each step.
///
/// Unchecked: it is played from its first to its last moment on the thread that calls it, and handed to no other; only the closures
/// that its devices' ports take demand more.
package final class Simulation: @unchecked Sendable {
  // Unchecked: closures of store, machine and disk hook lead back here, all of them called by the one thread that runs a simulation.

  package static let names = ["a", "b", "a/x", "a/y", "b/x", "a/x/p", "c"]
  static let folder = FolderID(high: 0xC0, low: 0xFFEE)
  static let team = TeamID(genesis: Bytes32(words: (1, 2, 3, 4)))
  static let record = Bytes32(words: (5, 6, 7, 8))
  /// Quiet is to come within this many steps; a history rarely needs a tenth.
  static let stepCountMax = 15_000
  /// What is told of one event or effect.
  static let traceLength = 1_500

  let breach: Breach
  let pageCount: Int
  package private(set) var devices: [SimulatedDevice] = []
  var links: [Link] = []
  /// Pairs of devices that cannot reach each other.
  var severed: Set<[Int]> = []
  var now = Instant(nanoseconds: 1_000_000_000)
  var chance = SeededGenerator(seed: 0)
  var stepCount = 0
  private var choices: [Choice] = []
  /// How deep a step runs within another one's disk call.
  var depth = 0
  var isCalm = false
  /// How many happenings of users found nothing to do.
  var vainCount = 0
  /// What all devices held at a moment since which it is calm.
  var stillSince: (moment: Instant, marks: [Mark])?
  var tags = Tags()
  /// Slices of batches whose signatures were right.
  var proved: [BatchSlice: VerifiedBatch] = [:]
  /// What was found wrong on the way.
  var fault: Fault?
  /// Told of everything that happens, for a person who looks into a failure.
  package var trace: ((String) -> Void)?

  package init(devices count: Int, pageCount: Int = History.pageCount, breaking breach: Breach = .none) {
    self.breach = breach
    self.pageCount = pageCount
    for number in 0..<count { devices.append(SimulatedDevice(number: number, simulation: self)) }
    for device in devices { start(device) }
  }

  package convenience init(_ history: History, breaking breach: Breach = .none) {
    self.init(devices: history.devices, pageCount: history.pageCount, breaking: breach)
  }

  var members: Set<DeviceID> { Set(devices.map(\.key.device)) }

  func device(_ id: DeviceID) -> SimulatedDevice? { devices.first { $0.key.device == id } }

  // MARK: Running a history

  /// Plays a history to its end; the first promise that is broken, or nil.
  package static func run(_ history: History, breaking breach: Breach = .none, trace: ((String) -> Void)? = nil) -> Fault? {
    let simulation = Simulation(history, breaking: breach)
    simulation.trace = trace
    return simulation.play(history)
  }

  /// What a history leaves, for comparing two runs of it.
  package var outcome: [String] {
    ["\(stepCount) steps, \(now.nanoseconds)"]
      + devices.map { device in
        let sequence = (try? device.state().sequence) ?? 0
        return "\(device.name) \(sequence): " + device.tree.map { "\($0.path) \($0.node.inode) \(String(decoding: $0.node.bytes, as: UTF8.self))" }.joined(separator: ", ")
      }
  }

  private func traceAuthored(by device: SimulatedDevice, since before: FolderState) throws {
    let log = try device.state().log
    for head in try device.store.read(Self.folder, { try $0.heads(in: log, after: log == before.log ? before.sequence : 0, limit: 100) }) {
      let tag = tags.all.first { Root(smallContent: Tags.bytes($0)) == head.root || Root(linkTarget: Tags.bytes($0)) == head.root }
      trace?("\(device.name) authors \(head.path) \(head.kind) \(tag ?? "") \(head.dot) content \(head.contentDot.map { "\($0)" } ?? "none") seen \(head.vector)")
    }
  }

  /// What the machines keep in memory and in the record, for a person who looks into a failure.
  func traceMachines() {
    guard let trace else { return }
    for device in devices {
      try? device.store.read(Self.folder) { records in
        for entry in try records.entries(below: nil, after: nil, limit: 1_000) { trace("\(device.name) \(entry)") }
        for path in try records.pathsWithHeads(after: nil, limit: 1_000) { for head in try records.heads(of: path) { trace("\(device.name) head \(head)") } }
      }
      guard let machine = device.machine else { trace("\(device.name) is down"); continue }
      for (label, value) in Mirror(reflecting: machine).children where label.map({ !["setup", "rules", "rulesSource", "members"].contains($0) }) ?? false {
        trace("\(device.name) \(label ?? ""): \(value)")
      }
    }
  }

  package func play(_ history: History) -> Fault? {
    let fault = playOut(history)
    if fault != nil { traceMachines() }
    return fault
  }

  private func playOut(_ history: History) -> Fault? {
    for happening in history.happenings {
      chance = SeededGenerator(seed: happening.seed)
      if happening.call > 0, happening.act != .quiet {
        devices[happening.device].armed.append((happening.call, happening))
      } else {
        act(happening)
      }
      for _ in 0..<happening.steps where fault == nil { step() }
      if let fault { return fault }
    }
    return check() ?? history.expected.flatMap(checkExpected)
  }

  // MARK: One step

  /// By the places of devices and links in their lists: they are looked through with every step.
  private enum Choice {
    case work(device: Int, index: Int)
    case said(device: Int)
    case reports(device: Int)
    case deliver(link: Int, to: Int)
    case round(link: Int, from: Int)
    case connect(Int, Int)
  }

  private func findChoices() {
    choices.removeAll(keepingCapacity: true)
    for (number, device) in devices.enumerated() where device.isUp {
      // In place: to copy what was begun costs more than to look at it.
      device.work.withUnsafeBufferPointer { work in
        for index in work.indices where work[index].isReady(at: now) { choices.append(.work(device: number, index: index)) }
      }
      if !device.said.isEmpty { choices.append(.said(device: number)) }
      if !device.reports.isEmpty { choices.append(.reports(device: number)) }
    }
    for (index, link) in links.enumerated() {
      for end in 0...1 where devices[link.ends[end]].isUp {
        if !link.queues[end].isEmpty, !link.isHeld[end] { choices.append(.deliver(link: index, to: end)) }
        if link.sides[end].wantsRound { choices.append(.round(link: index, from: end)) }
      }
    }
    for i in devices.indices {
      for j in (i + 1)..<devices.endIndex where canConnect(i, j) { choices.append(.connect(i, j)) }
    }
  }

  /// Lets one thing happen; false when nothing is left but what comes with time.
  @discardableResult
  func step() -> Bool {
    findChoices()
    guard !choices.isEmpty else { return passTime() }
    stepCount += 1
    pass(nanoseconds: UInt64.random(in: 0..<3_000_000, using: &chance))
    switch choices[Int.random(in: choices.indices, using: &chance)] {
    case .work(let number, let index): run(devices[number].work.remove(at: index), on: devices[number])
    case .said(let number): say(devices[number].said.removeFirst(), by: devices[number])
    case .reports(let number):
      let device = devices[number]
      let reports = device.reports
      device.reports = []
      handle(.watched(reports), by: device)
    case .deliver(let index, let end): deliver(links[index], to: end)
    case .round(let index, let end): sendRound(links[index], from: end)
    case .connect(let i, let j): connect(i, j)
    }
    return true
  }

  func pass(nanoseconds: UInt64) {
    now = Instant(nanoseconds: now.nanoseconds + nanoseconds)
    for device in devices { device.disk.setTime(wallClock(device)) }
  }

  /// Goes on to the next moment at which anything is due.
  private func passTime() -> Bool {
    guard let next = nextDue else { return false }
    // Machines look at everything once in a while anyway; nothing else takes so long. Where many do so by turns, what they find tells.
    if isCalm, next.duration(since: now) > .seconds(1_200) || isStill() { return false }
    pass(nanoseconds: next.nanoseconds > now.nanoseconds ? next.nanoseconds - now.nanoseconds : 0)
    for link in links where link.isOpen && link.isHeld.contains(true) && now.duration(since: link.heldSince) >= .seconds(60) { cut(link) }
    return true
  }

  /// Whether nothing has changed for half a day.
  private func isStill() -> Bool {
    guard let since = stillSince else { stillSince = (now, marks); return false }
    guard now.duration(since: since.moment) >= .seconds(43_200) else { return false }
    stillSince = nil
    return since.marks == marks
  }

  private var nextDue: Instant? {
    var due: [Instant] = devices.filter(\.isUp).flatMap { $0.work.compactMap(\.due) }
    due += links.filter { $0.isOpen && $0.isHeld.contains(true) }.map { $0.heldSince.advanced(by: .seconds(60)) }
    return due.min()
  }

  func wallClock(_ device: SimulatedDevice) -> Timestamp {
    Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(now.nanoseconds) + device.clockOffset)
  }

  // MARK: The machine

  /// Gives a device's machine an event, and keeps what it wants done.
  func handle(_ event: FolderEvent, by device: SimulatedDevice) {
    guard device.isUp else { return }
    trace?("\(device.name) takes \(Self.short(event))")
    device.eventCount += 1
    do {
      let before = trace == nil && device.disk.problemPaths.isEmpty ? nil : try device.state()
      let effects = try device.machine?.handle(event, at: now) ?? []
      if let before {
        if trace != nil { try traceAuthored(by: device, since: before) }
        try checkAbsence(device, since: before)
      }
      for effect in effects {
        switch effect {
        case .send, .openRounds, .announce: device.said.append(effect)
        default: device.work.append(.effect(effect))
        }
      }
      if device.work.count > 500 { note(.bounded, "\(device.name) has \(device.work.count) things under way") }
    } catch {
      note(.record, "\(device.name): \(error)")
    }
  }

  func note(_ oracle: Oracle, _ text: String) { if fault == nil { fault = Fault(oracle: oracle, text: text) } }

  private static func short(_ event: FolderEvent) -> String { String("\(event)".prefix(traceLength)) }
}
