/// One path while the rules work on it: its heads and its entry as they become, and what they counted for before.
///
/// Heads are written as they change, the entry when the place is closed.
struct Place {
  let path: RelativePath
  var entry: Entry
  fileprivate(set) var heads: [Version]
  /// Whether something shows below the path; nil until somebody asks.
  fileprivate var livesBelow: Bool?
  /// What the path counted for when it was opened.
  var before: Standing?
  /// Directories above whose standing may change with this one, as they stood before.
  fileprivate var above: [Place] = []

  init(path: RelativePath, entry: Entry, heads: [Version]) {
    self.path = path
    self.entry = entry
    self.heads = heads
  }

  /// What decides in which digests a path counts and whether something is to do about it.
  struct Standing: Equatable {
    var view: View
    var entry: Entry
    var isIgnored: Bool

    /// What the digest of this disk counts: the agreed version, as long as the disk still shows what was seen then.
    var held: Shown? { !isIgnored && entry.held == nil && entry.local == .same ? entry.agreed : nil }
    var wanted: Shown? { isIgnored ? nil : view.shown }

    /// Bytes that are still to come; nil where nothing is to do.
    var todo: Int64? {
      guard !isIgnored else { return nil }
      if entry.isDamaged { return min(view.shown.size, Self.byteCountMax) }
      guard view.shown != entry.agreed || !view.losers.isEmpty else { return nil }
      // A held file waits for its user, not for its tombstone.
      if entry.held != nil, !view.shown.isLive { return nil }
      return view.shown.kind == .file && view.shown.content != entry.agreed.content ? min(view.shown.size, Self.byteCountMax) : 0
    }

    /// A hostile size must not make sums overflow.
    static let byteCountMax: Int64 = 1 << 40

    var isOpenConflict: Bool { view.shown.isLive && view.shown.isConflictCopy }
  }
}

extension Ledger {
  /// Reads what is known of a path, so that it can be changed.
  func open(_ path: RelativePath) throws -> Place {
    var place = try Place(path: path, entry: index.entry(path) ?? Entry(path: path), heads: index.heads(of: path))
    place.before = try standing(&place)
    return place
  }

  /// Writes what became of a path, and what follows from it for digests, notes and the directories above.
  mutating func close(_ place: inout Place) throws {
    guard let before = place.before else { return }
    if place.entry != before.entry { try index.setEntry(place.entry) }
    let after = try standing(&place)
    if after != before { try account(place.path, from: before, to: after) }
    place.before = after
    for index in place.above.indices {
      guard let before = place.above[index].before else { continue }
      place.above[index].livesBelow = nil
      let after = try standing(&place.above[index])
      if after != before { try account(place.above[index].path, from: before, to: after) }
    }
    place.above = []
  }

  /// What the path shows, given what stands in `place`.
  func view(_ place: inout Place, can: ((Root) -> Bool)? = nil) throws -> View {
    let own = Heads.see(place.heads, safeguards: safeguards, can: can)
    guard own.shown.kind != .directory, try livesBelow(&place) else { return own }
    return Heads.seeWithLifeBelow(own, safeguards: safeguards)
  }

  /// Joins a version to the heads of its path; one that another has seen leaves no trace.
  /// - Returns: whether it is a head that was none here.
  @discardableResult
  mutating func join(_ version: Version, record: [UInt8], to place: inout Place) throws -> Bool {
    let joined = Heads.joined(place.heads, version)
    guard joined.contains(version), !place.heads.contains(version) else { return false }
    try willShow(joined, at: &place)
    try index.insertHead(version, record: record)
    for head in place.heads where !joined.contains(head) { try index.supersedeHead(head.dot, of: place.path) }
    place.heads = joined
    return true
  }

  /// Takes heads of a path away. Their records stay for the log, as those of superseded ones.
  mutating func drop(_ heads: [Version], from place: inout Place) throws {
    let rest = place.heads.filter { !heads.contains($0) }
    try willShow(rest, at: &place)
    for head in heads { try index.supersedeHead(head.dot, of: place.path) }
    place.heads = rest
  }

