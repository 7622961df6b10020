import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// What a peer renamed is renamed here, and nothing is lost where that is not possible.
@Suite struct RenameTests {
  private static func moved(_ count: Int, from: String, to: String) -> (gone: [FolderBench.Change], come: [FolderBench.Change]) {
    let names = (0..<count).map { "f\($0)" }
    let gone: [FolderBench.Change] = names.reversed().map { ("\(from)/\($0)", nil, nil) }
    let come: [FolderBench.Change] = names.map { ("\(to)/\($0)", "content of \($0)", "\(from)/\($0)") }
    return (gone, come)
  }

  /// A bench on which a directory of files is agreed.
  private static func bench(_ count: Int, in directory: String) throws -> FolderBench {
    let bench = try FolderBench.withPeer()
    try bench.tell(bench.versions((0..<count).map { ("\(directory)/f\($0)", "content of f\($0)", nil) }))
    #expect(bench.files.count == count)
    #expect(try bench.isSettled)
    return bench
  }

  @Test(arguments: [("old", "new"), ("zz", "aa")])
  func `a renamed directory moves file by file, and leaves nothing in history`(from: String, to: String) throws {
    let bench = try Self.bench(1_200, in: from)
    let inode = try bench.inode("\(from)/f7")
    let (gone, come) = Self.moved(1_200, from: from, to: to)
    // Told in two messages, as any large rename is: between them, nothing goes.
    try bench.tell(bench.versions(Array(gone.prefix(1_000))), end: false)
    #expect(bench.files.count == 1_200)
    try bench.tell(bench.versions(Array(gone.dropFirst(1_000))), end: false)
    try bench.tell(bench.versions(Array(come.prefix(1_000))), end: false)
    try bench.tell(bench.versions(Array(come.dropFirst(1_000))))
    #expect(bench.files.count == 1_200 && bench.files["\(to)/f7"] == "content of f7")
    #expect(try bench.inode("\(to)/f7") == inode)
    #expect(bench.kept == [])
    #expect(try bench.isSettled && bench.authoredCount == 0)
    #expect(try bench.inode(from) == nil)
    // What a scan finds is what is agreed.
    try bench.scan()
    #expect(try bench.isSettled && bench.authoredCount == 0)
  }

  @Test func `what is only deleted goes to history at the end of the round, or when its sender is gone`() throws {
    let bench = try Self.bench(3, in: "d")
    try bench.tell(bench.versions([("d/f0", nil, nil)]))
    #expect(bench.files.count == 2 && bench.kept == ["content of f0"])
    try bench.tell(bench.versions([("d/f1", nil, nil)]), end: false)
    #expect(bench.files.count == 2)
    try bench.pass(.seconds(61))
    #expect(bench.files.count == 1)
    try bench.endRound()
    try bench.tell(bench.versions([("d/f2", nil, nil)]), end: false)
    try bench.peerLeaves()
    #expect(bench.files.isEmpty && bench.kept.count == 3)
  }

  @Test func `an edit made meanwhile lives where it was made`() throws {
    let bench = try Self.bench(1, in: "d")
    bench.disk.write(try RelativePath("d/f0"), Array("edited here".utf8), modified: Timestamp(seconds: 2_000, nanoseconds: 0))
    try bench.tell(bench.versions([("d/f0", nil, nil), ("d/g", "content of f0", "d/f0")]))
    try bench.pass(.seconds(5))
    #expect(bench.files == ["d/f0": "edited here", "d/g": "content of f0"])
    #expect(try bench.isSettled && bench.authoredCount == 1)
  }

  @Test(arguments: [false, true])
  func `a crash between the rename and its record is made good`(isEdited: Bool) throws {
    let bench = try Self.bench(2, in: "d")
    bench.diesAfterPerforming = true
    try bench.tell(bench.versions([("d/f0", nil, nil), ("d/g", "content of f0", "d/f0")]))
    #expect(bench.files == ["d/f1": "content of f1", "d/g": "content of f0"])
    if isEdited { bench.disk.write(try RelativePath("d/g"), Array("edited since".utf8), modified: Timestamp(seconds: 2_000, nanoseconds: 0)) }
    try bench.restart(wasClean: false)
    try bench.pass(.seconds(5))
    #expect(bench.files == ["d/f1": "content of f1", "d/g": isEdited ? "edited since" : "content of f0"])
    #expect(bench.kept == [])
    #expect(try bench.authoredCount == (isEdited ? 1 : 0))
    #expect(try bench.store.read(FolderBench.folder) { try $0.intents() }.isEmpty)
    let seen = try bench.store.read(FolderBench.folder) { try $0.entry(RelativePath("d/g"))?.observation?.root }
    #expect(seen == Root(smallContent: Array((isEdited ? "edited since" : "content of f0").utf8)))
  }

  @Test func `a rename the disk refuses becomes a copy`() throws {
    let bench = try Self.bench(1, in: "d")
    let disk = bench.disk
    disk.setHook { moment in
      guard case .rename(let path) = moment, path.string == "d/g", (try? disk.stagedNames()) == [] else { return nil }
      return DiskError(code: .outsideFolder, path: "d/g", message: "another file system")
    }
    try bench.tell(bench.versions([("d/f0", nil, nil), ("d/g", "content of f0", "d/f0")]))
    try bench.pass(.seconds(10))
    disk.setHook(nil)
    #expect(bench.files == ["d/g": "content of f0"])
    #expect(try bench.isSettled)
  }

  @Test func `what a user renames is told as one`() throws {
    let bench = try Self.bench(3, in: "d")
    bench.disk.rename(try RelativePath("d"), to: try RelativePath("e"))
    try bench.scan()
    let versions = try bench.store.read(FolderBench.folder) { records in
      try ["d/f0", "e/f0"].map { try #require(try records.heads(of: RelativePath($0)).first) }
    }
    #expect(versions.map(\.kind) == [.tombstone, .file])
    #expect(try versions.map(\.movedFrom) == [nil, RelativePath("d/f0")])
  }
}

/// Names that one disk holds apart and another does not.
@Suite struct TwinTests {
  @Test(arguments: [("Case", "case"), ("e\u{301}", "\u{E9}")])
  func `the second of two twins is a problem, never merged, and placed once the first is gone`(first: String, second: String) throws {
    let bench = try FolderBench.withPeer(disk: InMemoryDisk(time: FolderBench.began, foldsNames: true))
    try bench.tell(bench.versions([(first, "of the first", nil)]))
    try bench.tell(bench.versions([(second, "of the second", nil)]))
    try bench.scan()
    try bench.pass(.seconds(100))
    #expect(try bench.disk.tree().map(\.path) == [RelativePath(first)] && bench.files.values.first == "of the first")
    #expect(try bench.problems.count == 1 && bench.problems.first?.contains("rename or remove") == true)
    #expect(try !bench.isSettled && bench.authoredCount == 0)
    bench.disk.remove(try RelativePath(first))
    try bench.scan()
    #expect(try bench.disk.tree().map(\.path) == [RelativePath(second)] && bench.files.values.first == "of the second")
    #expect(try bench.problems == [] && bench.isSettled)
  }

  @Test func `a rename that changes the case alone arrives`() throws {
    let bench = try FolderBench.withPeer(disk: InMemoryDisk(time: FolderBench.began, foldsNames: true))
    try bench.tell(bench.versions([("Case", "text", nil)]))
    try bench.tell(bench.versions([("Case", nil, nil), ("case", "text", "Case")]))
    #expect(try bench.disk.tree().map(\.path) == [RelativePath("case")] && bench.files.values.first == "text")
    #expect(try bench.isSettled)
  }
}
