import CoveyCore

/// What history keeps: replaced and deleted versions up to an age, and the youngest of them only while the disk is nearly full.
///
/// The record forgets an item before the disk does, so that nothing counts as restorable that is gone. Until the disk has followed, the
/// item's name stands in a list of its own: a crash in between leaves no file behind that nobody knows of.
package struct Keeping: Sendable {
  /// Files that go in one step, at most.
  static let stepCountMax = 200
  /// How often history is looked through when nothing else is a reason to.
  static let interval = Duration.seconds(3600)
  /// So much more of it is a reason, too.
  static let growth: (count: Int64, byteCount: Int64) = (1_000, 64 << 20)
  /// What is younger stays even on a full disk.
  static let age = Duration.seconds(60)
  /// A wall clock that moved on its own by more than this is not believed for a day.
  static let clockStepMax = Duration.seconds(3600)
  static let clockPatience = Duration.seconds(86_400)
  /// More open paths than this are not searched for bytes that history must keep: it then keeps all.
  static let openCountMax = 2_000

  /// It is looked through at the next quiet moment.
  var isDue = true
  var next: Instant?
  /// The disk was asked how much room it has, or takes files away.
  var isBusy = false
  /// The last start was no clean one: history may hold files that the record does not name. They are looked for from here on.
  var search: Search?
  enum Search: Hashable { case after(HistoryName?) }
  /// Names that the record has forgotten and the disk maybe not; nil before they were read.
  var going: [HistoryName]?
  private var known: (count: Int64, byteCount: Int64)?
  private var clocks: (now: Instant, wall: Timestamp)?
  private var mistrustedUntil: Instant?
  /// What went since this look began.
  var pruned = Pruned()

  /// What went, for the daemon's log.
  package struct Pruned: Hashable, Sendable {
    package var agedCount = 0
    package var crowdedCount = 0
    package var byteCount: Int64 = 0
    package init(agedCount: Int = 0, crowdedCount: Int = 0, byteCount: Int64 = 0) {
      self.agedCount = agedCount
      self.crowdedCount = crowdedCount
      self.byteCount = byteCount
    }

    package var sentence: String {
      var reasons: [String] = []
      if agedCount > 0 { reasons.append("\(agedCount) files older than the config keeps them") }
      if crowdedCount > 0 { reasons.append("\(crowdedCount) files, the oldest, because the disk is more than 95 % full") }
      return "history gave up \(reasons.joined(separator: " and ")), \(byteCount.byteCountText)"
    }
  }

  mutating func grown(to totals: (count: Int64, byteCount: Int64)) {
    guard let known else { self.known = totals; return }
    if totals.count - known.count >= Self.growth.count || totals.byteCount - known.byteCount >= Self.growth.byteCount { isDue = true }
    if isDue || totals.count < known.count { self.known = totals }
  }

  /// Whether ages can be told by this clock: it did not jump lately.
  mutating func trusts(_ wall: Timestamp, at now: Instant) -> Bool {
    if let clocks {
      let went = Duration.nanoseconds(wall.nanoseconds.subtractingReportingOverflow(clocks.wall.nanoseconds).partialValue)
      let step = went - now.duration(since: clocks.now)
      if step > Self.clockStepMax || step < .zero - Self.clockStepMax { mistrustedUntil = now.advanced(by: Self.clockPatience) }
    }
    clocks = (now, wall)
    return mistrustedUntil.map { $0 <= now } ?? true
  }
}

extension FolderMachine {
  static func goingKey(_ folder: FolderID) -> String { "forgetting:\(folder.hex)" }

  mutating func keepHistory(at now: Instant) throws -> [FolderEffect] {
    if let next = keeping.next, next <= now { (keeping.isDue, keeping.next) = (true, nil) }
    guard keeping.isDue || keeping.search != nil, !keeping.isBusy, planning.isIdle, looking.isIdle else { return [] }
    // Without the heads nobody knows what is needed.
    guard try read({ !$0.state.isFresh && !$0.state.holdsUnknown }) else { return [] }
    keeping.isBusy = true
    if !keeping.isDue, case .after(let name)? = keeping.search { return [.findHistory(after: name)] }
    keeping.isDue = false
    keeping.next = now.advanced(by: Keeping.interval)
    return [.measureSpace]
  }

