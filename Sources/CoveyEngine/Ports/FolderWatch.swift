package import CoveyCore

/// Tells of changes below a folder as the kernel reports them.
package protocol FolderWatch: Sendable {
  /// Begins to watch and calls `report` from a thread of its own until ``stop()``. Reports are hints: each only says where to look.
  func start(report: @escaping @Sendable (WatchReport) -> Void) throws(DiskError)
  /// Reads everything the kernel has queued and reports it before it returns.
  func drain()
  /// Watches a directory that a scan found and, below it, what it holds.
  func watch(_ directory: RelativePath)
  /// False once another directory stands where the folder's was: one above it was moved, or something was mounted over it, of which the
  /// kernel tells nothing. It is to be started anew.
  var isInPlace: Bool { get }
  func stop()
}

package enum WatchReport: Hashable, Sendable {
  /// Look at this path: it was written and closed, made, moved here, or its mode or times changed.
  case touched(RelativePath)
  /// A file or symlink got this name by a rename from outside, or a directory was made here, and nothing was in it when it began to be
  /// watched but directories that are told of as well. Told once for each time that it happens.
  case arrived(RelativePath, isDirectory: Bool)
  /// The file is being written and not yet closed.
  case writing(RelativePath)
  case gone(RelativePath)
  /// One rename, paired by the kernel's cookie.
  case moved(from: RelativePath, to: RelativePath)
  /// Something below was missed: scan it all. Nil: the whole folder.
  case rescan(RelativePath?)
  /// This part is not watched (the sentence says which limit to raise): poll it.
  case unwatched(RelativePath?, reason: String)
  /// The folder's own directory went away or came back.
  case rootChanged
}
