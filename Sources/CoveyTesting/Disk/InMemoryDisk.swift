package import CoveyCore
package import CoveyEngine
import Synchronization

/// A folder on a disk that is a dictionary: for tests of everything above the disk.
///
/// Time stands still until ``setTime(_:)``; change times grow by a nanosecond with every change, so that none is missed. A power cut
/// may lose what was not flushed: contents of staged files, and names since the last flush of directories. What a user does is durable
/// at once. Content above ``ChunkSizes/smallByteCountMax`` is cut into pieces of equal length.
package final class InMemoryDisk: FolderDisk {
  /// A moment at which the test may act or make a call fail.
  package enum Moment: Hashable, Sendable {
    /// Before a call of the port, counted from 1; within ``FolderDisk/perform(_:)`` before every step.
    case call(Int)
    /// Between two names of a walk.
    case name
    /// Between the comparison of a path with what a step expects and its rename.
    case rename(RelativePath)
  }

  let state: Mutex<InMemoryDiskState>
  private let hook = Mutex(Hook())

  /// A closure alone would be wrapped once more with each look at it.
  private struct Hook { var body: (@Sendable (Moment) -> DiskError?)? }

  /// - Parameter foldsNames: whether names that differ by case or composition alone cannot stand side by side.
  package init(time: Timestamp = .zero, foldsNames: Bool = false) {
    state = Mutex(InMemoryDiskState(time: time, foldsNames: foldsNames))
  }

  /// Calls `hook` at every moment; the error it returns is what the call ends with. It may use the disk.
  package func setHook(_ hook: (@Sendable (Moment) -> DiskError?)?) { self.hook.withLock { $0.body = hook } }

  /// Makes the `number`th call from now on fail, and only that.
  package func failCall(_ number: Int, with error: DiskError) {
    let target = state.withLock { $0.callCount } + number
    setHook { $0 == .call(target) ? error : nil }
  }

  package func setTime(_ time: Timestamp) { state.withLock { $0.time = time } }

  /// What remains after the power was cut, as the next start finds it.
  package func cutPower(survives: () -> Bool, torn: ([UInt8]) -> [UInt8]) { state.withLock { $0.cutPower(survives: survives, torn: torn) } }

  /// How many changes are not flushed: where a process may be killed, ``takeBack(to:)`` counts them.
  package var changeCount: Int { state.withLock { $0.note(); return $0.journal.count } }
  package func takeBack(to count: Int) { state.withLock { $0.takeBack(to: count) } }

  func meet(_ moment: Moment) throws(DiskError) {
    guard let hook = hook.withLock({ $0 }).body else { return }
    if let error = hook(moment) { throw error }
  }

  func enter() throws(DiskError) {
    let number = state.withLock { state in
      state.callCount += 1
      return state.callCount
    }
    try meet(.call(number))
  }

  // The folder as a whole.

  package func readMarker() throws(DiskError) -> FolderMarker? {
    try enter()
    return state.withLock { $0.marker }
  }

  package func writeMarker(_ marker: FolderMarker, unless trouble: (FolderMarker?) -> String?) throws(DiskError) {
    try enter()
    try state.withLock { (state) throws(DiskError) in
      if let reason = trouble(state.marker) { throw DiskError(code: .notFound, path: "", message: reason) }
      state.marker = marker
    }
  }

  package func space() throws(DiskError) -> (free: Int64, total: Int64) {
    try enter()
    return state.withLock { ($0.free, $0.total) }
  }

  // Looking.

  package func walk(
    below directory: RelativePath?, descend: (RelativePath) throws -> Bool, visit: (WalkItem) throws -> Void
  ) throws {
    try enter()
    let (nodes, problems, hidesProblems) = state.withLock { ($0.live.nodes, $0.problems, $0.hidesProblems) }
    if let directory, nodes[directory]?.kind != .directory { throw DiskError.absent(directory.string) }
    let paths = Set(nodes.keys).union(problems.keys).filter { path in directory.map { path.isBelow($0) } ?? true }
    // A directory comes twice: by its name, and with a slash where what is in it begins.
    var moments = paths.map { (key: $0.bytes, path: $0, isDescent: false) }
    for path in paths where nodes[path]?.kind == .directory {
      moments.append((key: path.bytes + [UInt8(ascii: "/")], path: path, isDescent: true))
    }
    moments.sort { $0.key.lexicographicallyPrecedes($1.key) }
    var closed: RelativePath?
    for moment in moments {
      // Between two names anything may happen, and the listing does not show it.
      try meet(.name)
      // A directory of which a breach hides that it cannot be read looks empty.
      if let closed, moment.path == closed && moment.isDescent && !hidesProblems || moment.path.isBelow(closed) { continue }
      if moment.isDescent {
        if try !descend(moment.path) { closed = moment.path }
      } else if let problem = problems[moment.path] {
        if hidesProblems, let node = nodes[moment.path] {
          try visit(.found(moment.path, node.stat))
        } else {
          try visit(.problem(path: moment.path.bytes, reason: problem.reason, hidesSubtree: problem.hidesSubtree))
        }
        if problem.hidesSubtree { closed = moment.path }
      } else if let node = nodes[moment.path] {
        try visit(.found(moment.path, node.stat))
      }
    }
  }

  package func stat(_ path: RelativePath) throws(DiskError) -> FileStat? {
    try enter()
    return state.withLock { state in
      let isHidden = state.hidesProblems && state.problems.keys.contains { path.isBelow($0) }
      return isHidden ? nil : state.live.nodes[path]?.stat
    }
  }

  package func readLink(_ path: RelativePath) throws(DiskError) -> [UInt8] {
    try enter()
    guard let node = state.withLock({ $0.live.nodes[path] }) else { throw .absent(path.string) }
    guard node.kind == .symlink else { throw .otherKind(path.string) }
    return node.bytes
  }

  package func hash(_ paths: [RelativePath]) -> [Result<HashedFile, DiskError>] {
    paths.map { path in Result { () throws(DiskError) in try manifest(of: .file(path)) } }
  }

  package func manifest(of source: ContentSource) throws(DiskError) -> HashedFile {
    try enter()
    guard let node = state.withLock({ $0.live.node(source) }) else { throw .absent(source.text) }
    guard let hashed = node.hashed else { throw .otherKind(source.text) }
    return hashed
  }

  package func read(_ source: ContentSource, offset: Int64, byteCount: Int) throws(DiskError) -> [UInt8] {
    try enter()
    if source == .localRules { return try readLocalRules(offset: offset, byteCount: byteCount) }
    guard let node = state.withLock({ $0.live.node(source) }) else { throw .absent(source.text) }
    guard node.kind == .file else { throw .otherKind(source.text) }
    guard offset >= 0, offset < node.bytes.count, byteCount > 0 else { return [] }
    return Array(node.bytes[Int(offset)...].prefix(byteCount))
  }

  private func readLocalRules(offset: Int64, byteCount: Int) throws(DiskError) -> [UInt8] {
    guard let bytes = state.withLock({ $0.localRules }) else { throw .absent(".covey/ignore") }
    return offset >= 0 && offset < bytes.count ? Array(bytes[Int(offset)...].prefix(byteCount)) : []
  }

  // Staging.

  @discardableResult
  package func stage(_ file: StagedFile, as name: StagedName) throws(DiskError) -> FileStat {
    try enter()
    return try state.withLock { (state) throws(DiskError) in
      switch file {
      case .file(let bytes, let mode, let modified):
        return try state.stage(name, kind: .file, bytes: bytes, mode: mode & 0o777, modified: modified)
      case .symlink(let target, let modified):
        return try state.stage(name, kind: .symlink, bytes: target, mode: 0o777, modified: modified)
      }
    }
  }

  package func openStaged(_ name: StagedName, byteCount: Int64) throws(DiskError) {
    try enter()
    try state.withLock { (state) throws(DiskError) in
      var bytes = state.live.staging[name]?.bytes ?? []
      guard byteCount - Int64(bytes.count) <= state.free else { throw .full(name.text) }
      bytes = Array(bytes.prefix(Int(byteCount)))
      bytes += [UInt8](repeating: 0, count: Int(byteCount) - bytes.count)
      if state.live.staging[name] == nil {
        try state.stage(name, kind: .file, bytes: bytes, mode: 0o600, modified: state.time)
      } else {
        state.writeStaged(name, bytes)
      }
    }
  }

  package func writeStaged(_ name: StagedName, offset: Int64, bytes: [UInt8]) throws(DiskError) {
    try enter()
    try state.withLock { (state) throws(DiskError) in try state.overwrite(name, at: offset, with: bytes) }
  }

  package func copyToStaged(
    _ name: StagedName, offset: Int64, from source: ContentSource, sourceOffset: Int64, byteCount: Int64
  ) throws(DiskError) {
    try enter()
    try state.withLock { (state) throws(DiskError) in
      guard let node = state.live.node(source), node.kind == .file else { throw .absent(source.text) }
      guard sourceOffset >= 0, byteCount >= 0, sourceOffset + byteCount <= node.bytes.count else { throw .changed(source.text) }
      try state.overwrite(name, at: offset, with: Array(node.bytes[Int(sourceOffset)..<Int(sourceOffset + byteCount)]))
    }
  }

  package func cloneToStaged(_ name: StagedName, from source: ContentSource) throws(DiskError) -> Bool {
    try enter()
    return try state.withLock { (state) throws(DiskError) in
      guard let node = state.live.node(source), node.kind == .file else { throw .absent(source.text) }
      guard state.clones else { return false }
      if state.live.staging[name] == nil {
        try state.stage(name, kind: .file, bytes: node.bytes, mode: 0o600, modified: state.time)
      } else {
        state.writeStaged(name, node.bytes)
      }
      return true
    }
  }

  @discardableResult
  package func finishStaged(_ name: StagedName, mode: UInt16, modified: Timestamp) throws(DiskError) -> FileStat {
    try enter()
    return try state.withLock { (state) throws(DiskError) in
      guard var node = state.live.staging[name] else { throw .absent(name.text) }
      node.mode = mode & 0o777
      node.modified = modified
      node.changed = state.stamp()
      state.live.staging[name] = node
      return node.stat
    }
  }

  package func stagedNames() throws(DiskError) -> [StagedName] {
    try enter()
    return state.withLock { $0.live.staging.keys.sorted() }
  }

  package func discardStaged(_ name: StagedName) throws(DiskError) {
    try enter()
    state.withLock { $0.live.staging[name] = nil }
  }

  package func hashStaged(_ name: StagedName) throws(DiskError) -> HashedFile? {
    try enter()
    let (found, writers) = state.withLock { ($0.live.staging[name], $0.writers) }
    guard let node = found else { return nil }
    guard writers[node.inode] == nil else { throw .changed(name.text) }
    guard let hashed = node.hashed else { throw .otherKind(name.text) }
    return hashed
  }

  package func flushStaged(_ names: [StagedName]) throws(DiskError) {
    try enter()
    state.withLock { $0.flushStaged(names) }
  }

  // Committing.

  package func perform(_ steps: [DiskStep], beforeLook: () -> Void) -> [DiskOutcome] {
    let outcomes = steps.map { step in
      do throws(DiskError) {
        try enter()
        if let early = state.withLock({ $0.refusal(of: step) }) { return early }
        try meet(.rename(step.path))
      } catch {
        return .failed(error)
      }
      return state.withLock { $0.perform(step) }
    }
    beforeLook()
    return state.withLock { state in zip(steps, outcomes).map { state.look(at: $0, $1) } }
  }

  package func flushDirectories() throws(DiskError) {
    try enter()
    state.withLock { $0.flushDirectories() }
  }

  package func replay(_ step: DiskStep) -> ReplayOutcome { state.withLock { $0.replay(step) } }

  // History.

  package func keepStaged(_ name: StagedName, asHistoryOf path: RelativePath, at time: Timestamp) throws(DiskError) -> HistoryName {
    try enter()
    return try state.withLock { (state) throws(DiskError) in
      guard state.live.staging[name] != nil else { throw .absent(name.text) }
      return state.keep(name, asHistoryOf: path, at: time)
    }
  }

  package func discardHistory(_ name: HistoryName) throws(DiskError) {
    try enter()
    state.withLock { $0.live.history[name] = nil }
  }

  package func historyNames(after name: HistoryName?, limit: Int) throws(DiskError) -> [(HistoryName, FileStat)] {
    try enter()
    return state.withLock { state in
      let all = state.live.history.filter { item in name.map { $0 < item.key } ?? true }
      return all.sorted { $0.key < $1.key }.prefix(limit).map { ($0.key, $0.value.stat) }
    }
  }
}
