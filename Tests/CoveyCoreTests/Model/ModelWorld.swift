import CoveyCore
import CoveyTesting

/// A few devices, their disks and their users, in one thread: drives the real rules through a history and checks what was promised.
///
/// Steps of a plan are atomic here; what can go wrong inside one belongs to the engine.
final class ModelWorld {
  static let ruleFile = path("R")
  static let directoryMode: UInt16 = 0o755

  let safeguards: Safeguards
  let customs: Customs
  let ticksPerSecond: Int64
  /// First contact ends with the recorded disk at once, not with the next scan.
  let isEager: Bool
  var devices: [ModelDevice]
  /// Content of the rules file, and the rules in it.
  var ruleTable: [Root: Set<RelativePath>] = [:]
  var clock: Int64 = 0
  /// Every tag that was written; who removed one, and how; tags of which copies may come back; tags that were renamed.
  var tags: Set<String> = []
  var dead: [String: (device: ModelDevice, how: Removal)] = [:]
  var exempt: Set<String> = []
  var moved: Set<String> = []
  var shock: Shock?
  private var batch = 0
  private var batchOfDot: [Dot: Int] = [:]
  private var records: [Dot: [UInt8]] = [:]

  enum Removal { case overwritten, deleted }
  enum Shock { case wiped, restored }

  /// What the engine around the rules owes them; a test leaves one out.
  struct Customs: OptionSet, Sendable {
    let rawValue: Int
    static let all = Customs(rawValue: .max)
    /// A restored state is recognised at start.
    static let recognisesOldState = Customs(rawValue: 1)
    /// Both sides of a handshake compare what was dropped.
    static let bothCompare = Customs(rawValue: 2)
    /// Acknowledgements count at the end of a whole round.
    static let wholeRounds = Customs(rawValue: 4)
    /// A scan reads the rules first.
    static let readsRulesFirst = Customs(rawValue: 8)
  }

  init(devices count: Int, ticksPerSecond: Int64, safeguards: Safeguards = .all, customs: Customs = .all, isEager: Bool = false) {
    self.safeguards = safeguards
    self.customs = customs
    self.ticksPerSecond = ticksPerSecond
    self.isEager = isEager
    devices = (0..<count).map { ModelDevice(number: $0) }
    // The first made the folder.
    devices[0].index.state.isFresh = false
    devices[0].holdsMarker = true
    for device in devices { device.members = Set(devices.map(\.key)) }
  }

  static func path(_ text: String) -> RelativePath { RelativePath(trusted: Array(text.utf8)) }

  static func isCopy(_ path: RelativePath) -> Bool { ConflictCopyName.original(of: path) != nil }

  var now: Timestamp { Timestamp(nanoseconds: clock * (1_000_000_000 / ticksPerSecond)) }
  var present: [ModelDevice] { devices.filter { !$0.isAway } }

  func ledger(_ device: ModelDevice) -> Ledger {
    Ledger(index: device.index, device: device.key, deviceName: device.name, rules: device.rules, safeguards: safeguards)
  }

  /// Runs `body` as one transaction and notes in which batch each authored version leaves the device.
  @discardableResult
  func transaction<T>(_ device: ModelDevice, _ body: (inout Ledger) throws -> T) throws -> T {
    var ledger = ledger(device)
    let result = try body(&ledger)
    for version in ledger.authored {
      if !ledger.merges.contains(version.dot) { batch += 1 }
      batchOfDot[version.dot] = batch
    }
    return result
  }

  // Scan.

  func ignores(_ device: ModelDevice, _ path: RelativePath, _ rules: ModelDevice.Rules? = nil) -> Bool {
    guard safeguards.contains(.ignoredPaths) else { return false }
    return (rules ?? device.rules).ignores(ConflictCopyName.original(of: path) ?? path, isDirectory: nil)
  }

  func rulesOnDisk(_ device: ModelDevice) -> ModelDevice.Rules {
    let shared = device.disk[Self.ruleFile].flatMap { ruleTable[$0.root] } ?? []
    return ModelDevice.Rules(paths: device.localRules.union(shared))
  }

  func scan(_ device: ModelDevice) throws {
    if device.state.isFresh { return try look(device) }
    if customs.contains(.readsRulesFirst) { try readRules(device) }
    try look(device)
    if device.state.holdsUnknown { try authorPending(device) }
    if !customs.contains(.readsRulesFirst) { try readRules(device) }
  }

