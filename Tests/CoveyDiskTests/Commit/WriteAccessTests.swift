import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Testing

/// Directories that refuse writes. The superuser is refused nothing, so the steps run as another user on a thread of their own.
@Suite struct WriteAccessTests {
  static let time = Timestamp(seconds: 1_763_836_937, nanoseconds: 0)
  static let nobody: uid_t = 65534

  /// Runs `body` without the superuser's rights over files.
  private func asOrdinaryUser(_ body: @escaping @Sendable () throws -> Void) {
    guard geteuid() == 0 else {
      do { try body() } catch { Issue.record(error) }
      return
    }
    let failures = Saves()
    let finished = Finished()
    Thread {
      // Both belong to the thread alone, which ends here.
      _ = setfsgid(Self.nobody)
      _ = setfsuid(Self.nobody)
      do { try body() } catch { failures.add("\(error)") }
      finished.leave()
    }.start()
    finished.waitUntilLeft()
    #expect(failures.all == [])
  }

  /// A folder that belongs to the ordinary user, with everything in it.
  private func giveAway(_ folder: TestFolder) throws {
    guard geteuid() == 0 else { return }
    try TestFolder.check(chown(folder.root, Self.nobody, Self.nobody))
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.root) {
      try TestFolder.check(lchown(folder.absolute(path), Self.nobody, Self.nobody))
    }
  }

  private func step(_ path: String, _ expected: FileStat?, _ action: DiskStep.Action) throws -> DiskStep {
    DiskStep(path: try RelativePath(path), expected: expected, action: action)
  }

  @Test func aFileArrivesInAReadOnlyDirectoryWhichStaysReadOnly() throws {
    let folder = try TestFolder()
    try folder.write("d/old", "old")
    try folder.write("d/gone", "gone")
    try folder.stage("s", "new")
    try folder.stage("t", "newer")
    try giveAway(folder)
    try TestFolder.check(chmod(folder.absolute("d"), 0o1555))
    let steps = [
      try step("d/new", nil, .place(folder.name("s"), displaced: .nothing)),
      try step("d/old", folder.stat("d/old"), .place(folder.name("t"), displaced: .history(at: Self.time))),
      try step("d/gone", folder.stat("d/gone"), .remove(displaced: .history(at: Self.time))),
      try step("d/sub", nil, .makeDirectory(mode: 0o555)),
    ]
    let disk = folder.linux
    asOrdinaryUser {
      for outcome in disk.perform(steps) { guard case .done = outcome else { throw ContractBreach("\(outcome)") } }
    }
    #expect(folder.text("d/new") == "new")
    #expect(folder.text("d/old") == "newer")
    #expect(try folder.stat("d")?.mode == 0o1555)
    #expect(try folder.stat("d/sub")?.mode == 0o555)
    #expect(folder.text(".covey/modes") == nil)
  }

  @Test func aReadOnlyDirectoryMovesAndStaysReadOnly() throws {
    let folder = try TestFolder()
    try folder.write("a/d/f", "x")
    try folder.makeDirectory(RelativePath("b"))
    try giveAway(folder)
    try TestFolder.check(chmod(folder.absolute("a/d"), 0o555))
    try TestFolder.check(chmod(folder.absolute("a"), 0o555))
    let move = try step("b/d", folder.stat("a/d"), .move(from: RelativePath("a/d")))
    let disk = folder.linux
    asOrdinaryUser { guard case .done = disk.perform([move])[0] else { throw ContractBreach("not moved") } }
    #expect(try folder.stat("b/d")?.mode == 0o555)
    #expect(try folder.stat("a")?.mode == 0o555)
    #expect(folder.text("b/d/f") == "x")
  }

  @Test func aCrashLeavesNoDirectoryOpen() throws {
    let folder = try TestFolder()
    try folder.makeDirectory(RelativePath("d"))
    try folder.makeDirectory(RelativePath("e"))
    try TestFolder.check(chmod(folder.absolute("d"), 0o2555))
    // The process ended while the directory was open to writes. A note that was cut off had not been acted on.
    let notes = covey_openat(AT_FDCWD, folder.absolute(".covey/modes"), O_WRONLY | O_CREAT, 0o600)
    try TestFolder.check("2555 d\0700 e".withCString { write(notes, $0, 12) })
    close(notes)
    try TestFolder.check(chmod(folder.absolute("d"), 0o2755))
    _ = try LinuxFolderDisk(path: folder.root, durability: .full)
    #expect(try folder.stat("d")?.mode == 0o2555)
    #expect(try folder.stat("e")?.mode == 0o755)
    #expect(folder.text(".covey/modes") == nil)
  }

  @Test func whatCannotBeReadHidesWhatIsBelow() throws {
    let folder = try TestFolder()
    try folder.write("closed/f", "x")
    try folder.write("named/f", "x")
    try folder.write("open/f", "x")
    try folder.write("secret", "x")
    try giveAway(folder)
    try TestFolder.check(chmod(folder.absolute("closed"), 0o000))
    try TestFolder.check(chmod(folder.absolute("named"), 0o444))
    try TestFolder.check(chmod(folder.absolute("secret"), 0o000))
    let disk = folder.linux
    let seen = Saves()
    asOrdinaryUser {
      try disk.walk(below: nil, descend: { _ in true }) { item in
        switch item {
        case .found(let path, _): seen.add(path.string)
        case .problem(let path, _, let hides): seen.add("! " + String(decoding: path, as: UTF8.self) + (hides ? "/" : ""))
        }
      }
      let error = try #require(throws: DiskError.self) { try disk.hash(RelativePath("secret")) }
      #expect(error.code == .permissionDenied)
    }
    #expect(seen.all == ["closed", "! closed/", "named", "! named/f/", "open", "open/f", "secret"])
  }

  @Test(.enabled(if: geteuid() == 0, "only the superuser can give a directory to another user"))
  func whatBelongsToAnotherUserIsAFailureWithARemedy() throws {
    let folder = try TestFolder()
    try folder.makeDirectory(RelativePath("d"))
    try folder.stage("s", "new")
    try giveAway(folder)
    try TestFolder.check(chown(folder.absolute("d"), 0, 0))
    let place = try step("d/f", nil, .place(folder.name("s"), displaced: .nothing))
    let disk = folder.linux
    asOrdinaryUser {
      guard case .failed(let error) = disk.perform([place])[0] else { throw ContractBreach("not failed") }
      #expect(error.code == .permissionDenied)
      #expect(error.path == "d/f")
    }
    #expect(try folder.stat("d")?.mode == 0o755)
    #expect(folder.text(".covey/modes") == nil)
  }
}
