import CoveyCore
import CoveyEngine
import Glibc

/// Conflict copies that nobody has settled, and files held for a decision.
extension SyncService {
  static let pageSize = 1_000

  package func conflicts(_ request: EmptyRequest) async throws -> [ConflictReport] {
    var reports: [ConflictReport] = []
    for runner in await engine.allRunners {
      var after: Int64?
      while case let page = try store.read(runner.folder, { try $0.conflicts(after: after, limit: Self.pageSize) }), let last = page.last {
        for (id, path) in page { if let report = try await conflict(id, copy: path, in: runner) { reports.append(report) } }
        after = last.id
      }
    }
    return reports.sorted { $0.id < $1.id }
  }

  private func conflict(_ id: Int64, copy: RelativePath, in runner: FolderRunner) async throws -> ConflictReport? {
    let original = ConflictCopyName.original(of: copy) ?? copy
    let (loser, winner, tombstone, directory) = try store.read(runner.folder) { records in
      let (heads, entry) = (try records.heads(of: original), try records.entry(original))
      // A tombstone that every member holds is no head any more, but still in the log.
      let author = try heads.filter { !$0.isLive }.compactMap { try records.author(of: $0.dot.log) }.first
        ?? records.versions(of: original, limit: 1).first.flatMap { $0.version.isLive ? nil : $0.author }
      let winner = Ledger.see(heads).shown
      var directory: Origin?
      if winner.kind == .directory {
        directory = winner.origin
      } else if try !winner.isLive && records.hasLiveHead(below: original) {
        // What lives below makes it a directory, though whoever put something else there deleted that.
        directory = try records.entries(below: original, after: nil, limit: 1).first?.agreed.origin ?? Origin(modified: .zero, device: "")
      }
      // A directory has no time of its own in the record; this disk has one.
      if let seen = entry?.observation { directory?.modified = seen.modified }
      return (Ledger.see(try records.heads(of: copy)).shown, winner, author, directory)
    }
    guard loser.isLive else { return nil }
    let deleter: String? = if winner.isLive || directory != nil { nil } else if let tombstone { await name(of: tombstone) } else { "" }
    let standing = directory ?? Origin(modified: winner.origin.modified, device: deleter ?? winner.origin.device)
    return ConflictReport(
      id: id, folder: runner.label, path: original.string, copy: copy.string, winner: Self.side(winner, standing), loser: Self.side(loser, loser.origin),
      deletedIn: deleter)
  }

  private static func side(_ shown: Shown, _ origin: Origin) -> ConflictReport.Side {
    ConflictReport.Side(
      device: origin.device, modified: origin.modified.rfc3339, size: shown.size,
      hash: shown.kind == .file || shown.kind == .symlink ? shown.root.digest.hex : "")
  }

  private func open(_ id: Int64) async throws -> (FolderRunner, RelativePath, ConflictReport) {
    for runner in await engine.allRunners {
      let found = try store.read(runner.folder) { try $0.conflicts(after: id - 1, limit: 1).first }
      if let found, found.id == id, let report = try await conflict(id, copy: found.path, in: runner) { return (runner, found.path, report) }
    }
    throw ControlError(.notFound, "there is no open conflict \(id): 'covey conflicts' lists them")
  }

  package func conflict(_ request: ConflictRequest) async throws -> ConflictSides {
    let (runner, copy, report) = try await open(request.id)
    let original = ConflictCopyName.original(of: copy) ?? copy
    func file(_ path: RelativePath) throws -> String? {
      guard try store.read(runner.folder, { try $0.entry(path)?.observation }) != nil else { return nil }
      return runner.place.path + "/" + path.string
    }
    return ConflictSides(conflict: report, currentFile: try file(original), copyFile: try file(copy))
  }

