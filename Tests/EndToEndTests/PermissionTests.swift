import CLinux
import Foundation
import Glibc
import Testing

/// Modes that keep people out, and the tool with them. To root they mean nothing, so that the device that meets them runs as somebody
/// else. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PermissionTests {
  static let canBeSomebodyElse = geteuid() == 0 && Program.works("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Program.path, "--version")

  /// The second device runs as nobody where the tests run as root.
  private func team() throws -> Team {
    try Team(2, place: { Device.Place(user: $0 == 1 && Self.canBeSomebodyElse ? 65_534 : nil) })
  }

  private func mode(_ device: Device, _ name: String) -> mode_t {
    var info = stat()
    return lstat(device.path(name), &info) == 0 ? info.st_mode & 0o7777 : 0o170000
  }

  private func give(_ name: String, of device: Device) {
    if let user = device.place.user { lchown(device.path(name), user, user) }
  }

  @Test(.enabled(if: canBeSomebodyElse, "needs root, to be somebody else"))
  func `a directory that may not be written is refused with the remedy, and another user's commands are not obeyed`() throws {
    let team = try team()
    let (a, b) = (team[0], team[1])
    // B runs as nobody, who may not write here.
    try FileManager.default.createDirectory(atPath: team.root + "/closed", withIntermediateDirectories: true)
    chmod(team.root + "/closed", 0o755)
    #expect(try b.attempt("share", team.root + "/closed").isError(1, "closed", "permission"))
    chmod(team.root + "/closed", 0o700)
    #expect(try b.attempt("share", team.root + "/closed").isError(1, "closed", "permission"))
    // And nobody speaks to A's daemon: not through its closed home, and not through one that was opened wide.
    func ask() throws -> Program.Outcome {
      try Program.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Program.path, "status", "--home", a.home])
    }
    let kept = try ask()
    #expect(kept.code != 0 && kept.output.isEmpty)
    for (path, mode) in [(a.home, 0o755), (a.home + "/control.sock", 0o666)] as [(String, mode_t)] { #expect(chmod(path, mode) == 0) }
    let refused = try ask()
    #expect(refused.code != 0 && refused.output.isEmpty)
    #expect(try a.attempt("status").code == 0)
  }

  @Test func `files arrive in, change in and leave directories that refuse writing, and modes stay`() throws {
    let team = try team()
    let (a, b) = (team[0], team[1])
    try a.write("old", to: "d/e/old")
    chmod(a.path("d/e"), 0o555)
    chmod(a.path("d"), 0o555)
    try team.syncAndExpectEqual()
    #expect(mode(b, "d") == 0o555 && mode(b, "d/e") == 0o555)
    chmod(a.path("d/e"), 0o755)
    try a.write("new", to: "d/e/new")
    chmod(a.path("d/e"), 0o555)
    try team.syncAndExpectEqual()
    #expect(b.read("d/e/new") == "new" && mode(b, "d") == 0o555 && mode(b, "d/e") == 0o555)
    chmod(a.path("d/e/old"), 0o444)
    try team.syncAndExpectEqual()
    chmod(a.path("d/e/old"), 0o644)
    try a.write("newer", to: "d/e/old")
    chmod(a.path("d/e/old"), 0o444)
    try team.syncAndExpectEqual()
    #expect(b.read("d/e/old") == "newer" && mode(b, "d/e/old") == 0o444)
    chmod(a.path("d"), 0o755)
    chmod(a.path("d/e"), 0o755)
    try a.remove("d/e")
    chmod(a.path("d"), 0o555)
    try team.syncAndExpectEqual()
    #expect(!b.has("d/e") && mode(b, "d") == 0o555)
    chmod(a.path("d"), 0o755)
    try a.remove("d")
    try team.syncAndExpectEqual()
    #expect(!b.has("d"))
  }

  @Test func `what becomes unreadable is reported and not deleted elsewhere`() throws {
    let team = try team()
    let (a, b) = (team[0], team[1])
    try a.write("1", to: "d/one")
    try a.write("2", to: "two")
    try team.syncAndExpectEqual()
    chmod(b.path("d"), 0)
    chmod(b.path("two"), 0)
    _ = try b.attempt("scan")
    #expect(a.read("d/one") == "1" && a.read("two") == "2")
    if Self.canBeSomebodyElse || geteuid() != 0 {
      let problems = try b.problems()
      #expect(problems.contains { $0.path == "d" && $0.reason.contains("permission denied") }, "\(problems)")
      #expect(try b.attempt("status", "--wait", "0").code == 3)
      try a.write("3", to: "three")
      try eventually("the rest goes on") { b.read("three") == "3" }
    }
    chmod(b.path("d"), 0o755)
    chmod(b.path("two"), 0o644)
    try team.syncAndExpectEqual()
    #expect(b.read("d/one") == "1" && a.read("two") == "2")
    #expect(try b.problems().isEmpty)
  }

  @Test func `the nine bits travel; setgid and sticky stay as each disk has them`() throws {
    let team = try team()
    let (a, b) = (team[0], team[1])
    try a.write("1", to: "d/one")
    try a.write("2", to: "two")
    try team.syncAndExpectEqual()
    chmod(b.path("d"), 0o3755)
    try team.syncAndExpectEqual()
    #expect(mode(a, "d") == 0o755 && mode(b, "d") == 0o3755)
    chmod(a.path("d"), 0o770)
    chmod(a.path("two"), 0o640)
    try team.syncAndExpectEqual()
    #expect(mode(a, "d") == 0o770 && mode(b, "d") == 0o3770 && mode(b, "two") == 0o640)
    chmod(b.path("d"), 0o3700)
    try team.syncAndExpectEqual()
    #expect(mode(a, "d") == 0o700 && mode(b, "d") == 0o3700)
    try a.write("new", to: "d/new")
    try team.syncAndExpectEqual()
    #expect(mode(b, "d") == 0o3700 && b.read("d/new") == "new")
  }

  @Test func `a directory that goes stays for an ignored file in it, and nothing waits for that`() throws {
    let team = try team()
    let (a, b) = (team[0], team[1])
    try a.write("1", to: "d/one")
    try team.sync()
    try b.write("*.mine\n", to: ".covey/ignore")
    try b.write("kept", to: "d/x.mine")
    give("d/x.mine", of: b)
    try b.covey("scan")
    try a.remove("d")
    try a.write("goes on", to: "other")
    try eventually("the rest goes on") { b.read("other") == "goes on" && !b.has("d/one") }
    #expect(b.read("d/x.mine") == "kept" && !a.has("d"))
    try eventually("B says why it stays") { try b.problems().contains { $0.path == "d" && $0.reason.contains("ignored") } }
    try b.remove("d/x.mine")
    try eventually("it goes with the last ignored file") { !b.has("d") }
    try b.remove(".covey/ignore")
    try team.syncAndExpectEqual()
  }
}