  /// Looks at the directories above before heads are written that begin or end the life of the path.
  private mutating func willShow(_ heads: [Version], at place: inout Place) throws {
    if place.path == knownDirectory { knownDirectory = nil }
    let was = Heads.see(place.heads, safeguards: safeguards).shown.isLive
    guard safeguards.contains(.impliedParents), place.above.isEmpty,
      was != Heads.see(heads, safeguards: safeguards).shown.isLive
    else { return }
    // Life below another life changes nothing.
    if try livesBelow(&place) { return }
    var next = place.path.parent
    while let path = next, path != knownDirectory {
      var directory = try open(path)
      let own = Heads.see(directory.heads, safeguards: safeguards).shown
      if own.kind == .directory { knownDirectory = path; return }
      if !was, try livesBelow(&directory) { return }
      place.above.append(directory)
      if own.isLive { return }
      next = path.parent
    }
  }

  private func livesBelow(_ place: inout Place) throws -> Bool {
    guard safeguards.contains(.impliedParents) else { return false }
    if let known = place.livesBelow { return known }
    let lives = try showsAnything(below: place.path)
    place.livesBelow = lives
    return lives
  }

  /// Whether any path below shows something by its own heads.
  ///
  /// A live head alone does not tell: a tombstone beside it may have settled it. Where no path below has several heads, it does.
  private func showsAnything(below directory: RelativePath) throws -> Bool {
    guard try index.hasLiveHead(below: directory) else { return false }
    let start = RelativePath(trusted: directory.rangeBelow.lower)
    guard let first = try index.pathsWithSeveralHeads(after: start, limit: 1).first, first.isBelow(directory) else { return true }
    var last = start
    while true {
      let page = try index.pathsWithHeads(after: last, limit: 64)
      for path in page {
        guard path.isBelow(directory) else { return false }
        if try Heads.see(index.heads(of: path), safeguards: safeguards).shown.isLive { return true }
        last = path
      }
      if page.count < 64 { return false }
    }
  }

  private func standing(_ place: inout Place) throws -> Place.Standing {
    let view = try view(&place)
    return Place.Standing(view: view, entry: place.entry, isIgnored: isIgnored(place.entry, view.shown, by: rules))
  }

  /// Whether this device ignores the path. A conflict copy is ignored exactly if its original is.
  func isIgnored(_ entry: Entry, _ shown: Shown, by rules: any IgnoreRules) -> Bool {
    guard safeguards.contains(.ignoredPaths) else { return false }
    let kind = entry.observation?.kind ?? (entry.agreed.isLive ? entry.agreed.kind : shown.isLive ? shown.kind : nil)
    return rules.ignores(ConflictCopyName.original(of: entry.path) ?? entry.path, isDirectory: kind.map { $0 == .directory })
  }

  private func account(_ path: RelativePath, from before: Place.Standing, to after: Place.Standing) throws {
    var terms = FolderDigest.Terms(path)
    exchange(before.view.shown, after.view.shown, in: &index.state.shown, &terms)
    exchange(before.wanted, after.wanted, in: &index.state.wanted, &terms)
    exchange(before.held, after.held, in: &index.state.held, &terms)
    let todo = note(after)
    if todo != note(before) { try index.setTodo(todo, at: path) }
    if after.isOpenConflict != before.isOpenConflict { try index.setConflict(path, open: after.isOpenConflict) }
  }

  private func note(_ standing: Place.Standing) -> Int64? {
    if !safeguards.contains(.headlessParents), standing.view.heads.isEmpty, standing.entry.isVacant { return nil }
    return standing.todo
  }

  private func exchange(_ old: Shown?, _ new: Shown?, in digest: inout FolderDigest, _ terms: inout FolderDigest.Terms) {
    if let old, let new, FolderDigest.countsAlike(old, new) { return }
    if let old { digest.remove(old, &terms) }
    if let new { digest.add(new, &terms) }
  }
}
