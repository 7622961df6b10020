import Foundation
import Glibc
import Testing

/// Three devices and more, in every shape. Serialized: three daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(4))) struct ManyDevicesTests {
  @Test func `along a chain an edit and a delete reach the far end`() throws {
    let team = try Team(3, shape: .chain)
    #expect(try team[0].connected() == ["B"] && team[2].connected() == ["B"] && team[1].connected() == ["A", "C"])
    try team[0].write("from A", to: "a")
    try team[0].write("to go", to: "gone")
    try team.syncAndExpectEqual()
    #expect(team[2].read("a") == "from A")
    try team[2].remove("gone")
    try team[0].write("from A again", to: "a")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names == ["a"] && team[2].read("a") == "from A again")
    // The middle forwards what it learnt while one end was away.
    team[2].stop()
    try team[0].write("while C is away", to: "b")
    let reached = try team[1].attempt("status", "--wait", "30", "--peers", "1")
    #expect(reached.code == 0)
    team[0].stop()
    try team[2].start()
    try eventually("C has what A wrote") { team[2].read("b") == "while C is away" }
    try team[0].start()
    try team.syncAndExpectEqual()
  }

  @Test(arguments: [Team.Shape.chain, .star, .ring]) func `three edit the same files offline and meet in any order`(shape: Team.Shape) throws {
    let count = 100
    let team = try Team(3, shape: shape)
    for index in 0..<count { try team[0].write("base \(index)", to: "d\(index % 3)/f\(index).txt") }
    try team.sync()
    for device in team.devices { device.stop() }
    for device in team.devices { for index in 0..<count { try device.write("\(index) by \(device.name)", to: "d\(index % 3)/f\(index).txt") } }
    var generator = SystemRandomNumberGenerator()
    for device in team.devices.shuffled(using: &generator) {
      try device.start()
      _ = try device.attempt("status", "--wait", "0.5")
    }
    try team.syncAndExpectEqual()
    let names = try Tree(team[2].folder).names.filter { $0.contains("/") }
    let copies = names.filter { $0.contains(".conflict-") }
    #expect(names.count == 3 * count && copies.count == 2 * count)
    #expect(copies.allSatisfy { $0.components(separatedBy: ".conflict-").count == 2 }, "no copies of copies")
    #expect(try team[2].texts() == (0..<count).flatMap { index in ["A", "B", "C"].map { "\(index) by \($0)" } }.sorted())
    for device in team.devices { #expect(try device.conflicts().compactMap { $0["copy"] as? String }.sorted() == copies.sorted()) }
  }

  @Test func `two copies of one file settled on two devices at once`() throws {
    let team = try Team(3)
    try team[0].write("base", to: "t")
    try team.sync()
    try team.offline { for device in team.devices { try device.write("by \(device.name)", to: "t") } }
    let (ofA, ofB) = (try team[0].conflicts(), try team[1].conflicts())
    #expect(ofA.count == 2 && ofB.count == 2)
    let first = try #require(ofA.first { $0["copy"] as? String == ofB[0]["copy"] as? String }?["id"] as? Int)
    let second = try #require(ofB[1]["id"] as? Int)
    try team[0].covey("conflicts", "resolve", "\(first)", "--keep", "copy")
    try team[1].covey("conflicts", "resolve", "\(second)", "--keep", "current")
    try team.syncAndExpectEqual()
    // Whatever became of it, all three texts can be had, and nothing is a copy of a copy.
    let kept = try team.devices.map { try People.everything(in: $0.folder) + People.everything(in: $0.folder + "/.covey/history") }.joined()
    for text in ["by A", "by B", "by C"] { #expect(kept.contains(text)) }
    #expect(try Tree(team[0].folder).names.allSatisfy { $0.components(separatedBy: ".conflict-").count <= 2 })
    for conflict in try team[2].conflicts() { try team[2].covey("conflicts", "resolve", "\(try #require(conflict["id"] as? Int))", "--keep", "current") }
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names == ["t"])
    for device in team.devices { #expect(try device.conflicts().isEmpty) }
  }

  @Test func `a directory is restored on one device while another edits a file in it`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    for index in 0..<5 { try a.write("file \(index)", to: "dir/sub/f\(index)") }
    try team.sync()
    try team.offline {
      try b.remove("dir")
      try a.write("edited by A", to: "dir/sub/f0")
    }
    try team.expectEqual()
    #expect(a.read("dir/sub/f0") == "edited by A", "an edit beats the delete")
    try b.covey("restore", "F:dir")
    try a.write("edited once more", to: "dir/sub/f0")
    try team.syncAndExpectEqual()
    for index in 1..<5 { #expect(a.read("dir/sub/f\(index)") == "file \(index)") }
    #expect(try a.texts().contains("edited once more"))
  }

  @Test func `who was away while everything was deleted and forgotten brings nothing back`() throws {
    let team = try Team(3)
    for index in 0..<20 { try team[0].write("file \(index)", to: "d/f\(index)") }
    try team[0].write("stays", to: "stays")
    try team.sync()
    team[2].stop()
    try team[0].remove("d")
    for device in team.devices.prefix(2) { _ = try device.attempt("status", "--wait", "20", "--peers", "1") }
    // Sixteen months pass for the one that is away: nothing it has is new.
    try team[2].start()
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names == ["stays"])
    for device in team.devices { device.stop() }
    for device in team.devices { try device.start() }
    try team.syncAndExpectEqual()
    #expect(try Tree(team[2].folder).names == ["stays"])
  }

  @Test func `a hundred devices of the team that are never there slow nobody down`() throws {
    let team = try Team(2)
    // Members that joined once and were never seen again: a home each, its daemon up for the pairing only.
    for index in 0..<Self.absentCount {
      let absent = try Device("absent-\(index)", in: team.root)
      try absent.start()
      let invitation = try team[0].invite()
      try absent.covey("pair", invitation.code, "--at", team[0].address)
      invitation.child.wait()
      absent.killHard()
    }
    #expect(try (team[0].json("devices") as? [Any])?.count == 2 + Self.absentCount)
    try team.offline {}
    let begun = ContinuousClock.now
    try team[0].write("quick", to: "quick")
    try eventually("B has it", seconds: 5) { team[1].read("quick") == "quick" }
    #expect(seconds(since: begun) < 2)
    try team.syncAndExpectEqual()
  }

  /// The row names a hundred; each costs the suite a good part of a second.
  private static let absentCount = Int(ProcessInfo.processInfo.environment["COVEY_ABSENT"] ?? "") ?? 40
}
