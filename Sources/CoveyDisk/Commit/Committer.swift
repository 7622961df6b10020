import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// Carries single steps out: compares what stands there whole, renames, looks at what came out, and puts that where it belongs.
///
/// What a step throws means that nothing was changed; a directory that cannot be written is opened and the step done again.
struct Committer {
  let root: FolderRoot
  let touched: TouchedDirectories
  let isFlushed: Bool

  /// - Parameter given: the new name, where the step gives one to a file or symlink; what stands there is to be looked at once more.
  func perform(_ step: DiskStep, given: inout NewName?) throws(Errno) -> DiskOutcome {
    switch step.action {
    case .place(let name, let displaced): return try place(step, name, displaced, given: &given)
    case .makeDirectory(let mode): return try makeDirectory(step, mode: mode)
    case .remove(let displaced): return try remove(step, displaced)
    case .removeDirectory: return try removeDirectory(step)
    case .move(let from): return try move(step, from: from, given: &given)
    case .setMetadata(let mode, let modified): return try setMetadata(step, mode: mode, modified: modified)
    }
  }

  private func makeDirectory(_ step: DiskStep, mode: UInt16) throws(Errno) -> DiskOutcome {
    guard step.expected == nil else { return .changed }
    let target = try root.place(step.path)
    do throws(Errno) { try target.makeDirectory(mode: mode & 0o777) } catch {
      if error.number == EEXIST { return taken(step.path, target) }
      throw error
    }
    touched.touchParent(of: step.path)
    // The umask may have taken bits away; what the kernel inherited from the parent (setgid) stays.
    let directory = try target.open(covey_o_path | O_DIRECTORY)
    return .done(now: try setMode(mode, of: directory), history: nil, copy: nil)
  }

  /// Sets the permission bits and keeps setuid, setgid and sticky as the disk has them.
  func setMode(_ mode: UInt16, of opened: Descriptor) throws(Errno) -> FileStat? {
    guard let stat = FileStat(try opened.stat()) else { return nil }
    let wanted = stat.mode & 0o7000 | mode & 0o777
    guard stat.mode != wanted else { return stat }
    _ = try opened.use { (descriptor) throws(Errno) in try call { covey_chmod_descriptor(descriptor, mode_t(wanted)) } }
    return FileStat(try opened.stat())
  }

  private func removeDirectory(_ step: DiskStep) throws(Errno) -> DiskOutcome {
    let target = try root.place(step.path)
    guard let expected = step.expected, expected.kind == .directory, let now = try target.stat(), now.kind == .directory,
      now.inode == expected.inode
    else { return .changed }
    try target.remove(directory: true)
    touched.touchParent(of: step.path)
    return .done(now: nil, history: nil, copy: nil)
  }

  private func move(_ step: DiskStep, from: RelativePath, given: inout NewName?) throws(Errno) -> DiskOutcome {
    let source = try root.place(from)
    let target = try root.place(step.path)
    guard let expected = step.expected, let now = try source.stat(), now.isMovable(as: expected) else { return .changed }
    do throws(Errno) { try source.rename(to: target) } catch {
      if error.number == EEXIST { return taken(step.path, target) }
      throw error
    }
    touched.touchParent(of: from)
    touched.touchParent(of: step.path)
    guard let moved = try target.stat(), moved.isStillMovable(as: expected) else {
      // Somebody put another thing there in that very moment: it goes back, unless yet another came.
      try? target.rename(to: source)
      return .changed
    }
    if moved.kind != .directory { given = NewName(place: target, put: moved, renamed: moved.changed) }
    return .done(now: moved, history: nil, copy: nil)
  }

  /// Something stands where nothing was expected: somebody was faster, or the disk takes another spelling for the name.
  func taken(_ path: RelativePath, _ target: Place) -> DiskOutcome {
    guard let twin = try? target.twin() else { return .changed }
    return .failed(.twin(path, spelled: twin))
  }

  private func setMetadata(_ step: DiskStep, mode: UInt16, modified: Timestamp) throws(Errno) -> DiskOutcome {
    let target = try root.place(step.path)
    guard let expected = step.expected, let now = try target.stat(), now.isWhole(expected) else { return .changed }
    switch expected.kind {
    case .symlink:
      try target.setLinkModified(modified)
      return .done(now: try target.stat(), history: nil, copy: nil)
    case .directory:
      let opened = try target.open(covey_o_path | O_DIRECTORY)
      guard FileStat(try opened.stat())?.inode == expected.inode else { return .changed }
      return .done(now: try setMode(mode, of: opened), history: nil, copy: nil)
    default: return try setFileMetadata(step.path, target, expected, mode, modified)
    }
  }

  /// A write between the comparison and the last look would hide behind the time that is set, so it is kept off by a lease.
  private func setFileMetadata(
    _ path: RelativePath, _ target: Place, _ expected: FileStat, _ mode: UInt16, _ modified: Timestamp
  ) throws(Errno) -> DiskOutcome {
    let opened = try target.open(covey_o_path)
    var lease: Lease?
    if modified != expected.modified, let file = try? target.open(O_RDONLY) {
      let taken = Lease(of: file)
      if taken.state == .refused {
        return .failed(
          DiskError(
            code: .changed, path: path.string,
            message: "somebody has it open for writing: its time is set when it is closed"))
      }
      lease = taken
    }
    defer { withExtendedLifetime(lease) {} }
    guard let before = FileStat(try opened.stat()), before.isWhole(expected) else { return .changed }
    let changed = try setMode(mode, of: opened)
    if modified != expected.modified {
      _ = try opened.use { (descriptor) throws(Errno) in try call { covey_set_modified(descriptor, modified.seconds, modified.subsecond) } }
    }
    let after = FileStat(try opened.stat())
    if modified == expected.modified, let after, after.size != expected.size || after.modified != expected.modified { return .changed }
    return .done(now: after ?? changed, history: nil, copy: nil)
  }
}

extension FileStat {
  /// Whether a rename would move what was expected: of a directory, only itself is compared.
  fileprivate func isMovable(as expected: FileStat) -> Bool {
    kind == .directory ? expected.kind == .directory && inode == expected.inode : isWhole(expected)
  }
  fileprivate func isStillMovable(as expected: FileStat) -> Bool {
    kind == .directory ? expected.kind == .directory && inode == expected.inode : isStillContent(of: expected)
  }
}