  /// Brings the whole disk: what is gone first, children before their parents, then what is there.
  func look(_ device: ModelDevice) throws {
    let known = device.index.entries(below: nil, after: nil, limit: .max).filter { $0.observation != nil || $0.agreed.isLive || $0.held != nil }
    let gone = known.map(\.path).filter { device.disk[$0] == nil }
    let absent = Set(gone)
    let order = safeguards.contains(.impliedParents) ? gone.reversed() : gone
    for path in order + device.disk.keys.sorted() {
      let observation = device.disk[path]?.observation
      let entry = device.index.entry(path)
      if entry?.observation == observation, entry?.held == nil, entry?.local == .same, !device.state.holdsUnknown { continue }
      let directoryIsGone = path.parent.map(absent.contains) ?? false
      try transaction(device) { try $0.observe(path, observation, directoryIsGone: directoryIsGone) }
    }
  }

  func authorPending(_ device: ModelDevice) throws {
    var last: RelativePath?
    repeat { last = try transaction(device) { [last] in try $0.authorPending(after: last, limit: 3) } } while last != nil
  }

  func readRules(_ device: ModelDevice) throws {
    let new = rulesOnDisk(device)
    let old = device.rules
    if new == old { return }
    let agreed = device.index.entries(below: nil, after: nil, limit: .max).filter { $0.agreed.isLive }
    for path in Set(agreed.map(\.path)).union(device.disk.keys) {
      let was = ignores(device, path)
      guard was != ignores(device, path, new) else { continue }
      // What was done meanwhile may be announced or not.
      guard let tag = agreed.first(where: { $0.path == path }).flatMap({ self.tag(of: $0.agreed.content) }) else { continue }
      exempt.insert(tag)
      if was, let item = device.disk[path], item.tag != tag, dead[tag] == nil { dead[tag] = (device, .overwritten) }
    }
    device.rules = new
    try transaction(device) { try $0.rulesChanged(from: old) { device.disk[$0] != nil } }
  }

  private var tagOfContent: [Content: String] = [:]

  func note(_ item: ModelDevice.Item) {
    tags.insert(item.tag)
    tagOfContent[Content(kind: item.kind, root: item.root)] = item.tag
  }

  func tag(of content: Content) -> String? { tagOfContent[content] }

  // Exchange.

  func round(from sender: ModelDevice, to receiver: ModelDevice, cutAfter cut: Int?) throws {
    if sender.isAway || receiver.isAway || sender === receiver { return }
    let members = sender.members.union(receiver.members)
    let removed = sender.removed.union(receiver.removed)
    for device in [sender, receiver] { (device.members, device.removed) = (members, removed) }
    try handshake(sender, receiver)
    let known = receiver.state.knowledge
    let new = heads(of: sender).filter { !known.covers($0.dot) }.sorted { (batchOf($0), $0.dot) < (batchOf($1), $1.dot) }
    let isWhole = cut.map { $0 >= new.count } ?? true
    let part = Set(new.prefix(cut ?? 0).map(batchOf))
    for version in new where isWhole || part.contains(batchOf(version)) {
      try transaction(receiver) { try $0.learn(version, record: version.record) }
    }
    var acknowledged = sender.state.acknowledged
    acknowledged[sender.key, default: VersionVector()].join(try ledger(sender).holding())
    if isWhole {
      try endRound(from: sender, to: receiver, acknowledged)
    } else if !customs.contains(.wholeRounds) {
      for (device, held) in acknowledged { receiver.index.state.acknowledged[device, default: VersionVector()].join(held) }
    }
  }

  private func handshake(_ sender: ModelDevice, _ receiver: ModelDevice) throws {
    let dropped = (sender.state.dropped, receiver.state.dropped)
    for (device, peerDropped) in [(receiver, dropped.0), (sender, dropped.1)] {
      if device === sender, !customs.contains(.bothCompare) {
        sender.index.state.dropped.join(peerDropped)
      } else if try transaction(device, { try $0.meetIfBehind(peerDropped: peerDropped, holdsMarker: device.holdsMarker) }) {
        device.mail = []
      }
    }
    for (device, peer) in [(sender, receiver), (receiver, sender)] {
      let knowledge = Knowledge(vector: peer.state.knowledge, batchHashes: [:])
      guard ledger(device).detectsForkedLog(knowledge) else { continue }
      try renew(device)
    }
  }

  func renew(_ device: ModelDevice) throws {
    let isMarked = customs.contains(.recognisesOldState)
    try transaction(device) { try $0.renewLog(device.nextLog(), because: isMarked ? .age : .numbers) }
    if isMarked { try look(device) }
  }

  private func endRound(from sender: ModelDevice, to receiver: ModelDevice, _ acknowledged: [DeviceID: VersionVector]) throws {
    if receiver.state.isFresh, isEager { try look(receiver) }
    let state = sender.state
    let end = RoundEnd(
      knowledge: Knowledge(vector: state.knowledge, batchHashes: state.batchHashes), dropped: state.dropped, isFresh: state.isFresh,
      shown: state.shown.sum, acknowledged: acknowledged)
    guard try transaction(receiver, { try $0.endRound(end) }) else { return }
    receiver.holdsMarker = true
    if isEager {
      try readRules(receiver)
      try authorPending(receiver)
    }
  }

