import CoveyCore
import CoveyEngine

/// What a team is kept from: deletes that nobody meant, bytes that nobody wrote.
extension SyncService {
  package func approve(_ request: ApproveRequest) async throws -> ApproveReport {
    guard let runner = await engine.runner(try folder(labelled: request.label)) else {
      throw ControlError(.failed, "the folder '\(request.label.escaped)' has stopped: start the daemon again")
    }
    guard let held = try await runner.status().heldDeletes else {
      throw ControlError(.conflict, "no deletes are held in '\(request.label.escaped)': 'covey status' says what waits")
    }
    try await runner.decideDeletes(.approveDeletes)
    return ApproveReport(folder: request.label, files: held.fileCount)
  }

  /// Brings back what was deleted and is held; nil when nothing is.
  func takeBackDeletes(in runner: FolderRunner) async throws -> Int64? {
    guard let held = try await runner.status().heldDeletes else { return nil }
    try await runner.decideDeletes(.takeBackDeletes)
    return held.fileCount
  }

  /// How long mending what was found may take while somebody waits; it goes on afterwards.
  private static let mendingPatience = Duration.seconds(60)

  package func verify(_ request: VerifyRequest) async throws -> VerifyReport {
    if let label = request.label { _ = try folder(labelled: label) }
    var report = VerifyReport(folders: [])
    for runner in await engine.allRunners where request.label == nil || runner.label == request.label {
      let found = try await runner.verify(patience: Self.mendingPatience)
      let damaged = try store.read(runner.folder) { records in
        try found.damaged.map { VerifyReport.Damaged(path: $0.string, mended: try records.entry($0)?.isDamaged != true) }
      }
      report.folders.append(
        .init(
          label: runner.label, files: found.fileCount, bytes: found.byteCount, damaged: damaged, problems: found.unreadable.map(ProblemReport.init)))
    }
    return report
  }

  /// How the log tells of them: after all that was announced.
  func heldDeletes(in runner: FolderRunner) async throws -> LogEntry? {
    guard let held = try await runner.status().heldDeletes else { return nil }
    return LogEntry(
      arrived: held.since.rfc3339, folder: runner.label, path: "", change: "held", device: await name(of: key.device), kind: Kind.tombstone.word,
      size: 0, modified: held.since.rfc3339, hash: "", note: HeldDeletes.sentence(held.fileCount, label: runner.label))
  }
}
