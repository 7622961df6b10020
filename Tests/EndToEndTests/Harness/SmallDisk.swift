import Foundation
import Glibc

/// A file system of its own at a directory, for disks that fill up or go away.
final class SmallDisk {
  static let canBeMade: Bool = {
    let place = Team.newRoot()
    defer { rmdir(place) }
    guard mkdir(place, 0o755) == 0, mount("tmpfs", place, "tmpfs", 0, "size=1m") == 0 else { return false }
    return umount(place) == 0
  }()
  static let reason: StaticString = "mounting a file system needs root"

  let path: String
  private var isMounted = false

  /// Mounts an empty disk there; the directory is made.
  init(at path: String, megabytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { throw Failure("no file system could be mounted at \(path): \(errno)") }
    isMounted = true
  }

  deinit { if isMounted { umount2(path, Int32(MNT_DETACH)) } }

  /// Fills what is left; deleting the file that is returned frees it again.
  func fill() throws -> String {
    let filler = path + "/filler"
    let file = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    let block = [UInt8](repeating: 1, count: 4096)
    while write(file, block, block.count) > 0 {}
    guard errno == ENOSPC else { throw Failure("\(filler): \(errno)") }
    return filler
  }
}
