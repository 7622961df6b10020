import CoveyCore
import CoveyEngine
import Logging

/// Tells the log how folders stand.
extension SyncService {
  /// While much happens, the log is told at most this often.
  private static let journalInterval = Duration.seconds(1)

  /// Runs until cancelled.
  func keepJournal() async {
    var journal = StatusJournal()
    for await _ in engine.activity.changes() {
      if Task.isCancelled { return }
      let runners = await engine.allRunners
      journal.keep(Set(runners.map(\.folder.hex)))
      for runner in runners {
        guard let status = try? await runner.status(), let conflicts = try? openConflicts(runner, status) else { continue }
        for line in journal.look(at: FolderReport(runner, status, nil), conflicts: conflicts, now: SystemFacts.now()) {
          var metadata: Logger.Metadata = ["folder": "\(runner.label)"]
          if let path = line.path { metadata["path"] = "\(path)" }
          if let reason = line.reason { metadata["reason"] = "\(reason)" }
          surroundings.log.log(level: line.level, "\(line.message)", metadata: metadata)
        }
      }
      try? await Task.sleep(for: Self.journalInterval)
    }
  }

  private func openConflicts(_ runner: FolderRunner, _ status: FolderStatus) throws -> [Int64: String] {
    guard status.conflictCount > 0 else { return [:] }
    let open = try store.read(runner.folder) { try $0.conflicts(after: nil, limit: StatusJournal.rememberedMax) }
    return Dictionary(open.map { ($0.id, $0.path.string) }) { first, _ in first }
  }
}