  func heads(of device: ModelDevice) -> [Version] { device.index.contents.heads.values.flatMap { $0 } }

  private func batchOf(_ version: Version) -> Int { batchOfDot[version.dot] ?? 0 }

  // Apply.

  struct Sources: ContentSources {
    var all: Set<Root>
    var ignored: Set<Root>
    func canHave(_ root: Root) -> Bool { all.contains(root) }
    func ignoredHolderHas(_ root: Root) -> Bool { ignored.contains(root) }
  }

  func sources(_ device: ModelDevice, _ peers: [ModelDevice], for path: RelativePath) -> Sources {
    let others = peers.filter { ignores($0, path) }.flatMap(\.roots)
    return Sources(all: peers.reduce(device.roots) { $0.union($1.roots) }, ignored: Set(others))
  }

  /// Plans a path and carries one step out. Returns whether anything changed.
  @discardableResult
  func apply(_ device: ModelDevice, _ path: RelativePath, from peers: [ModelDevice]) throws -> Bool {
    if device.isAway { return false }
    guard case .step(let step) = try ledger(device).plan(path, sources: sources(device, peers, for: path)) else { return false }
    guard device.disk[path]?.observation == step.expected else { return false }
    guard let outcome = perform(step, on: device) else { return false }
    try transaction(device) { try $0.carriedOut(step, now: device.disk[path]?.observation, copy: outcome.copy) }
    return true
  }

  private struct Outcome { var copy: Observation? }

  /// Changes the disk; nil where it is not as expected.
  private func perform(_ step: PlannedStep, on device: ModelDevice) -> Outcome? {
    let old = device.disk[step.path]
    var outcome = Outcome()
    func displace(_ displaced: PlannedStep.Displaced) -> Bool {
      switch displaced {
      case .nothing: return old == nil || (old?.kind == .directory && !device.hasChild(below: step.path))
      case .history:
        if let old { device.index.contents.historyRoots.insert(old.root) }
        return old != nil
      case .copy(let copy):
        guard let old, device.disk[copy] == nil else { return false }
        device.disk[copy] = old
        outcome.copy = old.observation
        return true
      }
    }
    func place(_ displaced: PlannedStep.Displaced) -> Bool {
      guard displace(displaced) else { return false }
      device.disk[step.path] = item(step.shown.content, mode: step.shown.mode, modified: step.shown.modified)
      return true
    }
    switch step.action {
    case .adopt, .releaseHeld: return outcome
    case .setMetadata(let mode, let modified):
      guard var item = old else { return nil }
      if item.kind != .symlink { item.mode = mode }
      if item.kind != .directory { item.modified = modified }
      device.disk[step.path] = item
    case .makeDirectory(_, let displaced), .placeFile(let displaced), .placeSymlink(let displaced):
      guard place(displaced) else { return nil }
    case .move(let source):
      guard old == nil, let item = device.disk[source.path], item.observation == source.expected else { return nil }
      device.disk[step.path] = item
      device.disk[source.path] = nil
    case .remove(let displaced):
      guard displace(displaced) else { return nil }
      device.disk[step.path] = nil
    case .removeDirectory:
      if device.hasChild(below: step.path) { return nil }
      device.disk[step.path] = nil
    case .keepStanding:
      guard let merge = step.merge, merge.needsBytes else { return outcome }
      guard device.disk[merge.copy] == nil else { return nil }
      device.disk[merge.copy] = item(merge.loser.content, mode: merge.mode, modified: merge.modified)
      outcome.copy = device.disk[merge.copy]?.observation
    case .stepAside(let aside):
      guard device.disk[aside] == nil, let old else { return nil }
      device.disk[aside] = old
      device.disk[step.path] = nil
      outcome.copy = old.observation
    }
    if let merge = step.merge, let tag = tag(of: merge.loser.content) { exempt.insert(tag) }
    return outcome
  }

  private func item(_ content: Content, mode: UInt16, modified: Timestamp) -> ModelDevice.Item {
    ModelDevice.Item(kind: content.kind, tag: tag(of: content) ?? "", mode: content.kind == .symlink ? 0 : mode, modified: modified)
  }

  func applyAll(_ device: ModelDevice, from peers: [ModelDevice]) throws -> Bool {
    var hit = false
    for path in device.index.todo(after: nil, limit: .max) { hit = try apply(device, path, from: peers) || hit }
    for path in device.index.todo(after: nil, limit: .max).reversed() { hit = try apply(device, path, from: peers) || hit }
    return hit
  }

  func drop(_ device: ModelDevice) throws {
    let members = device.members.subtracting(device.removed)
    var last: RelativePath?
    repeat {
      last = try transaction(device) { [last] in try $0.acknowledgeAndDrop(members: members, after: last, limit: 4) }
    } while last != nil
  }
}
