import CoveyCore

/// What a scan found, and its end.
extension FolderMachine {
  mutating func observed(_ changes: [ObservedChange], scan: UInt64, at now: Instant) throws -> [FolderEffect] {
    guard looking.running?.id == scan, life == .open || life == .stopping else { return [] }
    if changes.isEmpty { return announceHeld() }
    var again: [RelativePath] = []
    // Paths that are gone, and where they were moved to: what came there cannot be taken in yet.
    var waiting: [RelativePath: RelativePath] = [:]
    var gone = Deletes.Found()
    let authored = try write(flush: true) { records in
      try records.expect(changes.map(\.path))
      var ledger = ledger(records)
      let state = records.state
      let gates = looking.deletes.gates(in: max(state.held.fileCount, state.wanted.fileCount))
      gone.fileCountBefore = state.held.fileCount
      for change in changes {
        if let from = change.movedFrom, try !isCurrent(change, records.entry(change.path)) { waiting[from] = change.path }
      }
      for change in changes {
        let entry = try records.entry(change.path)
        guard isCurrent(change, entry) else { again.append(change.path); continue }
        if change.now == nil, waiting[change.path] != nil { again.append(change.path); continue }
        if let chunks = change.chunks, let root = change.now?.root { try records.setManifest(chunks, for: root) }
        ledger.holdsDeletes = gates && !change.isMoved && !looking.believed.contains(change.path)
        if change.previous?.kind == .directory, change.now?.kind != .directory, planning.busy.hasAny(below: change.path) {
          planning.vanished.insert(change.path)
        }
        try ledger.observe(change.path, change.now, movedFrom: change.movedFrom, directoryIsGone: change.directoryIsGone)
        if gates, !rules.ignores(change.path, isDirectory: nil) { gone.note(change.path, before: entry, after: try records.entry(change.path)) }
      }
      try seal(ledger, in: records)
      return ledger.authored.count
    }
    if !looking.believed.isEmpty { looking.believed.subtract(changes.map(\.path)) }
    // It was compared with a record that a commit has changed since, or is about to change; nobody writes there.
    for path in again { mark(path, isDeep: false, ready: now, at: now, movedTo: waiting[path]) }
    planning.forgetChanged(at: changes.lazy.map(\.path))
    planning.retryNames(beside: changes.lazy.filter { $0.now == nil }.map(\.path), at: now)
    planning.begin()
    // Whoever hears of one half of a rename only would remove what he could move.
    let isPartOfRename = changes.contains { $0.now == nil || $0.movedFrom != nil }
    let effects = try foundGone(gone, at: now)
    if isPartOfRename { looking.holdsAnnouncement = looking.holdsAnnouncement || authored > 0; return effects }
    return effects + announceHeld() + (authored > 0 ? [.announce] : [])
  }

  /// Whether the record still says what the scan compared with, and nothing is about to change it.
  private func isCurrent(_ change: ObservedChange, _ entry: Entry?) -> Bool {
    !planning.busy.contains(change.path) && entry?.observation == change.previous
  }

  private mutating func announceHeld() -> [FolderEffect] {
    defer { looking.holdsAnnouncement = false }
    return looking.holdsAnnouncement ? [.announce] : []
  }

  mutating func scanned(_ id: UInt64, _ summary: ScanSummary, at now: Instant) throws -> [FolderEffect] {
    guard let running = looking.running, running.id == id else { return [] }
    looking.running = nil
    let effects = announceHeld()
    if life == .stopping { return effects }
    return effects + (try ended(running, summary, at: now))
  }

  private mutating func ended(_ running: ScanRequest, _ summary: ScanSummary, at now: Instant) throws -> [FolderEffect] {
    for path in summary.unsteady { looking.mark(path, isDeep: false, ready: now.advanced(by: Looking.rest), at: now) }
    switch summary.end {
    case .complete:
      if looking.dirty.isEmpty { looking.believed = [] }
      // Problems found before are kept where this scan did not look.
      let seen = running.isWhole ? nil : Set(running.roots.compactMap(\.path?.bytes))
      problems.removeAll { problem in seen.map { $0.contains(problem.path) } ?? true }
      problems += summary.problems.prefix(Self.problemCountMax - min(problems.count, Self.problemCountMax))
      if looking.problemsDue == nil, problems.contains(where: \.blocks) { looking.problemsDue = now.advanced(by: Looking.problemInterval) }
      if running.isWhole {
        looking.lastWhole = now
        looking.wholeCompleted = running.id
        looking.hasSeenAll = true
        if try read({ $0.state.holdsUnknown }) { looking.authoring = .after(nil) }
      }
      planning.forgetUnavailable(of: setup.device)
      planning.begin()
      return try endWaitingRounds(at: now)
    case .unmarked(let reason): return block(reason, at: now)
    case .failed(let error):
      if running.isWhole, error.code == .notFound || error.code == .permissionDenied { return block(error.description, at: now) }
      // Once, under a root that is looked at again: so it goes when that succeeds, however often it fails before.
      let seen = Set(running.roots.compactMap(\.path?.bytes))
      problems.removeAll { running.isWhole || seen.contains($0.path) }
      problems.append(Problem(path: running.roots.first?.path?.bytes ?? [], reason: "\(error)", blocks: true))
      for root in running.roots { if let path = root.path { looking.mark(path, isDeep: root.isDeep, ready: now.advanced(by: .seconds(1)), at: now) } }
      if running.isWhole { looking.nextWhole = now.advanced(by: .seconds(5)) }
      return []
    case .rulesChanged(let source):
      requeue(running, at: now)
      return try changeRules(to: source)
    }
  }

  private mutating func requeue(_ request: ScanRequest, at now: Instant) {
    for root in request.roots {
      if let path = root.path { looking.mark(path, isDeep: root.isDeep, ready: now, at: now) } else { looking.wantsWhole = true }
    }
  }
}
