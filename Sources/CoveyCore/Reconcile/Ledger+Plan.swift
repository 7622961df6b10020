extension Ledger {
  /// What follows for one path: DESIGN section 6 as a function of the disk, the agreed version and the heads.
  ///
  /// Plans reach a fixed point: carried out, each step brings the path closer to what is shown, and then nothing follows.
  package func plan(_ path: RelativePath, sources: any ContentSources) throws -> Plan {
    guard !index.state.isFresh, !index.state.holdsUnknown else { return .wait(.firstContact) }
    var place = try Place(path: path, entry: index.entry(path) ?? Entry(path: path), heads: index.heads(of: path))
    let here = place.entry.observation
    let can = { here?.root == $0 || sources.canHave($0) }
    let view = try view(&place, can: safeguards.contains(.standIns) ? can : nil)
    if isIgnored(place.entry, view.shown, by: rules) { return .nothing }
    if place.entry.isDamaged, view.shown.content != here?.content { return try planRepair(place.entry, view, can: can, sources) }
    if place.entry.held != nil, let plan = try planHeld(place.entry, view.shown, can: can) { return plan }
    guard place.entry.local == .same else { return .wait(place.entry.held == nil ? .localChange : .held) }
    let shown = view.shown
    if shown.isLive {
      if let parent = path.parent, try index.entry(parent)?.observation?.kind != .directory, !sources.isMade(parent) {
        return .wait(.parentMissing(parent))
      }
      if shown.kind == .file, !can(shown.root) { return .wait(.bytesAwaited(shown.root)) }
    }
    if shown.content == here?.content ?? .absent { return try planMetadata(place.entry, view, heads: place.heads, sources) }
    return try planContent(place.entry, view, sources)
  }

  /// What is shown replaces damaged bytes, which go to history under their own root.
  private func planRepair(_ entry: Entry, _ view: View, can: (Root) -> Bool, _ sources: any ContentSources) throws -> Plan {
    if view.shown.kind == .file, !can(view.shown.root) { return .wait(.bytesAwaited(view.shown.root)) }
    return try planContent(entry, view, sources)
  }

  /// A held file gives way to content that can be had.
  private func planHeld(_ entry: Entry, _ shown: Shown, can: (Root) -> Bool) throws -> Plan? {
    guard let held = entry.held, shown.isLive, shown.kind != .file || can(shown.root) else { return nil }
    func step(_ action: PlannedStep.Action) -> Plan {
      .step(PlannedStep(path: entry.path, shown: entry.agreed, expected: entry.observation, action: action))
    }
    if shown.content == entry.observation?.content || !safeguards.contains(.steppingAside) { return step(.releaseHeld) }
    guard entry.observation?.content == held else { return nil }
    if held.kind == .directory { return try index.hasObservation(below: entry.path) ? nil : step(.removeDirectory) }
    guard let aside = HeldName.path(for: entry.path, root: held.root), try index.entry(aside)?.observation == nil else {
      return .wait(.nameTaken)
    }
    return step(.stepAside(to: aside))
  }

  /// The bytes stand there: mode and time, then the losers, then agreement.
  private func planMetadata(_ entry: Entry, _ view: View, heads: [Version], _ sources: any ContentSources) throws -> Plan {
    let shown = view.shown
    var step = PlannedStep(path: entry.path, shown: shown, expected: entry.observation, action: .adopt)
    if let here = entry.observation, Entry.Kept(here, unlike: shown) != nil,
      (entry.agreed.mode, entry.agreed.modified) != (shown.mode, shown.modified) {
      step.action = .setMetadata(mode: shown.mode, modified: shown.modified)
      return .step(step)
    }
    var reason: WaitReason?
    for loser in safeguards.contains(.keptLosers) ? view.losers : [] where loser.kind != .directory {
      guard try isAtHand(loser, sources) else { continue }
      switch try merge([loser], mode: loser.mode, modified: loser.modified) {
      case .wait(let why): reason = why
      case .merge(let merge):
        step.action = .keepStanding
        step.merge = merge
        return .step(step)
      }
    }
    if entry.agreed != shown { return .step(step) }
    if let reason { return .wait(reason) }
    if !view.losers.isEmpty { return .wait(.losersAwaited(view.losers)) }
    let wanted = try self.view(entry.path).shown
    return wanted == shown ? .nothing : .wait(.bytesAwaited(wanted.root))
  }

  /// Whether this device may make the copy of a loser that does not stand at the path: its author died, or began it.
  private func isAtHand(_ loser: Version, _ sources: any ContentSources) throws -> Bool {
    if loser.kind == .symlink { return true }
    // What the record has here may have turned out to be nowhere.
    guard sources.canHave(loser.root) else { return false }
    if try index.historyHolds(loser.root) { return true }
    let original = ConflictCopyName.original(of: loser.path) ?? loser.path
    if try index.entries(withRoot: loser.root, limit: 64).contains(where: { ConflictCopyName.original(of: $0.path) == original }) {
      return true
    }
    return safeguards.contains(.fetchedLosers) && sources.ignoredHolderHas(loser.root)
  }

  /// Other bytes, or none, are to stand there.
  private func planContent(_ entry: Entry, _ view: View, _ sources: any ContentSources) throws -> Plan {
    let shown = view.shown
    var step = PlannedStep(path: entry.path, shown: shown, expected: entry.observation, action: .adopt)
    var displaced = PlannedStep.Displaced.nothing
    if let here = entry.observation, here.kind == .directory {
      if try index.hasObservation(below: entry.path) {
        return .wait(try keepsSomething(entry.path) ? .obstructed : .notEmpty)
      }
    } else if let here = entry.observation {
      displaced = .history
      let lost = view.losers.filter { $0.content == here.content }
      if !lost.isEmpty, safeguards.contains(.keptLosers) {
        switch try merge(lost, mode: entry.agreed.mode, modified: entry.agreed.modified) {
        case .wait(let reason): return .wait(reason)
        case .merge(let merge):
          step.merge = merge
          if merge.needsBytes { displaced = .copy(merge.copy) }
        }
      }
    }
    switch shown.kind {
    case .tombstone: step.action = entry.observation?.kind == .directory ? .removeDirectory : .remove(displaced: displaced)
    case .directory: step.action = .makeDirectory(mode: shown.mode, displaced: displaced)
    case .file, .symlink:
      if entry.observation == nil, let source = try moveSource(for: entry.path, view, sources) {
        step.action = .move(from: source)
      } else {
        step.action = shown.kind == .file ? .placeFile(displaced: displaced) : .placeSymlink(displaced: displaced)
      }
    }
    return .step(step)
  }

  private enum Merging {
    case merge(PlannedStep.Merge)
    case wait(WaitReason)
  }

  /// The conflict copy for heads of equal content: the first name where nothing else stands.
  private func merge(_ losers: [Version], mode: UInt16, modified: Timestamp) throws -> Merging {
    guard let loser = losers.min(by: { ($0.contentDot ?? $0.dot, $0.dot) < ($1.contentDot ?? $1.dot, $1.dot) }) else {
      return .wait(.nameTaken)
    }
    for copy in ConflictCopyName.candidates(for: loser, safeguards: safeguards) where copy != loser.path {
      let entry = try index.entry(copy) ?? Entry(path: copy)
      let there = entry.observation?.content ?? .absent
      guard there == loser.content || (there == .absent && !entry.agreed.isLive) else { continue }
      if let parent = copy.parent, try index.entry(parent)?.observation?.kind != .directory { return .wait(.parentMissing(parent)) }
      let heads = try index.heads(of: copy)
      if hidesEdit(of: heads, loser, entry) { continue }
      let isKnown = knowsCopy(heads, of: loser)
      return .merge(
        PlannedStep.Merge(
          loser: loser, losers: losers, copy: copy, needsBytes: !isKnown && there == .absent, mode: mode, modified: modified))
    }
    return .wait(.nameTaken)
  }

  /// Whether a copy of the loser under that name would pass for a successor of another content there: of an edit of another copy with
  /// the same name, by the device that wrote the loser later. A higher number of a log covers all lower ones.
  func hidesEdit(of heads: [Version], _ loser: Version, _ entry: Entry) -> Bool {
    guard let dot = loser.contentDot else { return false }
    return heads.contains { $0.dot.log == dot.log && $0.dot.sequence < dot.sequence && !entry.agreed.vector.covers($0.dot) }
  }

  /// Whether the heads at the path of a copy say that somebody made it, or settled it since.
  func knowsCopy(_ heads: [Version], of loser: Version) -> Bool {
    if safeguards.contains(.inheritedDots) { return heads.contains { $0.vector.covers(loser.contentDot) } }
    return Heads.see(heads, safeguards: safeguards).shown.root == loser.root
  }

  /// Whether a directory stays for something ignored, held or not shared inside it, and not only until what is to go there has gone.
  func keepsSomething(_ directory: RelativePath) throws -> Bool {
    if obstructed.contains(directory) { return true }
    let start = RelativePath(trusted: directory.rangeBelow.lower)
    var last = start
    while let next = try index.todo(after: last, limit: 1).first, next.isBelow(directory) {
      // What should go from there and cannot keeps the directory with it.
      guard obstructed.contains(where: { $0 == next || $0.isBelow(next) }) else { return false }
      last = next
    }
    if last != start { return true }
    if let held = try index.heldEntries(after: start, limit: 1).first, held.path.isBelow(directory) { return true }
    let page = try index.entries(below: directory, after: nil, limit: 1000)
    return page.contains { $0.observation != nil && isIgnored($0, .absent, by: rules) }
  }
}
