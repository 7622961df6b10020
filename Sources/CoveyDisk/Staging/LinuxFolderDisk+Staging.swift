import CLinux
package import CoveyCore
package import CoveyEngine
import Glibc

extension LinuxFolderDisk {
  /// System calls: `openat`, `pwrite`, `fchmod`, `futimens`, `fstat`, `close`.
  @discardableResult
  package func stage(_ file: StagedFile, as name: StagedName) throws(DiskError) -> FileStat {
    let root = root
    openStaged.close(name)
    return try onDisk(name.shown) { () throws(Errno) in
      let place = try root.staged(name)
      switch file {
      case .file(let bytes, let mode, let modified):
        // What the group and others may do is given afterwards, for the umask of this process takes it away.
        let staged = try Self.create(place, mode: mode & 0o700)
        try staged.write(bytes, offset: 0)
        if mode & 0o077 == 0 { try staged.setModified(modified) } else { try staged.setMetadata(mode: mode & 0o777, modified: modified) }
        guard let stat = FileStat(try staged.stat()) else { throw Errno(EIO) }
        if stat.mode == mode & 0o777 { return stat }
        try staged.setMetadata(mode: mode & 0o777, modified: modified)
        guard let stat = FileStat(try staged.stat()) else { throw Errno(EIO) }
        return stat
      case .symlink(let target, let modified):
        do throws(Errno) { try place.makeLink(to: target, modified: modified) } catch {
          guard error.number == EEXIST else { throw error }
          try Self.clear(place)
          try place.makeLink(to: target, modified: modified)
        }
        guard let stat = try place.stat() else { throw Errno(ENOENT) }
        return stat
      }
    }
  }

  private static func create(_ place: Place, mode: UInt16) throws(Errno) -> Descriptor {
    do throws(Errno) { return try place.open(O_WRONLY | O_CREAT | O_EXCL, mode: mode_t(mode)) } catch {
      guard error.number == EEXIST else { throw error }
      try clear(place)
      return try place.open(O_WRONLY | O_CREAT | O_EXCL, mode: mode_t(mode))
    }
  }

  /// Takes away what an earlier attempt left under the name. It is unlinked, not truncated, for somebody might have it open.
  private static func clear(_ place: Place) throws(Errno) {
    guard let old = try place.stat() else { return }
    guard old.kind != .directory, old.linkCount == 1 else { throw Errno(EEXIST) }
    try place.remove()
  }

  package func openStaged(_ name: StagedName, byteCount: Int64) throws(DiskError) {
    let root = root
    try onDisk(name.shown) { () throws(Errno) in
      let file = try openStaged.descriptor(name) { () throws(Errno) in try Self.reopen(root, name, O_CREAT) }
      _ = try file.use { (descriptor) throws(Errno) in try call { ftruncate(descriptor, off_t(byteCount)) } }
    }
  }

  /// A staged file that others have linked is not written to.
  private static func reopen(_ root: FolderRoot, _ name: StagedName, _ flags: Int32 = 0) throws(Errno) -> Descriptor {
    let file = try root.staged(name).open(O_RDWR | flags, mode: 0o600)
    let stat = try file.stat()
    guard stat.st_mode & S_IFMT == S_IFREG, stat.st_nlink == 1 else { throw Errno(EEXIST) }
    return file
  }

  package func writeStaged(_ name: StagedName, offset: Int64, bytes: [UInt8]) throws(DiskError) {
    let root = root
    try onDisk(name.shown) { () throws(Errno) in
      let file = try openStaged.descriptor(name) { () throws(Errno) in try Self.reopen(root, name) }
      guard try openStaged.write(bytes, offset: offset, to: file, name), durability == .full else { return }
      // Only a hint to the kernel; what it cannot do is done by the flush.
      _ = try? file.use { (descriptor) throws(Errno) in try call { covey_begin_writeback(descriptor) } }
    }
  }

  package func copyToStaged(
    _ name: StagedName, offset: Int64, from source: ContentSource, sourceOffset: Int64, byteCount: Int64
  ) throws(DiskError) {
    let root = root
    try onDisk(source.shown) { () throws(Errno) in
      let from = try root.place(source).openFile(O_RDONLY)
      let to = try openStaged.descriptor(name) { () throws(Errno) in try Self.reopen(root, name) }
      try RangeCopy.copy(from, sourceOffset, to: to, offset, byteCount)
    }
  }

  /// System calls: `openat`, `ioctl(FICLONE)`.
  package func cloneToStaged(_ name: StagedName, from source: ContentSource) throws(DiskError) -> Bool {
    let root = root
    return try onDisk(source.shown) { () throws(Errno) in
      let from = try root.place(source).openFile(O_RDONLY)
      let to = try openStaged.descriptor(name) { () throws(Errno) in try Self.reopen(root, name, O_CREAT) }
      do throws(Errno) {
        _ = try from.use { (from) throws(Errno) in try to.use { (to) throws(Errno) in try call { covey_clone(from, to) } } }
        return true
      } catch {
        guard [EXDEV, ENOSYS, ENOTTY, EOPNOTSUPP, EINVAL, EPERM, ETXTBSY].contains(error.number) else { throw error }
        return false
      }
    }
  }

  @discardableResult
  package func finishStaged(_ name: StagedName, mode: UInt16, modified: Timestamp) throws(DiskError) -> FileStat {
    let root = root
    return try onDisk(name.shown) { () throws(Errno) in
      let file = try openStaged.descriptor(name) { () throws(Errno) in try Self.reopen(root, name) }
      try file.setMetadata(mode: mode & 0o777, modified: modified)
      openStaged.close(name)
      guard let stat = FileStat(try file.stat()) else { throw Errno(EIO) }
      return stat
    }
  }

  package func stagedNames() throws(DiskError) -> [StagedName] {
    let root = root
    return try onDisk(".covey/staging") { () throws(Errno) in
      do throws(Errno) {
        return try root.names(in: "staging").compactMap { StagedName(String(decoding: $0, as: UTF8.self)) }.sorted()
      } catch {
        if error.isAbsent { return [] }
        throw error
      }
    }
  }

  package func discardStaged(_ name: StagedName) throws(DiskError) {
    let root = root
    openStaged.close(name)
    try onDisk(name.shown) { () throws(Errno) in
      do throws(Errno) { try root.staged(name).remove() } catch {
        guard error.isAbsent else { throw error }
      }
    }
  }

  package func flushStaged(_ names: [StagedName]) throws(DiskError) {
    guard durability == .full, !names.isEmpty else { return }
    let root = root
    for name in names { openStaged.close(name) }
    try onDisk(".covey/staging") { () throws(Errno) in try StagingFlush.flush(names, in: root) }
  }
}
