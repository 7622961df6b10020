import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// Putting a staged file at its path.
extension Committer {
  func place(
    _ step: DiskStep, _ name: StagedName, _ displaced: DiskStep.Displaced, given: inout NewName?
  ) throws(Errno) -> DiskOutcome {
    let target = try root.place(step.path)
    let staged = try root.staged(name)
    guard let fresh = try staged.stat(), step.stagedInode.map({ $0 == fresh.inode }) ?? true else {
      return .failed(
        DiskError(code: .notFound, path: step.path.string, message: "what was staged for it is gone from .covey/staging; it is fetched again"))
    }
    guard let expected = step.expected else { return try placeNew(step.path, target, staged, fresh, given: &given) }
    if case .copy(let copy) = displaced, try root.place(copy).stat() != nil { return .changed }
    switch expected.kind {
    case .directory: return try placeOverDirectory(step.path, target, staged, fresh, expected)
    case .file:
      // Only a file is opened; under the lease it is compared once more, and the lease lives as long as this scope.
      guard let now = try target.stat(), now.isWhole(expected) else { return .changed }
      let lease = (try? target.open(O_RDONLY)).map { Lease(of: $0) }
      defer { withExtendedLifetime(lease) {} }
      guard try lease?.isOn(expected) ?? true else { return .changed }
      return try exchange(step, target, staged, name, fresh, displaced, lease)
    default:
      guard let now = try target.stat(), now.isWhole(expected) else { return .changed }
      return try exchange(step, target, staged, name, fresh, displaced, nil)
    }
  }

  private func placeNew(
    _ path: RelativePath, _ target: Place, _ staged: Place, _ fresh: FileStat, given: inout NewName?
  ) throws(Errno) -> DiskOutcome {
    do throws(Errno) { try staged.rename(to: target) } catch {
      if error.number == EEXIST { return taken(path, target) }
      throw error
    }
    touched.touchParent(of: path)
    touched.touch(.staging)
    given = NewName(place: target, put: fresh, renamed: Self.currentTime())
    return .done(now: fresh, history: nil, copy: nil)
  }

  /// What stands at a path after the rename: with its new change time if it is still what was staged, else as it was in staging, so
  /// that the next scan sees that somebody changed it at once.
  func standing(_ target: Place, _ fresh: FileStat) -> FileStat {
    guard let now = try? target.stat(), now.isStillContent(of: fresh) else { return fresh }
    return now
  }

  private func exchange(
    _ step: DiskStep, _ target: Place, _ staged: Place, _ name: StagedName, _ fresh: FileStat, _ displaced: DiskStep.Displaced,
    _ lease: Lease?
  ) throws(Errno) -> DiskOutcome {
    do throws(Errno) { try staged.exchange(with: target) } catch {
      if error.number == ENOENT { return .changed }
      throw error
    }
    touched.touchParent(of: step.path)
    touched.touch(.staging)
    let outcome = putAway(step, staged, name, displaced, lease, now: standing(target, fresh))
    // Somebody put a directory there in that very moment: what is in it is to be seen, and it is no file to be settled later.
    guard case .late = outcome, (try? staged.stat())?.kind == .directory else { return outcome }
    try putBack(step.path, target, staged, inode: fresh.inode)
    return .changed
  }

  /// Gives the path back what came out into staging. What somebody put in the new one's place meanwhile is kept; the new one is lost
  /// then, and fetched again.
  /// - Parameter inode: of the new one. True when that came back.
  @discardableResult
  func putBack(_ path: RelativePath, _ target: Place, _ staged: Place, inode: UInt64?) throws(Errno) -> Bool {
    try staged.exchange(with: target)
    guard let back = try staged.stat(), back.inode != inode else { return true }
    if back.kind != .directory {
      _ = try History(root: root, touched: touched).keep(staged, asHistoryOf: path, at: Self.currentTime(), isFlushed: isFlushed)
    }
    return false
  }

  private func placeOverDirectory(
    _ path: RelativePath, _ target: Place, _ staged: Place, _ fresh: FileStat, _ expected: FileStat
  ) throws(Errno) -> DiskOutcome {
    guard let now = try target.stat(), now.kind == .directory, now.inode == expected.inode else { return .changed }
    try staged.exchange(with: target)
    touched.touchParent(of: path)
    touched.touch(.staging)
    return try finishDirectory(path, target, staged, fresh, expected)
  }

  /// Takes away the directory that came out into staging, or puts everything back as it was.
  func finishDirectory(
    _ path: RelativePath, _ target: Place, _ staged: Place, _ fresh: FileStat, _ expected: FileStat
  ) throws(Errno) -> DiskOutcome {
    let refusal: Errno
    do throws(Errno) {
      try staged.remove(directory: true)
      return .done(now: standing(target, fresh), history: nil, copy: nil)
    } catch {
      // Somebody put something in, or put another thing in its place: it is his path again.
      guard [ENOTEMPTY, ENOTDIR, EACCES, EPERM, EBUSY].contains(error.number) else { throw error }
      refusal = error
    }
    guard try putBack(path, target, staged, inode: fresh.inode) else { return .changed }
    // What is in it may be ignored or take no part, so that no scan will tell of it: a change would be looked for again and again.
    if refusal.number == ENOTEMPTY { throw refusal }
    return .changed
  }
}

extension Lease {
  /// Whether the leased file is the expected one, with nothing written to it since.
  func isOn(_ expected: FileStat) throws(Errno) -> Bool { FileStat(try file.stat())?.isWhole(expected) ?? false }
}
