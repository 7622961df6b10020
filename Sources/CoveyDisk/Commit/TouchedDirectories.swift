import CLinux
import CoveyCore
import CoveyEngine
import Glibc
import Synchronization

/// Directories in which names changed since the last flush; at first all of them count.
final class TouchedDirectories: Sendable {
  /// With more, the whole file system is flushed.
  static let countMax = 64

  enum Directory: Hashable, Sendable {
    /// By its path in the folder; empty: the folder itself.
    case folder([UInt8])
    /// By its path in the history; empty: the history itself.
    case history([UInt8])
    case staging
  }

  private let isKept: Bool
  /// Nil: any may be among them, as at first: a run that was killed may have changed names and not flushed them.
  private let directories: Mutex<Set<Directory>?>

  /// `isKept`: whether anything will be flushed at all.
  init(isKept: Bool) {
    self.isKept = isKept
    directories = Mutex(isKept ? nil : [])
  }

  func touch(_ directory: Directory) {
    guard isKept else { return }
    directories.withLock { if let count = $0?.count, count <= Self.countMax { $0?.insert(directory) } }
  }

  func touchParent(of path: RelativePath) { if isKept { touch(.folder(path.parent?.bytes ?? [])) } }

  /// Flushes and forgets them. When one cannot be opened any more (it was moved or removed), everything is flushed.
  func flush(in root: FolderRoot) throws(Errno) {
    let all = directories.withLock { directories in
      defer { directories = [] }
      return directories
    }
    if let all {
      guard !all.isEmpty else { return }
      do throws(Errno) {
        if all.count <= Self.countMax {
          for directory in all { try open(directory, in: root).sync() }
          return
        }
      } catch {
        guard error.isAbsent || error.isPermission || error.number == ELOOP else {
          // What could not be flushed is flushed with the next attempt.
          directories.withLock { $0?.formUnion(all) }
          throw error
        }
      }
    }
    do throws(Errno) {
      _ = try root.descriptor.use { (descriptor) throws(Errno) in try call { covey_sync_file_system(descriptor) } }
    } catch {
      directories.withLock { $0 = nil }
      throw error
    }
  }

  private func open(_ directory: Directory, in root: FolderRoot) throws(Errno) -> Descriptor {
    switch directory {
    case .staging: return try root.staging()
    case .folder(let path): return path.isEmpty ? root.descriptor : try root.guardian.directory(path[...], O_RDONLY)
    case .history(let path):
      let history = try root.history()
      return path.isEmpty ? history : try PathGuard(root: history, opensBeneath: root.guardian.opensBeneath).directory(path[...], O_RDONLY)
    }
  }
}
