import ArgumentParser
import CoveyClient
import CoveyDaemon
import Foundation

/// What every command takes.
struct SharedOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The directory of this device (else COVEY_HOME, else the XDG directories).", valueName: "dir"), completion: .directory)
  var home: String?

  @Flag(help: "Print JSON and nothing else.")
  var json = false

  /// The home that is meant.
  /// - Throws: `HomeError` when nothing says where.
  func located() throws -> Home {
    try Home.located(
      option: home, environment: ProcessInfo.processInfo.environment, currentDirectory: FileManager.default.currentDirectoryPath)
  }

  /// Connects to the daemon for the time of `body`.
  func withDaemon<Result>(_ body: (ControlClient) async throws -> Result) async throws -> Result {
    try await ControlClient.with(try located(), body)
  }

  static var userDirectory: String? { ProcessInfo.processInfo.environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } }
}
