import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// Where displaced bytes go.
extension Committer {
  /// Takes a file or symlink away: into staging first, so that it can be looked at before it goes where the step says.
  func remove(_ step: DiskStep, _ displaced: DiskStep.Displaced) throws(Errno) -> DiskOutcome {
    let target = try root.place(step.path)
    guard let expected = step.expected, expected.kind != .directory else { return .changed }
    if case .copy(let copy) = displaced, try root.place(copy).stat() != nil { return .changed }
    let name = Self.removedName(expected)
    let staged = try root.staged(name)
    guard let now = try target.stat(), now.isWhole(expected) else { return .changed }
    let lease = expected.kind == .file ? (try? target.open(O_RDONLY)).map { Lease(of: $0) } : nil
    defer { withExtendedLifetime(lease) {} }
    guard try lease?.isOn(expected) ?? true else { return .changed }
    try target.rename(to: staged)
    touched.touchParent(of: step.path)
    touched.touch(.staging)
    let out = try? staged.stat()
    if out?.isStillContent(of: expected) != true, (try? staged.rename(to: target)) != nil {
      // Somebody's edit in that very moment went back; it is late where yet another thing stands at the path by now.
      return .changed
    }
    return putAway(step, staged, name, displaced, lease, now: nil)
  }

  /// The staged name of what a step removes: found again after a crash, and unique as long as the file exists.
  static func removedName(_ expected: FileStat) -> StagedName {
    StagedName(
      generated: "removed-\(String(expected.inode, radix: 16))-\(String(UInt64(bitPattern: expected.changed.nanoseconds), radix: 16))")
  }

  /// Puts what came out into staging where it belongs, or leaves it there as late: when it is not what was expected, or belongs into
  /// history while somebody may still write to it. `lease`: what was taken before the rename; a symlink needs none.
  func putAway(
    _ step: DiskStep, _ staged: Place, _ name: StagedName, _ displaced: DiskStep.Displaced, _ lease: Lease?, now: FileStat?
  ) -> DiskOutcome {
    guard let expected = step.expected else { return .done(now: now, history: nil, copy: nil) }
    let late = DiskOutcome.late(now: now, name)
    // From here on the path has changed: trouble leaves the bytes in staging and never undoes the step.
    guard let out = try? staged.stat(), out.kind == expected.kind, out.inode == expected.inode else { return late }
    let isStill = out.isStillContent(of: expected)
    let isFree = isStill && (expected.kind != .file || lease?.isWhole == true)
    switch displaced {
    case .copy(let path):
      // It keeps a name in the folder: whoever still writes to it, or did in that very moment, edits the copy; in staging it would pass
      // for put away when its user goes on with what took its place. But what has other names must rest to be copied.
      guard isFree || out.linkCount == 1, var copy = copyAside(staged, out, to: path) else { return late }
      // What was written since it was read may not show in its times: the next scan reads it.
      if !isFree { copy.changed = FileStat.unseen }
      return .done(now: now, history: nil, copy: copy)
    case .history(let time): return (isFree ? keep(staged, step.path, time, now) : nil) ?? late
    case .nothing: return (isFree ? keep(staged, step.path, Self.currentTime(), now) : nil) ?? late
    }
  }

  private func keep(_ staged: Place, _ path: RelativePath, _ time: Timestamp, _ now: FileStat?) -> DiskOutcome? {
    let history = History(root: root, touched: touched)
    guard let kept = try? history.keep(staged, asHistoryOf: path, at: time, isFlushed: isFlushed) else { return nil }
    return .done(now: now, history: kept, copy: nil)
  }

  private func copyAside(_ staged: Place, _ out: FileStat, to path: RelativePath) -> FileStat? {
    guard let target = try? root.place(path) else { return nil }
    var fresh = out
    do throws(Errno) {
      if out.kind == .file, out.linkCount > 1 {
        let own = try LinkedCopy.make(of: staged, in: root, isFlushed: isFlushed)
        guard let stat = try own.stat() else { return nil }
        fresh = stat
        try own.rename(to: target)
        try staged.remove()
      } else {
        try staged.rename(to: target)
      }
    } catch {
      return nil
    }
    touched.touchParent(of: path)
    return standing(target, fresh)
  }

  static func currentTime() -> Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(seconds: Int64(now.tv_sec), nanoseconds: Int64(now.tv_nsec))
  }
}
