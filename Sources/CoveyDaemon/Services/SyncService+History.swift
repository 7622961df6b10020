import CoveyCore
import CoveyEngine

/// What was, and how it comes back.
extension SyncService {
  static let versionCountMax = 10_000
  static let restoreCountMax = 200_000

  package func history(_ request: PathRequest) async throws -> [HistoryVersion] {
    let (runner, inner) = try await place(request.path)
    guard let path = inner else { throw ControlError(.usage, "\(request.path.text.escaped) is a folder: name a file in it") }
    let lines = try store.read(runner.folder) { try $0.versions(of: path, limit: Self.versionCountMax) }
    guard !lines.isEmpty else { throw ControlError(.notFound, "nothing is known of \(request.path.text.escaped): 'covey log' lists what was") }
    let shown = try store.read(runner.folder) { Ledger.see(try $0.heads(of: path)).shown }
    var hasCurrent = false
    return try lines.map { line in
      let isCurrent = !hasCurrent && line.isHead && line.version.content == shown.content
      if isCurrent { hasCurrent = true }
      return HistoryVersion(
        version: line.number, kind: line.version.kind.word, modified: line.written.rfc3339,
        arrived: line.arrived.rfc3339, device: line.version.origin.device, size: line.version.size,
        hash: line.version.kind == .file || line.version.kind == .symlink ? line.version.root.digest.hex : "", current: isCurrent,
        restorable: try source(of: line.version, in: runner) != nil)
    }
  }

  /// Where the bytes of a version can be had on this disk; directories and symlinks are in the record itself.
  func source(of version: Version, in runner: FolderRunner) throws -> ContentSource? {
    switch version.kind {
    case .tombstone: return nil
    case .directory, .symlink: return .file(version.path)
    case .file:
      return try store.read(runner.folder) { records in
        if let item = try records.history(withRoot: version.root, limit: 1).first { return .history(item.name) }
        return try records.entries(withRoot: version.root, limit: 1).first.map { .file($0.path) }
      }
    }
  }

  package func restore(_ request: RestoreRequest) async throws -> RestoreReport {
    let (runner, inner) = try await place(request.path)
    let at = try request.at.map { text in
      guard let time = Timestamp(rfc3339: text) else { throw ControlError(.usage, "'\(text.escaped)' is no time: write it as 2026-11-22T18:42:00Z") }
      return time
    }
    var target = inner
    if let to = request.to {
      let (other, path) = try await place(to)
      guard other.folder == runner.folder, let path else { throw ControlError(.usage, "--to must name a path in the same folder") }
      target = path
    }
    if inner == nil, request.version == nil, request.at == nil, request.to == nil, let count = try await takeBackDeletes(in: runner) {
      return RestoreReport(folder: runner.label, path: "", files: count, bytes: 0, problems: [])
    }
    let hands = try await FileHands(runner: runner, store: store)
    var report = RestoreReport(folder: runner.label, path: target?.string ?? "", files: 0, bytes: 0, problems: [])
    let wanted = try versions(inner, to: target, number: request.version, at: at, in: runner)
    guard !wanted.isEmpty else {
      throw ControlError(.notFound, "there is nothing of \(request.path.text.escaped) to bring back: 'covey history' lists what can be restored")
    }
    for version in wanted.sorted(by: { $0.path < $1.path }) {
      let destination = try moved(version.path, from: inner, to: target)
      do {
        try await put(version, at: destination, runner: runner, hands: hands)
        if version.kind != .directory { report.files += 1 }
        report.bytes += version.size
      } catch let error as ControlError where wanted.count > 1 {
        report.problems.append(ProblemReport(path: version.path.string, reason: error.message))
      }
    }
    try await runner.look(at: hands.touched)
    return report
  }

  private func moved(_ path: RelativePath, from: RelativePath?, to: RelativePath?) throws -> RelativePath {
    guard let to, from != to else { return path }
    guard let from else { return try RelativePath(to.bytes + [UInt8(ascii: "/")] + path.bytes) }
    return path == from ? to : try RelativePath(to.bytes + path.bytes.dropFirst(from.bytes.count))
  }

  func put(_ version: Version, at path: RelativePath, runner: FolderRunner, hands: FileHands) async throws {
    if version.kind == .directory { return try hands.makeDirectory(path, mode: version.mode) }
    guard let source = try source(of: version, in: runner) else {
      guard let fetched = await runner.fetch(version) else {
        throw ControlError(
          .unavailable, "\(version.path.string.escaped): no connected device has the bytes of this version: connect the one that replaced them")
      }
      return try hands.put(fetched.name, inode: fetched.inode, at: path)
    }
    let seen = Observation(
      kind: version.kind, size: version.size, modified: version.modified, changed: .zero, inode: 0, mode: version.mode, root: version.root,
      target: version.target)
    try hands.put(source, like: seen, at: path)
  }

