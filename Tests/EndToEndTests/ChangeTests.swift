import Foundation
import Glibc
import Testing

/// What one person does appears on the other devices as it is. Serialized: two daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(4))) struct ChangeTests {
  @Test func `files, directories, links, modes and times arrive, change kind and go`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    try a.write("1", to: "d/e/f")
    try FileManager.default.createDirectory(atPath: a.path("empty/nested"), withIntermediateDirectories: true)
    #expect(symlink("/etc/passwd", a.path("absolute")) == 0)
    #expect(symlink("../outside", a.path("up")) == 0)
    a.setTime(-5, 7, of: "d/e/f")
    for (name, seconds) in [("epoch", 0), ("far", 4_300_000_000), ("before", -1_000_000_000)] {
      try a.write(name, to: "times/" + name)
      a.setTime(seconds, 123_456_789, of: "times/" + name)
    }
    try team.syncAndExpectEqual()
    try a.remove("times")
    #expect(chmod(a.path("d/e/f"), 0o600) == 0 && chmod(a.path("d"), 0o750) == 0)
    try team.syncAndExpectEqual()
    try a.remove("absolute")
    try a.write("a file now", to: "absolute")
    try b.remove("empty")
    try b.write("a file now", to: "empty")
    try team.syncAndExpectEqual()
    try a.remove("empty")
    try a.write("inside", to: "empty/again")
    try b.remove("up")
    try FileManager.default.createDirectory(atPath: b.path("up"), withIntermediateDirectories: true)
    try team.syncAndExpectEqual()
    for name in ["d", "empty", "up", "absolute"] { try a.remove(name) }
    try team.syncAndExpectEqual()
    #expect(try Tree(b.folder).names.isEmpty)
  }

  @Test func `names that other tools trip over`() throws {
    let team = try Team(2)
    for name in ["new\nline", "back\\slash", "co:lon", "st*ar", " lead", "trail ", "-x", "emoji😀", String(repeating: "n", count: 255), "t.tmp", "Case", "case", "e\u{301}", "\u{E9}"] {
      try team[0].write(name, to: name)
    }
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names.count == 14)
  }

  @Test func `what takes no part is reported, and all else syncs`() throws {
    let team = try Team(2)
    #expect(mkfifo(team[0].path("pipe"), 0o600) == 0)
    let invalid = team[0].folder.utf8CString.dropLast() + [0x2F, 0x62, CChar(bitPattern: 0xFF), 0]
    let descriptor = Array(invalid).withUnsafeBufferPointer { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) }
    close(descriptor)
    // A directory with an impossible name keeps nothing else from being in sync either, though all below it stays here.
    let directory = Array(invalid.dropLast() + [0x64, 0])
    #expect(directory.withUnsafeBufferPointer { mkdir($0.baseAddress!, 0o755) } == 0)
    let inside = Array(directory.dropLast() + [0x2F, 0x78, 0])
    close(inside.withUnsafeBufferPointer { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) })
    try team[0].write("plain", to: "plain")
    try team.sync()
    #expect(team[1].read("plain") == "plain")
    #expect(try Tree(team[1].folder).names == ["plain"])
    let problems = try team[0].folderStatus()["problems"] as? [[String: Any]] ?? []
    #expect(problems.count == 3)
    #expect(problems.allSatisfy { !(($0["reason"] as? String) ?? "").isEmpty })
  }

  @Test func `every size class is byte-equal`() throws {
    let team = try Team(2)
    // Around what travels in a bundle, what is cut into chunks, the least and greatest chunk, and each size from which chunks are larger.
    let limits = [1, 32 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20]
    for size in Set(limits.flatMap { [$0 - 1, $0, $0 + 1] } + [4095, 131_072, 1_000_003, 8 << 20]) {
      try team[0].write(Data((0..<size).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }), to: "size-\(size)")
    }
    try team[0].write(Data(count: 512 << 10), to: "zeros")
    try team.syncAndExpectEqual()
  }

  @Test func `zeros, copies, renames and small edits of large files cost little`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    var before = try b.receivedByteCount()
    func received() throws -> Int {
      try team.syncAndExpectEqual()
      let now = try b.receivedByteCount()
      defer { before = now }
      return now - before
    }
    try a.write(Data(count: 8 << 20), to: "zeros")
    #expect(try received() <= 256 << 10)
    var generator = SystemRandomNumberGenerator()
    var bytes = Data(capacity: 32 << 20)
    while bytes.count < 32 << 20 { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
    try a.write(bytes, to: "large")
    #expect(try received() >= 32 << 20)
    try a.move("large", to: "renamed")
    #expect(try received() < 100_000)
    try FileManager.default.copyItem(atPath: a.path("renamed"), toPath: a.path("copied"))
    #expect(try received() < 100_000)
    bytes[20_000_000] ^= 1
    try a.write(bytes, to: "renamed")
    #expect(try received() < 300_000)
    try a.write(Data([7]) + bytes, to: "renamed")
    #expect(try received() < 300_000)
  }

  @Test func `a folder that is a symlink to a directory`() throws {
    let root = Team.newRoot()
    let team = try Team(2, root: root) { device in
      try FileManager.default.createDirectory(atPath: "\(root)/\(device.name)/elsewhere", withIntermediateDirectories: true)
      if device.name == "A" { #expect(symlink("elsewhere", device.folder) == 0) }
    }
    try team[0].write("by A", to: "d/a")
    try team[1].write("by B", to: "b")
    try team.sync()
    #expect(team[1].read("d/a") == "by A" && team[0].read("b") == "by B")
    #expect(try String(contentsOfFile: "\(root)/A/elsewhere/b", encoding: .utf8) == "by B")
    for device in team.devices { device.stop() }
    for device in team.devices { try device.start() }
    try team[1].remove("d")
    try team.sync()
    #expect(!team[0].has("d"))
  }

  @Test func `a tree of a thousand files is renamed and deleted`() throws {
    let team = try Team(2)
    for index in 0..<1_000 { try team[0].write("file \(index)", to: "many/d\(index % 10)/f\(index)") }
    try team.syncAndExpectEqual()
    let before = try team[1].receivedByteCount()
    try team[0].move("many", to: "moved")
    try team.syncAndExpectEqual()
    #expect(try team[1].receivedByteCount() - before < 700_000)
    try team[1].remove("moved")
    try eventually("so many deletes wait for a person") { try team[1].folderStatus()["state"] as? String == "blocked" }
    try team[1].covey("approve", "F")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names.isEmpty)
  }

  @Test func `a rename onto an existing file and a case-only rename`() throws {
    let team = try Team(2)
    try team[0].write("one", to: "one")
    try team[0].write("two", to: "two")
    try team.sync()
    try team[0].move("one", to: "two")
    try team.syncAndExpectEqual()
    #expect(team[1].read("two") == "one" && !team[1].has("one"))
    try team[1].move("two", to: "TWO")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names == ["TWO"])
  }

  @Test func `same size and restored time is still a change`() throws {
    let team = try Team(2)
    try team[0].write("aaaa", to: "t")
    team[0].setTime(1_000_000_000, 0, of: "t")
    try team.sync()
    try team[0].write("bbbb", to: "t")
    team[0].setTime(1_000_000_000, 0, of: "t")
    try team.syncAndExpectEqual()
    #expect(team[1].read("t") == "bbbb")
  }

  @Test func `ignore rules are shared, and a mistake in them keeps the old ones`() throws {
    let team = try Team(2)
    try team[0].write("*.tmp\n/build/\n", to: ".coveyignore")
    try team[0].write("no", to: "x.tmp")
    try team[0].write("no", to: "build/o")
    try team[0].write("yes", to: "keep")
    try team.sync()
    #expect(team[1].has(".coveyignore") && team[1].has("keep") && !team[1].has("x.tmp") && !team[1].has("build"))
    try team[1].write("mine", to: "y.tmp")
    try team[0].write("[broken\n", to: ".coveyignore")
    try team[0].covey("scan")
    try team[0].write("no", to: "z.tmp")
    try team[0].covey("scan")
    #expect(!team[1].has("z.tmp") && team[1].read("y.tmp") == "mine")
    #expect((try team[0].folderStatus()["problems"] as? [[String: Any]] ?? []).contains { ($0["path"] as? String) == ".coveyignore" })
    try team[0].write("*\n!keep2/deep\n!.coveyignore\n", to: ".coveyignore")
    try team[0].write("deep", to: "keep2/deep")
    try team[0].write("not", to: "keep2/other")
    try team.sync()
    #expect(team[1].read("keep2/deep") == "deep" && !team[1].has("keep2/other"))
  }

  @Test func `rules of one device alone count as soon as they are written, and no longer than they stand`() throws {
    let team = try Team(2)
    try team[1].write("*.mine\n", to: ".covey/ignore")
    try eventually("B works under its rules") { try team[1].covey("why", team[1].path("x.mine")).contains("line 1, ignores it: *.mine") }
    try team[0].write("of A", to: "x.mine")
    try team[0].write("plain", to: "plain")
    try eventually("all else arrives") { team[1].read("plain") == "plain" }
    #expect(!team[1].has("x.mine"))
    try team[1].remove(".covey/ignore")
    try eventually("what was ignored arrives") { team[1].read("x.mine") == "of A" }
    try team.syncAndExpectEqual()
  }
}
