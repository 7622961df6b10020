/// Renames on this disk: content that is to vanish at one path and to appear at another is moved. No byte of it is fetched, copied
/// or put into history.
extension Ledger {
  /// How many paths of equal content are looked at, beside those that a head names.
  private static let candidateCountMax = 4

  /// A path whose plan is to lose the very content that is wanted here, and nothing else: what a head says it was moved from, or any.
  func moveSource(for path: RelativePath, _ view: View, _ sources: any ContentSources) throws -> PlannedStep.Source? {
    let content = view.shown.content
    for head in view.heads where head.content == content {
      if let from = head.movedFrom, let source = try moveSource(from, content, to: path, sources) { return source }
    }
    for entry in try index.entries(withRoot: content.root, limit: Self.candidateCountMax) {
      if let source = try moveSource(entry.path, content, to: path, sources) { return source }
    }
    return nil
  }

  private func moveSource(
    _ candidate: RelativePath, _ content: Content, to path: RelativePath, _ sources: any ContentSources
  ) throws -> PlannedStep.Source? {
    guard candidate != path, sources.mayMove(candidate, to: path),
      try !Heads.see(index.heads(of: candidate), safeguards: safeguards).shown.isLive,
      case .step(let step) = try plan(candidate, sources: sources), step.isPlainRemoval,
      let expected = step.expected, expected.content == content
    else { return nil }
    return PlannedStep.Source(path: candidate, expected: expected, shown: step.shown)
  }

  /// Both ends of a move are agreed together.
  mutating func moved(_ step: PlannedStep, from source: PlannedStep.Source, now: Observation?) throws {
    var left = try open(source.path)
    left.entry.observation = nil
    left.entry.agreed = source.shown
    left.entry.kept = nil
    try close(&left)
    var place = try open(step.path)
    place.entry.observation = now
    place.entry.agreed = step.shown
    if let now {
      // A rename changes neither mode nor time: those of the disk count as agreed until the plan has set them.
      if now.kind != .symlink { place.entry.agreed.mode = now.mode & 0o777 }
      place.entry.agreed.modified = now.modified
    }
    place.entry.kept = nil
    try scan(&place)
    try close(&place)
  }
}

extension PlannedStep {
  /// Takes a file or symlink away that is no part of a conflict: its bytes would go to history, or wherever else they are wanted.
  package var isPlainRemoval: Bool { action == .remove(displaced: .history) && merge == nil }
}