  /// The versions to bring back: of a file the one that is meant, of a directory those of all that was in it.
  ///
  /// As things stood at a time, whatever differs from what is where it goes; else, what differs from what is where it was.
  private func versions(_ path: RelativePath?, to target: RelativePath?, number: Int64?, at: Timestamp?, in runner: FolderRunner) throws -> [Version] {
    try store.read(runner.folder) { records in
      func current(_ inner: RelativePath) throws -> Shown {
        Ledger.see(try records.heads(of: at == nil ? inner : try moved(inner, from: path, to: target))).shown
      }
      if let path {
        let lines = try records.versions(of: path, limit: Self.versionCountMax)
        if let number {
          guard let line = lines.first(where: { $0.number == number }) else { return [] }
          return line.version.isLive ? [line.version] : []
        }
        if let file = try Self.pick(lines, current: current(path), at: at), file.kind != .directory { return [file] }
        if number != nil { return [] }
      }
      // A directory: everything that was inside, as it was then, or what has been deleted since.
      var found: [RelativePath: [LogLine]] = [:]
      for line in try records.log(LogQuery(below: path, limit: Self.restoreCountMax)) { found[line.version.path, default: []].append(line) }
      return try found.compactMap { inner, lines in
        let shown = try current(inner)
        // A conflict copy that is gone was settled: it comes back to who names it, or the time when it was there.
        if at == nil, shown.isLive || ConflictCopyName.original(of: inner) != nil { return nil }
        return Self.pick(lines, current: shown, at: at)
      }
    }
  }

  /// Of the versions of one path, newest first: what was shown at a time, or the last content that is not there now.
  private static func pick(_ lines: [LogLine], current: Shown, at: Timestamp?) -> Version? {
    if let at {
      guard let line = lines.first(where: { $0.arrived <= at }), line.version.isLive, line.version.content != current.content else { return nil }
      return line.version
    }
    return lines.first { $0.version.isLive && $0.version.content != current.content }?.version
  }

  // MARK: The log

  package func log(_ request: LogRequest, send: @Sendable (LogEntry) async throws -> Void) async throws {
    var since: Timestamp?
    if let text = request.since {
      since = Timestamp(rfc3339: text)
      if since == nil { throw ControlError(.usage, "'\(text.escaped)' is no time: write it as 2026-11-22T18:42:00Z") }
    }
    var author: DeviceID?
    if let name = request.device { author = try await device(named: name) }
    var places: [(runner: FolderRunner, below: RelativePath?)] = []
    if let reference = request.path {
      let (runner, path) = try await place(reference)
      places = [(runner, path)]
    } else {
      places = await engine.allRunners.map { ($0, nil) }
    }
    let changes = engine.activity.changes()
    var last: [FolderID: Int64] = [:]
    var past: [(FolderRunner, LogLine)] = []
    for (runner, below) in places {
      let query = LogQuery(below: below, since: since, author: author, limit: request.limit ?? Self.restoreCountMax)
      let lines = try store.read(runner.folder) { try $0.log(query) }
      last[runner.folder] = try store.read(runner.folder) { try $0.log(LogQuery(limit: 1)).first?.number } ?? 0
      past += lines.map { (runner, $0) }
    }
    past.sort { ($0.1.arrived, $0.1.number) < ($1.1.arrived, $1.1.number) }
    for (runner, line) in past.suffix(request.limit ?? past.count) { try await send(await entry(line, in: runner)) }
    for (runner, below) in places where below == nil {
      guard let held = try await heldDeletes(in: runner), author == nil || author == key.device, since ?? .zero <= Timestamp(rfc3339: held.arrived) ?? .zero
      else { continue }
      try await send(held)
    }
    guard request.follow else { return }
    for await _ in changes {
      for (runner, below) in places {
        let query = LogQuery(below: below, since: since, author: author, afterNumber: last[runner.folder] ?? 0, limit: Self.pageSize)
        for line in try store.read(runner.folder, { try $0.log(query) }) {
          last[runner.folder] = max(last[runner.folder] ?? 0, line.number)
          try await send(await entry(line, in: runner))
        }
      }
    }
  }

  private func entry(_ line: LogLine, in runner: FolderRunner) async -> LogEntry {
    let version = line.version
    var name = version.origin.device
    if let author = line.author { name = await self.name(of: author) }
    return LogEntry(
      arrived: line.arrived.rfc3339, folder: runner.label, path: version.path.string, change: version.change, device: name,
      kind: version.kind.word, size: version.size, modified: line.written.rfc3339,
      hash: version.kind == .file || version.kind == .symlink ? version.root.digest.hex : "", from: version.movedFrom?.string)
  }
}

extension Kind {
  /// The word for people and programs.
  var word: String {
    switch self {
    case .tombstone: "deleted"
    case .file: "file"
    case .directory: "directory"
    case .symlink: "symlink"
    }
  }
}

extension LogLine {
  /// When it was written; of a delete, which has no time of its own, when it arrived.
  var written: Timestamp {
    let time = version.modified.orOrigin(version)
    return time == .zero ? arrived : time
  }
}

extension Timestamp {
  /// This, or where a version has no time of its own, when it was written.
  func orOrigin(_ version: Version) -> Timestamp { self == .zero ? version.origin.modified : self }
}

extension Version {
  /// What the version did, in a word.
  var change: String {
    if !isLive { return "deleted" }
    if movedFrom != nil { return "moved" }
    if isConflictCopy, replaced == .none { return "added" }
    if contentDot == dot { return replaced == .none ? "added" : "changed" }
    return metadataDot == dot ? "mode" : "merged"
  }
}
