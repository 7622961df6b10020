import CLinux
import CoveyCore
import Glibc

/// The names in one directory, in the order in which their whole paths come.
///
/// A directory comes twice: as `name`, and as `name/` for what is in it, which sorts after `name-` and `name.txt`.
struct DirectoryListing {
  struct Item {
    /// The first eight bytes of the name as a number, so that most comparisons need no memory access.
    var prefix: UInt64
    var start: Int32
    /// Without the NUL behind it.
    var count: UInt16
    /// `DT_…` as the directory says; may be stale by the time it is looked at.
    var type: UInt8
    var isDescent: Bool
  }

  private(set) var items: [Item] = []
  /// All names, each ended by NUL.
  private(set) var names: [UInt8] = []

  init(of directory: Descriptor, buffer: UnsafeMutableRawBufferPointer) throws(Errno) {
    while true {
      let count = try directory.use { (descriptor) throws(Errno) in
        try call { covey_getdents(descriptor, buffer.baseAddress, buffer.count) }
      }
      if count == 0 { break }
      var offset = 0
      while offset + Self.nameOffset < count {
        let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
        guard length > Self.nameOffset, offset + length <= count else { throw Errno(EIO) }
        take(UnsafeRawBufferPointer(rebasing: buffer[(offset + Self.nameOffset)..<(offset + length)]), type: buffer[offset + 18])
        offset += length
      }
    }
    try resolveUnknownTypes(in: directory)
    for item in items where item.type == UInt8(DT_DIR) { items.append(descent(of: item)) }
    names.withUnsafeBufferPointer { names in items.sort { Self.precedes($0, $1, names) } }
  }

  /// `struct linux_dirent64`: inode (8), offset (8), length (2), type (1), name.
  private static let nameOffset = 19

  private mutating func take(_ field: UnsafeRawBufferPointer, type: UInt8) {
    let count = field.firstIndex(of: 0) ?? field.count
    let name = field[..<count]
    if count == 1, name[0] == 0x2E { return }
    if count == 2, name[0] == 0x2E, name[1] == 0x2E { return }
    let start = Int32(names.count)
    names.append(contentsOf: name)
    names.append(0)
    var prefix: UInt64 = 0
    for index in 0..<min(count, 8) { prefix |= UInt64(name[index]) << UInt64(56 - 8 * index) }
    items.append(Item(prefix: prefix, start: start, count: UInt16(count), type: type, isDescent: false))
  }

  /// Some file systems do not say what a name is.
  private mutating func resolveUnknownTypes(in directory: Descriptor) throws(Errno) {
    for index in items.indices where items[index].type == UInt8(DT_UNKNOWN) {
      if let stat = stat(items[index], in: directory).value, stat.st_mode & S_IFMT == S_IFDIR { items[index].type = UInt8(DT_DIR) }
    }
  }

  private func descent(of item: Item) -> Item {
    var descent = item
    descent.isDescent = true
    if item.count < 8 { descent.prefix |= UInt64(UInt8(ascii: "/")) << UInt64(56 - 8 * Int(item.count)) }
    return descent
  }

  private static func precedes(_ a: Item, _ b: Item, _ names: UnsafeBufferPointer<UInt8>) -> Bool {
    if a.prefix != b.prefix { return a.prefix < b.prefix }
    let common = min(Int(a.count), Int(b.count))
    guard let base = names.baseAddress else { return false }
    let order = memcmp(base + Int(a.start), base + Int(b.start), common)
    if order != 0 { return order < 0 }
    // One is the beginning of the other: what follows it decides, and behind a descent that is a slash.
    return next(a, at: common, base) < next(b, at: common, base)
  }

  private static func next(_ item: Item, at index: Int, _ base: UnsafePointer<UInt8>) -> Int {
    if index < Int(item.count) { return Int(base[Int(item.start) + index]) }
    return item.isDescent ? Int(UInt8(ascii: "/")) : -1
  }

  func bytes(of item: Item) -> ArraySlice<UInt8> { names[Int(item.start)..<(Int(item.start) + Int(item.count))] }

  /// `fstatat` without following, without allocation.
  func stat(_ item: Item, in directory: Descriptor) -> (value: stat?, error: Int32) {
    var out = Glibc.stat()
    let error = names.withUnsafeBytes { names -> Int32 in
      guard let base = names.baseAddress else { return ENOENT }
      let name = (base + Int(item.start)).assumingMemoryBound(to: CChar.self)
      do throws(Errno) {
        _ = try directory.use { (descriptor) throws(Errno) in try call { fstatat(descriptor, name, &out, AT_SYMLINK_NOFOLLOW) } }
        return 0
      } catch {
        return error.number
      }
    }
    return error == 0 ? (out, 0) : (nil, error)
  }
}
