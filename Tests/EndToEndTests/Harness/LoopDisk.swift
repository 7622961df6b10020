import CLinux
import Foundation
import Glibc
import Testing

/// A journalling disk of its own in a file, whose power can be cut: what was not flushed to it is gone, as after pulling the plug.
final class LoopDisk {
  static let canBeMade: Bool = {
    guard let disk = try? LoopDisk(megabytes: 16) else { return false }
    // Foundation would flush it.
    close(open(disk.path + "/unflushed", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
    return (try? disk.cutPower()) != nil && (try? disk.recover()) != nil && access(disk.path + "/unflushed", F_OK) != 0
  }()
  static let reason: Comment = "a disk in a file whose power can be cut needs root, loop devices and ext4"

  private let root = Team.newRoot()
  private var image: String { root + "/image" }
  /// Where it is mounted.
  var path: String { root + "/disk" }

  /// - Parameter options: more for `mkfs.ext4`.
  init(megabytes: Int, options: [String] = []) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: image, contents: nil), truncate(image, megabytes << 20) == 0 else { throw Failure("\(image): \(errno)") }
    let made = try Program.run(["mkfs.ext4", "-q", "-F"] + options + [image])
    guard made.code == 0 else { throw Failure("mkfs.ext4: \(made.errors)") }
    try Program.must("mount", "-o", "loop", image, path)
  }

  deinit {
    umount2(path, Int32(MNT_DETACH))
    try? FileManager.default.removeItem(atPath: root)
  }

  /// `EXT4_IOC_SHUTDOWN` without a flush of the journal: from now on nothing reaches the disk, and every call on it fails.
  func cutPower() throws {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    var withoutFlush: UInt32 = 2
    guard ioctl(directory, Self.shutdown, &withoutFlush) == 0 else { throw Failure("the power of \(path) cannot be cut: \(errno)") }
  }

  static let shutdown: UInt = 0x8004_587D

  /// The machine starts again: the disk is mounted, with what had been flushed.
  func recover() throws {
    try Program.must("umount", path)
    try Program.must("mount", "-o", "loop", image, path)
  }

  /// What people have saved is on the disk for good.
  func flush() {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    covey_sync_file_system(directory)
    close(directory)
  }
}
