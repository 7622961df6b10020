package import CoveyCore
import Synchronization

/// The open directories of this device's folders: content that one of them holds is not fetched for another.
package final class FolderDisks: Sendable {
  private let disks = Mutex<[FolderID: any FolderDisk]>([:])

  package init() {}

  /// Nil when the directory of the folder is not open any more.
  package func set(_ disk: (any FolderDisk)?, of folder: FolderID) { disks.withLock { $0[folder] = disk } }

  func others(than folder: FolderID) -> [FolderID: any FolderDisk] { disks.withLock { $0.filter { $0.key != folder } } }
}
