import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
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

  @Test(arguments: 1..<16) func `a folder that is unmounted while its rules change loses nothing that they hid`(call: Int) throws {
    let (disk, file) = (scene.disk, file)
    let marker = try #require(disk.marker)
    disk.setLocalRules(nil)
    let count = Mutex(0)
    disk.setHook { moment in
      guard case .call = moment, count.withLock({ $0 += 1; return $0 }) == call else { return nil }
      disk.removeMarker()
      disk.remove(file)
      return nil
    }
    try scene.scan()
    disk.setHook(nil)
    #expect(try scene.read { try $0.entry(file)?.agreed.isLive } == true)
    disk.setMarker(marker)
    disk.write(file, [1])
    try scene.pass(.seconds(5))
    #expect(try scene.machine.status().isSettled)
    #expect(try scene.read { try $0.rules().local } == [])
  }

  @Test func `a folder that is not mounted keeps the rules it had`() throws {
    let before = try scene.read { try $0.entry(file) }
    scene.disk.removeMarker()
    scene.disk.remove(file)
    scene.disk.setLocalRules(nil)
    try scene.scan()
    #expect(try scene.read { try $0.entry(file) } == before)
    #expect(try scene.read { try $0.rules().local } == Array("notes".utf8))
    #expect(try scene.machine.status().state == .blocked)
  }
}
