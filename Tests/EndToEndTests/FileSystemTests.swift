import CLinux
import Foundation
import Glibc
import Testing

/// File systems that do not keep what they are given, or do not tell all names apart. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: Shim.path != nil, "such a file system needs a C compiler to be made"))
struct FileSystemTests {
  /// What travels while nothing happens: nothing, but for signs of life.
  private func expectQuiet(_ team: Team) throws {
    try team.sync()
    let before = try team.devices.map { try $0.receivedByteCount() }
    for device in team.devices { try device.covey("scan") }
    try team.sync()
    let after = try team.devices.map { try $0.receivedByteCount() }
    #expect(zip(before, after).allSatisfy { $1 - $0 < 1_000 }, "\(before) \(after)")
    for device in team.devices { #expect(try !Tree(device.folder).names.contains { $0.contains(".conflict-") }) }
    #expect(Set(try team.devices.map { try $0.folderStatus()["digest"] as? String ?? "" }).count == 1)
  }

  @Test func `times in steps of two seconds cause no endless sync and no copies`() throws {
    let team = try Team(2, place: { $0 == 1 ? Shim.coarseTimes : Device.Place() })
    let (a, b) = (team[0], team[1])
    for index in 0..<5 {
      try a.write("file \(index)", to: "f\(index)")
      a.setTime(1_700_000_001 + index, 123_456_789, of: "f\(index)")
    }
    try expectQuiet(team)
    var (sent, kept) = (stat(), stat())
    stat(a.path("f0"), &sent)
    stat(b.path("f0"), &kept)
    #expect(sent.st_mtim.tv_nsec == 123_456_789 && kept.st_mtim.tv_nsec == 0, "the rounded time does not come back")
    try b.write("edited on the coarse disk", to: "f1")
    try a.write("edited on the fine one", to: "f2")
    try expectQuiet(team)
    #expect(a.read("f1") == "edited on the coarse disk" && b.read("f2") == "edited on the fine one")
    team[1].stop()
    try team[1].start()
    try expectQuiet(team)
  }

  @Test func `modes that are not kept do not come back as changes`() throws {
    let team = try Team(2, place: { $0 == 1 ? Shim.noModes : Device.Place() })
    let (a, b) = (team[0], team[1])
    try a.write("1", to: "d/one")
    chmod(a.path("d/one"), 0o755)
    try expectQuiet(team)
    chmod(a.path("d/one"), 0o640)
    chmod(a.path("d"), 0o750)
    try expectQuiet(team)
    var info = stat()
    stat(a.path("d/one"), &info)
    #expect(info.st_mode & 0o777 == 0o640)
    try b.write("2", to: "d/one")
    try expectQuiet(team)
    stat(a.path("d/one"), &info)
    #expect(a.read("d/one") == "2" && info.st_mode & 0o777 == 0o640, "an edit there does not change the mode here")
    team[1].stop()
    try team[1].start()
    try expectQuiet(team)
  }

  @Test func `of names that a disk takes for one the first stands there, and the second is told of, never merged, and waits`() throws {
    let team = try Team(2, place: { $0 == 1 ? Shim.foldedNames : Device.Place() })
    let (a, b) = (team[0], team[1])
    let (first, second) = (["Case", "e\u{301}", "Dir/one", "Dir/same"], ["case", "\u{E9}", "dir/two", "dir/same"])
    for name in first { try a.write("the first \(name)", to: name) }
    try team.syncAndExpectEqual()
    let stood = try Tree(b.folder)
    for name in second { try a.write("the second \(name)", to: name) }
    try eventually("B tells of each") {
      let told = try b.problems().filter { $0.reason.contains("rename or remove") }.map { Array($0.path.utf8) }
      return ["case", "\u{E9}", "dir"].allSatisfy { told.contains(Array($0.utf8)) }
    }
    #expect(try b.attempt("status", "--wait", "1").code == 3)
    #expect(try Tree(b.folder).differences(to: stood) == [])
    for name in first { #expect(a.read(name) == "the first \(name)") }
    for name in second { #expect(a.read(name) == "the second \(name)") }
    for name in ["Case", "e\u{301}", "Dir"] { try a.remove(name) }
    try team.syncAndExpectEqual()
    for name in second { #expect(b.read(name) == "the second \(name)") }
  }
}
