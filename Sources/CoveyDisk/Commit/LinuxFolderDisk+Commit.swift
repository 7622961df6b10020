import CLinux
import CoveyCore
package import CoveyEngine
import Glibc
import Synchronization

extension LinuxFolderDisk {
  package func perform(_ steps: [DiskStep], beforeLook: () -> Void) -> [DiskOutcome] {
    performing.withLock { _ in
      let root = root
      let committer = Committer(root: root, touched: touched, isFlushed: durability == .full)
      var access = WriteAccess(root)
      defer { access.close() }
      var names: [(index: Int, name: NewName)] = []
      var outcomes: [DiskOutcome] = []
      outcomes.reserveCapacity(steps.count)
      for (index, step) in steps.enumerated() {
        if case .place(let name, _) = step.action { openStaged.close(name) }
        var given: NewName?
        outcomes.append(Self.perform(step, with: committer, &access, given: &given))
        if let given { names.append((index, given)) }
      }
      beforeLook()
      for (index, name) in names { outcomes[index] = .done(now: name.look(), history: nil, copy: nil) }
      return outcomes
    }
  }

  private static func perform(
    _ step: DiskStep, with committer: Committer, _ access: inout WriteAccess, given: inout NewName?
  ) -> DiskOutcome {
    // A directory on the way may lack write access as well as the one that holds the name; each is opened once.
    for _ in 0..<4 {
      do throws(Errno) {
        // Where a disk takes two names for one, what belongs into the second is not put into the first.
        if committer.root.foldsNames {
          for directory in step.directories.compactMap(\.self) { guard try committer.root.isSpelledSo(directory) else { return .changed } }
        }
        return try committer.perform(step, given: &given)
      } catch {
        if error.isPermission, step.directories.contains(where: { access.open($0) }) { continue }
        // A parent that is gone, or no directory any more, is a change for a scan to find.
        if error.isAbsent { return .changed }
        return .failed(DiskError(error, step.path.string))
      }
    }
    return .failed(DiskError(Errno(EACCES), step.path.string))
  }

  package func replay(_ step: DiskStep) -> ReplayOutcome {
    performing.withLock { _ in
      let committer = Committer(root: root, touched: touched, isFlushed: durability == .full)
      do throws(Errno) { return try committer.replay(step) } catch {
        return error.isAbsent ? .unknown : .done(.failed(DiskError(error, step.path.string)))
      }
    }
  }

  package func flushDirectories() throws(DiskError) {
    let root = root
    try onDisk(path) { () throws(Errno) in try touched.flush(in: root) }
  }
}

extension DiskStep {
  /// Directories whose names the step changes; of a directory that is moved, itself as well.
  fileprivate var directories: [RelativePath?] {
    var all: [RelativePath?] = [path.parent]
    switch action {
    case .move(let from):
      all.append(from.parent)
      if expected?.kind == .directory { all.append(from) }
    case .place(_, displaced: .copy(let copy)), .remove(displaced: .copy(let copy)): all.append(copy.parent)
    case .place where expected?.kind == .directory: all.append(path)
    default: break
    }
    return all
  }
}
