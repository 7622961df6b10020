import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

/// What reading everything again finds, and what follows.
@Suite struct VerifyingTests {
  private func path(_ text: String) throws -> RelativePath { try RelativePath(Array(text.utf8)) }
  private static let (good, bad): ([UInt8], [UInt8]) = (Array("good bytes".utf8), Array("bad  bytes".utf8))

  /// A file whose bytes the disk changed, with all that a stat says as before.
  private func sceneWithDamage() throws -> (scene: FolderBench, file: RelativePath) {
    let scene = try FolderBench()
    let file = try path("d/t")
    scene.disk.write(file, Self.good)
    scene.disk.write(try path("sound"), [1, 2, 3])
    try scene.scan()
    scene.disk.rot(file, Self.bad)
    return (scene, file)
  }

  private func connect(_ scene: FolderBench) throws {
    let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
    try scene.handle(.peerJoined(peer))
    try scene.handle(
      .handshake(
        FolderHandshake(
          folder: FolderBench.folder, knowledge: Knowledge(vector: VersionVector(), batchHashes: [:]), dropped: VersionVector(), isFresh: true,
          shown: .zero), from: peer))
  }

  @Test func `bytes that changed by themselves are found, and never announced`() throws {
    let (scene, file) = try sceneWithDamage()
    try scene.scan()
    #expect(try scene.machine.status().isSettled, "a scan cannot see it")
    let sequence = try scene.read { $0.state.sequence }
    try scene.handle(.command(.verify))
    let report = try #require(scene.machine.verified(scene.machine.verifyRunCount))
    #expect(report.damaged == [file])
    #expect((report.fileCount, report.byteCount) == (2, 13))
    #expect(scene.notices.contains(.damaged(file)))
    // Not even a touch makes them an edit.
    scene.disk.setMode(file, 0o600)
    try scene.scan()
    #expect(try scene.read { $0.state.sequence } == sequence)
    let status = try scene.machine.status()
    #expect(!status.isSettled && status.problems.contains { $0.path == file.bytes && $0.blocks })
    #expect(try scene.read { try $0.entries(withRoot: Root(smallContent: Self.good), limit: 9) } == [], "they count as no source of the good ones")
  }

  @Test func `good bytes come back from a peer, and the bad ones are in history under their own root`() throws {
    let (scene, file) = try sceneWithDamage()
    scene.remote[Root(smallContent: Self.good)] = Self.good
    try connect(scene)
    let sequence = try scene.read { $0.state.sequence }
    try scene.handle(.command(.verify))
    #expect(scene.disk.bytes(file) == Self.good)
    #expect(try scene.read { try $0.history(of: file, limit: 9).map(\.root) } == [Root(smallContent: Self.bad)])
    #expect(try scene.machine.status().isSettled)
    try scene.scan()
    #expect(try scene.read { $0.state.sequence } == sequence)
  }

  @Test func `they come as soon as a peer that has them connects, also after a restart`() throws {
    let (scene, file) = try sceneWithDamage()
    try scene.handle(.command(.verify))
    try scene.restart()
    #expect(scene.disk.bytes(file) == Self.bad)
    scene.remote[Root(smallContent: Self.good)] = Self.good
    try connect(scene)
    #expect(scene.disk.bytes(file) == Self.good)
    #expect(try scene.machine.status().isSettled)
  }

  @Test func `who edits the file has decided`() throws {
    let (scene, file) = try sceneWithDamage()
    try scene.handle(.command(.verify))
    scene.disk.write(file, [7])
    try scene.look([file])
    #expect(try scene.shown(file).root == Root(smallContent: [7]))
    #expect(try scene.machine.status().isSettled)
  }

  @Test func `once a week it happens by itself, also when the daemon was started in between`() throws {
    let (scene, file) = try sceneWithDamage()
    try scene.pass(.seconds(4 * 86_400))
    try scene.restart()
    #expect(!scene.notices.contains(.damaged(file)))
    try scene.pass(.seconds(3 * 86_400 + 1))
    #expect(scene.notices.contains(.damaged(file)))
    let count = scene.machine.verifyRunCount
    try scene.pass(.seconds(6 * 86_400))
    #expect(scene.machine.verifyRunCount == count)
  }

  @Test func `a file that a scan has yet to look at is not taken for damaged`() throws {
    let scene = try FolderBench()
    let file = try path("t")
    scene.disk.write(file, Self.good)
    try scene.scan()
    scene.disk.write(file, Self.bad)
    try scene.handle(.command(.verify))
    #expect(try scene.read { try $0.entry(file)?.held } == nil)
    #expect(scene.notices.isEmpty)
  }

  @Test func `a large folder is read page by page`() throws {
    let scene = try FolderBench()
    for index in 0..<501 { scene.disk.write(try path("f\(index)"), [UInt8(index % 256), UInt8(index / 256)]) }
    try scene.scan()
    scene.disk.rot(try path("f500"), [0, 0])
    try scene.handle(.command(.verify))
    #expect(scene.machine.verified(1)?.fileCount == 501)
    #expect(scene.machine.verified(1)?.damaged == [try path("f500")])
  }
}
