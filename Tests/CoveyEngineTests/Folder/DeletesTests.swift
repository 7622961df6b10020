import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// Which deletes are believed, and what becomes of those that are not.
@Suite struct DeletesTests {
  private func path(_ text: String) throws -> RelativePath { try RelativePath(Array(text.utf8)) }
  private func name(_ index: Int) throws -> RelativePath { try path("d/f\(index)") }
  private func bytes(_ index: Int) -> [UInt8] { Array("content \(index)".utf8) }

  /// A folder with so many files, all in one directory.
  private func scene(_ count: Int) throws -> FolderBench {
    let scene = try FolderBench()
    for index in 0..<count { scene.disk.write(try name(index), bytes(index)) }
    try scene.scan()
    #expect(try scene.machine.status().isSettled)
    return scene
  }

  private func delete(_ range: Range<Int>, in scene: FolderBench) throws {
    let paths = try range.map { try name($0) }
    for path in paths { scene.disk.remove(path) }
    try scene.look(paths)
  }

  private func sequence(_ scene: FolderBench) throws -> UInt64 { try scene.read { $0.state.sequence } }

  @Test func `more than half and over a hundred files gone at once are held, and nobody is told`() throws {
    let scene = try scene(200)
    let before = try sequence(scene)
    try delete(0..<150, in: scene)
    try scene.pass(.seconds(1))
    try scene.pass(.seconds(3600))
    #expect(try sequence(scene) == before)
    let status = try scene.machine.status()
    #expect(status.heldDeletes?.fileCount == 150)
    #expect(status.state == .blocked && !status.isSettled && !status.isInSync)
    #expect(scene.notices.contains(.deletesHeld(fileCount: 150)))
  }

  @Test func `however many come in how many portions, the first are not told either`() throws {
    let scene = try scene(300)
    let before = try sequence(scene)
    for start in stride(from: 0, to: 300, by: 20) {
      try delete(start..<start + 20, in: scene)
      try scene.pass(.milliseconds(200))
    }
    try scene.pass(.seconds(60))
    #expect(try sequence(scene) == before)
    #expect(try scene.machine.status().heldDeletes?.fileCount == 300)
  }

  @Test(arguments: [(count: 150, gone: 100), (count: 300, gone: 150), (count: 90, gone: 90)])
  func `fewer are believed, once they have come to rest`(_ count: Int, _ gone: Int) throws {
    let scene = try scene(count)
    try delete(0..<gone, in: scene)
    try scene.pass(.milliseconds(250))
    #expect(try scene.shown(try name(0)).isLive == false)
    #expect(try scene.machine.status().isSettled)
  }

  @Test func `ten minutes add up, measured against the folder at their beginning`() throws {
    let scene = try scene(300)
    try delete(0..<150, in: scene)
    try scene.pass(.seconds(300))
    #expect(try scene.shown(try name(149)).isLive == false)
    try delete(150..<151, in: scene)
    #expect(try scene.machine.status().heldDeletes?.fileCount == 1)
    #expect(try scene.shown(try name(150)).isLive)
  }

  @Test func `after ten minutes the count begins anew`() throws {
    let scene = try scene(500)
    try delete(0..<240, in: scene)
    try scene.pass(.seconds(1))
    try scene.pass(.seconds(601))
    try delete(240..<365, in: scene)
    try scene.pass(.seconds(1))
    #expect(try scene.machine.status().isSettled)
    #expect(try scene.shown(try name(364)).isLive == false)
  }

  @Test func `the hold survives a restart, and so does what had not come to rest`() throws {
    let scene = try scene(200)
    try delete(0..<150, in: scene)
    try scene.restart()
    #expect(try scene.machine.status().heldDeletes?.fileCount == 150)
    #expect(try scene.shown(try name(0)).isLive)

    let other = try self.scene(200)
    try delete(0..<90, in: other)
    try other.restart()
    try delete(90..<130, in: other)
    #expect(try other.machine.status().heldDeletes?.fileCount == 130)
  }

  @Test func `a moved tree is no delete`() throws {
    let scene = try scene(200)
    scene.disk.rename(try path("d"), to: try path("e"))
    try scene.handle(.watched([.moved(from: try path("d"), to: try path("e"))]))
    #expect(try scene.machine.status().isSettled)
    #expect(try scene.shown(try path("e/f7")).isLive)
    #expect(try scene.shown(try name(7)).isLive == false)
  }

  @Test func `a directory goes no sooner than what was deleted in it, though it stands at another path by now`() throws {
    let scene = try FolderBench()
    for index in 0..<200 { scene.disk.write(try RelativePath("ballast/f\(index)"), [UInt8(index)]) }
    for name in ["d/deleted", "d/moved"] { scene.disk.write(try RelativePath(name), Array(name.utf8)) }
    try scene.scan()
    try scene.pass(.seconds(60))
    scene.disk.remove(try RelativePath("d/deleted"))
    scene.disk.rename(try RelativePath("d"), to: try RelativePath("e"))
    try scene.scan()
    try scene.pass(.seconds(60))
    for name in ["d", "d/deleted", "d/moved"] {
      #expect(try !scene.shown(RelativePath(name)).isLive && scene.disk.stat(RelativePath(name)) == nil, "\(name)")
    }
    #expect(try scene.shown(RelativePath("e/moved")).isLive && scene.machine.status().isSettled)
  }

