import CLinux
import Foundation
import Glibc
import Testing

/// A rename is a rename on every device: no content travels, and nothing of it goes to history.
@Suite(.serialized, .timeLimit(.minutes(4))) struct RenameTests {
  private static func random(_ byteCount: Int) -> Data {
    var generator = SystemRandomNumberGenerator()
    var bytes = Data(capacity: byteCount + 8)
    while bytes.count < byteCount { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
    return bytes.prefix(byteCount)
  }

  @Test func `a large file that is renamed costs nothing on the wire`() throws {
    let team = try Team(2)
    try team[0].write(Self.random(100 << 20), to: "large")
    try team.sync(seconds: 120)
    let before = (try team[1].receivedByteCount(), try team[1].inode("large"))
    // What was seen half written while the files were made may have left its first bytes there.
    let kept = team[1].historyCount
    try team[0].move("large", to: "renamed")
    try team.syncAndExpectEqual()
    #expect(try team[1].receivedByteCount() - before.0 < 10_000)
    #expect(try team[1].inode("renamed") == before.1)
    #expect(team[1].historyCount == kept && !team[1].has("large"))
  }

  @Test(arguments: [("d", "renamed"), ("zz", "aa/bb")])
  func `a directory of many files moves, and every file is there all the time`(from: String, to: String) throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    let count = 2_000
    for index in 0..<count { try a.write(Self.random(100), to: "\(from)/s\(index % 7)/f\(index)") }
    #expect(symlink("f7", a.path("\(from)/link")) == 0)
    try FileManager.default.createDirectory(atPath: a.path("aa"), withIntermediateDirectories: true)
    try team.sync()
    let (received, kept) = (try b.receivedByteCount(), b.historyCount)
    let samples = (0..<13).map { "s\($0 * 151 % 7)/f\($0 * 151)" }
    try a.move(from, to: to)
    while !samples.allSatisfy({ b.has("\(to)/\($0)") }) {
      for sample in samples where !b.has("\(from)/\(sample)") && !b.has("\(to)/\(sample)") { Issue.record("\(sample) is nowhere") }
    }
    try team.syncAndExpectEqual()
    #expect(!b.has(from))
    #expect(b.historyCount == kept)
    #expect(try b.receivedByteCount() - received < 60 * count)
  }

  @Test func `a rename onto an existing file replaces it`() throws {
    let team = try Team(2)
    try team[0].write(Self.random(1 << 20), to: "one")
    try team[0].write("two", to: "two")
    try team.sync()
    let before = try team[1].receivedByteCount()
    try team[0].move("one", to: "two")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names == ["two"])
    #expect(try team[1].receivedByteCount() - before < 10_000)
  }

  @Test func `one of many files of equal content is renamed`() throws {
    let team = try Team(2)
    for index in 0..<10_000 { try team[0].write("the same", to: "d\(index / 1_000)/f\(index)") }
    try team.sync(seconds: 120)
    let (inode, kept) = (try team[1].inode("d4/f4567"), team[1].historyCount)
    try team[0].move("d4/f4567", to: "d4/renamed")
    try team.syncAndExpectEqual()
    #expect(!team[1].has("d4/f4567"))
    #expect(try team[1].inode("d4/renamed") == inode)
    #expect(team[1].historyCount == kept)
  }

  @Test func `renames that change the case alone`() throws {
    let team = try Team(2)
    try team[0].write("file", to: "file")
    try team[0].write("inside", to: "directory/inside")
    #expect(symlink("file", team[0].path("link")) == 0)
    try team.sync()
    let kept = team[1].historyCount
    for name in ["file", "directory", "link"] { try team[0].move(name, to: name.uppercased()) }
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names == ["DIRECTORY", "DIRECTORY/inside", "FILE", "LINK"])
    #expect(team[1].historyCount == kept)
  }

  @Test func `a file renamed here and edited there is there twice at most and lost nowhere`() throws {
    let team = try Team(2)
    try team[0].write("text", to: "t")
    try team.sync()
    try team.offline {
      try team[0].move("t", to: "u")
      try team[1].write("edited", to: "t")
    }
    try team.expectEqual()
    #expect(try team[1].texts() == ["edited", "text"])
  }

  @Test func `renames to and fro, chains and swaps end equal`() throws {
    let team = try Team(2)
    for name in ["a", "b", "c"] { try team[0].write(name, to: "\(name)/f") }
    try team.sync()
    try team[0].move("a", to: "x")
    try team[0].move("b", to: "a")
    try team[0].move("x", to: "b")
    try team.syncAndExpectEqual()
    #expect(team[1].read("a/f") == "b" && team[1].read("b/f") == "a")
    for _ in 0..<5 {
      try team[0].move("c", to: "d")
      try team[0].move("d", to: "c")
    }
    try team[0].move("c", to: "e")
    try team.syncAndExpectEqual()
    #expect(team[1].read("e/f") == "c" && !team[1].has("c"))
  }

  @Test func `a file moved between two shared folders is not sent again`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    let others = (a.folder + "-other", b.folder + "-other")
    try FileManager.default.createDirectory(atPath: others.0, withIntermediateDirectories: true)
    try a.covey("share", others.0, "--label", "G")
    while try b.attempt("accept", "G", others.1).code != 0 {}
    for (size, name) in [(1_000, "small"), (5 << 20, "large")] { try a.write(Self.random(size), to: name) }
    try team.sync()
    let before = try b.receivedByteCount()
    for name in ["small", "large"] { #expect(rename(a.path(name), others.0 + "/" + name) == 0) }
    try team.syncAndExpectEqual()
    #expect(try Tree(others.1).differences(to: Tree(others.0)) == [])
    #expect(try Tree(others.1).names == ["large", "small"])
    #expect(try b.receivedByteCount() - before < 50_000)
  }
}

extension Device {
  /// Files in the history of ``folder``.
  var historyCount: Int {
    let all = FileManager.default.enumerator(atPath: path(".covey/history"))?.compactMap { $0 as? String } ?? []
    return all.count { inner in
      var info = stat()
      return lstat(path(".covey/history/" + inner), &info) == 0 && info.st_mode & S_IFMT != S_IFDIR
    }
  }

  func inode(_ inner: String) throws -> UInt64 {
    var info = stat()
    guard lstat(path(inner), &info) == 0 else { throw Failure("\(inner) is not there") }
    return UInt64(info.st_ino)
  }
}
