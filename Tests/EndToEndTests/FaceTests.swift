import Foundation
import Glibc
import Testing

/// What people see: numbers that are of now, names that count at once, a log that tells, and nothing of it in the way of a program.
@Suite(.serialized, .timeLimit(.minutes(4))) struct FaceTests {
  private func eventually(_ seconds: Double = 15, _ condition: () throws -> Bool) throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      if try condition() { return true }
      usleep(100_000)
    } while ContinuousClock.now < end
    return false
  }

  private func run(_ device: Device, _ arguments: [String]) throws -> Program.Outcome {
    try Program.run([Program.path, arguments[0], "--home", device.home] + arguments.dropFirst())
  }

  private func peer(_ name: String, of device: Device) throws -> [String: Any] {
    (try device.status()["peers"] as? [[String: Any]] ?? []).first { $0["name"] as? String == name } ?? [:]
  }

  @Test func `an offer says how much is in the folder now`() throws {
    let team = try Team(2)
    try FileManager.default.createDirectory(atPath: team.root + "/A/more", withIntermediateDirectories: true)
    try team[0].covey("share", team.root + "/A/more")
    func offered() throws -> Int? { (try team[1].status()["offered"] as? [[String: Any]])?.first?["files"] as? Int }
    #expect(try eventually { try offered() == 0 })
    for index in 0..<3 { try Data("\(index)".utf8).write(to: URL(fileURLWithPath: team.root + "/A/more/\(index)")) }
    #expect(try eventually { try offered() == 3 })
  }

  @Test func `a peer that is away is behind by what it has not heard of`() throws {
    let team = try Team(2)
    try team[0].write("before", to: "before")
    try team.sync()
    team[1].stop()
    #expect(try eventually { try peer("B", of: team[0])["connected"] as? Bool == false })
    #expect(try peer("B", of: team[0])["behindFiles"] as? Int == 0)
    for index in 0..<4 { try team[0].write(String(repeating: "x", count: 100), to: "new\(index)") }
    try team[0].covey("scan")
    let away = try peer("B", of: team[0])
    #expect(away["behindFiles"] as? Int == 4 && away["behindBytes"] as? Int == 400)
    // The number survives a start.
    team[0].stop()
    try team[0].start()
    #expect(try eventually { try peer("B", of: team[0])["behindFiles"] as? Int == 4 })
    try team[1].start()
    try team.sync()
    #expect(try peer("B", of: team[0])["behindFiles"] as? Int == 0)
  }

  @Test func `why names who has a file and which rule ignores one`() throws {
    let team = try Team(2)
    try team[0].write("x", to: "kept")
    try team[0].write("# shared rules\n*.o\n", to: ".coveyignore")
    try team[0].write("object", to: "a.o")
    try team.sync()
    let kept = try team[0].covey("why", team[0].path("kept"))
    #expect(kept.contains("a file of 1 byte,") && kept.contains("This disk holds what the team shows"))
    #expect(try eventually { try team[0].covey("why", team[0].path("kept")).contains("Who has it: A, B.") || team[0].covey("why", team[0].path("kept")).contains("Who has it: B, A.") })
    #expect(try team[0].covey("why", team[0].path("a.o")).contains(".coveyignore, line 2, ignores it: *.o"))
    #expect(try run(team[0], ["pause", "nothing"]).errors.contains("no folder and no device 'nothing'"))
  }

  @Test func `Ctrl-C ends a command also where the tests were started with it ignored`() throws {
    let before = Glibc.signal(SIGINT, SIG_IGN)
    defer { Glibc.signal(SIGINT, before) }
    let child = try Child(["sleep", "60"])
    child.signal(SIGINT)
    #expect(child.wait() == -SIGINT)
  }

  @Test func `who goes away from a command that follows is no error of the daemon`() throws {
    let team = try Team(1)
    let following = try Child([Program.path, "log", "--home", team[0].home, "--follow"])
    let watching = try Child([Program.path, "status", "--home", team[0].home, "--watch"])
    _ = watching.firstLine()
    for child in [following, watching] { child.signal(SIGINT); child.wait() }
    // A code is withdrawn within a quarter of a second of its maker's going, and so is everything else that follows.
    try team[0].write("x", to: "x")
    sleep(1)
    #expect(!team[0].log.contains("ERROR"))
  }

  @Test func `a device's own new name counts at once, here and with its peers`() throws {
    let team = try Team(2)
    try team[0].covey("devices", "rename", "A", "desk")
    #expect((try team[0].status()["device"] as? [String: Any])?["name"] as? String == "desk")
    #expect(try eventually { try peer("desk", of: team[1])["connected"] as? Bool == true })
    try team[0].write("by desk", to: "note")
    try team.sync()
    #expect((try team[1].json("history", "F:note") as? [[String: Any]])?.first?["device"] as? String == "desk")
    // A name that this device's people gave to another stays theirs.
    try team[1].covey("devices", "rename", "desk", "mine")
    try team[0].covey("devices", "rename", "desk", "table")
    try team[0].write("by table", to: "note")
    try team.sync()
    #expect(try peer("mine", of: team[1])["connected"] as? Bool == true)
    team[1].stop()
    try team[1].start()
    try team.sync()
    #expect(try peer("mine", of: team[1])["connected"] as? Bool == true)
  }

  @Test func `two devices on ports of the system's choice find each other after both were away`() throws {
    let team = try Team(2)
    for device in team.devices { device.stop() }
    for device in team.devices { try device.covey("init", "--listen", "127.0.0.1:0") }
    // One keeps the port it had, and so does the other: nobody has to be told.
    for device in team.devices { try device.start() }
    try team.sync()
    for device in team.devices { device.stop() }
    for device in team.devices { try device.start() }
    try team.sync()
  }

  @Test func `the log tells of folders, peers and conflicts, a line each`() throws {
    let team = try Team(2)
    #expect(team[0].log.contains("a folder is shared"))
    #expect(team[1].log.contains("an offered folder is placed"))
    #expect(team[0].log.contains("connected"))
    try team[0].write("one", to: "evil\n\u{1B}[2J\u{202E}name")
    try team.sync()
    try team.offline {
      try team[0].write("A", to: "evil\n\u{1B}[2J\u{202E}name")
      try team[1].write("B!", to: "evil\n\u{1B}[2J\u{202E}name")
    }
    #expect(try eventually { team[0].log.contains("conflict 1") || team[1].log.contains("conflict 1") })
    team[1].stop()
    #expect(try eventually { team[0].log.contains("connection lost") && team[0].log.contains("reason=") })
    let aside = team[0].folder + ".aside"
    #expect(rename(team[0].folder, aside) == 0)
    #expect(try eventually { team[0].log.contains("the folder is blocked") })
    #expect(rename(aside, team[0].folder) == 0)
    #expect(try eventually { team[0].log.contains("the folder is no longer blocked") })
    for device in team.devices {
      #expect(!device.log.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
      #expect(device.log.split(separator: "\n").allSatisfy { $0.wholeMatch(of: /\d{4}-\d\d-\d\dT[0-9:.]+Z (TRACE|DEBUG|INFO |NOTE |WARN |ERROR|FATAL) .*/) != nil })
    }
  }

  @Test func `no command prints what a name would do to a terminal`() throws {
    let team = try Team(2)
    let name = "a\n\u{1B}[2J\u{202E}\u{9B}b"
    try team[0].write("one", to: name)
    try team.sync()
    try team.offline {
      try team[0].write("A", to: name)
      try team[1].write("B!", to: name)
    }
    let commands = [["status"], ["folders"], ["devices"], ["conflicts"], ["conflicts", "show", "1"], ["conflicts", "diff", "1"], ["log"], ["history", "F:" + name], ["why", "F:" + name], ["scan"], ["held"]]
    for command in commands {
      let outcome = try run(team[0], command)
      #expect(outcome.code == 0, "\(command): \(outcome.errors)")
      let isSafe = (outcome.output + outcome.errors).unicodeScalars.allSatisfy { ($0.value >= 0x20 || $0.value == 10 || $0.value == 9) && !(0x7F...0x9F).contains($0.value) && $0.value != 0x202E }
      #expect(isSafe, "\(command)")
      let json = try run(team[0], command + ["--json"])
      #expect(json.code == 0 && json.errors.isEmpty, "\(command)")
      #expect(throws: Never.self, "\(command)") { try JSONSerialization.jsonObject(with: Data(json.output.utf8)) }
    }
  }

  // MARK: Live progress

  /// A terminal that a program writes to, as text that grows.
  private final class Terminal {
    let path: String
    private let leader: Int32
    /// Kept open, so that the terminal lives when nobody writes to it.
    private let follower: Int32
    private(set) var text = ""

    init() throws {
      // posix_openpt and its kin are not in the C library's overlay; these are TIOCSPTLCK and TIOCGPTN.
      leader = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      var (isLocked, number): (Int32, UInt32) = (0, 0)
      guard leader >= 0, ioctl(leader, 0x4004_5431, &isLocked) == 0, ioctl(leader, 0x8004_5430, &number) == 0 else { throw Failure("no terminal to be had") }
      path = "/dev/pts/\(number)"
      follower = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard follower >= 0 else { throw Failure("no terminal to be had") }
      _ = fcntl(leader, F_SETFL, O_NONBLOCK)
    }

    deinit {
      close(follower)
      close(leader)
    }

    func shows(_ expected: Regex<Substring>) -> Bool {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while case let count = read(leader, &buffer, buffer.count), count > 0 { text += String(decoding: buffer[..<count], as: UTF8.self) }
      return text.contains(expected)
    }
  }

  private func process(_ device: Device, _ arguments: [String], on terminal: Terminal, environment: [String: String] = [:]) throws -> Child {
    let command = [Program.path] + arguments + ["--home", device.home]
    return try Child(
      ["sh", "-c", "exec \"$@\" > \(terminal.path) 2> /dev/null", "sh"] + command, environment: ["TERM": "xterm"].merging(environment) { $1 })
  }

  @Test func `a terminal shows rates while something moves, a pipe never does`() throws {
    let team = try Team(2)
    let piped = try Child([Program.path, "status", "--watch", "--home", team[1].home])
    let terminals = [try Terminal(), try Terminal()]
    let watching = try zip(team.devices, terminals).map { try process($0, ["status", "--watch"], on: $1) }
    defer { for process in watching + [piped] { process.signal(SIGTERM); process.wait() } }
    #expect(try eventually { terminals.map { $0.shows(/in sync/) } == [true, true] })
    // Slow enough that there is something to look at.
    let config = team[1].home + "/config.toml"
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try (text + "\n[limits]\nreceive = \"4MB\"\n").write(toFile: config, atomically: true, encoding: .utf8)
    team[1].stop()
    try team[1].start()
    let again = try process(team[1], ["status", "--watch"], on: terminals[1])
    defer { again.signal(SIGTERM); again.wait() }
    var bytes = Data(count: 24 << 20)
    bytes.withUnsafeMutableBytes { buffer in
      var generator = SystemRandomNumberGenerator()
      for offset in stride(from: 0, to: buffer.count, by: 8) { buffer.storeBytes(of: generator.next(), toByteOffset: offset, as: UInt64.self) }
    }
    try team[0].write(bytes, to: "large")
    // Both are read all the time: a terminal that nobody reads stops who writes to it.
    let haveShown = try eventually(30) {
      [terminals[0].shows(/sending [0-9.]+ [kM]B\/s/), terminals[1].shows(/receiving [0-9.]+ [kM]B\/s, \d+ s left/)] == [true, true]
    }
    #expect(haveShown, "\(terminals[0].text.suffix(1_500))\n\(terminals[1].text.suffix(1_500))")
    try team.sync()
    piped.signal(SIGTERM)
    let output = piped.outcome().output
    #expect(output.contains("in sync") && !output.contains("\u{1B}") && !output.contains("/s"))
  }

  @Test func `the daemon in the foreground shows on a terminal what it scans, without colours where they are not wanted`() throws {
    let team = try Team(1)
    team[0].stop()
    // Nothing but holes: they are quickly made, and long to read.
    for index in 0..<48 {
      try team[0].write("\(index)", to: "big\(index)")
      #expect(truncate(team[0].path("big\(index)"), 64 << 20) == 0)
    }
    let terminal = try Terminal()
    let daemon = try process(team[0], ["run"], on: terminal, environment: ["NO_COLOR": "1"])
    #expect(try eventually(30) { terminal.shows(/scanning .*\/s/) }, "\(terminal.text.suffix(2_000))")
    #expect(try eventually(60) { terminal.shows(/in sync/) })
    #expect(!terminal.text.contains("\u{1B}[3"), "no colours")
    daemon.signal(SIGTERM)
    #expect(daemon.wait() == 0)
  }

  // MARK: Strangers at the door

  @Test func `ten thousand half-open connections cost little and keep no member out`() throws {
    let team = try Team(2)
    func residentKilobytes() throws -> Int {
      let line = try String(contentsOfFile: "/proc/\(try team[0].processID)/status", encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      return Int(line?.filter(\.isNumber) ?? "") ?? 0
    }
    let before = try residentKilobytes()
    var most = 0
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = (UInt16(team[0].address.split(separator: ":").last ?? "") ?? 0).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    for wave in 0..<10 {
      var open: [Int32] = []
      for _ in 0..<1_000 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("no more sockets: \(errno)") }
        _ = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) } }
        open.append(descriptor)
      }
      if wave == 4 {
        // A member that comes now still comes in.
        team[1].stop()
        try team[1].start()
        #expect(try eventually(20) { try peer("B", of: team[0])["connected"] as? Bool == true })
      }
      most = max(most, try residentKilobytes())
      for descriptor in open { close(descriptor) }
    }
    #expect(most - before < 20 << 10, "\(most - before) kB more")
    try team.sync()
  }
}
