import Foundation
import Glibc
import Testing

/// What goes wrong on real machines, and wrong use. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(4))) struct TroubleTests {
  @Test func `killed at random instants in a first sync with edits: all promises hold`() throws {
    let team = try Team(2)
    for index in 0..<1_500 { try team[0].write("file \(index) \(String(repeating: "x", count: index))", to: "many/f\(index)") }
    for round in 0..<6 {
      let victim = team[round % 2]
      // Awaits a moment in the middle of the work: a tenth more files than the round before.
      let end = ContinuousClock.now + .seconds(10)
      while (try? Tree(team[1].folder).names.count) ?? 0 < round * 200, ContinuousClock.now < end {}
      victim.killHard()
      try victim.write("edited in round \(round)", to: "edit-\(victim.name)-\(round)")
      try victim.start()
    }
    try team.syncAndExpectEqual()
    let names = try Tree(team[1].folder).names
    #expect(names.count == 1_500 + 1 + 6)
    #expect(!names.contains { $0.contains("conflict") })
  }

  @Test func `a lost record: nothing lost, no copies of what did not change`() throws {
    let team = try Team(2)
    for index in 1...3 { try team[0].write("f\(index)", to: "f\(index)") }
    try team.sync()
    try team.offline {
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: team[1].home + "/state.db" + suffix) }
      try team[0].write("f1 by A", to: "f1")
      try team[1].write("f2 by B", to: "f2")
    }
    try team.expectEqual()
    let texts = try team[0].texts()
    #expect(texts.contains("f1 by A") && texts.contains("f2 by B") && texts.contains("f3"))
    #expect(try Tree(team[0].folder).names.filter { $0.hasPrefix("f3") } == ["f3"])
  }

  @Test func `a damaged record is set aside and built anew`() throws {
    let team = try Team(2)
    try team[0].write("kept", to: "kept")
    try team.sync()
    try team.offline {
      let path = team[1].home + "/state.db"
      for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      for index in 100..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
      try bytes.write(to: URL(fileURLWithPath: path))
    }
    try team.expectEqual()
    #expect(team[1].read("kept") == "kept")
    #expect(try FileManager.default.contentsOfDirectory(atPath: team[1].home).contains { $0.hasPrefix("state.db.damaged") })
  }

  @Test func `an emptied or missing folder announces nothing`() throws {
    let team = try Team(2)
    try team[0].write("1", to: "one")
    try team.sync()
    let (folder, aside) = (team[1].folder, team[1].folder + ".aside")
    for replaces in [true, false] {
      team[1].stop()
      #expect(rename(folder, aside) == 0)
      if replaces { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
      try team[1].start()
      let status = try team[1].folderStatus()
      #expect(status["state"] as? String == "blocked" || status["state"] as? String == "scanning")
      _ = try team[1].attempt("status", "--wait", "1")
      #expect(try team[1].folderStatus()["state"] as? String == "blocked")
      #expect(team[0].read("one") == "1")
      if replaces { #expect(rmdir(folder) == 0) }
      #expect(rename(aside, folder) == 0)
      try team.syncAndExpectEqual()
    }
  }

  @Test func `a lost record alone moves no content and makes no copies`() throws {
    let team = try Team(2)
    for index in 0..<50 { try team[0].write(String(repeating: "line \(index)\n", count: 2_000), to: "d/f\(index)") }
    try team.sync()
    try team.offline {
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: team[1].home + "/state.db" + suffix) }
    }
    try team.expectEqual()
    #expect(try Tree(team[0].folder).names.count == 51)
    #expect(try team.devices.map { try $0.receivedByteCount() }.max() ?? 0 < 50_000, "of a megabyte")
  }

  /// The end that is interrupted, and how.
  @Test(arguments: [(1, SIGTERM), (1, SIGKILL), (0, SIGTERM), (0, SIGKILL)])
  func `a transfer that is interrupted goes on where it was`(index: Int, signal: Int32) throws {
    let team = try Team(2)
    let size = 64 << 20
    var bytes = Data(capacity: size)
    var generator = SystemRandomNumberGenerator()
    while bytes.count < size { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
    try team[1].limitReceiving(to: "8MB")
    try team[0].write(bytes, to: "large")
    var received = 0
    for part in 1...3 {
      try eventually("a part of it has come") { try team[1].receivedByteCount() > 6 << 20 }
      received += try team[1].receivedByteCount()
      if signal == SIGKILL { team[index].killHard() } else {
        let stopped = team[index].stop()
        #expect(stopped.code == 0 && stopped.seconds < 5)
      }
      #expect(received < size, "interrupted in the middle, time \(part)")
      try team[index].start()
      if index == 0 { try eventually("B has noticed") { try team[1].receivedByteCount() < 6 << 20 } }
    }
    try team[1].limitReceiving(to: "0")
    try team.syncAndExpectEqual()
    received += try team[1].receivedByteCount()
    #expect(received < size + size / 20, "under a twentieth is sent again")
  }

  @Test func `history and restore bring back files and directories`() throws {
    let team = try Team(2)
    try team[0].write("v1", to: "h.txt")
    try team.sync()
    try team[1].write("v2", to: "h.txt")
    try team.sync()
    let versions = try team[0].json("history", "F:h.txt") as? [[String: Any]] ?? []
    #expect(versions.count == 2)
    #expect(versions.allSatisfy { $0["restorable"] as? Bool == true })
    try team[0].covey("restore", "F:h.txt")
    try team.syncAndExpectEqual()
    #expect(team[1].read("h.txt") == "v1")
    for index in 0..<3 { try team[0].write("\(index)", to: "dir/sub/\(index)") }
    try team.sync()
    try team[0].remove("dir")
    try team.sync()
    try team[1].covey("restore", "F:dir")
    try team.syncAndExpectEqual()
    #expect(team[0].read("dir/sub/2") == "2")
    #expect(!(try team[0].covey("log", "F:dir")).isEmpty)
    #expect(!(try team[0].covey("why", "F:h.txt")).isEmpty)
  }

  @Test func `what stood somewhere at a time comes whole to another place, and stays where it is`() throws {
    let team = try Team(2)
    for index in 0..<3 { try team[0].write("\(index)", to: "dir/sub/\(index)") }
    try team[0].write("beside", to: "beside")
    try team.sync()
    sleep(1)
    let then = ISO8601DateFormatter().string(from: Date())
    sleep(1)
    try team[0].write("new", to: "dir/sub/0")
    try team[0].remove("dir/sub/1")
    try team.sync()
    try team[1].covey("restore", "F:dir", "--at", then, "--to", "F:old")
    try team[1].covey("restore", "F:beside", "--at", then, "--to", "F:again")
    try team[1].covey("restore", "F:", "--at", then, "--to", "F:all")
    try team.syncAndExpectEqual()
    #expect((0..<3).map { team[0].read("old/sub/\($0)") } == ["0", "1", "2"] && team[0].read("again") == "beside")
    #expect((0..<3).map { team[0].read("all/dir/sub/\($0)") } == ["0", "1", "2"] && team[0].read("all/beside") == "beside")
    #expect(team[0].read("dir/sub/0") == "new" && !team[0].has("dir/sub/1"))
  }

  @Test func `pause holds back and resume goes on; unshare leaves the files`() throws {
    let team = try Team(2)
    try team[0].write("1", to: "one")
    try team.sync()
    try team[1].covey("pause", "F")
    try team[0].write("2", to: "two")
    try team[0].covey("scan")
    #expect(!team[1].has("two"))
    #expect(try team[1].folderStatus()["paused"] as? Bool == true)
    try team[1].covey("resume", "F")
    try team.syncAndExpectEqual()
    #expect(team[1].has("two"))
    try team[1].covey("unshare", "F")
    #expect(team[1].has("one"))
    #expect(try (team[1].status()["folders"] as? [Any])?.isEmpty == true)
  }

  @Test func `wrong use ends with one line and its exit code`() throws {
    let team = try Team(1)
    let device = team[0]
    #expect(try device.attempt("status", "--nonsense").code == 2)
    let foreign = try Device("X", in: team.root)
    let missing = try foreign.attempt("status")
    #expect(missing.code == 4 && missing.errors.hasPrefix("covey: ") && missing.errors.split(separator: "\n").count == 1)
    #expect(try device.attempt("run").code == 1, "a second daemon on one home")
    #expect(try device.attempt("share", device.path("inner")).code == 1, "there is no such directory")
    try FileManager.default.createDirectory(atPath: device.path("inner"), withIntermediateDirectories: true)
    #expect(try device.attempt("share", device.path("inner")).code == 1, "inside another folder")
    try FileManager.default.createDirectory(atPath: team.root + "/other/F", withIntermediateDirectories: true)
    #expect(try device.attempt("share", team.root + "/other/F").code == 1, "the label is taken")
    try Data().write(to: URL(fileURLWithPath: team.root + "/file"))
    #expect(try device.attempt("share", team.root + "/file").code != 0, "it is a file")
    try foreign.start()
    let mistyped = try foreign.attempt("pair", "7K-QF3M-9D2Y", "--at", device.address)
    #expect(mistyped.code != 0 && mistyped.errors.hasPrefix("covey: "))
    #expect(try device.attempt("conflicts", "resolve", "99", "--keep", "copy").code == 1)
    #expect(try device.attempt("status", "--wait", "1", "--peers", "5").code == 3)
  }

  @Test func `a config with a mistake stops the start with its line`() throws {
    let team = try Team(1)
    let device = try Device("X", in: team.root)
    let path = device.home + "/config.toml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try (text + "\n[limits]\nsent = \"1MB\"\n").write(toFile: path, atomically: true, encoding: .utf8)
    let outcome = try device.attempt("run")
    #expect(outcome.code == 1 && outcome.errors.contains("sent"))
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    chmod(device.home + "/identity/device.key", 0o644)
    let open = try device.attempt("run")
    #expect(open.code == 1 && open.errors.contains("chmod 600"))
  }
}
