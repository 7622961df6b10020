import CLinux
import CoveyCore
import Glibc

/// Which spelling of a name stands on a disk that does not tell all of them apart.
extension Place {
  /// The name as the directory spells it, where that is another one; nil where it is this one, or nothing stands.
  func twin() throws(Errno) -> [UInt8]? {
    let own = name.dropLast().map { UInt8(bitPattern: $0) }
    let names = try names()
    guard !names.contains(own), let found = try? rawStat() else { return nil }
    return names.first { (try? Place(parent: parent, name: $0).rawStat())?.st_ino == found.st_ino }
  }

  /// Whether the directory spells the name this way.
  func isSpelledSo() throws(Errno) -> Bool { try names().contains(name.dropLast().map { UInt8(bitPattern: $0) }) }

  private func names() throws(Errno) -> [[UInt8]] {
    let opened = try Place(parent: parent, name: ".".utf8).open(O_RDONLY | O_DIRECTORY)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    defer { buffer.deallocate() }
    let listing = try DirectoryListing(of: opened, buffer: buffer)
    return listing.items.filter { !$0.isDescent }.map { Array(listing.bytes(of: $0)) }
  }
}

extension FolderRoot {
  /// Whether every component of a path stands as it is spelled, on a disk that would find it under another spelling, too.
  func isSpelledSo(_ path: RelativePath) throws(Errno) -> Bool {
    guard foldsNames else { return true }
    for path in [path] + path.ancestors { if try !place(path).isSpelledSo() { return false } }
    return true
  }
}
