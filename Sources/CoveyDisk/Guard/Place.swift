import CLinux
import CoveyCore
import Glibc

/// A name in an opened directory: where every change of the disk happens. The directory cannot be swapped for a symlink any
/// more, and the name itself is never followed.
struct Place: Sendable {
  let parent: Descriptor
  /// One component, ended by NUL.
  let name: [CChar]

  init(parent: Descriptor, name: some Sequence<UInt8>) {
    self.parent = parent
    self.name = name.map { CChar(bitPattern: $0) } + [0]
  }

  func rawStat() throws(Errno) -> stat {
    var out = Glibc.stat()
    _ = try parent.use { (directory) throws(Errno) in try call { fstatat(directory, name, &out, AT_SYMLINK_NOFOLLOW) } }
    return out
  }

  /// Nil where nothing stands.
  /// - Throws: `EOPNOTSUPP` for what takes no part: FIFOs, sockets, devices.
  func stat() throws(Errno) -> FileStat? {
    do throws(Errno) {
      guard let stat = FileStat(try rawStat()) else { throw Errno(EOPNOTSUPP) }
      return stat
    } catch {
      if error.number == ENOENT { return nil }
      throw error
    }
  }

  /// Opens what stands there, never through a symlink and never waiting for a FIFO's other end.
  func open(_ flags: Int32, mode: mode_t = 0) throws(Errno) -> Descriptor {
    let descriptor = try parent.use { (directory) throws(Errno) in
      try call { covey_openat(directory, name, flags | O_NOFOLLOW | O_NONBLOCK, mode) }
    }
    return Descriptor(owning: descriptor)
  }

  func readLink() throws(Errno) -> [UInt8] {
    let countMax = 4096
    var buffer = [CChar](repeating: 0, count: countMax)
    let count = try parent.use { (directory) throws(Errno) in try call { readlinkat(directory, name, &buffer, countMax) } }
    return buffer[..<count].map { UInt8(bitPattern: $0) }
  }

  /// Renames where nothing may stand: `EEXIST` otherwise.
  func rename(to other: Place) throws(Errno) {
    try parent.use { (from) throws(Errno) in
      try other.parent.use { (to) throws(Errno) in _ = try call { covey_rename_noreplace(from, name, to, other.name) } }
    }
  }

  func exchange(with other: Place) throws(Errno) {
    try parent.use { (from) throws(Errno) in
      try other.parent.use { (to) throws(Errno) in _ = try call { covey_rename_exchange(from, name, to, other.name) } }
    }
  }

  func remove(directory: Bool = false) throws(Errno) {
    _ = try parent.use { (parent) throws(Errno) in try call { unlinkat(parent, name, directory ? AT_REMOVEDIR : 0) } }
  }

  func makeDirectory(mode: UInt16) throws(Errno) {
    _ = try parent.use { (parent) throws(Errno) in try call { mkdirat(parent, name, mode_t(mode)) } }
  }

  func makeLink(to target: [UInt8], modified: Timestamp) throws(Errno) {
    let text = target.map { CChar(bitPattern: $0) } + [0]
    _ = try parent.use { (parent) throws(Errno) in try call { symlinkat(text, parent, name) } }
    try setLinkModified(modified)
  }

  func setLinkModified(_ modified: Timestamp) throws(Errno) {
    let now = timespec(modified)
    _ = try parent.use { (parent) throws(Errno) in try call { utimensat(parent, name, [now, now], AT_SYMLINK_NOFOLLOW) } }
  }
}

extension FileStat {
  /// Nil for what takes no part: FIFOs, sockets, devices.
  init?(_ stat: stat) {
    let kind: Kind
    switch stat.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symlink
    default: return nil
    }
    self.init(
      kind: kind, size: kind == .directory ? 0 : Int64(stat.st_size),
      modified: Timestamp(seconds: Int64(stat.st_mtim.tv_sec), nanoseconds: Int64(stat.st_mtim.tv_nsec)),
      changed: Timestamp(seconds: Int64(stat.st_ctim.tv_sec), nanoseconds: Int64(stat.st_ctim.tv_nsec)),
      inode: UInt64(stat.st_ino), mode: UInt16(stat.st_mode & 0o7777), linkCount: UInt32(clamping: stat.st_nlink))
  }

  /// Whether this is what `expected` was, with nothing written to it since. A directory changes its times with every child.
  func isWhole(_ expected: FileStat) -> Bool {
    isStillContent(of: expected) && (kind == .directory || changed == expected.changed)
  }

  /// The same but for the change time, which every rename moves.
  func isStillContent(of expected: FileStat) -> Bool {
    guard kind == expected.kind, inode == expected.inode, mode == expected.mode else { return false }
    return kind == .directory || (size == expected.size && modified == expected.modified)
  }
}
