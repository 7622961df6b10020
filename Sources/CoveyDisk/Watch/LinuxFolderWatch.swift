package import CoveyCore
package import CoveyEngine
import Glibc
import Synchronization

/// Watches a folder with inotify: one watch on every directory, one thread that reads.
///
/// Directories are opened one component at a time and never through a symlink. `.covey` at the top is neither watched nor reported, but
/// for `.covey/ignore`, which is reported as the shared rules beside it.
/// A name that cannot be shared is reported as a rescan of its directory, where the scan lists it. A directory that appears is
/// watched with all it holds and reported as a rescan, for something may have been put into it before the watch stood.
///
/// A move of a directory above the folder is not reported; ``isInPlace`` tells it to whoever asks.
///
/// Reports are made while a lock is held, so that ``drain()`` on another thread waits for them: `report` hands over and returns; it
/// may call any method here, but must not wait for a thread that does.
/// Between ``start(report:)`` and ``stop()`` the thread keeps the watch alive.
package final class LinuxFolderWatch: FolderWatch {
  private let root: String
  private let calls: InotifyCalls
  private let reader = Mutex<WatchReader?>(nil)

  /// - Parameter root: the absolute path of the folder.
  package convenience init(root: String) { self.init(root: root, calls: .linux) }

  package init(root: String, calls: InotifyCalls) {
    self.root = root
    self.calls = calls
  }

  /// Watches the whole tree before it returns. May be called again, also without ``stop()``, to begin anew when the folder's directory
  /// has come back.
  /// - Throws: ``DiskError`` when the directory cannot be opened or the kernel gives no inotify instance. A tree that is larger than
  ///   the limit of watches is no error: what is not watched is reported.
  package func start(report: @escaping @Sendable (WatchReport) -> Void) throws(DiskError) {
    stop()
    let new = try WatchReader(root: root, calls: calls, report: report)
    try new.run()
    let old = reader.withLock { reader in
      defer { reader = new }
      return reader
    }
    old?.stop()
  }

  /// See ``FolderWatch/drain()``. Inside a report it does nothing.
  package func drain() { reader.withLock { $0 }?.drain() }

  package func watch(_ directory: RelativePath) { reader.withLock { $0 }?.watch(directory) }

  package var isInPlace: Bool { reader.withLock { $0 }?.isInPlace ?? true }

  /// No report is made after it returned, unless it is called inside one.
  package func stop() {
    let old = reader.withLock { reader in
      defer { reader = nil }
      return reader
    }
    old?.stop()
  }
}
