import CLinux
import Foundation
import Glibc
import Testing

/// Wrong use, wrong files and wrong neighbours: each ends with its exit code and one line that says what to do. Serialized: daemons on two cores.
@Suite(.serialized, .timeLimit(.minutes(3))) struct BadInputTests {
  /// One device whose daemon does not run, with a directory of its own.
  private final class Alone {
    let root = Team.newRoot()
    let device: Device

    init() throws {
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
      device = try Device("A", in: root)
    }

    deinit {
      device.killHard()
      try? FileManager.default.removeItem(atPath: root)
    }

    func directory(_ name: String) throws -> String {
      try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true)
      return root + "/" + name
    }
  }

  @Test func `wrong words end with 2`() throws {
    let alone = try Alone()
    let device = alone.device
    for line in [
      ["status", "--nonsense"], ["status", "--wait", "soon"], ["status", "--wait", "-1"], ["status", "--peers", "-1", "--wait", "1"],
      ["share"], ["accept", "F"], ["nonsense"], ["restore"], ["conflicts", "show"], ["conflicts", "resolve", "1"],
      ["conflicts", "resolve", "1", "--keep", "nothing"], ["conflicts", "resolve", "1", "--keep", "copy", "--with", "f"],
      ["restore", "F:x", "--version", "1", "--at", "2h"], ["restore", "F:x", "--at", "whenever"], ["log", "--since", "whenever"],
      ["init", "--listen", "nowhere"], ["init", "--name", ""], ["init", "--advertise", "x"], ["share", "/tmp", "--label", "a/b"],
    ] {
      let outcome = try Program.run([Program.path] + line + ["--home", device.home])
      #expect(outcome.isError(2), "\(line): \(outcome)")
    }
  }

  @Test func `without a daemon every command that needs one ends with 4`() throws {
    let alone = try Alone()
    let device = alone.device
    for line in [
      ["status"], ["pair"], ["share", "/tmp"], ["accept", "F", "/tmp/x"], ["unshare", "F"], ["folders"], ["devices"], ["pause"], ["resume"], ["scan"],
      ["conflicts"], ["conflicts", "show", "1"], ["history", "F:x"], ["restore", "F:x"], ["log"], ["why", "F:x"],
    ] {
      let outcome = try Program.run([Program.path] + line + ["--home", device.home])
      #expect(outcome.isError(4, "covey run"), "\(line): \(outcome)")
      let json = try Program.run([Program.path] + line + ["--home", device.home, "--json"])
      #expect(json.isError(4, "covey run"), "\(line) --json: \(json)")
    }
  }

  @Test func `what cannot be shared`() throws {
    let alone = try Alone()
    let device = alone.device
    let shared = try alone.directory("A/F")
    let inner = try alone.directory("A/F/inner")
    let twin = try alone.directory("other/F")
    try Data().write(to: URL(fileURLWithPath: alone.root + "/file"))
    #expect(try device.attempt("run", alone.root + "/missing").isError(1, "missing"))
    #expect(try device.attempt("run", alone.root + "/file").isError(1, "file"))
    try device.start(sharing: shared)
    #expect(try device.attempt("run").isError(1))
    #expect(try device.attempt("share", alone.root + "/missing").isError(1, "missing"))
    #expect(try device.attempt("share", alone.root + "/file").isError(1, "no directory"))
    #expect(try device.attempt("share", inner).isError(1))
    #expect(try device.attempt("share", alone.root).isError(1))
    #expect(try device.attempt("share", shared).isError(1, "'F'"))
    #expect(try device.attempt("share", device.home).isError(1))
    #expect(try device.attempt("share", "/proc/1").isError(1, "/proc/1", "cannot be"))
    #expect(try device.attempt("share", twin).isError(1, "label"))
    #expect(try device.attempt("share", twin, "--label", "twin").code == 0)
    #expect(try device.attempt("accept", "nothing", alone.root + "/x").isError(1, "nothing"))
    for line in [["unshare", "nothing"], ["scan", "nothing"], ["pause", "nothing"], ["history", "nothing:x"], ["history", "F:never"], ["restore", "F:never"], ["devices", "rename", "nobody", "x"]] {
      let outcome = try Program.run([Program.path] + line + ["--home", device.home])
      #expect(outcome.isError(1), "\(line): \(outcome)")
    }
    #expect(try device.attempt("history", alone.root + "/elsewhere").code != 0)
    // A place that a person named wrongly is no error of the daemon.
    try Data("x".utf8).write(to: URL(filePath: shared + "/f"))
    symlink(alone.root, shared + "/link")
    try device.covey("scan", "F")
    #expect(try device.attempt("restore", "F:f", "--at", "2099-01-01T00:00:00Z", "--to", "F:f/below").isError(1, "f is no directory"))
    #expect(try device.attempt("restore", "F:f", "--at", "2099-01-01T00:00:00Z", "--to", "F:link/below").isError(1, "link is no directory"))
    #expect(try device.attempt("conflicts", "resolve", "99", "--with", alone.root + "/missing").isError(1, "99"))
    #expect(!device.log.contains("ERROR"), "\(device.log)")
    #expect(try device.attempt("conflicts", "resolve", "99", "--keep", "copy").isError(1, "99"))
    #expect(try device.attempt("status", "--wait", "0.2", "--peers", "5").code == 3)
  }

  @Test func `a config with a mistake stops the start with its line and the reason`() throws {
    let alone = try Alone()
    let device = alone.device
    let path = device.home + "/config.toml"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let folder = try alone.directory("A/F")
    for (mistake, words) in [
      ("\n[limits]\nsent = \"1MB\"\n", "sent"), ("\n[limits]\nsend = true\n", "send"), ("\n[limits]\nsend = \"many\"\n", "send"),
      ("\n[nonsense]\n", "nonsense"), ("\n[[folder]]\nlabel = \"x\"\n", "path"), ("\n[[folder]]\nlabel = 7\npath = \"\(folder)\"\n", "label"),
      ("\n[[folder]]\nlabel = \"x\"\npath = \"relative\"\n", "path"), ("\n[[folder]]\nlabel = \"x\"\npath = \"\(folder)\"\nrescan = \"often\"\n", "rescan"),
      ("\n[[folder]]\nlabel = \"x\"\npath = \"\(folder)\"\ndurability = \"none\"\n", "durability"), ("\nno toml at all", "TOML"),
      ("\n[[folder]]\nlabel = \"x\"\npath = \"\(folder)\"\n[[folder]]\nlabel = \"x\"\npath = \"\(folder)2\"\n", "x"),
      ("\n[[folder]]\nlabel = \"x\"\npath = \"\(folder)\"\n[[folder]]\nlabel = \"y\"\npath = \"\(folder)/in\"\n", "y"),
    ] {
      try (text + mistake).write(toFile: path, atomically: true, encoding: .utf8)
      chmod(path, 0o600)
      let outcome = try device.attempt("run")
      #expect(outcome.isError(1, words), "\(mistake): \(outcome)")
      #expect(outcome.errors.contains("config.toml, line "), "names the line: \(outcome.errors)")
    }
    // A folder that is not there does not stop the others: it is blocked, and says so.
    try (text + "\n[[folder]]\nlabel = \"x\"\npath = \"\(alone.root)/missing\"\n").write(toFile: path, atomically: true, encoding: .utf8)
    try device.start()
    try eventually("it is blocked") { try device.state() == "blocked" }
    #expect(try device.problems().contains { $0.reason.contains(": ") })
  }

  @Test func `secrets that others could read are refused`() throws {
    let alone = try Alone()
    let device = alone.device
    let key = device.home + "/identity/device.key"
    #expect(FileManager.default.fileExists(atPath: key))
    chmod(key, 0o644)
    #expect(try device.attempt("run").isError(1, "chmod 600"))
    chmod(key, 0o600)
    chmod(device.home, 0o755)
    #expect(try device.attempt("run").isError(1, "chmod 700"))
    chmod(device.home, 0o700)
    try Data("no key".utf8).write(to: URL(fileURLWithPath: key))
    chmod(key, 0o600)
    #expect(try device.attempt("run").isError(1))
  }

  @Test func `a port in use`() throws {
    let alone = try Alone()
    try alone.device.start()
    let second = try Device("B", in: alone.root, place: .init(port: UInt16(alone.device.address.split(separator: ":")[1])))
    #expect(try second.attempt("run").isError(1, second.address))
  }

  @Test func `a foreign record is refused or set aside, and nothing in the folder is touched`() throws {
    let team = try Team(2)
    try team[0].write("kept", to: "kept")
    try team.sync()
    let record = team[1].home + "/state.db"
    func replaceRecord(_ write: (String) throws -> Void) throws {
      team[1].stop()
      for suffix in ["", "-wal", "-shm"] { unlink(record + suffix) }
      try write(record)
      try team[1].write("by B", to: "b")
      try team[0].write("by A", to: "a")
      try team[1].start()
      try team.syncAndExpectEqual()
      #expect(try Tree(team[0].folder).names == ["a", "b", "kept"])
    }
    // What was in a home that is in use is taken for its record, set aside, and built anew.
    try replaceRecord { try Data("this is no database, whatever its name says".utf8).write(to: URL(fileURLWithPath: $0)) }
    try replaceRecord { try Data().write(to: URL(fileURLWithPath: $0)) }
    // Another device's record, with its logs and agreed versions.
    let other = team[0].home + "/state.db"
    try replaceRecord { path in
      team[0].stop()
      for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: other + suffix) {
        try FileManager.default.copyItem(atPath: other + suffix, toPath: path + suffix)
      }
      try team[0].start()
    }
  }

  @Test func `a record whose middle is damaged while the daemon is down`() throws {
    let team = try Team(2)
    for index in 0..<300 { try team[0].write("file \(index)", to: "d/f\(index)") }
    try team.sync()
    try team.offline {
      let record = team[1].home + "/state.db"
      let file = open(record, O_WRONLY | O_CLOEXEC)
      defer { close(file) }
      var info = stat()
      fstat(file, &info)
      let noise = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      for offset in stride(from: 16_384, to: Int(info.st_size), by: 32_768) { _ = pwrite(file, noise, noise.count, offset) }
    }
    try team.expectEqual()
    #expect(try Tree(team[1].folder).names.count == 301)
  }

  @Test func `sockets, devices, pipes and names that are no UTF-8 are reported and left alone`() throws {
    let team = try Team(2)
    let folder = team[0].folder
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (folder + "/socket").utf8) }
    let bound = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) } }
    #expect(bound == 0)
    let invalid = folder.utf8CString.dropLast() + [0x2F, 0x62, CChar(bitPattern: 0xFF), 0]
    close(Array(invalid).withUnsafeBufferPointer { open($0.baseAddress!, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600) })
    mkdir(folder + "/d", 0o755)
    #expect(mkfifo(folder + "/d/pipe", 0o600) == 0)
    try team[0].write("plain", to: "d/plain")
    try team.sync()
    #expect(try Tree(team[1].folder).names == ["d", "d/plain"])
    let problems = try team[0].problems()
    #expect(Set(problems.map(\.path)).isSuperset(of: ["pipe", "socket", "d/pipe"]) && problems.count == 4)
    #expect(problems.allSatisfy { $0.reason.contains(": ") })
    // The human report says it, too, without a raw control character.
    #expect(try team[0].covey("status").contains("pipe"))
    // What they stand in the way of keeps them: nothing of this is deleted or replaced.
    try team[1].write("a file of B", to: "pipe")
    _ = try team[1].attempt("status", "--wait", "3", "--peers", "1")
    try eventually("A says what stands in the way") { try team[0].problems().contains { $0.path == "pipe" } }
    var info = stat()
    #expect(lstat(folder + "/pipe", &info) == 0 && info.st_mode & S_IFMT == S_IFIFO)
    try team[0].remove("pipe")
    try eventually("the file takes its place") { team[0].read("pipe") == "a file of B" }
  }
}
