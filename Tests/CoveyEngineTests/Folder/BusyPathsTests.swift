import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

@Suite struct BusyPathsTests {
  @Test func `a directory has something below it as long as one path of it is in flight`() throws {
    var random = SystemRandomNumberGenerator()
    let names = ["a", "a/b", "a/b/c", "a/b/d", "a/e", "f", "f/g", "a.b"]
    let paths = try names.map { try RelativePath($0) }
    var busy = BusyPaths()
    var expected: Set<RelativePath> = []
    for _ in 0..<2_000 {
      let path = try #require(paths.randomElement(using: &random))
      if Bool.random(using: &random) { busy.insert(path); expected.insert(path) } else { busy.remove(path); expected.remove(path) }
      for directory in paths {
        try #require(busy.contains(directory) == expected.contains(directory))
        try #require(busy.hasAny(below: directory) == expected.contains { $0.ancestors.contains(directory) }, "\(directory) of \(expected)")
      }
      try #require(busy.isEmpty == expected.isEmpty)
    }
  }

  @Test func `a directory is looked through when nothing below it is in flight any more`() throws {
    let bench = try FolderBench.withPeer()
    let directory = try RelativePath("d")
    try bench.tell(bench.versions([("d/f", "one", nil)]))
    bench.holdsFetches = true
    try bench.tell(bench.versions([("d/g", "two", nil)]))
    try bench.handle(.watched([.rescan(directory)]))
    #expect(bench.walked == [])
    try bench.releaseFetches()
    #expect(bench.walked == [directory])
    #expect(try bench.files == ["d/f": "one", "d/g": "two"] && bench.isSettled)
  }

  @Test func `what is in flight for long does not keep a directory from being looked through`() throws {
    let bench = try FolderBench.withPeer()
    try bench.tell(bench.versions([("d/f", "one", nil)]))
    bench.holdsFetches = true
    try bench.tell(bench.versions([("d/g", "two", nil)]))
    bench.disk.write(try RelativePath("d/h"), Array("a user's".utf8), modified: Timestamp(seconds: 2_000, nanoseconds: 0))
    try bench.handle(.watched([.rescan(try RelativePath("d"))]))
    #expect(try bench.authoredCount == 0)
    try bench.pass(.seconds(6))
    #expect(try bench.authoredCount == 1)
    try bench.releaseFetches()
    #expect(bench.files == ["d/f": "one", "d/g": "two", "d/h": "a user's"])
  }
}
