package import CoveyCore
package import CoveyEngine

/// A folder with a marker, and the hands of its user: what the contract of ``FolderDisk`` is checked in.
package protocol DiskWorld {
  var disk: any FolderDisk { get }
  /// Writes a file in place, or makes it.
  func write(_ path: RelativePath, _ bytes: [UInt8], modified: Timestamp) throws
  func makeDirectory(_ path: RelativePath) throws
  func makeLink(_ path: RelativePath, to target: [UInt8]) throws
  func remove(_ path: RelativePath) throws
  func rename(_ from: RelativePath, to path: RelativePath) throws
  /// Keeps a file open for writing until the handle is closed.
  func open(_ path: RelativePath) throws -> any DiskWriter
}

/// A user's program that has a file open for writing.
package protocol DiskWriter {
  /// Replaces what is in the file, wherever it stands by now.
  func write(_ bytes: [UInt8]) throws
  func close() throws
}

/// The in-memory disk with its user.
package struct InMemoryWorld: DiskWorld {
  package let memory: InMemoryDisk
  package init(_ memory: InMemoryDisk) { self.memory = memory }
  package var disk: any FolderDisk { memory }
  package func write(_ path: RelativePath, _ bytes: [UInt8], modified: Timestamp) { memory.write(path, bytes, modified: modified) }
  package func makeDirectory(_ path: RelativePath) { memory.makeDirectory(path) }
  package func makeLink(_ path: RelativePath, to target: [UInt8]) { memory.makeLink(path, to: target) }
  package func remove(_ path: RelativePath) { memory.remove(path) }
  package func rename(_ from: RelativePath, to path: RelativePath) { memory.rename(from, to: path) }
  package func open(_ path: RelativePath) -> any DiskWriter { memory.openForWriting(path) }
}
