import CoveyCore
import CoveyEngine

/// One device's changes of a span, taken back as new changes of this device.
extension SyncService {
  package func undo(_ request: UndoRequest) async throws -> UndoReport {
    guard let since = Timestamp(rfc3339: request.since) else {
      throw ControlError(.usage, "'\(request.since.escaped)' is no time: write it as 2026-11-22T18:42:00Z")
    }
    let author = try await device(named: request.device)
    if let label = request.label { _ = try folder(labelled: label) }
    var report = UndoReport(dryRun: request.dryRun, changes: [], problems: [])
    for runner in await engine.allRunners where request.label == nil || runner.label == request.label {
      let plans = try undoPlans(of: author, since: since, in: runner)
      var changes: [(path: RelativePath, plan: UndoPlan)] = []
      for (path, plan) in plans {
        if case .leave(let reason) = plan {
          report.problems.append(.init(folder: runner.label, path: path.string, reason: reason))
        } else {
          changes.append((path, plan))
        }
      }
      if !request.dryRun, !changes.isEmpty {
        let (failed, all) = (try await carryOut(changes, in: runner), changes)
        changes = all.filter { failed[$0.path] == nil }
        report.problems += failed.sorted { $0.key < $1.key }.map { .init(folder: runner.label, path: $0.key.string, reason: $0.value) }
      }
      for (path, plan) in changes { if let change = try change(path, plan, in: runner) { report.changes.append(change) } }
    }
    return report
  }

  private func undoPlans(of author: DeviceID, since: Timestamp, in runner: FolderRunner) throws -> [(RelativePath, UndoPlan)] {
    try store.read(runner.folder) { records in
      let lines = try records.log(LogQuery(since: since, author: author, limit: Self.restoreCountMax))
      guard lines.count < Self.restoreCountMax else {
        throw ControlError(.tooLarge, "\(runner.label.escaped): more than \(Self.restoreCountMax) changes since then: name a later time, or a folder")
      }
      return try Set(lines.map(\.version.path)).sorted().compactMap { path in
        let heads = try records.heads(of: path)
        let plan = try UndoPlan.make(
          lines: records.versions(of: path, limit: Self.versionCountMax), shown: Ledger.see(heads).shown, heads: heads, since: since,
          isTheirs: { try records.author(of: $0) == author }, lost: { try records.history(withRoot: $0, limit: 1).first })
        return plan.map { (path, $0) }
      }
    }
  }

  /// What was added goes first, children before their directories; then what was there comes back, directories first.
  private func carryOut(_ changes: [(path: RelativePath, plan: UndoPlan)], in runner: FolderRunner) async throws -> [RelativePath: String] {
    let hands = try await FileHands(runner: runner, store: store)
    var failed: [RelativePath: String] = [:]
    let removals = changes.filter { if case .remove = $0.plan { true } else { false } }
    let others = changes.filter { if case .remove = $0.plan { false } else { true } }
    for (path, plan) in removals.reversed() + others {
      do {
        try await carryOut(plan, at: path, runner: runner, hands: hands)
      } catch let error as ControlError {
        failed[path] = error.message
      } catch {
        failed[path] = "\(error)"
      }
    }
    try await runner.look(at: hands.touched)
    return failed
  }

  private func carryOut(_ plan: UndoPlan, at path: RelativePath, runner: FolderRunner, hands: FileHands) async throws {
    switch plan {
    case .remove: try hands.remove(path)
    case .put(let version):
      try hands.clear(path, for: version.kind)
      try await put(version, at: path, runner: runner, hands: hands)
    case .mode(let version): try hands.setMetadata(path, like: version)
    case .leave: break
    }
  }

  private func change(_ path: RelativePath, _ plan: UndoPlan, in runner: FolderRunner) throws -> UndoReport.Change? {
    func listed(_ action: UndoReport.Change.Action, _ kind: Kind, _ size: Int64, _ origin: Origin, here: Bool) -> UndoReport.Change {
      UndoReport.Change(
        folder: runner.label, path: path.string, action: action, kind: kind.word, size: size, device: origin.device, modified: origin.modified.rfc3339,
        here: here)
    }
    switch plan {
    case .put(let version): return listed(.restored, version.kind, version.size, version.origin, here: try source(of: version, in: runner) != nil)
    case .mode(let version): return listed(.mode, version.kind, version.size, version.origin, here: true)
    case .remove(let shown): return listed(.removed, shown.kind, shown.size, shown.origin, here: true)
    case .leave: return nil
    }
  }
}
