package import CoveyCore

/// What the effects of a folder do on its disk: all of it blocks, nothing awaits. The performer runs it on a thread that may block, the
/// simulator in place.
package struct DiskEffects: Sendable {
  /// How many files a scan reads at once.
  static let scanWidth = 2
  static let rulesByteCountMax = 1 << 20

  let disk: any FolderDisk
  let store: any DeviceStore
  let folder: FolderID
  let wallClock: @Sendable () -> Timestamp
  let scanWidth: Int
  let portionCounts: ClosedRange<Int>
  /// Told how far a scan is.
  let progress: @Sendable (FolderWork) -> Void

  package init(
    disk: any FolderDisk, store: any DeviceStore, folder: FolderID, wallClock: @escaping @Sendable () -> Timestamp,
    scanWidth: Int = DiskEffects.scanWidth, portionCounts: ClosedRange<Int> = Scanner.portionCounts,
    progress: @escaping @Sendable (FolderWork) -> Void = { _ in }
  ) {
    self.disk = disk
    self.store = store
    self.folder = folder
    self.wallClock = wallClock
    self.scanWidth = scanWidth
    self.portionCounts = portionCounts
    self.progress = progress
  }

  /// Reads the marker, and takes away the mark of a clean stop: it counts for one start, with the disk there.
  package func opened(machine: String) throws -> FolderEvent {
    let key = CleanStop.key(folder)
    let marker = try disk.readMarker()
    let wasClean = try store.value(forKey: key) != nil
    if marker != nil { try store.setValue(nil, forKey: key) }
    return .opened(marker: marker, machine: machine, wasClean: wasClean)
  }

  /// What cannot be written down leaves a start that goes on under a new log.
  package func closeRecord(_ marker: FolderMarker) throws {
    try MarkerCheck(disk: disk, store: store, folder: folder).replace(with: marker, isFirst: false)
    try store.setValue([1], forKey: CleanStop.key(folder))
  }

  /// What had been done counts only once its names survive a power cut; so does what was put in place without an intent, and is found by
  /// the first scan.
  package func recover(_ intents: [Intent]) -> FolderEvent {
    let recovered = intents.map { Recovered(intent: $0, outcome: disk.replay($0.step)) }
    do throws(DiskError) { try disk.flushDirectories() } catch {
      return .unavailable("what was changed before could not be flushed to the disk: \(error.message)")
    }
    return .recovered(recovered)
  }

  package func reserve(_ marker: FolderMarker, isFirst: Bool) -> FolderEvent {
    do {
      try MarkerCheck(disk: disk, store: store, folder: folder).replace(with: marker, isFirst: isFirst)
      return .reserved(upTo: marker.reserved)
    } catch {
      return .reserveFailed(error as? DiskError ?? DiskError(code: .other, path: ".covey/folder", message: "\(error)"))
    }
  }

  package func flushStaged(_ names: [StagedName], job: UInt64) -> FolderEvent {
    .stagedFlushed(job: job, Self.error { () throws(DiskError) in if !names.isEmpty { try disk.flushStaged(names) } })
  }

  /// Nothing is put into a directory without the folder's marker, such as an empty one where it was mounted.
  /// - Parameter drain: has the watch tell all that happened so far.
  package func perform(_ steps: [DiskStep], job: UInt64, drain: () -> Void) -> FolderEvent {
    if let error = Self.error({ () throws(DiskError) in try checkMarker() }) { return .performed(job: job, steps.map { _ in .failed(error) }) }
    return .performed(job: job, disk.perform(steps, beforeLook: drain))
  }

  /// Also looks whether what was done was done to this folder: only then may it be agreed.
  package func flushDirectories(job: UInt64) -> FolderEvent {
    .directoriesFlushed(job: job, Self.error { () throws(DiskError) in
      try disk.flushDirectories()
      try checkMarker()
    })
  }

  private func checkMarker() throws(DiskError) {
    let trouble: String?
    do {
      trouble = try MarkerCheck(disk: disk, store: store, folder: folder).trouble()
    } catch {
      throw error as? DiskError ?? DiskError(code: .other, path: ".covey/folder", message: "\(error)")
    }
    if let trouble { throw DiskError(code: .notFound, path: ".covey/folder", message: trouble) }
  }

  package func discardStaged(_ names: [StagedName]) throws(DiskError) { for name in names { try disk.discardStaged(name) } }

  private static func error(_ body: () throws(DiskError) -> Void) -> DiskError? {
    do { try body(); return nil } catch { return error }
  }

  // MARK: Scanning

  /// Reads the rules; where they are the known ones, scans under them, else says what they are.
  package func scan(
    _ request: ScanRequest, known: RulesSource, rules: GitIgnore, report: @escaping ([ObservedChange]) throws -> Void
  ) -> ScanSummary {
    do {
      if try readRules() != known, let end = try newRules(unlike: known) { return ScanSummary(end: end, problems: [], unsteady: []) }
      let scanner = Scanner(
        disk: disk, store: store, folder: folder, rules: rules, width: scanWidth, portionCounts: portionCounts, progress: progress)
      return try scanner.scan(request, report: report)
    } catch let error as DiskError {
      return ScanSummary(end: .failed(error), problems: [], unsteady: [])
    } catch {
      return ScanSummary(end: .failed(DiskError(code: .other, path: "", message: "\(error)")), problems: [], unsteady: [])
    }
  }

  /// Nil where the rules are those that are known after all. An empty directory where the folder was mounted has none.
  private func newRules(unlike known: RulesSource) throws -> ScanSummary.End? {
    let marker = MarkerCheck(disk: disk, store: store, folder: folder)
    if let reason = try marker.trouble() { return .unmarked(reason) }
    let source = try readRules()
    if let reason = try marker.trouble() { return .unmarked(reason) }
    return source == known ? nil : .rulesChanged(source)
  }

  /// The rules as they stand; a rules file that is no file has none.
  private func readRules() throws(DiskError) -> RulesSource {
    func read(_ source: ContentSource) throws(DiskError) -> [UInt8] {
      do throws(DiskError) {
        return try disk.read(source, offset: 0, byteCount: Self.rulesByteCountMax + 1)
      } catch {
        switch error.code {
        case .notFound, .wrongKind, .outsideFolder: return []
        default: throw error
        }
      }
    }
    guard let path = FolderMachine.planRules else { return RulesSource() }
    return RulesSource(shared: try read(.file(path)), local: try read(.localRules))
  }

  /// Reports entries that the old rules ignored, the new ones do not, and the disk does not hold. What is absent from an empty directory
  /// where the folder was mounted is not gone.
  package func lookAgain(old: GitIgnore, new: GitIgnore, report: ([ObservedChange]) throws -> Void) -> FolderEvent {
    var after: RelativePath?
    do {
      try checkMarker()
      while true {
        let page = try store.read(folder) { try $0.entries(below: nil, after: after, limit: Scanner.pageSize) }
        let gone = page.filter { entry in
          old.ignores(entry.path, isDirectory: nil) && !new.ignores(entry.path, isDirectory: nil) && (try? disk.isGone(entry.path)) == true
        }
        try checkMarker()
        try report(gone.map { ObservedChange(path: $0.path, previous: $0.observation, now: nil) })
        guard page.count == Scanner.pageSize, let last = page.last else { return .looked([], isLast: true) }
        after = last.path
      }
    } catch {
      return .lookedInVain((error as? DiskError)?.message ?? "\(error)")
    }
  }

  // MARK: Staging

  /// What staging holds and nothing names: half-fetched contents are kept for their transfer, everything else goes to history.
  package func keepLeftovers(named: [StagedName]) throws -> Leftovers {
    var leftovers = Leftovers()
    let time = wallClock()
    for name in try disk.stagedNames() where !named.contains(name) {
      guard let hashed = try? disk.hashStaged(name) else { continue }
      if name.text.hasPrefix("f-") {
        // A content that was fetched and never put anywhere: whole, it is named by a version; partial, its transfer resumes.
        if hashed.stat.size > ChunkSizes.smallByteCountMax { leftovers.unfinished.append(name); continue }
        if name.text.dropFirst(2).hasPrefix(hashed.root.digest.hex.prefix(40)) { try disk.discardStaged(name); continue }
      }
      guard let path = try? RelativePath("recovered-\(name.text)") else { continue }
      let history = try disk.keepStaged(name, asHistoryOf: path, at: time)
      leftovers.kept.append(
        HistoryItem(
          name: history, path: path, kind: hashed.stat.kind, root: hashed.root, size: hashed.stat.size, mode: hashed.stat.mode & 0o777,
          modified: hashed.stat.modified, kept: time, origin: Origin(modified: hashed.stat.modified, device: "")))
    }
    return leftovers
  }

  /// Bytes that left their path while somebody had them open: to history once they rest unchanged, else beside the path they left.
  package func settleLate(_ files: [LateFile], deviceName: String) -> [SettledLate] {
    let time = wallClock()
    // What is absent from an empty mount point is not settled.
    do { try checkMarker() } catch { return [] }
    let settled = files.compactMap { late in
      do { return try settle(late, deviceName, at: time) } catch { return nil }
    }
    // The record forgets them only once their new names survive a power cut: what staging holds and nothing names goes to history.
    do {
      if !settled.isEmpty { try disk.flushDirectories() }
      try checkMarker()
    } catch { return [] }
    return settled
  }

  private func settle(_ late: LateFile, _ deviceName: String, at time: Timestamp) throws -> SettledLate? {
    guard let first = try disk.hashStaged(late.name) else { return SettledLate(late: late, history: nil, copy: nil) }
    if first.root == late.root {
      return SettledLate(late: late, history: try disk.keepStaged(late.name, asHistoryOf: late.path, at: time), copy: nil)
    }
    // Somebody wrote to it: the edit is a person's, and gets a name of its own beside the path.
    let origin = Origin(modified: first.stat.modified, device: deviceName)
    let edit = try Version(
      path: placeLeft(for: late.path), kind: .file, size: first.stat.size, mode: first.stat.mode & 0o777, modified: first.stat.modified, root: first.root,
      target: [], dot: Dot(log: LogID(0), sequence: UInt64(max(time.nanoseconds, 1))), vector: VersionVector(), contentDot: nil,
      metadataDot: nil, origin: origin, replaced: late.root)
    guard let copy = try ConflictCopyName.candidates(for: edit).first(where: { try disk.stat($0) == nil }) else { return nil }
    let outcome = disk.perform([DiskStep(path: copy, expected: nil, action: .place(late.name, displaced: .nothing), stagedInode: first.stat.inode)])
    guard case .done? = outcome.first else { return nil }
    return SettledLate(late: late, history: nil, copy: copy)
  }

  /// The path itself, or the same name in the nearest directory above that still is one.
  private func placeLeft(for path: RelativePath) throws -> RelativePath {
    guard let parent = path.parent, try disk.stat(parent)?.kind != .directory else { return path }
    return try placeLeft(for: parent.sibling(named: Array(path.name)))
  }
}

/// The mark of a clean stop in the record: its absence at a start means that the record may not be the newest.
package enum CleanStop {
  package static func key(_ folder: FolderID) -> String { "clean:\(folder.hex)" }
}
