import CoveyDaemon
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CommandLineTests {
  private let directory = TemporaryDirectory()
  private var home: String { directory.path + "/home" }

  @Test func theVersionIsPrinted() throws {
    let outcome = try BuiltCommand.run("--version")
    #expect(outcome.exitCode == 0)
    #expect(outcome.output == ProgramVersion.text + "\n")
  }

  @Test func helpAndCompletionsGoToStandardOutput() throws {
    for arguments in [["--help"], ["help", "status"], ["conflicts", "resolve", "--help"], ["--generate-completion-script", "bash"], ["--generate-completion-script", "zsh"], ["--generate-completion-script", "fish"]] {
      let process = BuiltCommand.process(arguments, home: nil)
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(arguments)")
      #expect(text.contains("covey"), "\(arguments)")
    }
  }

  @Test(arguments: [
    ["dance"], ["status", "--wait"], ["status", "--wait", "soon"], ["status", "--peers", "1"], ["conflicts", "resolve", "1"],
    ["conflicts", "resolve", "x", "--keep", "both"], ["conflicts", "resolve", "1", "--keep", "neither"],
    ["conflicts", "resolve", "1", "--keep", "both", "--with", "f"], ["share"], ["init", "--name", "a/b"], ["init", "--listen", "x"],
    ["restore", "f", "--at", "whenever"], ["share", ""], ["why", ""], ["pair", "--into", "d"], ["pair", "--expires", "2w"], ["run", "--log-level", "loud"],
  ])
  func wrongUsageIsOneLineAndTwo(_ arguments: [String]) throws {
    let process = BuiltCommand.process(arguments, home: home)
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let silent = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 2)
    #expect(silent.isEmpty)
    #expect(text.hasPrefix("covey: "))
    #expect(text.count(where: \.isNewline) == 1, "\(text)")
  }

  @Test(arguments: [
    ["status"], ["status", "--json"], ["status", "--wait", "5"], ["folders"], ["devices"], ["devices", "rename", "a", "b"], ["pair"], ["pair", "X"],
    ["share", "."], ["unshare", "x"], ["accept", "x", "y"], ["pause"], ["resume", "x"], ["scan"], ["conflicts"], ["conflicts", "show", "1"],
    ["conflicts", "diff", "1"], ["conflicts", "resolve", "1", "--keep", "both"], ["held"], ["history", "x"], ["restore", "x"], ["log"], ["why", "x"],
  ])
  func withoutADaemonEveryCommandSaysSo(_ arguments: [String]) throws {
    let process = BuiltCommand.process(arguments, home: home)
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let silent = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 4)
    #expect(text == "covey: the daemon is not running: start it with 'covey run'\n")
    #expect(silent.isEmpty)
  }

  /// What must not happen is that another name, with a sign of replacement in it, is asked about.
  @Test(arguments: ["\"$0\" why \"$(printf 'caf\\351')\"", "mkdir \"$1/$(printf 'caf\\351')\" && cd \"$1\"/caf* && \"$0\" why x"])
  func aNameThatIsNotUTF8IsRefused(_ script: String) throws {
    let shell = BuiltCommand.process(["-c", script, BuiltCommand.executable.path, directory.path], home: home)
    shell.executableURL = URL(filePath: "/bin/sh")
    let error = Pipe()
    shell.standardError = error
    try shell.run()
    let text = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 2)
    #expect(text == "covey: caf\\xE9 is not valid UTF-8: rename it, since only such names are shared\n"
      || text == "covey: the current directory is not valid UTF-8: name an absolute path\n", "\(text)")
  }

  @Test func initMakesADeviceOnceAndChangesOnlyWhatIsNamed() throws {
    struct Report: Decodable {
      struct Device: Decodable {
        var id: String
        var name: String
      }
      var device: Device
      var created: Bool
    }
    func run(_ outcome: BuiltCommand.Outcome) throws -> Report {
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    }
    let first = try run(try BuiltCommand.run("init", "--json", "--name", "laptop", "--listen", "127.0.0.1:0", home: home))
    #expect(first.created && first.device.name == "laptop" && !first.device.id.isEmpty)
    let before = try String(contentsOfFile: home + "/config.toml", encoding: .utf8)
    let second = try run(try BuiltCommand.run("init", "--json", home: home))
    #expect(!second.created)
    #expect(second.device.id == first.device.id)
    #expect(try String(contentsOfFile: home + "/config.toml", encoding: .utf8) == before)
    _ = try run(try BuiltCommand.run("init", "--home", home, "--json", "--no-discovery"))
    let after = try String(contentsOfFile: home + "/config.toml", encoding: .utf8)
    #expect(after == before + "discovery = false\n")
  }

  @Test func aHomeThatIsOpenToOthersIsRefused() throws {
    #expect(try BuiltCommand.run("init", home: home).exitCode == 0)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: home)
    for command in ["init", "run"] {
      let outcome = try BuiltCommand.run(command, home: home)
      #expect(outcome.exitCode == 1)
      #expect(outcome.error == "covey: \(home) is open to other users: close it with 'chmod 700 \(home)'\n")
    }
  }

  @Test func aMistakeInTheConfigStopsTheStartWithItsLine() throws {
    #expect(try BuiltCommand.run("init", home: home).exitCode == 0)
    try Data("[device]\nname = \"x\"\ncolour = \"red\"\n".utf8).write(to: URL(filePath: home + "/config.toml"))
    let outcome = try BuiltCommand.run("run", home: home)
    #expect(outcome.exitCode == 1)
    #expect(outcome.error.hasPrefix("covey: \(home)/config.toml, line 3: 'colour' is unknown"))
    #expect(outcome.output.isEmpty)
  }

  @Test func theDaemonSaysThatItIsReadyRefusesASecondOneAndStopsWhenTold() throws {
    #expect(try BuiltCommand.run("init", "--listen", "127.0.0.1:0", "--no-discovery", home: home).exitCode == 0)
    let daemon = BuiltCommand.process(["run"], home: home)
    let output = Pipe()
    daemon.standardOutput = output
    daemon.standardError = FileHandle.nullDevice
    try daemon.run()
    defer { if daemon.isRunning { daemon.terminate() } }
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    #expect(line.wholeMatch(of: /ready [A-Z0-9-]+ listening on 127\.0\.0\.1:\d+\n/) != nil, "\(line)")

    let second = try BuiltCommand.run("run", home: home)
    #expect(second.exitCode == 1)
    #expect(second.error == "covey: another covey runs on this home (pid \(daemon.processIdentifier)): stop it first\n")
    #expect(second.output.isEmpty)

    let status = try BuiltCommand.run("status", "--json", home: home)
    #expect(status.exitCode == 0)
    #expect(throws: Never.self) { try JSONDecoder().decode(StatusReport.self, from: Data(status.output.utf8)) }
    #expect(try BuiltCommand.run("conflicts", "--home", home, "list", "--json").output == "[]\n")

    let start = ContinuousClock.now
    daemon.terminate()
    daemon.waitUntilExit()
    #expect(daemon.terminationStatus == 0)
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(!FileManager.default.fileExists(atPath: home + "/control.sock"))
  }
}
