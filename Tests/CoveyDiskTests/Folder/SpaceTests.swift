import CLinux
import CoveyDisk
import CoveyEngine
import Glibc
import Testing

/// How much room a file system has: with a wrong answer nothing large is fetched any more, or history goes to make room.
struct SpaceTests {
  @Test(arguments: [
    (0, 4096, 0), (10, 4096, 40_960), (1 << 50, 4096, 1 << 62), (1 << 51, 4096, .max), (.max, 1, .max), (.max, 4096, .max),
  ] as [(UInt, UInt, Int64)])
  func whatCannotBeCountedIsTheMost(_ blocks: UInt, _ blockByteCount: UInt, _ byteCount: Int64) {
    #expect(LinuxFolderDisk.byteCount(blocks: blocks, of: blockByteCount) == byteCount)
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser can mount a file system that counts nothing"))
  func aFileSystemThatCountsNothingHasRoom() throws {
    let folder = try TestFolder()
    try TestFolder.check(mkdir(folder.outside + "/boundless", 0o755))
    guard mount("none", folder.outside + "/boundless", "tmpfs", 0, "size=0") == 0 else { return }
    let disk = try LinuxFolderDisk(path: folder.outside + "/boundless", durability: .full)
    // The open folder keeps the file system alive; nothing is left mounted whatever happens.
    try TestFolder.check(umount2(folder.outside + "/boundless", Int32(MNT_DETACH)))
    #expect(try disk.space() == (free: .max, total: .max))
  }
}
