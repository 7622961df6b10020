import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// A copy of a staged file whose inode has other links, under a staged name of its own.
enum LinkedCopy {
  static func make(of staged: Place, in root: FolderRoot, isFlushed: Bool) throws(Errno) -> Place {
    let copy = try root.staged(Self.name(for: staged))
    do throws(Errno) { try copy.remove() } catch {
      guard error.number == ENOENT else { throw error }
    }
    let from = try staged.openFile(O_RDONLY)
    guard let stat = FileStat(try from.stat()) else { throw Errno(EIO) }
    let to = try copy.open(O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    do throws(Errno) { _ = try to.use { (to) throws(Errno) in try from.use { (from) throws(Errno) in try call { covey_clone(from, to) } } } } catch {
      try RangeCopy.copy(from, 0, to: to, 0, stat.size)
    }
    try to.setMetadata(mode: stat.mode & 0o777, modified: stat.modified)
    if isFlushed { try to.sync() }
    return copy
  }

  /// A name that callers do not choose; what stands there is always unfinished, for the original is removed last.
  private static func name(for staged: Place) -> StagedName {
    let hash = staged.name.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64(UInt8(bitPattern: $1))) &* 0x100_0000_01B3 }
    return StagedName(generated: "linked-copy-" + String(hash, radix: 16))
  }
}

extension StagedName {
  /// A name of Covey's own making, from letters, digits and hyphens alone.
  init(generated text: String) {
    guard let name = StagedName(text) else { preconditionFailure("a generated name is no staged name: \(text)") }
    self = name
  }
}