  package func resolve(_ request: ResolveRequest) async throws -> ResolveReport {
    let (runner, copy, report) = try await open(request.id)
    let original = ConflictCopyName.original(of: copy) ?? copy
    let hands = try await FileHands(runner: runner, store: store)
    if request.keep == .copy || request.with != nil, try hands.kind(of: original) == .directory {
      throw ControlError(
        .conflict, "\(original.string.escaped) is a directory, which gives way to no file: move it away first, or take --keep current or --keep both")
    }
    let outcome: String
    switch (request.keep, request.with) {
    case (.both?, nil):
      await runner.handle(.command(.keepBoth(copy)))
      outcome = "both are kept; the copy is an ordinary file now"
    case (.current?, nil):
      try hands.remove(copy)
      outcome = "the current content is kept; the copy went to history"
    case (.copy?, nil):
      guard let seen = try hands.entry(copy)?.observation else { throw ControlError(.unavailable, "the copy is not on this disk: wait until it has arrived") }
      try hands.put(.file(copy), like: seen, at: original)
      try hands.remove(copy)
      outcome = "the copy is the content now; what stood there went to history"
    case (nil, let file?):
      try hands.putOutside(file, at: original)
      try hands.remove(copy)
      outcome = "\(file) is the content now; what stood there and the copy went to history"
    default: throw ControlError(.usage, "say what to keep: --keep current, copy or both, or --with FILE")
    }
    try await runner.look(at: hands.touched)
    return ResolveReport(id: request.id, folder: runner.label, path: report.path, outcome: outcome)
  }

  // MARK: Held for a decision

  package func held(_ request: EmptyRequest) async throws -> [HeldReport] {
    var reports: [HeldReport] = []
    for runner in await engine.allRunners {
      if let deletes = try await runner.status().heldDeletes {
        reports.append(
          HeldReport(
            kind: .deletes, folder: runner.label, path: "", files: deletes.fileCount, bytes: 0,
            reason: HeldDeletes.sentence(deletes.fileCount, label: runner.label)))
      }
      let entries = try store.read(runner.folder) { try $0.heldEntries(after: nil, limit: Self.pageSize) }
      for entry in entries {
        reports.append(
          HeldReport(
            kind: .file, folder: runner.label, path: entry.path.string, files: 1, bytes: entry.observation?.size ?? 0,
            reason: entry.isDamaged ? FolderMachine.damaged : "it was here before this folder was met anew, and no device of the team names it"))
      }
    }
    return reports
  }

  package func decideHeld(_ request: DecideHeldRequest) async throws -> DecideHeldReport {
    var count: Int64 = 0
    for reference in request.paths {
      let (runner, path) = try await place(reference)
      if path == nil, let deletes = try await runner.status().heldDeletes {
        try await runner.decideDeletes(request.decision == .accept ? .approveDeletes : .takeBackDeletes)
        count += deletes.fileCount
      }
      let hands = try await FileHands(runner: runner, store: store)
      let entries = try store.read(runner.folder) { records in
        try records.heldEntries(after: nil, limit: 100_000).filter { entry in path.map { entry.path == $0 || entry.path.isBelow($0) } ?? true }
      }
      for entry in entries.reversed() {
        switch request.decision {
        case .accept: await runner.handle(.command(.releaseHeld(entry.path)))
        // The good bytes come as soon as they can be had.
        case .revert: if entry.isDamaged { continue } else { try hands.remove(entry.path) }
        }
        count += 1
      }
      try await runner.look(at: hands.touched)
    }
    return DecideHeldReport(files: count)
  }

  /// The folder and the path in it that a person means; nil: the folder itself.
  func place(_ reference: PathReference) async throws -> (FolderRunner, RelativePath?) {
    var paths = FolderPaths()
    for settings in folders.values {
      let resolved = realpath(settings.path, nil)
      defer { free(resolved) }
      paths.add(label: settings.label, path: settings.path, resolvedPath: resolved.map { String(cString: $0) })
    }
    let place = try paths.place(of: reference)
    guard let runner = await engine.runner(try folder(labelled: place.label)) else {
      throw ControlError(.failed, "the folder '\(place.label.escaped)' has stopped: start the daemon again")
    }
    return (runner, place.inner)
  }
}
