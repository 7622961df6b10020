import CLinux
import CoveyCore
package import CoveyEngine
import Glibc
import Synchronization

/// A shared folder on a Linux disk.
///
/// Everything is resolved beneath the folder's own descriptor, changes are staged on the same file system and put in place by one
/// rename each (DESIGN section 8). The process ignores SIGIO from the first folder on: the kernel sends it when somebody opens for
/// writing what is being replaced, and its default is to end the process.
package final class LinuxFolderDisk: FolderDisk {
  let path: String
  let durability: Durability
  let opensBeneath: Bool?
  private let current: Mutex<FolderRoot>
  let openStaged = OpenStaged()
  let touched: TouchedDirectories
  /// One batch at a time: two that give themselves write access to one directory would take it from each other.
  let performing = Mutex(())

  /// Opens the folder at an absolute path; the last component may be a symlink to a directory. Nothing is created.
  ///
  /// `opensBeneath` says whether the kernel's `openat2` resolves paths or they are walked component by component; nil asks the kernel.
  /// - Throws: ``DiskError`` when no directory can be opened there.
  package init(path: String, durability: Durability, opensBeneath: Bool? = nil) throws(DiskError) {
    covey_ignore_lease_signals()
    let root = try onDisk(path) { () throws(Errno) in try FolderRoot(path: path, opensBeneath: opensBeneath) }
    self.path = path
    self.durability = durability
    self.opensBeneath = opensBeneath
    self.current = Mutex(root)
    self.touched = TouchedDirectories(isKept: durability == .full)
    root.tidy()
  }

  /// The folder's directory as it is open now.
  var root: FolderRoot { current.withLock { $0 } }

  package func space() throws(DiskError) -> (free: Int64, total: Int64) {
    var out = statvfs()
    let root = root
    try onDisk(path) { () throws(Errno) in
      _ = try root.descriptor.use { (descriptor) throws(Errno) in try call { fstatvfs(descriptor, &out) } }
    }
    // Some count nothing (tmpfs without a size, some in user space): they have room until they say otherwise.
    if out.f_blocks == 0 { return (.max, .max) }
    return (Self.byteCount(blocks: out.f_bavail, of: out.f_frsize), Self.byteCount(blocks: out.f_blocks, of: out.f_frsize))
  }

  /// What so many blocks hold; at most what can be counted, for file systems in user space may claim any number.
  package static func byteCount(blocks: UInt, of blockByteCount: UInt) -> Int64 {
    let (product, overflow) = blocks.multipliedReportingOverflow(by: blockByteCount)
    return overflow ? .max : Int64(clamping: product)
  }

  /// Looks at the folder's path anew: when another directory stands there (mounted, moved back, restored) and carries a marker, the
  /// folder is that directory from now on.
  package func readMarker() throws(DiskError) -> FolderMarker? {
    let there: FolderRoot
    do throws(Errno) { there = try FolderRoot(path: path, opensBeneath: opensBeneath) } catch {
      if error.isAbsent { return nil }
      throw DiskError(error, path)
    }
    guard let marker = try marker(in: there) else { return nil }
    let isOther = current.withLock { held in
      guard (held.device, held.inode) != (there.device, there.inode) else { return false }
      held = there
      return true
    }
    if isOther {
      openStaged.closeAll()
      there.tidy()
    }
    return marker
  }

  private func marker(in root: FolderRoot) throws(DiskError) -> FolderMarker? {
    let shown = "\(path)/.covey/folder"
    let bytes: [UInt8]
    do throws(Errno) {
      let file = try Place(parent: try root.toolDirectory(), name: "folder".utf8).open(O_RDONLY)
      bytes = try file.read(offset: 0, byteCount: FolderMarker.textByteCountMax + 1)
    } catch {
      if error.number == ENOENT { return nil }
      throw DiskError(error, shown)
    }
    guard bytes.count <= FolderMarker.textByteCountMax, let marker = FolderMarker(text: String(decoding: bytes, as: UTF8.self)) else {
      throw DiskError(
        code: .other, path: shown,
        message: "the marker is damaged or of a newer Covey: restore it from a backup or update, or remove it and add the folder again")
    }
    return marker
  }

  package func writeMarker(_ marker: FolderMarker, unless trouble: (FolderMarker?) -> String?) throws(DiskError) {
    let root = root
    if let reason = trouble(try self.marker(in: root)) { throw DiskError(code: .notFound, path: path, message: reason) }
    let text = marker.text
    guard FolderMarker(text: text) == marker, text.utf8.count <= FolderMarker.textByteCountMax else {
      throw DiskError(code: .other, path: path, message: "the machine id \(marker.machine.debugDescription) cannot be written: it must be one short line")
    }
    try onDisk("\(path)/.covey/folder") { () throws(Errno) in
      do throws(Errno) { try Place(parent: root.descriptor, name: RelativePath.toolDirectory).makeDirectory(mode: 0o700) } catch {
        guard error.number == EEXIST else { throw error }
      }
      let directory = try Place(parent: root.descriptor, name: RelativePath.toolDirectory).open(O_RDONLY | O_DIRECTORY)
      // Beside the folder's own files there may be no room for those that are staged, and ext4 would search for it with each of them.
      _ = try? directory.use { (descriptor) throws(Errno) in try call { covey_spread_subdirectories(descriptor) } }
      let file = try Place(parent: directory, name: "folder.new".utf8).open(O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
      try file.write(Array(text.utf8), offset: 0)
      try file.sync()
      _ = try directory.use { (descriptor) throws(Errno) in try call { renameat(descriptor, "folder.new", descriptor, "folder") } }
      try directory.sync()
      try root.descriptor.sync()
    }
  }
}
