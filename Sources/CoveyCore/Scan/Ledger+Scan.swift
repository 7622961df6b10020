extension Ledger {
  /// Records what the disk shows at a path (nil: nothing), and authors what its user did since it was agreed.
  ///
  /// A scan brings what is gone first, children before their parents, then what is there, parents before their children; where no file
  /// took the place of a directory, the two halves of renamed files part by part. It reads the ignore rules before that. Ignored paths of
  /// which anything is known are observed like others: absence and change under a rule announce nothing, but must be known when the rule
  /// goes. Of a folder that is met for the first time the disk is only recorded; ``authorPending(after:limit:)`` makes up for it.
  /// - Parameters:
  ///   - movedFrom: where the same bytes stood before, if this is one half of a rename.
  ///   - directoryIsGone: whether the directory above is gone with it, though that is still to be observed.
  package mutating func observe(
    _ path: RelativePath, _ observation: Observation?, movedFrom: RelativePath? = nil, directoryIsGone: Bool = false
  ) throws {
    var place = try open(path)
    let before = place.entry.observation
    place.entry.observation = observation
    if !index.state.isFresh {
      let isReplaced = before.map { $0.kind == observation?.kind && $0.inode != observation?.inode } ?? false
      try scan(&place, movedFrom: movedFrom, isReplaced: isReplaced, directoryIsGone: directoryIsGone)
    } else if safeguards.contains(.absentAtFirstContact), observation?.isOlder(than: before) ?? true {
      // Who meets a folder with an old state cannot tell a delete from a file that never arrived. And where the folder is the older one,
      // such as one that was not mounted when its record began anew, what stands there is no edit of what came after it.
      place.entry.agreed = .absent
      place.entry.kept = nil
    }
    try close(&place)
  }

  /// Runs the rules of a scan over what was observed already: after first contact has ended, or after the rules changed.
  ///
  /// While files are to be held for a decision, the whole run belongs before the next observation; its last page ends that state.
  /// - Returns: where the next page begins, nil after the last.
  package mutating func authorPending(after path: RelativePath?, limit: Int) throws -> RelativePath? {
    guard !index.state.isFresh else { return nil }
    let page = try index.entries(below: nil, after: path, limit: limit)
    let holds = index.state.holdsUnknown
    let open = page.filter { holds || $0.held != nil || $0.local != .same }
    for entry in open.filter({ $0.observation == nil }).reversed() + open.filter({ $0.observation != nil }) {
      var place = try self.open(entry.path)
      try scan(&place)
      try close(&place)
    }
    if page.count == limit { return page.last?.path }
    if holds { index.state.holdsUnknown = false }
    return nil
  }

  /// The same for one path.
  package mutating func authorPending(_ path: RelativePath) throws {
    guard !index.state.isFresh else { return }
    var place = try open(path)
    try scan(&place)
    try close(&place)
  }

  /// Gives up deletes that were held: what the heads show is to stand at those paths again.
  /// - Returns: where the next page begins, nil after the last.
  package mutating func takeBackDeletes(after path: RelativePath?, limit: Int) throws -> RelativePath? {
    let page = try index.entries(below: nil, after: path, limit: limit)
    for entry in page where entry.local == .deleted {
      var place = try open(entry.path)
      place.entry.agreed = .absent
      place.entry.kept = nil
      try close(&place)
    }
    return page.count == limit ? page.last?.path : nil
  }

  /// Takes the ignore rules of this ledger for those it was told before: for every path whose standing they change.
  ///
  /// One pass over the folder, in one transaction, for the digests speak of one set of rules only. What was ignored and is absent
  /// counts as never agreed from here on; a scan or ``authorPending(after:limit:)`` then takes up what is no longer ignored.
  /// - Parameter isThere: whether anything stands at a path now: deletes since the last scan were made under the rule, too.
  package mutating func rulesChanged(from old: any IgnoreRules, isThere: (RelativePath) throws -> Bool) throws {
    var last: RelativePath?
    while true {
      let entries = try index.entries(below: nil, after: last, limit: 1000).map(\.path)
      let heads = try index.pathsWithHeads(after: last, limit: 1000)
      // Up to where both pages are whole.
      let ends = [entries, heads].compactMap { $0.count == 1000 ? $0.last : nil }
      let end = ends.min()
      var paths = Set(entries + heads)
      // Parents that only live through what is in them have neither entry nor heads.
      for path in heads { for directory in path.ancestors where try index.heads(of: directory).isEmpty { paths.insert(directory) } }
      for path in paths.sorted() where end.map({ path <= $0 }) ?? true { try ruleChanged(path, from: old, isThere) }
      guard let end else { return }
      last = end
    }
  }

  private mutating func ruleChanged(_ path: RelativePath, from old: any IgnoreRules, _ isThere: (RelativePath) throws -> Bool) throws {
    var place = try open(path)
    guard let before = place.before else { return }
    let wasIgnored = isIgnored(before.entry, before.view.shown, by: old)
    if wasIgnored == before.isIgnored { return }
    // The standing under the old rules is what the digests count by now.
    place.before?.isIgnored = wasIgnored
    if wasIgnored, safeguards.contains(.absentUnderRule), try !isThere(path) {
      place.entry.observation = nil
      place.entry.agreed = .absent
      place.entry.kept = nil
    }
    try close(&place)
  }

  /// The disk against the agreed version and what is shown: DESIGN section 6, row by row.
  /// - Parameter isReplaced: whether another file stands there than before, though it may have the same bytes.
  mutating func scan(_ place: inout Place, movedFrom: RelativePath? = nil, isReplaced: Bool = false, directoryIsGone: Bool = false) throws {
    let shown = try view(&place).shown
    hold(&place, shown)
    if place.entry.held != nil || isIgnored(place.entry, shown, by: rules) { return }
    // Whose other half has not been seen, or was seen before, was put there all the same, where no file of its path is shown any more.
    let isPut = movedFrom != nil || isReplaced && shown.kind != place.entry.observation?.kind
    switch place.entry.local {
    case .same: if isPut { try putSame(&place, movedFrom) }
    case .deleted: if !holdsDeletes { try deleted(&place, directoryIsGone: directoryIsGone) }
    case .changed: if try awaitsDeletes(place.entry) { hasPostponed = true } else { try changed(&place, movedFrom, isPut: isPut) }
    }
  }

  /// What stands in a directory's place is authored after the deletes of what was in it, be they held or on a later page: a file
  /// beside the living children of its path would be a loser.
  private func awaitsDeletes(_ entry: Entry) throws -> Bool {
    guard entry.replacesDirectory else { return false }
    return try index.entries(below: entry.path, after: nil, limit: 1000).contains {
      $0.local == .deleted && !isIgnored($0, $0.agreed, by: rules)
    }
  }

  /// Puts a file aside that nobody knows any more, or lets it take part again once its user changed it or the heads show it.
  private func hold(_ place: inout Place, _ shown: Shown) {
    guard let observation = place.entry.observation else { place.entry.held = nil; return }
    if index.state.holdsUnknown, place.entry.held == nil {
      let isStale = observation.kind != .directory && place.heads.contains { $0.replaced == observation.root }
      let isUnknown = place.heads.isEmpty || (safeguards.contains(.heldDeleted) && !shown.isLive && !isStale)
      if isUnknown { place.entry.held = observation.content }
    }
    if let held = place.entry.held, observation.content != held || shown.content == held { place.entry.held = nil }
  }

  private mutating func deleted(_ place: inout Place, directoryIsGone: Bool) throws {
    let agreed = place.entry.agreed
    let shown = try view(&place).shown
    let cameNewer = place.heads.contains { $0.isLive && !agreed.vector.covers($0.contentDot) }
    if shown.isLive, !cameNewer || safeguards.contains(.authoredDeletes) {
      var draft = Draft(deleting: agreed.root, seen: agreed.vector)
      draft.isConflictCopy = agreed.isConflictCopy
      try author(draft, at: &place)
    }
    let knows = !shown.isLive && safeguards.contains(.joinedVectors)
    place.entry.agreed = .absent(seen: knows ? Heads.see(place.heads, safeguards: safeguards).shown.vector : agreed.vector)
    place.entry.kept = nil
    let now = try view(&place)
    // Nothing here and nothing there: nobody needs to plan that.
    if !now.shown.isLive, now.losers.isEmpty { place.entry.agreed = now.shown }
    if !directoryIsGone { try keepDirectory(above: &place) }
  }

  /// Who deletes something in a directory that only lives through its children, and leaves the directory standing, wants it to stay.
  private mutating func keepDirectory(above place: inout Place) throws {
    guard safeguards.contains(.impliedParents), let parent = place.path.parent, let entry = try index.entry(parent),
      let observation = entry.observation, observation.kind == .directory, entry.agreed.kind == .directory, entry.agreed.contentDot == nil
    else { return }
    try close(&place)
    var directory = try open(parent)
    let mode = observation.mode & 0o777
    let draft = Draft(observation, mode: mode, modified: .zero, seen: entry.agreed.vector, replaced: .none)
    directory.entry.agreed = Shown(try author(draft, at: &directory))
    directory.entry.kept = nil
    try close(&directory)
  }

  private mutating func changed(_ place: inout Place, _ movedFrom: RelativePath?, isPut: Bool) throws {
    guard let observation = place.entry.observation else { return }
    let agreed = place.entry.agreed
    let view = try view(&place)
    if observation.content == view.shown.content, view.shown.contentDot != agreed.contentDot {
      try agree(&place, observation, view)
    } else if observation.content == agreed.content, !isPut || observation.kind == .directory {
      try changedMetadata(&place, observation, shown: view.shown)
    } else {
      try changedContent(&place, observation, shown: view.shown, movedFrom)
    }
  }

  /// What its user put in the place of the same bytes is no touch: where others delete these, it lives on, for it may be nowhere else.
  private mutating func putSame(_ place: inout Place, _ movedFrom: RelativePath?) throws {
    guard let observation = place.entry.observation, observation.kind != .directory else { return }
    try changedContent(&place, observation, shown: view(&place).shown, movedFrom)
  }

  /// The disk holds what the heads show, though nobody brought it there: no bytes move, no copy is made.
  private mutating func agree(_ place: inout Place, _ observation: Observation, _ view: View) throws {
    var shown = view.shown
    let agreed = place.entry.agreed
    if safeguards.contains(.chosenWinners), view.losers.contains(where: { agreed.vector.covers($0.dot) }) {
      // What was agreed is a loser, and its user put the winner in its place.
      let seen = agreed.vector.joined(shown.vector)
      let draft = shown.contentDot == nil ? Draft(deleting: shown.root, seen: seen) : Draft(shown, seen: seen, replaced: .none)
      try author(draft, at: &place)
      shown = try self.view(&place).shown
    }
    // Mode and time of the disk count as agreed until the plan has set them.
    if observation.kind != .symlink { shown.mode = observation.mode & 0o777 }
    if observation.kind != .directory { shown.modified = observation.modified }
    place.entry.agreed = shown
    place.entry.kept = nil
  }

  /// Mode and time a user set; what this disk cannot keep counts as unchanged.
  func userMetadata(_ entry: Entry, _ observation: Observation) -> (mode: UInt16, modified: Timestamp) {
    let mode = observation.mode & 0o777
    let modified = observation.modified
    return (mode == entry.kept?.mode ? entry.agreed.mode : mode, modified == entry.kept?.modified ? entry.agreed.modified : modified)
  }

  private mutating func changedMetadata(_ place: inout Place, _ observation: Observation, shown: Shown) throws {
    let agreed = place.entry.agreed
    let (mode, modified) = userMetadata(place.entry, observation)
    var draft = Draft(observation, mode: mode, modified: modified, seen: agreed.vector, replaced: agreed.root)
    if !shown.isLive, safeguards.contains(.metadataOfNothing) {
      // A tombstone of it is acknowledged, maybe dropped already: the plan will delete it.
      place.entry.agreed.mode = draft.mode
      place.entry.agreed.modified = draft.modified
    } else {
      draft.contentDot = agreed.contentDot
      draft.origin = agreed.contentDot == nil ? nil : agreed.origin
      draft.isConflictCopy = agreed.isConflictCopy
      place.entry.agreed = Shown(try author(draft, at: &place))
    }
    place.entry.kept = Entry.Kept(observation, unlike: place.entry.agreed)
  }

  private mutating func changedContent(
    _ place: inout Place, _ observation: Observation, shown: Shown, _ movedFrom: RelativePath?
  ) throws {
    let agreed = place.entry.agreed
    let tombstones = place.heads.filter { !$0.isLive }
    let (mode, _) = userMetadata(place.entry, observation)
    var draft = Draft(observation, mode: mode, modified: observation.modified, seen: agreed.vector, replaced: agreed.root)
    let wasAgreed = agreed != .absent
    if try !wasAgreed && movedFrom == nil && safeguards.contains(.staleFiles) && isStale(place, observation, shown) {
      // The plan takes it away.
      var stale = Shown.absent
      (stale.kind, stale.root, stale.target, stale.size) = (draft.kind, draft.root, draft.target, draft.size)
      (stale.mode, stale.modified) = (draft.mode, draft.modified)
      place.entry.agreed = stale
    } else {
      // An edit lives on in the place of what was deleted. What was never agreed here is no edit, and stands beside the tombstone: who
      // lost its state and has still what was deleted must hear of that.
      if wasAgreed, !shown.isLive { for tombstone in tombstones { draft.vector.join(tombstone.vector) } }
      // Who only writes says nothing of the mode: what another device sets meanwhile stands, or a file that was just closed to others
      // would be open again.
      if wasAgreed, draft.kind == agreed.kind, draft.mode == agreed.mode { draft.metadataDot = agreed.metadataDot }
      draft.movedFrom = movedFrom
      draft.isConflictCopy = try agreed.isLive ? agreed.isConflictCopy : isNewCopy(place.path, movedFrom, observation)
      place.entry.agreed = Shown(try author(draft, at: &place))
    }
    place.entry.kept = Entry.Kept(observation, unlike: place.entry.agreed)
  }

  /// Whether bytes that were never agreed here were settled while this device was not looking: deleted at this path, or put into a conflict
  /// copy that others made of them, which stands or was deleted since. What was put there since does not matter for those that stood here
  /// before the folder was met; what appeared just now beside something that is shown was put there by its user.
  private func isStale(_ place: Place, _ observation: Observation, _ shown: Shown) throws -> Bool {
    let root = observation.root
    let stoodThere = place.before?.entry.observation?.content == observation.content
    if stoodThere || !shown.isLive, place.heads.contains(where: { !$0.isLive && $0.replaced == root }) { return true }
    guard stoodThere else { return false }
    // Where nobody knows of the path, no copy was made of it.
    guard !place.heads.isEmpty, let start = ConflictCopyName.beginning(ofCopiesOf: place.path) else { return false }
    var last = start
    while let copy = try index.pathsWithHeads(after: last, limit: 1).first, copy.bytes.starts(with: start.bytes) {
      let heads = ConflictCopyName.original(of: copy) == place.path ? try index.heads(of: copy) : []
      if heads.contains(where: { ($0.isLive ? $0.root : $0.replaced) == root }) { return true }
      last = copy
    }
    return false
  }

  /// Whether a file that is new here is an open conflict: bytes that were put beside the path they had to leave while somebody still
  /// wrote to them, or a copy that moved with its directory. Under a name of its own a copy is an ordinary file, its conflict settled.
  private func isNewCopy(_ path: RelativePath, _ movedFrom: RelativePath?, _ observation: Observation) throws -> Bool {
    guard ConflictCopyName.isName(path, ofCopyOf: observation.root) else { return false }
    guard let movedFrom else { return true }
    return try path.name == movedFrom.name && index.heads(of: movedFrom).contains { !$0.isLive && $0.isConflictCopy }
  }
}

extension Entry.Kept {
  /// What the disk shows instead of the agreed mode and time; nil where it shows them.
  init?(_ observation: Observation?, unlike agreed: Shown) {
    guard let observation, observation.content == agreed.content else { return nil }
    let mode = observation.kind == .symlink ? agreed.mode : observation.mode & 0o777
    let modified = observation.kind == .directory ? agreed.modified : observation.modified
    if mode == agreed.mode, modified == agreed.modified { return nil }
    self.init(mode: mode, modified: modified)
  }
}

extension Observation {
  /// Whether this is other content that stood there before the record saw what it did.
  fileprivate func isOlder(than before: Observation?) -> Bool { before.map { content != $0.content && changed < $0.changed } ?? false }
}
