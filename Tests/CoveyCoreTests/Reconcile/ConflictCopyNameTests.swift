import CoveyCore
import CoveyTesting
import Testing

@Suite struct ConflictCopyNameTests {
  private static func loser(_ path: String, device: String = "desk", seconds: Int64 = 1_795_372_937) throws -> Version {
    var g = SeededGenerator(seed: 1)
    var version = Version.random(&g)
    version.path = try RelativePath(path)
    version.kind = .file
    version.root = Root(digest: Bytes32(words: (0x3C9F, 0, 0, 0)))
    version.contentDot = Dot(log: LogID(9), sequence: 7)
    version.origin = Origin(modified: Timestamp(seconds: seconds, nanoseconds: 5), device: device)
    return version
  }

  @Test(arguments: [
    ("t.txt", "t.conflict-20261122-184217-desk-9f3c.txt"),
    ("d/t", "d/t.conflict-20261122-184217-desk-9f3c"),
    (".bashrc", ".bashrc.conflict-20261122-184217-desk-9f3c"),
    ("a.tar.gz", "a.tar.conflict-20261122-184217-desk-9f3c.gz"),
    ("lib.so.7", "lib.so.conflict-20261122-184217-desk-9f3c.7"),
    ("end.", "end.conflict-20261122-184217-desk-9f3c."),
    // A copy in conflict gets a sibling, not a chain.
    ("t.conflict-20200101-000000-home-0000.txt", "t.conflict-20261122-184217-desk-9f3c.txt"),
    ("t.conflict-20200101-000000-home-0000.3.txt", "t.conflict-20261122-184217-desk-9f3c.txt"),
  ])
  func `says when and where the bytes were written, beside the original`(path: String, copy: String) throws {
    #expect(ConflictCopyName.candidates(for: try Self.loser(path)).first?.string == copy)
  }

  @Test func `is numbered where other bytes hold the name`() throws {
    let names = ConflictCopyName.candidates(for: try Self.loser("t.txt")).map(\.string)
    #expect(names.dropFirst().first == "t.conflict-20261122-184217-desk-9f3c.7.txt")
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { ConflictCopyName.original(of: RelativePath(trusted: Array($0.utf8)))?.string == "t.txt" })
  }

  @Test(arguments: ["t.txt", "d/t", ".bashrc", "a.tar.gz", "lib.so.7", "end.", "ümläut.ö", "..x", "a b\n.c"])
  func `leads back to its original`(path: String) throws {
    for copy in ConflictCopyName.candidates(for: try Self.loser(path)).prefix(1) {
      #expect(ConflictCopyName.original(of: copy)?.string == path)
    }
  }

  @Test(arguments: [
    "t.txt", "t.conflict-.txt", "t.conflict-20261122-184217-9f3c.txt", "t.conflict-20261122-184217-desk-9F3C.txt",
    "t.conflict-2026112-184217-desk-9f3c.txt", ".conflict-20261122-184217-desk-9f3c.txt", "t.conflict-20261122-184217-desk-9f3c.x.txt",
    "t.conflict-20261122-184217-desk-9f3c/x",
  ])
  func `is not seen in other names`(path: String) throws {
    #expect(ConflictCopyName.original(of: try RelativePath(path)) == nil)
  }

  @Test(arguments: [
    (Int64.max / 1_000_000_000, "22620411-234716"), (-1, "19691231-235959"), (0, "19700101-000000"), (951_782_400, "20000229-000000"),
    (Int64.min / 1_000_000_000, "16770921-001244"),
  ])
  func `tells the time in UTC`(seconds: Int64, stamp: String) throws {
    let name = ConflictCopyName.candidates(for: try Self.loser("t", seconds: seconds)).first?.string
    #expect(name == "t.conflict-\(stamp)-desk-9f3c")
  }

  @Test(arguments: [("Büro PC", "B-ro-PC"), ("", "unnamed"), ("a/../b", "a----b"), ("x_1-y", "x_1-y")])
  func `has only plain letters of the device's name`(device: String, shown: String) throws {
    let name = ConflictCopyName.candidates(for: try Self.loser("t", device: device)).first?.string
    #expect(name == "t.conflict-20261122-184217-\(shown)-9f3c")
  }

  @Test func `fits into a component, whole characters only`() throws {
    let stem = String(repeating: "ü", count: 125)
    let copy = try #require(ConflictCopyName.candidates(for: try Self.loser(stem + ".text")).first)
    #expect(copy.bytes.count <= RelativePath.componentByteCountMax)
    #expect(copy.string.hasPrefix("üü") && copy.string.hasSuffix("-9f3c.text"))
    #expect(throws: Never.self) { try RelativePath(copy.bytes) }
  }

  @Test func `is not made where the path has no room for it`() throws {
    let deep = Array(repeating: String(repeating: "d", count: 200), count: 20).joined(separator: "/") + "/" + String(repeating: "e", count: 60)
    #expect(ConflictCopyName.candidates(for: try Self.loser(deep + "/t")).isEmpty)
  }

  @Test func `of a held file is of the same make`() throws {
    let root = Root(digest: Bytes32(words: (0x3C9F, 0, 0, 0)))
    #expect(HeldName.path(for: try RelativePath("d/t.txt"), root: root)?.string == "d/t.held-9f3c.txt")
  }

  @Test func `a name is that of a copy of the bytes whose digits it carries`() throws {
    let root = Root(smallContent: [1])
    let digits = String(decoding: root.hexDigits, as: UTF8.self)
    let other = digits == "0000" ? "0001" : "0000"
    for (name, isCopy) in [
      ("t.conflict-20261122-184217-desk-\(digits).txt", true), ("t.conflict-20261122-184217-desk-\(digits)", true),
      ("t.conflict-20261122-184217-desk-\(digits).7.txt", true), ("t.conflict-20261122-184217-desk-\(other).txt", false), ("t-\(digits).txt", false),
    ] {
      #expect(ConflictCopyName.isName(try RelativePath("d/" + name), ofCopyOf: root) == isCopy, "\(name)")
    }
  }
}
