import CoveyCore
import CoveyDisk
import CoveyEngine
import Glibc
import Testing

@Suite struct HistoryNamingTests {
  static let time = Timestamp(seconds: 1_763_836_937, nanoseconds: 999_999_999)

  @Test(arguments: [
    ("docs/t.txt", 0, "docs/t.20251122-184217.txt"), ("docs/t.txt", 3, "docs/t.20251122-184217.3.txt"),
    ("a/b.c/name", 0, "a/b.c/name.20251122-184217"), (".bashrc", 0, ".bashrc.20251122-184217"), ("a.tar.gz", 0, "a.tar.20251122-184217.gz"),
    ("ends.", 0, "ends.20251122-184217."), (".a.b", 1, ".a.20251122-184217.1.b"),
  ])
  func theTimeStandsInFrontOfTheExtension(_ path: String, _ number: Int, _ wanted: String) throws {
    #expect(HistoryNaming.name(for: try RelativePath(path), at: Self.time, number: number).path.string == wanted)
  }

  @Test func longNamesAreCutBetweenCharacters() throws {
    for path in ["d/" + String(repeating: "é", count: 127), "d/" + String(repeating: "😀", count: 57) + ".a-long-extension", String(repeating: "x", count: 255)] {
      let name = HistoryNaming.name(for: try RelativePath(path), at: Self.time, number: 12)
      let checked = try RelativePath(name.path.bytes)
      #expect(checked.name.count > 240)
      #expect(checked.parent == (try RelativePath(path).parent))
    }
  }

  @Test func aPathThatBecomesTooLongStandsAtTheTop() throws {
    let path = try RelativePath((0..<16).map { _ in String(repeating: "d", count: 254) }.joined(separator: "/") + "/name.txt")
    #expect(path.bytes.count > 4080)
    #expect(HistoryNaming.name(for: path, at: Self.time, number: 0).path.string == "name.20251122-184217.txt")
  }

  @Test func timesBefore1970HaveNamesToo() throws {
    #expect(HistoryNaming.stamp(Timestamp(seconds: -1, nanoseconds: 0)) == "19691231-235959")
  }

  @Test func aKeptFileUnderTheNameOfADirectoryIsNoObstacle() throws {
    let folder = try TestFolder()
    try folder.stage("s", "kept first")
    let first = try folder.linux.keepStaged(folder.name("s"), asHistoryOf: RelativePath("d"), at: Self.time)
    try folder.stage("s", "kept below a directory of that name")
    let second = try folder.linux.keepStaged(folder.name("s"), asHistoryOf: RelativePath("\(first.path.string)/f"), at: Self.time)
    #expect(try folder.linux.historyNames(after: nil, limit: 10).map(\.0) == [first, second].sorted())
  }

  @Test func discardingTheLastFileRemovesItsDirectories() throws {
    let folder = try TestFolder()
    for path in ["a/b/c/f", "a/g"] {
      try folder.stage("s", path)
      _ = try folder.linux.keepStaged(folder.name("s"), asHistoryOf: RelativePath(path), at: Self.time)
    }
    let names = try folder.linux.historyNames(after: nil, limit: 10).map(\.0)
    try folder.linux.discardHistory(names[0])
    #expect(access(folder.absolute(".covey/history/a"), F_OK) == 0)
    #expect(access(folder.absolute(".covey/history/a/b"), F_OK) != 0)
    #expect(try folder.linux.historyNames(after: nil, limit: 10).map(\.0) == [names[1]])
  }
}
