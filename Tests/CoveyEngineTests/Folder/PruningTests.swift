import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

/// What the record gives up, and when.
@Suite struct PruningTests {
  private static let day = Duration.seconds(86_400)

  private func path(_ text: String) throws -> RelativePath { try RelativePath(Array(text.utf8)) }

  /// Writes a file twice, so that its first version is superseded.
  private func replaceFile(in scene: FolderBench) throws -> RelativePath {
    let file = try path("t")
    for text in ["one", "two"] {
      scene.disk.write(file, Array(text.utf8))
      try scene.look([file])
    }
    return file
  }

  private func versionCount(_ file: RelativePath, in scene: FolderBench) throws -> Int {
    try scene.read { try $0.versions(of: file, limit: 100).count }
  }

  @Test func `a superseded version stays as long as people may ask for it`() throws {
    let scene = try FolderBench()
    let file = try replaceFile(in: scene)
    try scene.pass(Self.day * 29)
    #expect(try versionCount(file, in: scene) == 2)
    try scene.pass(Self.day * 2)
    #expect(try versionCount(file, in: scene) == 1)
    #expect(try scene.shown(file).root == Root(smallContent: Array("two".utf8)))
    let first = Dot(log: FolderBench.log, sequence: 1)
    #expect(try scene.read { try $0.hasBatch(containing: first) } == false)
  }

  @Test func `and until every member holds what stands in its place`() throws {
    let other = try #require(DeviceKey(seed: Array(repeating: 3, count: 32))).device
    let scene = try FolderBench(members: [other])
    let file = try replaceFile(in: scene)
    try scene.pass(Self.day * 40)
    #expect(try versionCount(file, in: scene) == 2)
    try scene.write { $0.state.acknowledged[other] = $0.state.knowledge }
    try scene.pass(Self.day)
    #expect(try versionCount(file, in: scene) == 1)
  }

  @Test func `the log tells of a delete as long as of all else, though its tombstone is dropped`() throws {
    let scene = try FolderBench()
    let file = try replaceFile(in: scene)
    scene.disk.remove(file)
    try scene.look([file])
    try scene.restart()
    #expect(try scene.read { try $0.heads(of: file) } == [])
    #expect(try scene.read { try $0.versions(of: file, limit: 9).map(\.version.isLive) } == [false, true, true])
    try scene.pass(Self.day * 31)
    #expect(try scene.read { try $0.versions(of: file, limit: 9) } == [])
  }

  @Test func `many superseded versions go page by page`() throws {
    let scene = try FolderBench()
    let files = try (0..<1_500).map { try path("f\($0)") }
    for text in ["1", "2"] {
      for file in files { scene.disk.write(file, Array(text.utf8)) }
      try scene.scan()
    }
    try scene.pass(Self.day * 31)
    #expect(try scene.read { try $0.log(LogQuery(limit: 10_000)).count } == 1_500)
  }

  @Test func `a manifest that nothing names goes`() throws {
    let scene = try FolderBench()
    let root = Root(smallContent: [1])
    try scene.write { try $0.setManifest([], for: root) }
    try scene.pass(Self.day)
    #expect(try scene.read { try $0.manifest(root) } == nil)
  }

  /// As if so many numbers of the log had been used.
  private func use(_ count: UInt64, in scene: FolderBench) throws {
    try scene.write { records in
      records.state.sequence = count
      records.state.knowledge.include(Dot(log: records.state.log, sequence: count))
    }
  }

  @Test func `a log that is mostly dead is restated under another, with the dots of its contents`() throws {
    let scene = try FolderBench()
    let files = try ["a", "b/c"].map { try path($0) }
    for file in files { scene.disk.write(file, file.bytes) }
    try scene.scan()
    try use(20_000, in: scene)
    let before = try files.map { try scene.shown($0) }
    let digest = try scene.read { $0.state.held }
    try scene.pass(Self.day)
    let state = try scene.read { $0.state }
    #expect(state.log != FolderBench.log)
    #expect(try scene.read { try $0.headCount(in: FolderBench.log) } == 0)
    #expect(try scene.disk.readMarker()?.log == state.log)
    for (file, old) in zip(files, before) {
      let new = try scene.shown(file)
      #expect((new.content, new.contentDot, new.metadataDot, new.origin) == (old.content, old.contentDot, old.metadataDot, old.origin))
      #expect(new.vector != old.vector && new.vector.covers(old.vector))
    }
    #expect(state.held == digest && state.wanted == digest)
    #expect(try scene.machine.status().isSettled)
    #expect(scene.notices.contains(.logRestated))
    #expect(scene.open.contains { if case .announce = $0 { true } else { false } })
    try scene.pass(Self.day)
    #expect(try scene.read { $0.state } == state, "once is enough")
  }

  @Test func `a log of which less is dead goes on`() throws {
    let scene = try FolderBench()
    scene.disk.write(try path("a"), [1])
    try scene.scan()
    let log = try scene.read { $0.state.log }
    try use(10_000, in: scene)
    try scene.pass(Self.day)
    #expect(try scene.read { $0.state.log } == log)
  }

  @Test func `restating goes on after a restart`() throws {
    let scene = try FolderBench()
    for index in 0..<1_200 { scene.disk.write(try path("f\(index)"), [UInt8(index % 251)]) }
    try scene.scan()
    let old = try scene.read { $0.state.log }
    try use(30_000, in: scene)
    // The log was renewed and one page restated when the daemon was stopped.
    let log = LogID(55)
    try scene.write { records in
      var ledger = Ledger(index: records, device: scene.key.device, deviceName: "laptop")
      try ledger.renewLog(log, because: .numbers)
    }
    scene.disk.setMarker(
      FolderMarker(folder: FolderBench.folder, device: scene.key.device, log: log, reserved: 10_000, machine: "here"))
    try scene.restart()
    #expect(try scene.read { try $0.headCount(in: old) } == 0)
    #expect(try scene.read { try $0.headCount(in: log) } == 1_200)
    #expect(try scene.machine.status().isSettled)
  }
}
