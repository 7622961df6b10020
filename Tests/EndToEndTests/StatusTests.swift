import Foundation
import Glibc
import Testing

/// What `covey status` says is true. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(3))) struct StatusTests {
  @Test(arguments: [1, 2] as [UInt64]) func `in sync means equal digests and equal trees, after every single change`(seed: UInt64) throws {
    let team = try Team(2)
    var people = try People(seed: seed, devices: team.devices, trash: team.root + "/trash")
    for step in 1...60 {
      let device = team[people.below(2)]
      for _ in 0...people.below(3) { try people.act(on: device) }
      // Asked at once and again and again: whatever it says in between, when it says in sync it is so.
      try eventually("\(device.name) is in sync after step \(step)") {
        let status = try device.status()
        let folder = (status["folders"] as? [[String: Any]])?.first ?? [:]
        let peer = (status["peers"] as? [[String: Any]])?.first ?? [:]
        #expect((folder["inSync"] as? Bool) != true || (peer["inSync"] as? Bool) == true)
        guard folder["inSync"] as? Bool == true else { return false }
        let differences = try Tree(team[0].folder).differences(to: Tree(team[1].folder))
        #expect(differences == [], "seed \(seed), step \(step), \(people.story.suffix(8))")
        let other = try (device === team[0] ? team[1] : team[0]).folderStatus()
        #expect(folder["digest"] as? String == other["digest"] as? String)
        return true
      }
    }
    let breaches = try people.breaches()
    #expect(breaches == [])
  }

  @Test func `a change and its undoing, and a new time alone, are in sync only when they have arrived`() throws {
    let team = try Team(2)
    try team[0].write("x", to: "x")
    try team.sync()
    team[1].signal(SIGSTOP)
    defer { team[1].signal(SIGCONT) }
    try team[0].write("y", to: "y")
    try team[0].covey("scan")
    try team[0].remove("y")
    try team[0].covey("scan")
    #expect(try team[0].folderStatus()["inSync"] as? Bool == false)
    team[1].signal(SIGCONT)
    try team.syncAndExpectEqual()
    team[1].signal(SIGSTOP)
    team[0].setTime(1_000_000_000, 7, of: "x")
    try team[0].covey("scan")
    #expect(try team[0].attempt("status", "--wait", "0.5").code == 3)
    team[1].signal(SIGCONT)
    try team.syncAndExpectEqual()
  }

  @Test func `the report has every field, with its type`() throws {
    let team = try Team(2)
    try team[0].write("text", to: "d/f")
    try team.syncAndExpectEqual()
    let status = try team[0].status()
    let device = try #require(status["device"] as? [String: String])
    #expect(Set(device.keys) == ["id", "name", "version"] && device["name"] == "A")
    #expect(status["uptimeSeconds"] as? Int != nil && (status["offered"] as? [Any])?.isEmpty == true)
    let folder = try #require((status["folders"] as? [[String: Any]])?.first)
    for (key, value) in ["label": "F", "path": team[0].folder, "state": "idle"] { #expect(folder[key] as? String == value) }
    for (key, value) in ["files": 1, "directories": 1, "bytes": 4, "pendingFiles": 0, "pendingBytes": 0, "conflicts": 0] {
      #expect(folder[key] as? Int == value, "\(key)")
    }
    #expect(folder["inSync"] as? Bool == true && folder["paused"] as? Bool == false)
    #expect((folder["id"] as? String)?.isEmpty == false && (folder["digest"] as? String)?.count == 64 && (folder["problems"] as? [Any])?.isEmpty == true)
    let peer = try #require((status["peers"] as? [[String: Any]])?.first)
    #expect(peer["name"] as? String == "B" && peer["connected"] as? Bool == true && peer["inSync"] as? Bool == true)
    #expect(peer["behindFiles"] as? Int == 0 && peer["behindBytes"] as? Int == 0)
    #expect((peer["address"] as? String)?.hasPrefix("127.0.0.1:") == true)
    #expect((peer["bytesSent"] as? Int ?? 0) > 0 && (peer["bytesReceived"] as? Int ?? 0) > 0)
    let seen = try #require(peer["lastSeen"] as? String)
    #expect(try Regex(#"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"#).wholeMatch(in: seen) != nil, "\(seen)")
    #expect(peer["id"] as? String == (try team[1].status()["device"] as? [String: String])?["id"])
  }

  @Test func `a peer that is away is not in sync, and --wait without peers does not wait for it`() throws {
    let team = try Team(2)
    try team[0].write("1", to: "one")
    try team.sync()
    team[1].stop()
    try eventually("A has noticed") { try team[0].connected().isEmpty }
    let peer = try #require((team[0].status()["peers"] as? [[String: Any]])?.first)
    #expect(peer["inSync"] as? Bool == false && peer["lastSeen"] as? String != nil)
    try team[0].write("2", to: "two")
    #expect(try team[0].attempt("status", "--wait", "10").code == 0)
    #expect(try team[0].attempt("status", "--wait", "0.3", "--peers", "1").code == 3)
    try team[1].start()
    try team.syncAndExpectEqual()
  }

  @Test func `two devices in sync write nothing, open nothing and use no processor`() throws {
    let team = try Team(2)
    for index in 0..<500 { try team[0].write("\(index)", to: "d\(index % 10)/\(index)") }
    try team.syncAndExpectEqual()
    // What follows a change, such as looking through history once, is over within a minute; then there is no end to the rest.
    try eventually("fifteen seconds of rest", seconds: 120) {
      let before = try team.devices.map(Self.use)
      sleep(15)
      return try zip(before, team.devices.map(Self.use)).allSatisfy { $0.written == $1.written && $0.files == $1.files && $1.ticks - $0.ticks <= 1 }
    }
  }

  /// Bytes written to disks, open descriptors, and hundredths of a second of processor time of a device's daemon.
  private static func use(of device: Device) throws -> (written: Int, files: Int, ticks: Int) {
    let process = try device.processID
    let lines = try String(contentsOfFile: "/proc/\(process)/io", encoding: .utf8).split(separator: "\n")
    let written = try #require(lines.first { $0.hasPrefix("write_bytes:") }.flatMap { Int($0.filter(\.isNumber)) })
    // The name of the program, which ends with the last bracket, may hold spaces; user and system time are the 12th and 13th after it.
    let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    let ticks = (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    return (written, try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count, ticks)
  }
}
