import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// The ignore rules over restarts.
@Suite struct RulesTests {
  private let file: RelativePath
  private let scene: FolderBench

  /// A folder with one file, which a rule of this device alone ignores.
  init() throws {
    file = try RelativePath("notes")
    scene = try FolderBench()
    scene.disk.write(file, [1])
    try scene.scan()
    scene.disk.setLocalRules(Array("notes".utf8))
    try scene.scan()
    try #require(try scene.machine.status().isSettled)
  }

  @Test func `what was deleted under a rule was not deleted for the team, though the rule goes while the daemon is down`() throws {
    scene.disk.remove(file)
    try scene.scan()
    try scene.handle(.command(.stop))
    scene.disk.setLocalRules(nil)
    try scene.restart()
    try scene.scan()
    try scene.pass(.seconds(60))
    #expect(try scene.shown(file).isLive)
  }

  @Test(arguments: [true, false]) func `a folder with ignored files is in sync after a restart`(wasClean: Bool) throws {
    let before = try scene.read { ($0.state.wanted, $0.state.held) }
    try scene.restart(wasClean: wasClean)
    try scene.scan()
    #expect(try scene.machine.status().isSettled)
    // What is ignored is taken out of the digests once.
    #expect(try scene.read { ($0.state.wanted, $0.state.held) } == before)
  }
}
