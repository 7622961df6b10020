import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Testing

@Suite struct StagingTests {
  @Test func stagingBelongsToTheUserAlone() throws {
    let folder = try TestFolder()
    try folder.stage("s", "x")
    for path in [".covey", ".covey/staging"] {
      var info = Glibc.stat()
      try TestFolder.check(lstat(folder.absolute(path), &info))
      #expect(info.st_mode & 0o7777 == 0o700)
    }
  }

  @Test func stagingThatWasRemovedIsMadeAgain() throws {
    let folder = try TestFolder()
    try folder.stage("s", "x")
    try FileManager.default.removeItem(atPath: folder.absolute(".covey/staging"))
    try folder.stage("s", "y")
    #expect(folder.text(".covey/staging/s") == "y")
  }

  /// The name under which staging is made is seen by no one, also where two make it at once.
  @Test func stagingIsMadeOnce() async throws {
    let folder = try TestFolder()
    let (disk, names) = (folder.linux, (0..<8).compactMap { StagedName("s\($0)") })
    try await withThrowingTaskGroup { group in
      for name in names { group.addTask { _ = try disk.stage(.file(bytes: [1], mode: 0o644, modified: .zero), as: name) } }
      try await group.waitForAll()
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.absolute(".covey")).filter { $0 != "folder" } == ["staging"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.absolute(".covey/staging")).count == 8)
  }

  /// ext4 chooses by the name where a directory goes.
  @Test func stagingIsMadeUnderANameByChance() throws {
    let names = try (0..<2).map { _ in
      let folder = try TestFolder()
      return try #require(try folder.names(changedIn: ".covey") { try folder.stage("s", "x") }.first)
    }
    #expect(names.allSatisfy { $0.hasPrefix("staging.") } && names[0] != names[1], "\(names)")
  }

  @Test func whatIsMadeForAFolderGoesWhereThereIsRoom() throws {
    let folder = try TestFolder()
    let directory = open(folder.absolute(".covey"), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    // Of the numbers in linux/fs.h: read the flags of a file (FS_IOC_GETFLAGS), and the one that is set (FS_TOPDIR_FL).
    var flags = 0
    guard ioctl(directory, 0x8008_6601, &flags) == 0 else { return }
    #expect(flags & 0x2_0000 != 0 || covey_spread_subdirectories(directory) != 0)
  }

  @Test func stagingThatHadNotGotItsNameIsTakenAwayAtTheNextStart() throws {
    let folder = try TestFolder()
    for name in ["staging.7", "history.8", "history.9"] { try TestFolder.check(mkdir(folder.absolute(".covey/" + name), 0o700)) }
    try folder.write("kept", "x")
    try TestFolder.check(rename(folder.absolute("kept"), folder.absolute(".covey/history.9/kept")))
    _ = try LinuxFolderDisk(path: folder.root, durability: .full)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.absolute(".covey")).sorted() == ["folder", "history.9"])
  }

  @Test func aSymlinkInPlaceOfStagingIsNotFollowed() throws {
    let folder = try TestFolder()
    try TestFolder.check(symlink(folder.outside, folder.absolute(".covey/staging")))
    #expect(throws: DiskError.self) { try folder.stage("s", "x") }
    #expect(!FileManager.default.fileExists(atPath: folder.outside + "/s"))
  }

  /// Somebody who has the earlier file open, or linked, does not see it change.
  @Test func stagingAgainMakesAnotherInode() throws {
    let folder = try TestFolder()
    let first = try folder.stage("s", "first")
    let reader = try Reader(folder.absolute(".covey/staging/s"))
    let second = try folder.stage("s", "second")
    #expect(first.inode != second.inode)
    #expect(try reader.text() == "first")
    try TestFolder.check(link(folder.absolute(".covey/staging/s"), folder.absolute("linked")))
    #expect(try #require(throws: DiskError.self) { try folder.stage("s", "third") }.code == .exists)
    #expect(throws: DiskError.self) { try folder.linux.openStaged(folder.name("s"), byteCount: 1) }
    #expect(folder.text("linked") == "second")
  }

  @Test func manyStagedFilesAreWrittenWithFewDescriptors() throws {
    let folder = try TestFolder(durability: .fast)
    let names = try (0..<120).map { try folder.name("s-\($0)") }
    for name in names { try folder.linux.openStaged(name, byteCount: 4) }
    for name in names { try folder.linux.writeStaged(name, offset: 0, bytes: Array("data".utf8)) }
    #expect(try folder.descriptorCount() < 80)
    for name in names { try folder.linux.finishStaged(name, mode: 0o644, modified: .zero) }
    #expect(try folder.descriptorCount() < 10)
    for name in names { #expect(try folder.linux.read(.staged(name), offset: 0, byteCount: 10) == Array("data".utf8)) }
  }

  @Test func anInterruptedTransferGoesOnWhereItWas() throws {
    let folder = try TestFolder()
    let name = try folder.name("s")
    try folder.linux.openStaged(name, byteCount: 8)
    try folder.linux.writeStaged(name, offset: 0, bytes: Array("half".utf8))
    let again = try LinuxFolderDisk(path: folder.root, durability: .full)
    #expect(try again.stagedNames() == [name])
    try again.openStaged(name, byteCount: 8)
    try again.writeStaged(name, offset: 4, bytes: Array("rest".utf8))
    try again.finishStaged(name, mode: 0o644, modified: .zero)
    #expect(try again.read(.staged(name), offset: 0, byteCount: 10) == Array("halfrest".utf8))
  }

  @Test(arguments: [1, 40])
  func flushingSymlinksAndFilesWorksHoweverMany(_ count: Int) throws {
    let folder = try TestFolder()
    var names: [StagedName] = []
    for index in 0..<count {
      let name = try folder.name("s-\(index)")
      try folder.linux.stage(index % 3 == 1 ? .symlink(target: [65], modified: .zero) : .file(bytes: [1], mode: 0o600, modified: .zero), as: name)
      names.append(name)
    }
    try folder.linux.flushStaged(names)
    if count == 1 { #expect(throws: DiskError.self) { try folder.linux.flushStaged([folder.name("missing")]) } }
  }

  @Test func largeCopiesCrossTheFolder() throws {
    let folder = try TestFolder()
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8) }
    try folder.write(RelativePath("f"), bytes, modified: .zero)
    let name = try folder.name("s")
    try folder.linux.openStaged(name, byteCount: Int64(bytes.count))
    try folder.linux.copyToStaged(name, offset: 0, from: .file(RelativePath("f")), sourceOffset: 0, byteCount: Int64(bytes.count))
    try folder.linux.finishStaged(name, mode: 0o644, modified: .zero)
    #expect(try folder.linux.hashStaged(name)?.root == folder.linux.hash(RelativePath("f")).root)
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser can mount a small file system"))
  func aFullDiskIsSaidAndNothingIsLost() throws {
    let folder = try TestFolder()
    try TestFolder.check(mkdir(folder.outside + "/small", 0o755))
    guard mount("none", folder.outside + "/small", "tmpfs", 0, "size=256k") == 0 else { return }
    let disk = try LinuxFolderDisk(path: folder.outside + "/small", durability: .full)
    // The open folder keeps the file system alive; nothing is left mounted whatever happens.
    try TestFolder.check(umount2(folder.outside + "/small", Int32(MNT_DETACH)))
    try disk.writeMarker(TestFolder.marker) { _ in nil }
    let small = try folder.name("small")
    try disk.stage(.file(bytes: Array("content".utf8), mode: 0o644, modified: .zero), as: small)
    let big = try folder.name("big")
    let error = try #require(throws: DiskError.self) {
      try disk.stage(.file(bytes: [UInt8](repeating: 1, count: 1 << 20), mode: 0o644, modified: .zero), as: big)
    }
    #expect(error.code == .noSpace)
    #expect(error.message.contains("free some space"))
    try disk.openStaged(big, byteCount: 1 << 20)
    #expect(try #require(throws: DiskError.self) { try disk.writeStaged(big, offset: 0, bytes: [UInt8](repeating: 1, count: 1 << 20)) }.code == .noSpace)
    try disk.discardStaged(big)
    let step = DiskStep(path: try RelativePath("f"), expected: nil, action: .place(small, displaced: .nothing))
    guard case .done = disk.perform([step])[0] else { Issue.record("not placed"); return }
    #expect(try disk.hash(RelativePath("f")).root == Root(smallContent: Array("content".utf8)))
    #expect(try disk.space().total == 256 << 10)
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser can mount another file system"))
  func anotherFileSystemInTheFolderIsToldAndNothingIsPutThere() throws {
    let folder = try TestFolder()
    try folder.makeDirectory(RelativePath("mounted"))
    guard mount("none", folder.absolute("mounted"), "tmpfs", 0, "size=256k") == 0 else { return }
    defer { umount2(folder.absolute("mounted"), Int32(MNT_DETACH)) }
    try folder.write("mounted/f", "x")
    let items = try folder.walk()
    guard items.count == 3, case .problem(let path, let reason, hidesSubtree: false) = items[0] else { Issue.record("\(items)"); return }
    #expect(path == Array("mounted".utf8))
    #expect(reason.contains("unmount"))
    try folder.stage("s", "y")
    guard case .failed(let error) = try folder.perform("mounted/g", expected: nil, .place(folder.name("s"), displaced: .nothing))
    else { Issue.record("placed"); return }
    #expect(error.code == .outsideFolder)
  }
}
