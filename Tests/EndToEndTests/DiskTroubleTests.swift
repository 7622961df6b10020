import Foundation
import Glibc
import Testing

/// Disks that fill up, go away and come back. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(4))) struct DiskTroubleTests {
  @Test(.enabled(if: SmallDisk.canBeMade, "mounting a file system needs root"))
  func `a full disk of the receiver is said, the sender's file stays, and room lets it go on`() throws {
    let root = Team.newRoot()
    let disk = try SmallDisk(at: root + "/B", megabytes: 8)
    let team = try Team(2, root: root)
    defer { withExtendedLifetime(disk) {} }
    try team[0].write("small", to: "small")
    try team.sync()
    let bytes = Data((0..<12 << 20).map { _ in UInt8.random(in: 0...255) })
    // Moved in, for half of it would have room.
    try bytes.write(to: URL(fileURLWithPath: root + "/large"))
    try FileManager.default.moveItem(atPath: root + "/large", toPath: team[0].path("large"))
    try team[0].write("also", to: "also")
    try eventually("B says that its disk is full") { try team[1].problems().contains { $0.path == "large" && $0.reason.contains("full") } }
    #expect(try team[1].folderStatus()["inSync"] as? Bool == false && team[0].folderStatus()["inSync"] as? Bool == false)
    #expect(try team[1].attempt("status", "--wait", "0").code == 3)
    try eventually("the rest goes on") { team[1].read("also") == "also" }
    #expect(try Data(contentsOf: URL(fileURLWithPath: team[0].path("large"))) == bytes)
    #expect(!team[1].has("large") && team[1].read("small") == "small")
    #expect(try team[1].receivedByteCount() < 1 << 20, "nothing is sent that has no room")
    #expect(mount("tmpfs", disk.path, "tmpfs", UInt(MS_REMOUNT), "size=64m") == 0)
    try team.syncAndExpectEqual()
    #expect(try team[1].problems().isEmpty)
  }

  @Test(.enabled(if: SmallDisk.canBeMade, "mounting a file system needs root"))
  func `a full disk under the record stops the folder cleanly, and room lets it go on`() throws {
    let root = Team.newRoot()
    let disk = try SmallDisk(at: root + "/B-home", megabytes: 8)
    chmod(disk.path, 0o700)
    let team = try Team(2, root: root)
    defer { withExtendedLifetime(disk) {} }
    try team[0].write("before", to: "before")
    try team.sync()
    let filler = try disk.fill()
    for index in 0..<500 { try team[0].write("file \(index)", to: "many/f\(index)") }
    try team[1].write("by B", to: "b")
    try eventually("B says that it cannot go on") {
      try team[1].state() == "blocked" && team[1].problems().contains { $0.reason.contains("full") }
    }
    #expect(team[1].read("before") == "before" && team[1].read("b") == "by B")
    #expect(unlink(filler) == 0)
    try team.syncAndExpectEqual()
    #expect(team[0].read("b") == "by B" && team[1].read("many/f499") == "file 499")
  }

  @Test(.enabled(if: Shim.path != nil, "there is no C compiler"), arguments: ["B/F", "B-home"])
  func `a quota that is used up under the folder or the record is said, and a greater one lets it go on`(directory: String) throws {
    let root = Team.newRoot()
    let flag = root + "/quota-is-used-up"
    let team = try Team(2, root: root, place: { $0 == 1 ? Shim.quota(below: "\(root)/\(directory)", whileThereIs: flag) : Device.Place() })
    try team[0].write("before", to: "before")
    try team.sync()
    #expect(FileManager.default.createFile(atPath: flag, contents: nil))
    for index in 0..<50 { try team[0].write("file \(index)", to: "many/f\(index)") }
    try team[1].write("by B", to: "b")
    try eventually("B says that its quota is used up") { try team[1].problems().contains { $0.reason.contains("quota") } }
    #expect(try team[1].folderStatus()["inSync"] as? Bool == false)
    #expect(team[1].read("before") == "before" && team[1].read("b") == "by B" && !team[1].has("many/f49"))
    #expect(unlink(flag) == 0)
    try team.syncAndExpectEqual()
    #expect(team[0].read("b") == "by B" && team[1].read("many/f49") == "file 49")
    #expect(try team[1].problems().isEmpty)
  }

  @Test(.enabled(if: SmallDisk.canBeMade, "mounting a file system needs root"))
  func `a folder that is unmounted and mounted again deletes nothing`() throws {
    let root = Team.newRoot()
    let image = root + "/image"
    let disk = try SmallDisk(at: image, megabytes: 16)
    defer { withExtendedLifetime(disk) {} }
    let team = try Team(2, root: root) { device in
      guard device.name == "B" else { return }
      try FileManager.default.createDirectory(atPath: device.folder, withIntermediateDirectories: true)
      // The same disk at another place, so that it can go away and come back with what it holds.
      guard mount(image, device.folder, nil, UInt(MS_BIND), nil) == 0 else { throw Failure("bind mount: \(errno)") }
    }
    let folder = team[1].folder
    defer { umount2(folder, Int32(MNT_DETACH)) }
    try team[0].write("1", to: "one")
    try team[0].write("2", to: "d/two")
    try team.syncAndExpectEqual()
    for _ in 0..<2 {
      #expect(umount2(folder, Int32(MNT_DETACH)) == 0)
      try team[0].write("3 \(UInt32.random(in: 0...UInt32.max))", to: "three")
      try eventually("B says that the folder is not there") { try team[1].attempt("scan").code == 1 && team[1].state() == "blocked" }
      #expect(try team[1].problems().contains { $0.path.isEmpty && $0.reason.contains(": ") })
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty, "nothing is made in an empty mount point")
      #expect(team[0].read("one") == "1" && team[0].read("d/two") == "2")
      #expect(mount(image, folder, nil, UInt(MS_BIND), nil) == 0)
      try team.syncAndExpectEqual()
      #expect(team[1].has("three"))
    }
  }

  @Test func `a folder that is moved away while it runs announces nothing, and goes on when it is back`() throws {
    let team = try Team(2)
    try team[0].write("1", to: "one")
    try team.sync()
    let (folder, aside) = (team[1].folder, team[1].folder + ".aside")
    for replaces in [true, false] {
      #expect(rename(folder, aside) == 0)
      if replaces { #expect(mkdir(folder, 0o755) == 0) }
      try eventually("B is blocked") { try team[1].state() == "blocked" }
      #expect(try team[1].problems().contains { $0.path.isEmpty })
      #expect(try team[1].attempt("scan", "F").isError(1))
      try team[0].write("2", to: "two")
      #expect(team[0].read("one") == "1")
      if replaces { #expect(rmdir(folder) == 0) }
      #expect(rename(aside, folder) == 0)
      try team.syncAndExpectEqual()
      try team[0].remove("two")
      try team.sync()
    }
  }

  @Test func `a folder whose marker is removed while it runs announces nothing`() throws {
    let team = try Team(2)
    for index in 0..<10 { try team[0].write("\(index)", to: "f\(index)") }
    try team.sync()
    let (marker, aside) = (team[1].path(".covey/folder"), team.root + "/marker")
    #expect(rename(marker, aside) == 0)
    for index in 0..<5 { try team[1].remove("f\(index)") }
    try eventually("B is blocked") {
      _ = try team[1].attempt("scan")
      return try team[1].state() == "blocked"
    }
    #expect(try team[1].problems().contains { $0.reason.contains("marker") })
    #expect(try Tree(team[0].folder).names.count == 10)
    #expect(rename(aside, marker) == 0)
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names.count == 5, "with the marker back, the deletes are what a person did")
  }
}
