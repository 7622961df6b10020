extension Ledger {
  /// Makes a conflict copy an ordinary file on every device: its user keeps both.
  package mutating func clearConflictFlag(_ path: RelativePath) throws {
    var place = try open(path)
    let shown = try view(&place).shown
    guard shown.isLive, shown.isConflictCopy else { return }
    var draft = Draft(shown, seen: shown.vector, replaced: shown.root)
    draft.metadataDot = nil
    draft.isConflictCopy = false
    try authorByDecree(draft, at: &place)
  }

  /// Settles a conflict without the bytes of its losers: what stands for the path here is kept, theirs are given up.
  package mutating func mergeWithoutBytes(_ path: RelativePath, sources: any ContentSources) throws {
    var place = try open(path)
    let view = try view(&place, can: { sources.canHave($0) })
    guard !view.losers.isEmpty else { return }
    var seen = view.shown.vector
    for loser in view.losers { seen.join(loser.vector) }
    let isImplied = view.shown.contentDot == nil
    try authorByDecree(isImplied ? Draft(deleting: .none, seen: seen) : Draft(view.shown, seen: seen, replaced: .none), at: &place)
  }

  /// Gives up a content that this device wrote and nobody has any more: what it took the place of is to stand there again where `before`
  /// is known, else nothing.
  package mutating func giveUp(_ path: RelativePath, for before: Version?) throws {
    var place = try open(path)
    let shown = try view(&place).shown
    guard place.entry.observation == nil, place.entry.local == .same, shown.kind == .file,
      place.heads.allSatisfy({ $0.content == shown.content })
    else { return }
    let seen = place.heads.reduce(into: place.entry.agreed.vector) { $0.join($1.vector) }
    var draft = Draft(deleting: shown.root, seen: seen)
    if let before {
      // Should that be nowhere either, nothing stands behind it.
      draft = Draft(Shown(before), seen: seen, replaced: .none)
      (draft.contentDot, draft.metadataDot) = (nil, nil)
    }
    try author(draft, at: &place)
    try close(&place)
  }

  /// Deletes at its path what its own user overwrote while it was put aside: what came of it stands elsewhere, and its bytes are nowhere.
  /// Where a newer version has settled it already, nothing is to say.
  package mutating func settleOverwritten(_ content: Shown, at path: RelativePath) throws {
    var place = try open(path)
    let unsettled = Heads.unsettled(place.heads, safeguards)
    let gone = unsettled.filter { $0.contentDot == content.contentDot }
    guard !gone.isEmpty else { return }
    var seen = content.vector
    for head in gone { seen.join(head.vector) }
    var draft = Draft(deleting: content.root, seen: seen)
    // What its user wrote there since in the present log would be hidden by any later number of that: it is what takes the place.
    if let own = unsettled.first(where: { $0.dot.log == index.state.log && $0.isLive && !gone.contains($0) }) {
      draft = Draft(Shown(own), seen: seen.joined(own.vector), replaced: content.root)
    }
    try authorByDecree(draft, at: &place)
  }

  /// Authors what changes no byte, and agrees at once where the disk stood in agreement.
  private mutating func authorByDecree(_ draft: Draft, at place: inout Place) throws {
    let agreed = place.entry.agreed
    try author(draft, at: &place)
    let shown = try view(&place).shown
    if place.entry.local == .same, (agreed.content, agreed.mode, agreed.modified) == (shown.content, shown.mode, shown.modified) {
      place.entry.agreed = shown
    }
    try close(&place)
  }
}
