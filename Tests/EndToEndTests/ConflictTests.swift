import Foundation
import Testing

/// What two people did at once. Serialized: each test runs several daemons, and there are two cores.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ConflictTests {
  @Test func `both append while offline: one winner, one copy, both texts`() throws {
    let team = try Team(2)
    try team[0].write("base\n", to: "t.txt")
    try team.sync()
    try team.offline {
      try team[0].write("base\nA\n", to: "t.txt")
      try team[1].write("base\nB\n", to: "t.txt")
    }
    try team.expectEqual()
    let names = try Tree(team[0].folder).names
    #expect(names.count == 2 && names.contains("t.txt"))
    #expect(names.contains { $0.hasPrefix("t.conflict-") && $0.hasSuffix(".txt") })
    #expect(try team[1].texts() == ["base\nA\n", "base\nB\n"])
    let conflicts = try team[0].conflicts()
    #expect(conflicts.count == 1)
    #expect(conflicts.first?["path"] as? String == "t.txt")
    #expect((conflicts.first?["loser"] as? [String: Any])?["device"] as? String == "A" || (conflicts.first?["winner"] as? [String: Any])?["device"] as? String == "A")
  }

  @Test func `a folder that is restored leaves settled copies away, unless one is named`() throws {
    let team = try Team(2)
    try team[0].write("base", to: "t.txt")
    try team[0].write("gone", to: "gone.txt")
    try team.sync()
    try team.offline { for device in team.devices { try device.write("by \(device.name)", to: "t.txt") } }
    try team.expectEqual()
    let conflict = try #require(try team[0].conflicts().first)
    let (id, copy) = (try #require(conflict["id"] as? Int), try #require(conflict["copy"] as? String))
    try team[0].covey("conflicts", "resolve", "\(id)", "--keep", "current")
    try team[0].remove("gone.txt")
    try team.sync()
    #expect(try Tree(team[0].folder).names == ["t.txt"])
    try team[0].covey("restore", "F:")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names == ["gone.txt", "t.txt"])
    try team[0].covey("restore", "F:" + copy)
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names == [copy, "gone.txt", "t.txt"].sorted())
  }

  @Test func `an edit beats a delete`() throws {
    let team = try Team(2)
    try team[0].write("old", to: "t")
    try team.sync()
    try team.offline {
      try team[0].remove("t")
      try team[1].write("edited", to: "t")
    }
    try team.expectEqual()
    #expect(try team[0].texts() == ["edited"])
  }

  @Test func `both delete: gone, no copy`() throws {
    let team = try Team(2)
    try team[0].write("old", to: "t")
    try team.sync()
    try team.offline {
      try team[0].remove("t")
      try team[1].remove("t")
    }
    try team.expectEqual()
    #expect(try Tree(team[0].folder).names.isEmpty)
  }

  @Test func `three edit at once: identical trees, three texts`() throws {
    let team = try Team(3)
    try team[0].write("base", to: "t")
    try team.sync()
    try team.offline { for device in team.devices { try device.write("by \(device.name)", to: "t") } }
    try team.expectEqual()
    #expect(try team[2].texts() == ["by A", "by B", "by C"])
  }

  @Test func `a file and a directory of one name: the directory has it, the file is a copy`() throws {
    let team = try Team(2)
    try team.offline {
      try team[0].write("file", to: "x")
      try team[1].write("inside", to: "x/y")
    }
    try team.expectEqual()
    #expect(team[0].read("x/y") == "inside")
    #expect(try team[0].texts() == ["file", "inside"])
    for device in [team[0], team[1]] {
      let conflict = try #require(try device.conflicts().first)
      let number = "\(try #require(conflict["id"] as? Int))"
      #expect(try device.covey("conflicts", "diff", number).contains("x: a directory, "))
      #expect(try !device.covey("conflicts", "show", number).contains("not on this device"))
      // A file does not take the place of a directory by that.
      let refusal = try device.attempt("conflicts", "resolve", number, "--keep", "copy")
      #expect(refusal.isError(1) && refusal.errors.contains("--keep both") && device.read("x/y") == "inside")
      let winner = try #require(conflict["winner"] as? [String: Any])
      #expect(conflict["deletedIn"] is NSNull && winner["device"] as? String == "B" && winner["hash"] as? String == "")
    }
  }

  @Test func `a directory that lives through its children is nothing deleted`() throws {
    let team = try Team(2)
    try team[0].write("old", to: "x/old")
    try team.sync()
    try team.offline {
      try FileManager.default.removeItem(atPath: team[0].path("x"))
      try team[0].write("file", to: "x")
      try team[1].write("new", to: "x/new")
    }
    try team.expectEqual()
    #expect(team[1].read("x/new") == "new")
    let conflict = try #require(try team[0].conflicts().first)
    let winner = try #require(conflict["winner"] as? [String: Any])
    #expect(conflict["deletedIn"] is NSNull && winner["device"] as? String == "B")
    #expect((winner["modified"] as? String)?.hasPrefix("1970") == false)
    #expect(try team[0].covey("why", team[0].path("x")).contains("because of what is in it"))
  }

  @Test func `symlinks in conflict are shown by where they lead`() throws {
    let team = try Team(2)
    try team.offline {
      for device in [team[0], team[1]] { #expect(symlink("of-\(device.name)", device.path("l")) == 0) }
    }
    let conflict = try #require(try team[0].conflicts().first)
    let text = try team[0].covey("conflicts", "diff", "\(try #require(conflict["id"] as? Int))")
    #expect(text.contains("l: a symlink to of-") && text.contains(": a symlink to of-A,") && text.contains(": a symlink to of-B,"))
  }

  @Test func `who deleted one side of a conflict is named, also when everybody has forgotten the deletion`() throws {
    let team = try Team(2)
    try team[0].write("base", to: "t")
    try team.sync()
    try team.offline {
      try team[0].write("of A", to: "t")
      try team[1].write("of B, longer", to: "t")
    }
    try team[1].remove("t")
    try team.sync()
    for device in [team[0], team[1]] {
      try eventually("\(device.name) names B") { try device.conflicts().first?["deletedIn"] as? String == "B" }
    }
  }

  @Test func `touched on both sides: no copy, equal times`() throws {
    let team = try Team(2)
    try team[0].write("same", to: "t")
    try team.sync()
    try team.offline {
      team[0].setTime(1_000_000_000, 5, of: "t")
      team[1].setTime(1_100_000_000, 7, of: "t")
    }
    try team.expectEqual()
    #expect(try Tree(team[0].folder).names == ["t"])
  }

  @Test func `first contact merges: equal files agree, different ones are both kept`() throws {
    let team = try Team(2) { device in
      try device.write("f1 of \(device.name)", to: "f1")
      try device.write("same", to: "same")
      device.setTime(device.name == "A" ? 1_000_000_000 : 1_100_000_000, 0, of: "same")
      try device.write("only \(device.name)", to: "only-\(device.name)")
    }
    try team.expectEqual()
    #expect(try team[0].texts() == ["f1 of A", "f1 of B", "only A", "only B", "same"])
  }

  @Test func `of fifteen conflicts of one file in a row every loser can be had`() throws {
    let team = try Team(2)
    try team[0].write("base", to: "t")
    try team.sync()
    for round in 1...15 {
      try team.offline { for device in team.devices { try device.write("\(round) by \(device.name)", to: "t") } }
    }
    try team.expectEqual()
    // The winner of a round is what both edit in the next; every loser stands beside the file, under the file's own name.
    let texts = try team[0].texts()
    for round in 1...15 { #expect(texts.contains("\(round) by A") || texts.contains("\(round) by B"), "round \(round)") }
    let copies = try Tree(team[0].folder).names.filter { $0 != "t" }
    #expect(copies.count == 15 && copies.allSatisfy { $0.components(separatedBy: ".conflict-").count == 2 })
    #expect(try team[1].conflicts().count == 15)
  }

  @Test(arguments: ["current", "copy", "both"]) func `a conflict is settled on every device`(keep: String) throws {
    let team = try Team(2)
    try team.offline { for device in team.devices { try device.write("by \(device.name)", to: "t") } }
    let conflict = try #require(try team[0].conflicts().first)
    let (id, copy) = (try #require(conflict["id"] as? Int), try #require(conflict["copy"] as? String))
    let (current, other) = (team[0].read("t"), team[0].read(copy))
    try team[0].covey("conflicts", "resolve", "\(id)", "--keep", keep)
    try team.syncAndExpectEqual()
    for device in team.devices {
      #expect(try device.conflicts().isEmpty)
      #expect(device.read("t") == (keep == "copy" ? other : current))
      #expect(device.read(copy) == (keep == "both" ? other : nil))
    }
  }

  @Test func `a conflict is settled with a third content`() throws {
    let team = try Team(2)
    try team.offline { for device in team.devices { try device.write("by \(device.name)", to: "t") } }
    let id = try #require(try team[1].conflicts().first?["id"] as? Int)
    let merged = team.root + "/merged"
    try Data("by both".utf8).write(to: URL(fileURLWithPath: merged))
    try team[1].covey("conflicts", "resolve", "\(id)", "--with", merged)
    try team.syncAndExpectEqual()
    #expect(try team[0].texts() == ["by both"])
    #expect(try team[0].conflicts().isEmpty)
  }
}
