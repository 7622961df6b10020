import CoveyCore

/// Steps that failed, and when they are tried again.
extension FolderMachine.Planning {
  struct Failure: Hashable {
    /// So often a step is tried again at once where it found something else than it expected.
    static let changedCountMax = 3
    var error: DiskError
    var count: Int
    var retry: Instant
    var isRetrying = false

    /// Whether people must know.
    var isTrouble: Bool { error.code != .changed || count > Self.changedCountMax }
  }

  /// Names that the disk could not hold beside others are tried again where one of those may have gone.
  mutating func retryNames(beside gone: some Sequence<RelativePath>, at now: Instant) {
    let refused = failures.filter { $0.value.error.code == .nameNotPossible }
    guard !refused.isEmpty else { return }
    let directories = Set(gone.map(\.parent))
    for path in refused.keys where directories.contains(path.parent) { failures[path]?.retry = now }
  }

  /// Directories that the disk would not let go for something in them that is not shared.
  var obstructed: Set<RelativePath> { Set(failures.lazy.filter { $0.value.error.code == .notEmpty }.map(\.key)) }

  /// Such a directory is tried again where something in it has gone.
  mutating func retryRemoval(above gone: RelativePath, at now: Instant) {
    guard let parent = gone.parent else { return }
    if failures[parent]?.error.code == .notEmpty { failures[parent]?.retry = now }
    if busy.contains(parent) { emptied.insert(parent) }
  }

  /// A scan has seen what is there instead: of what was expected, or of the directory that could not be removed.
  mutating func forgetChanged(at paths: some Sequence<RelativePath>) {
    guard !failures.isEmpty else { return }
    for path in paths {
      if let code = failures[path]?.error.code, code == .changed || code == .notEmpty { failures[path] = nil }
    }
  }
}

extension FolderMachine {
  mutating func fail(_ step: PlannedStep, _ error: DiskError, at now: Instant) {
    if error.code == .noSpace { keeping.isDue = true }
    let count = (planning.failures[step.path]?.count ?? 0) + 1
    guard planning.failures.count < Self.problemCountMax || planning.failures[step.path] != nil else { return }
    // What a disk cannot hold it cannot hold later either, unless what stands in its way goes.
    let delay: Duration = switch error.code {
    case .notEmpty where planning.emptied.contains(step.path): .zero
    case .nameNotPossible: .seconds(600)
    // A scan says what is there instead. Where it cannot, nothing is gained by trying on and on.
    case .changed where count <= Planning.Failure.changedCountMax: .zero
    // Nor does a directory go that keeps something which is not shared; what was only on its way out of it is gone after a few tries.
    case .notEmpty where count > 3: setup.rescanInterval
    default: .seconds(min(60, 1 << min(count, 6)))
    }
    planning.failures[step.path] = Planning.Failure(error: error, count: count, retry: now.advanced(by: delay))
  }
}

extension DiskError {
  /// A step found something else than it expected.
  static func otherwise(_ path: RelativePath) -> DiskError {
    DiskError(
      code: .changed, path: "\(path)", message: "it is not as it was when it was looked at last; it is tried again once the disk lets it be looked at")
  }
}
