import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon
import Foundation
import Logging

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon in the foreground.",
    discussion: "Makes this device's identity and config where there is none, and shares each FOLDER that is not shared yet.")

  @Argument(help: ArgumentHelp("Directories to share.", valueName: "folder"), completion: .directory)
  var folders: [String] = []

  @Option(help: "How much to log: trace, debug, info, notice, warning, error or critical (else COVEY_LOG, else info).")
  var logLevel: String?

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    _ = try level()
  }

  func run() async throws {
    let home = try shared.located()
    let level = try level()
    let isLive = Output.isStyled && !shared.json
    let log = Logger(label: "covey") { _ in
      TextLogHandler(level: level) { line in
        if isLive { Output.raw("\r\u{1B}[K") }
        TextLogHandler.writeToStandardError(line)
      }
    }
    let directories = try folders.map(PathArgument.absolute)
    for directory in directories {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue else {
        throw CommandFailure(.failed, "\(directory.escaped) is no directory: make it first")
      }
    }
    let json = shared.json
    let userDirectory = SharedOptions.userDirectory
    try await Daemon.run(
      home: home, options: .init(folders: directories), userDirectory: userDirectory, log: log,
      makeService: { try SyncService.make($0) },
      onReady: { ready in
        if json {
          try? Output.json(ReadyReport(event: "ready", device: ready.device.text, address: ready.address))
        } else {
          Output.text("ready \(ready.device.text) listening on \(ready.address)")
        }
        if isLive { try? await LiveProgress.show(ready.service) }
      })
  }

  private struct ReadyReport: Encodable {
    var event: String
    var device: String
    var address: String
  }

  private func level() throws -> Logger.Level {
    guard let text = logLevel ?? ProcessInfo.processInfo.environment["COVEY_LOG"], !text.isEmpty else { return .info }
    guard let level = Logger.Level(rawValue: text.lowercased()) else {
      throw ValidationError("'\(text)' is no log level: name one of trace, debug, info, notice, warning, error, critical")
    }
    return level
  }
}
