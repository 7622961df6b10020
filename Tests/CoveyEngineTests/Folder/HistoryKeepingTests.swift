import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// What history keeps, and what goes when.
@Suite struct HistoryKeepingTests {
  private static let day = 86_400

  private func path(_ text: String) throws -> RelativePath { try RelativePath(Array(text.utf8)) }

  @Test func `what is older than the config keeps goes from the record and from the disk, and the log tells`() throws {
    let scene = try FolderBench()
    let old = try scene.keep([1], of: try path("a"), age: .seconds(31 * Self.day))
    let young = try scene.keep([2], of: try path("b"), age: .seconds(29 * Self.day))
    try scene.pass(.seconds(3601))
    #expect(try scene.history() == ([young.name], [young.name]))
    #expect(scene.notices.contains(.historyPruned(.init(agedCount: 1, crowdedCount: 0, byteCount: old.size))))
    try scene.pass(.seconds(2 * Self.day))
    #expect(try scene.history() == ([], []))
  }

  @Test func `the config says how long`() throws {
    let scene = try FolderBench { $0.historyAge = .seconds(100 * Self.day) }
    let old = try scene.keep([1], of: try path("a"), age: .seconds(99 * Self.day))
    try scene.pass(.seconds(3601))
    #expect(try scene.history() == ([old.name], [old.name]))
  }

  @Test func `much of it goes in bounded steps`() throws {
    let scene = try FolderBench()
    for index in 0..<450 { try scene.keep([UInt8(index % 256), UInt8(index / 256)], of: try path("f\(index)"), age: .seconds(40 * Self.day + index)) }
    try scene.pass(.seconds(3601))
    #expect(try scene.history() == ([], []))
    #expect(scene.notices == [.historyPruned(.init(agedCount: 450, crowdedCount: 0, byteCount: 900))])
  }

  @Test func `a disk that is nearly full takes the oldest, as many as it needs, and the log says why`() throws {
    let scene = try FolderBench()
    let items = try (0..<4).map { try scene.keep(Array(repeating: UInt8($0), count: 10), of: try path("f\($0)"), age: .seconds(Self.day - $0)) }
    let fresh = try scene.keep([1], of: try path("now"), age: .seconds(-3_600))
    scene.free = 31
    try scene.pass(.seconds(30))
    #expect(try scene.history().recorded.count == 5, "nobody looked yet")
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [items[2].name, items[3].name, fresh.name].sorted())
    #expect(scene.notices == [.historyPruned(.init(agedCount: 0, crowdedCount: 2, byteCount: 20))])
  }

  @Test func `what was replaced a moment ago stays even then`() throws {
    let scene = try FolderBench()
    scene.free = 0
    let item = try scene.keep([1], of: try path("a"), age: .seconds(-3_555))
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [item.name])
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [])
  }

  @Test func `bytes that an open conflict still needs never go`() throws {
    let other = try #require(DeviceKey(seed: Array(repeating: 3, count: 32)))
    let scene = try FolderBench(members: [other.device])
    let (file, bytes) = (try path("t"), [UInt8]("theirs".utf8))
    scene.disk.write(file, [UInt8]("mine".utf8))
    try scene.look([file])
    let needed = try scene.keep(bytes, of: file, age: .seconds(40 * Self.day))
    try scene.keep([9], of: file, age: .seconds(41 * Self.day))
    // Its author is away, and the disk here fails when its copy is to be made.
    scene.failsFetches = true
    let dot = Dot(log: LogID(99), sequence: 1)
    let loser = Version(
      path: file, kind: .file, size: Int64(bytes.count), mode: 0o644, modified: Timestamp(nanoseconds: -5), root: Root(smallContent: bytes), target: [],
      dot: dot, vector: VersionVector([dot]), contentDot: dot, metadataDot: dot, origin: Origin(modified: Timestamp(nanoseconds: -5), device: "desk"),
      replaced: .none)
    try scene.write { records in
      var ledger = Ledger(index: records, device: scene.key.device, deviceName: "laptop")
      try ledger.learn(loser, record: loser.record)
    }
    try scene.scan()
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [needed.name])
    // Once the copy stands, they may go.
    scene.failsFetches = false
    try scene.pass(.seconds(61))
    #expect(scene.disk.tree().contains { $0.bytes == bytes })
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [])
  }

  @Test func `a crash between the record and the disk leaves no file that nobody knows of`() throws {
    let scene = try FolderBench()
    try scene.keep([1], of: try path("a"), age: .seconds(31 * Self.day))
    scene.stopsBeforeForgetting = true
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [])
    #expect(try scene.history().onDisk.count == 1)
    scene.stopsBeforeForgetting = false
    try scene.restart()
    #expect(try scene.history() == ([], []))
    #expect(scene.store.value(forKey: "forgetting:\(FolderBench.folder.hex)") == nil)
  }

  @Test func `after an unclean stop, files that the record does not name are found, counted and restorable`() throws {
    let scene = try FolderBench()
    let known = try scene.keep([1], of: try path("a.txt"), age: .seconds(60))
    let staged = try #require(StagedName("lost"))
    for number in 0..<2 {
      try scene.disk.stage(.file(bytes: [7, UInt8(number)], mode: 0o640, modified: .zero), as: staged)
      _ = try scene.disk.keepStaged(staged, asHistoryOf: try path("d/b.tar.gz"), at: FolderBench.began)
    }
    try scene.restart()
    #expect(try scene.history().recorded == [known.name])
    try scene.restart(wasClean: false)
    #expect(try scene.history().recorded == scene.history().onDisk)
    #expect(try scene.read { try $0.history(of: try path("d/b.tar.gz"), limit: 9).map(\.root) }.count == 2)
    #expect(try scene.read { try $0.historyHolds(Root(smallContent: [7, 1])) })
    #expect(try scene.read { try $0.history(of: try path("a.txt"), limit: 9) } == [known])
  }

  @Test(arguments: [
    ("t.20261122-184217.txt", "t.txt"), ("t.20261122-184217.3.txt", "t.txt"), ("d/none.20261122-184217", "d/none"),
    ("d/.hidden.20261122-184217", "d/.hidden"), ("a.tar.20261122-184217.gz", "a.tar.gz"), ("t.20261122-184217.7", "t.7"),
  ])
  func `the name of a kept file says which path it left`(_ name: String, _ original: String) throws {
    #expect(HistoryName(path: try path(name)).original == (try path(original)))
    #expect(HistoryName(path: try path("no-stamp.txt")).original == nil)
  }

  @Test func `a clock that jumps ahead is not believed for a day`() throws {
    let scene = try FolderBench()
    let item = try scene.keep([1], of: try path("a"), age: .seconds(Self.day))
    try scene.pass(.seconds(3601))
    scene.setWallClock(Timestamp(seconds: 2_000_000_000, nanoseconds: 0))
    try scene.pass(.seconds(3601))
    #expect(try scene.history().recorded == [item.name])
    for _ in 0..<26 { try scene.pass(.seconds(3601)) }
    #expect(try scene.history().recorded == [])
  }

  @Test func `in sync nothing is written while history is looked through`() throws {
    let scene = try FolderBench()
    try scene.keep([1], of: try path("a"), age: .seconds(Self.day))
    try scene.pass(.seconds(3601))
    let before = try scene.read { $0.state }
    try scene.pass(.seconds(3601))
    #expect(try scene.read { $0.state } == before)
    #expect(scene.notices.isEmpty)
  }
}
