/// Work that is done for a folder, told as it is done, for who looks on.
package enum FolderWork: Hashable, Sendable {
  case scanBegan
  case scanned(fileCount: Int64)
  /// A scan has to read so many bytes more, or, if negative, fewer.
  case mustRead(Int64)
  case read(Int64)
  /// Content came from peers, or went to them.
  case received(Int64)
  case sent(Int64)
}

/// What moves in a folder, over the last seconds.
package struct FolderProgress: Hashable, Sendable {
  package var scannedFilesPerSecond = 0.0
  package var readBytesPerSecond = 0.0
  package var receivedBytesPerSecond = 0.0
  package var sentBytesPerSecond = 0.0
  /// Files that the present scan has seen, and bytes that it knows it must still read.
  package var scannedFileCount: Int64 = 0
  package var bytesToRead: Int64 = 0
  /// Content that arrived since the last change of what the folder lacks.
  package var arrivedByteCount: Int64 = 0

  package init() {}
}
