extension Ledger {
  /// The last transaction of a step: what was planned is agreed, a conflict copy that was made is authored with its merge.
  ///
  /// Heads that came since the step was planned stay to do: only what was planned is agreed.
  /// - Parameters:
  ///   - now: what stands at the path after the step; not looked at by steps that leave the path alone.
  ///   - copy: what stands where the bytes went, if the step put any to a conflict copy or aside.
  package mutating func carriedOut(_ step: PlannedStep, now: Observation?, copy: Observation? = nil) throws {
    switch step.action {
    case .releaseHeld: try releaseHeld(step.path)
    case .stepAside(let aside): try steppedAside(step.path, now: now, to: aside, copy)
    case .adopt: try adopt(step)
    case .keepStanding: try keepStanding(step, copy)
    case .move(let source): try moved(step, from: source, now: now)
    case .setMetadata, .makeDirectory, .placeFile, .placeSymlink, .remove, .removeDirectory: try replaced(step, now: now, copy)
    }
  }

  /// Lets a held file or directory take part again: the next thing that is authored may be its.
  package mutating func releaseHeld(_ path: RelativePath) throws {
    var place = try open(path)
    guard place.entry.held != nil else { return }
    place.entry.held = nil
    if !index.state.isFresh { try scan(&place) }
    try close(&place)
  }

  /// Notes that a file's bytes are not those that were observed, though nothing says that somebody wrote to it: they are held, never
  /// authored, and replaced as soon as the right ones can be had.
  /// - Returns: whether it is so by what the record says now.
  package mutating func noteDamage(_ path: RelativePath, seen: Observation, actual root: Root) throws -> Bool {
    var place = try open(path)
    guard place.entry.observation == seen, place.entry.local == .same, place.entry.held == nil, seen.kind == .file, seen.root != root else {
      return false
    }
    if try isIgnored(place.entry, view(&place).shown, by: rules) { return false }
    place.entry.observation?.root = root
    place.entry.held = place.entry.observation?.content
    try close(&place)
    return true
  }

  private mutating func steppedAside(_ path: RelativePath, now: Observation?, to aside: RelativePath, _ copy: Observation?) throws {
    var place = try open(path)
    let held = place.entry.held
    place.entry.observation = now
    if now?.content != held { place.entry.held = nil }
    try close(&place)
    guard let copy else { return }
    var other = try open(aside)
    other.entry.observation = copy
    other.entry.held = copy.content
    try close(&other)
  }

  private mutating func adopt(_ step: PlannedStep) throws {
    var place = try open(step.path)
    // Somebody was faster: what they left is planned anew.
    guard place.entry.observation == step.expected, place.entry.local == .same else { return }
    place.entry.agreed = step.shown
    place.entry.kept = Entry.Kept(place.entry.observation, unlike: step.shown)
    try close(&place)
  }

  private mutating func keepStanding(_ step: PlannedStep, _ copy: Observation?) throws {
    guard let merge = step.merge, let merged = try settle(merge, showing: step.shown, at: step.path, copy) else { return }
    var place = try open(step.path)
    guard place.entry.observation == step.expected, place.entry.local == .same else { return }
    place.entry.agreed = step.shown
    place.entry.agreed.vector.join(merged.vector)
    place.entry.kept = Entry.Kept(place.entry.observation, unlike: step.shown)
    try close(&place)
  }

  private mutating func replaced(_ step: PlannedStep, now: Observation?, _ copy: Observation?) throws {
    var agreed = step.shown
    if let merge = step.merge, let merged = try settle(merge, showing: step.shown, at: step.path, copy, displaced: step.expected) {
      agreed.vector.join(merged.vector)
    }
    var place = try open(step.path)
    if now?.content != place.entry.held { place.entry.held = nil }
    place.entry.observation = now
    place.entry.agreed = agreed
    place.entry.kept = Entry.Kept(now, unlike: agreed)
    // Anything else than what the step placed was written by somebody in that very moment.
    try scan(&place)
    try close(&place)
  }

  /// Authors the conflict copy, unless it is known, and the merge that settles its conflict.
  /// - Parameter displaced: what the copy was at the path it left: a mode or time set since then is its user's.
  /// - Returns: the merge; nil where the bytes did not arrive in the copy.
  private mutating func settle(
    _ merge: PlannedStep.Merge, showing shown: Shown, at path: RelativePath, _ copy: Observation?, displaced: Observation? = nil
  ) throws -> Version? {
    let loser = merge.loser
    var place = try open(merge.copy)
    if let copy { place.entry.observation = copy }
    let authorsCopy = !knowsCopy(place.heads, of: loser)
    if authorsCopy {
      guard let standing = place.entry.observation, standing.content == loser.content, !hidesEdit(of: place.heads, loser, place.entry) else {
        try close(&place)
        return nil
      }
      var seen = place.entry.agreed.vector
      let inherits = safeguards.contains(.inheritedDots)
      if inherits, let dot = loser.contentDot { seen.include(dot) }
      // Bytes that stood there already keep their own mode and time.
      let own = userMetadata(place.entry, standing)
      let (mode, modified) = copy == nil ? own : (merge.mode, merge.modified)
      var draft = Draft(standing, mode: mode, modified: modified, seen: seen, replaced: .none)
      draft.contentDot = inherits ? loser.contentDot : nil
      draft.origin = loser.origin
      draft.isConflictCopy = true
      // What is agreed is what this copy shows, not every head that came for its path.
      place.entry.agreed = Shown(try author(draft, at: &place))
      // Bytes that nobody knew are the copy's now.
      place.entry.held = nil
      place.entry.kept = Entry.Kept(copy == nil ? standing : displaced ?? standing, unlike: place.entry.agreed)
    } else if let copy, let dot = loser.contentDot, copy.content == loser.content, try view(&place).shown.content != loser.content {
      // Somebody made the same copy meanwhile and went on from there: it is that copy which stands here, and nothing new.
      var agreed = Shown(loser)
      (agreed.mode, agreed.modified) = (merge.mode, merge.modified)
      agreed.vector = place.entry.agreed.vector.including(dot)
      place.entry.agreed = agreed
      place.entry.kept = Entry.Kept(displaced ?? copy, unlike: agreed)
    } else if copy != nil {
      try scan(&place)
    }
    try close(&place)
    var seen = shown.vector
    for head in merge.losers { seen.join(head.vector) }
    var draft = Draft(shown, seen: seen, replaced: loser.root)
    if shown.contentDot == nil { draft = Draft(deleting: loser.root, seen: seen) }
    if !safeguards.contains(.inheritedDots) { draft.contentDot = nil }
    var merged = try open(path)
    let version = try author(draft, at: &merged)
    if authorsCopy { merges.insert(version.dot) }
    try close(&merged)
    return version
  }
}