  /// A file where a directory stood beside a hundred others, so that its deletes wait for rest.
  @Test(arguments: [1, 60]) func `what stands in a directory's place waits for the deletes of what was in it`(_ count: Int) throws {
    let scene = try FolderBench()
    for index in 0..<200 { scene.disk.write(try path("ballast/f\(index)"), [UInt8(index)]) }
    for index in 0..<count { scene.disk.write(try name(index), bytes(index)) }
    try scene.scan()
    try scene.pass(.seconds(60))
    scene.disk.remove(try path("d"))
    scene.disk.write(try path("d"), Array("a file now".utf8))
    try scene.scan()
    #expect(try scene.shown(path("d")).kind == .directory)
    #expect(try !scene.machine.status().isInSync)
    try scene.pass(.seconds(1))
    #expect(scene.disk.bytes(try path("d")) == Array("a file now".utf8))
    #expect(try scene.shown(path("d")).kind == .file && !scene.shown(name(0)).isLive && scene.machine.status().isSettled)
    #expect(scene.disk.tree().count == 202)
  }

  @Test(arguments: [true, false]) func `held deletes keep back what stands in their directory's place`(_ isApproved: Bool) throws {
    let scene = try FolderBench.withPeer()
    for index in 0..<2_500 { scene.disk.write(try name(index), bytes(index)) }
    try scene.scan()
    for index in 0..<2_500 { scene.remote[Root(smallContent: bytes(index))] = bytes(index) }
    scene.disk.remove(try path("d"))
    scene.disk.write(try path("d"), Array("a file now".utf8))
    try scene.scan()
    try scene.pass(.seconds(60))
    #expect(try scene.machine.status().heldDeletes?.fileCount == 2_500)
    #expect(scene.disk.bytes(try path("d")) == Array("a file now".utf8))
    try scene.handle(.command(isApproved ? .approveDeletes : .takeBackDeletes))
    for _ in 0..<20 { try scene.pass(.zero) }
    #expect(try scene.machine.status().isSettled)
    #expect(scene.disk.tree().count == (isApproved ? 1 : 2_502))
    #expect(try scene.disk.stat(path("d"))?.kind == (isApproved ? .file : .directory))
    if !isApproved { #expect(scene.disk.bytes(try name(2_499)) == bytes(2_499)) }
  }

  @Test func `approved, they are announced`() throws {
    let scene = try scene(1_200)
    try delete(0..<1_150, in: scene)
    try scene.pass(.seconds(1))
    try scene.handle(.command(.approveDeletes))
    for _ in 0..<5 { try scene.pass(.zero) }
    #expect(try (0..<1_150).allSatisfy { try !scene.shown(try name($0)).isLive })
    #expect(try scene.shown(try name(1_199)).isLive)
    #expect(try scene.machine.status().heldDeletes == nil)
    #expect(try scene.machine.status().isSettled)
    #expect(scene.open.contains { if case .announce = $0 { true } else { false } })
    try scene.restart()
    #expect(try scene.machine.status().isSettled)
  }

  @Test func `taken back, the files are fetched again as the heads show them`() throws {
    let scene = try scene(200)
    for index in 0..<200 { scene.remote[Root(smallContent: bytes(index))] = bytes(index) }
    let before = try sequence(scene)
    let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
    try scene.handle(.peerJoined(peer))
    try scene.handle(
      .handshake(
        FolderHandshake(
          folder: FolderBench.folder, knowledge: Knowledge(vector: VersionVector(), batchHashes: [:]), dropped: VersionVector(), isFresh: true,
          shown: .zero), from: peer))
    scene.disk.remove(try path("d"))
    try scene.scan()
    #expect(try scene.machine.status().heldDeletes?.fileCount == 200)
    try scene.handle(.command(.takeBackDeletes))
    for _ in 0..<5 { try scene.pass(.zero) }
    #expect(scene.disk.bytes(try name(3)) == bytes(3))
    #expect(scene.disk.tree().count == 201)
    #expect(try sequence(scene) == before)
    #expect(try scene.machine.status().isSettled)
  }

  @Test func `put back by hand, nothing is held any more`() throws {
    let scene = try scene(200)
    try delete(0..<150, in: scene)
    for index in 0..<150 { scene.disk.write(try name(index), bytes(index)) }
    try scene.scan()
    try scene.pass(.seconds(1))
    #expect(try scene.machine.status().heldDeletes == nil)
    #expect(try scene.machine.status().isSettled)
  }

  @Test func `what a command of ours deletes is meant`() throws {
    let scene = try scene(200)
    let paths = try (0..<150).map { try name($0) }
    for path in paths { scene.disk.remove(path) }
    try scene.handle(.command(.look(paths)))
    #expect(try scene.machine.status().isSettled)
    #expect(try scene.shown(try name(0)).isLive == false)
  }
}
