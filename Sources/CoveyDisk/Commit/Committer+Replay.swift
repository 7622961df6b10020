import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// Steps that a crash interrupted: what is under the staged name tells how far they came (DESIGN section 8).
///
/// What stands at the path afterwards is reported as it is, without being read: the caller compares it as a scan would.
extension Committer {
  func replay(_ step: DiskStep) throws(Errno) -> ReplayOutcome {
    let target = try root.place(step.path)
    let there = try root.isSpelledSo(step.path) ? target.stat() : nil
    // Whatever was done may not be on the disk yet.
    touched.touchParent(of: step.path)
    touched.touch(.staging)
    if case .move(let from) = step.action { touched.touchParent(of: from) }
    switch step.action {
    case .place(let name, let displaced): return try replayPlace(step, name, displaced, target, there)
    case .remove(let displaced): return try replayRemove(step, displaced, target, there)
    case .makeDirectory(let mode):
      guard let there else { return .notBegun }
      guard there.kind == .directory else { return .unknown }
      return .done(.done(now: try setMode(mode, of: try target.open(covey_o_path | O_DIRECTORY)), history: nil, copy: nil))
    case .removeDirectory:
      guard let there else { return .done(.done(now: nil, history: nil, copy: nil)) }
      return there.inode == step.expected?.inode ? .notBegun : .unknown
    case .move(let from):
      guard let expected = step.expected else { return .unknown }
      if there?.inode == expected.inode { return .done(.done(now: there, history: nil, copy: nil)) }
      return try root.place(from).stat()?.inode == expected.inode ? .notBegun : .unknown
    case .setMetadata(let mode, let modified):
      guard let there, let expected = step.expected, there.inode == expected.inode else { return .unknown }
      if there.isWhole(expected) { return .notBegun }
      guard there.kind == expected.kind, there.kind == .symlink || there.mode & 0o777 == mode & 0o777,
        there.kind == .directory || (there.size == expected.size && there.modified == modified)
      else { return .unknown }
      return .done(.done(now: there, history: nil, copy: nil))
    }
  }

  private func replayPlace(
    _ step: DiskStep, _ name: StagedName, _ displaced: DiskStep.Displaced, _ target: Place, _ there: FileStat?
  ) throws(Errno) -> ReplayOutcome {
    let staged = try root.staged(name)
    let under = try staged.stat()
    guard let expected = step.expected else {
      if let under { return step.stagedInode.map { $0 == under.inode } ?? true ? .notBegun : .unknown }
      guard let there, step.stagedInode.map({ $0 == there.inode }) ?? true else { return .unknown }
      return .done(.done(now: there, history: nil, copy: nil))
    }
    guard let under else {
      // The old one at the path and nothing staged: the intent is dropped.
      guard let there, there.inode != expected.inode else { return .unknown }
      let outcome = found(step, displaced, now: there)
      // Nor was anything exchanged where neither the new one nor what it displaced is to be found: somebody wrote there before.
      if there.inode != step.stagedInode, case .done(_, nil, nil) = outcome { return .unknown }
      return .done(outcome)
    }
    if under.inode == step.stagedInode { return .notBegun }
    // A directory that came in that very moment goes back, as it would have without the crash; it may have got the removed file's inode.
    if under.kind == .directory, expected.kind != .directory || under.inode != expected.inode {
      if there == nil { try staged.rename(to: target) } else { try putBack(step.path, target, staged, inode: step.stagedInode) }
      return .unknown
    }
    if under.inode == expected.inode {
      if expected.kind == .directory, let there { return .done(try finishDirectory(step.path, target, staged, there, expected)) }
      return .done(putAwayAgain(step, staged, name, displaced, now: there))
    }
    // An untouched path says that nothing was exchanged, whatever was staged under that name meanwhile.
    if there?.inode == expected.inode { return .notBegun }
    if step.stagedInode == nil { return .unknown }
    return .done(.late(now: there, name))
  }

  private func replayRemove(
    _ step: DiskStep, _ displaced: DiskStep.Displaced, _ target: Place, _ there: FileStat?
  ) throws(Errno) -> ReplayOutcome {
    guard let expected = step.expected else { return .unknown }
    let name = Self.removedName(expected)
    let staged = try root.staged(name)
    if try staged.stat() != nil { return .done(putAwayAgain(step, staged, name, displaced, now: there)) }
    if let there { return there.inode == expected.inode ? .notBegun : .unknown }
    let outcome = found(step, displaced, now: nil)
    if case .done(_, nil, nil) = outcome { return .unknown }
    return .done(outcome)
  }

  /// The lease did not survive the crash; a new one says whether anybody writes now, size and time whether anybody has.
  private func putAwayAgain(
    _ step: DiskStep, _ staged: Place, _ name: StagedName, _ displaced: DiskStep.Displaced, now: FileStat?
  ) -> DiskOutcome {
    let lease = (try? staged.openFile(O_RDONLY)).map { Lease(of: $0) }
    defer { withExtendedLifetime(lease) {} }
    return putAway(step, staged, name, displaced, lease, now: now)
  }

  /// The outcome of a step that was done to its end, as far as the disk still tells.
  private func found(_ step: DiskStep, _ displaced: DiskStep.Displaced, now: FileStat?) -> DiskOutcome {
    guard let expected = step.expected else { return .done(now: now, history: nil, copy: nil) }
    switch displaced {
    case .history(let time):
      let name = History(root: root, touched: touched).find(expected, of: step.path, at: time)
      if let name { touched.touch(.history(name.path.parent?.bytes ?? [])) }
      return .done(now: now, history: name, copy: nil)
    case .copy(let path):
      let there = try? root.place(path).stat()
      let isCopy = there.map { $0.kind == expected.kind && $0.size == expected.size && $0.modified == expected.modified } ?? false
      // The copy was made where the exchange was: its user has changed or removed it since.
      return .done(now: now, history: nil, copy: isCopy ? there : now.flatMap { $0.inode == step.stagedInode ? expected : nil })
    case .nothing: return .done(now: now, history: nil, copy: nil)
    }
  }
}