  mutating func measured(free: Int64, total: Int64, at now: Instant) throws -> [FolderEffect] {
    keeping.isBusy = false
    guard planning.isIdle, looking.isIdle else { keeping.isDue = true; return [] }
    if keeping.going == nil { keeping.going = try setup.store.value(forKey: Self.goingKey(setup.folder)).map(HistoryName.list) ?? [] }
    let going = keeping.going ?? []
    let items = try outdated(free: free, total: total, limit: Keeping.stepCountMax - going.count, at: now)
    let names = going + items.map(\.name)
    if items.isEmpty, keeping.pruned != Keeping.Pruned() || names.isEmpty {
      defer { keeping.pruned = Keeping.Pruned() }
      return keeping.pruned == Keeping.Pruned() ? [] : [.tell(.historyPruned(keeping.pruned))]
    }
    try setup.store.setValue(HistoryName.bytes(names), forKey: Self.goingKey(setup.folder))
    try write(flush: true) { records in for name in names { try records.removeHistory(name) } }
    keeping.going = names
    keeping.isBusy = true
    return [.forgetHistory(names)]
  }

  mutating func historyForgotten(failed: [HistoryName]) throws -> [FolderEffect] {
    keeping.isBusy = false
    keeping.going = failed
    try setup.store.setValue(failed.isEmpty ? nil : HistoryName.bytes(failed), forKey: Self.goingKey(setup.folder))
    // Once more, until nothing is left to go.
    if keeping.pruned != Keeping.Pruned() { keeping.isDue = true }
    return []
  }

  mutating func historyFound(_ page: HistoryFinder.Page) throws -> [FolderEffect] {
    keeping.isBusy = false
    if !page.items.isEmpty {
      try write(flush: false) { records in for item in page.items where try !records.hasHistory(item.name) { try records.insertHistory(item) } }
    }
    keeping.search = page.next.map { .after($0) }
    if keeping.search == nil { keeping.isDue = true }
    return []
  }

  /// Items that go now: the old ones, else while less than a twentieth of the disk is free as many of the oldest as that takes.
  private mutating func outdated(free: Int64, total: Int64, limit: Int, at now: Instant) throws -> [HistoryItem] {
    let wall = setup.wallClock()
    guard limit > 0, keeping.trusts(wall, at: now) else { return [] }
    let lacking = total / 20 - free
    let (aged, crowded): ([HistoryItem], [HistoryItem]) = try read { records in
      let aged = try records.history(before: wall.before(by: setup.historyAge), limit: 2 * limit)
      let oldest = aged.isEmpty && lacking > 0 ? try records.history(before: wall.before(by: Keeping.age), limit: 2 * limit) : []
      guard !aged.isEmpty || !oldest.isEmpty, let needed = try Self.rootsNeeded(records) else { return ([], []) }
      return (aged.filter { !needed.contains($0.root) }, oldest.filter { !needed.contains($0.root) })
    }
    if !aged.isEmpty {
      let items = Array(aged.prefix(limit))
      keeping.pruned.agedCount += items.count
      for item in items { keeping.pruned.byteCount += item.size }
      return items
    }
    var items: [HistoryItem] = []
    var byteCount: Int64 = 0
    for item in crowded.prefix(limit) where byteCount < lacking {
      items.append(item)
      byteCount += item.size
    }
    keeping.pruned.crowdedCount += items.count
    keeping.pruned.byteCount += byteCount
    return items
  }

  /// Contents that an open conflict, a late file or a path not yet done may still take from history; nil when too much is open to say.
  private static func rootsNeeded(_ records: any FolderRecords) throws -> Set<Root>? {
    let todo = try records.todo(after: nil, limit: Keeping.openCountMax)
    let several = try records.pathsWithSeveralHeads(after: nil, limit: Keeping.openCountMax)
    guard todo.count < Keeping.openCountMax, several.count < Keeping.openCountMax else { return nil }
    var roots = Set(try records.lateFiles().flatMap { [$0.root, $0.agreed.root] })
    for path in Set(todo + several) { for head in try records.heads(of: path) { roots.insert(head.root) } }
    roots.remove(.none)
    return roots
  }
}

extension Timestamp {
  func before(by age: Duration) -> Timestamp {
    let (seconds, attoseconds) = age.components
    let since = Timestamp(seconds: seconds, nanoseconds: attoseconds / 1_000_000_000)
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(since.nanoseconds)
    return Timestamp(nanoseconds: overflow ? .min : difference)
  }
}

extension HistoryName {
  static func bytes(_ names: [HistoryName]) -> [UInt8] {
    var out = CanonicalWriter()
    out.number(UInt64(names.count))
    for name in names { out.string(name.path.bytes) }
    return out.bytes
  }

  /// Reads what ``bytes(_:)`` wrote; nothing of anything else.
  static func list(_ bytes: [UInt8]) -> [HistoryName] {
    var input = CanonicalReader(bytes)
    guard let count = try? input.number(), count <= UInt64(Keeping.stepCountMax) else { return [] }
    return (0..<count).compactMap { _ in (try? input.path()).map(HistoryName.init) }
  }
}
