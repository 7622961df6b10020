import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// One ordered walk over a tree: each directory is read once, each name looked at once, relative to its directory's descriptor.
struct Walker {
  /// Levels whose descriptors are kept open. Deeper trees close the upper ones and open them again on the way back.
  static let openLevelsMax = 64

  private let guardian: PathGuard
  private let leavesOutToolDirectory: Bool
  private let descend: (RelativePath) throws -> Bool
  private let visit: (WalkItem) throws -> Void
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
  private var frames: [Frame] = []
  /// The path of the innermost directory with a slash behind it; empty at the top.
  private var path: [UInt8] = []

  private struct Frame {
    var directory: Descriptor?
    var listing: DirectoryListing
    var next = 0
    var device: UInt64
    var inode: UInt64
    /// Bytes of the path in front of the names of this directory.
    var prefixCount: Int
  }

  init(
    _ guardian: PathGuard, leavesOutToolDirectory: Bool, descend: @escaping (RelativePath) throws -> Bool,
    visit: @escaping (WalkItem) throws -> Void
  ) {
    self.guardian = guardian
    self.leavesOutToolDirectory = leavesOutToolDirectory
    self.descend = descend
    self.visit = visit
  }

  /// Walks everything below `directory` (empty: the root of the guard).
  /// - Throws: ``Errno`` when that directory itself cannot be read; whatever the closures throw.
  mutating func run(below directory: [UInt8]) throws {
    defer { buffer.deallocate() }
    let descriptor = try guardian.directory(directory.isEmpty ? [0x2E] : directory[...], O_RDONLY)
    path = directory.isEmpty ? [] : directory + [UInt8(ascii: "/")]
    try enter(descriptor)
    while !frames.isEmpty {
      let last = frames.count - 1
      guard frames[last].next < frames[last].listing.items.count else {
        frames.removeLast()
        path.removeSubrange((frames.last?.prefixCount ?? 0)...)
        continue
      }
      let item = frames[last].listing.items[frames[last].next]
      frames[last].next += 1
      guard let open = try openedAgain(last) else { continue }
      if item.isDescent { try descend(into: item, of: last, open) } else { try look(at: item, of: last, open) }
    }
  }

  private mutating func enter(_ directory: Descriptor) throws(Errno) {
    let stat = try directory.stat()
    let listing = try DirectoryListing(of: directory, buffer: buffer)
    frames.append(
      Frame(directory: directory, listing: listing, device: UInt64(stat.st_dev), inode: UInt64(stat.st_ino), prefixCount: path.count))
    let closing = frames.count - 1 - Self.openLevelsMax
    if closing >= 0 { frames[closing].directory = nil }
  }

  /// The descriptor of a level, opened again where depth made us close it. Another directory under its name hides the rest.
  private mutating func openedAgain(_ level: Int) throws -> Descriptor? {
    if let open = frames[level].directory { return open }
    let directory = path.isEmpty ? [0x2E] : path[..<(path.count - 1)]
    if let fresh = try? guardian.directory(directory, O_RDONLY), let stat = try? fresh.stat(),
      UInt64(stat.st_dev) == frames[level].device, UInt64(stat.st_ino) == frames[level].inode
    {
      frames[level].directory = fresh
      return fresh
    }
    frames[level].next = frames[level].listing.items.count
    try visit(.problem(path: Array(directory), reason: "the directory was replaced while it was read; it is read again", hidesSubtree: true))
    return nil
  }

  private func full(_ item: DirectoryListing.Item, of level: Int) -> [UInt8] {
    var full: [UInt8] = []
    full.reserveCapacity(path.count + Int(item.count))
    full.append(contentsOf: path)
    full.append(contentsOf: frames[level].listing.bytes(of: item))
    return full
  }

  private mutating func look(at item: DirectoryListing.Item, of level: Int, _ directory: Descriptor) throws {
    if level == 0, leavesOutToolDirectory, path.isEmpty,
      frames[level].listing.bytes(of: item).elementsEqual(RelativePath.toolDirectory)
    { return }
    let bytes = full(item, of: level)
    let isDirectory = item.type == UInt8(DT_DIR)
    // Below a directory whose own path is none no path can be recorded, so nothing is hidden and the folder is in sync without it.
    guard frames[level].listing.bytes(of: item).withUnsafeBufferPointer({ $0.isValidUTF8 }) else {
      return try refuse(bytes, "\(PathError.notUTF8)", hidesSubtree: false)
    }
    guard bytes.count <= RelativePath.byteCountMax else {
      return try refuse(bytes, "\(PathError.tooLong(byteCount: bytes.count))", hidesSubtree: false)
    }
    let (raw, error) = frames[level].listing.stat(item, in: directory)
    guard let raw else {
      // It went away since the directory was read.
      if error == ENOENT { return }
      return try refuse(bytes, DiskError(Errno(error), "").message, hidesSubtree: true)
    }
    guard let stat = FileStat(raw) else {
      return try refuse(bytes, DiskError(Errno(EOPNOTSUPP), "").message, hidesSubtree: false)
    }
    if stat.kind == .directory {
      if !isDirectory { return try refuse(bytes, "it became a directory while it was read; it is read again", hidesSubtree: true) }
      if isSharedFolder(item, of: level, directory) {
        return try refuse(bytes, "it is a shared folder of its own and takes no part in this one: move it out, or delete its .covey/folder if nobody shares it", hidesSubtree: true)
      }
      if UInt64(raw.st_dev) != frames[level].device {
        try refuse(
          bytes, "another file system is mounted here, into which nothing can be put: unmount it, or share it as a folder of its own",
          hidesSubtree: false)
      }
    }
    try visit(.found(RelativePath(trusted: bytes), stat))
  }

  private func refuse(_ path: [UInt8], _ reason: String, hidesSubtree: Bool) throws {
    try visit(.problem(path: path, reason: reason, hidesSubtree: hidesSubtree))
  }

  private func isSharedFolder(_ item: DirectoryListing.Item, of level: Int, _ directory: Descriptor) -> Bool {
    let marker = Place(parent: directory, name: frames[level].listing.bytes(of: item) + Array("/.covey/folder".utf8))
    return (try? marker.rawStat()) != nil
  }

  private mutating func descend(into item: DirectoryListing.Item, of level: Int, _ directory: Descriptor) throws {
    if level == 0, leavesOutToolDirectory, path.isEmpty,
      frames[level].listing.bytes(of: item).elementsEqual(RelativePath.toolDirectory)
    { return }
    let bytes = full(item, of: level)
    // What was refused as a name is not entered either.
    guard bytes.count <= RelativePath.byteCountMax, bytes.withUnsafeBufferPointer({ $0.isValidUTF8 }),
      !isSharedFolder(item, of: level, directory), try descend(RelativePath(trusted: bytes))
    else { return }
    path = bytes + [UInt8(ascii: "/")]
    do throws(Errno) {
      try enter(try Place(parent: directory, name: frames[level].listing.bytes(of: item)).open(O_RDONLY | O_DIRECTORY))
    } catch {
      path.removeSubrange(frames[level].prefixCount...)
      guard error.number != ENOENT else { return }
      let reason =
        error.number == ENOTDIR || error.number == ELOOP
        ? "it was replaced while it was read; it is read again" : DiskError(error, "").message
      try refuse(bytes, reason, hidesSubtree: true)
    }
  }
}
