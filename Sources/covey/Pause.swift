import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Pause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Pause everything, a folder, or the exchange with a device.")

  @Argument(help: ArgumentHelp("A folder's label or a device's name.", valueName: "label|device"))
  var target: String?

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    try await Pausing.perform("pause", target, shared)
  }
}

/// What pausing and resuming share.
enum Pausing {
  static func perform(_ verb: String, _ target: String?, _ shared: SharedOptions) async throws {
    let report: PauseReport = try await shared.withDaemon { try await $0.ask(verb, PauseRequest(target: target)) }
    if shared.json { return try Output.json(report) }
    let names = (report.folders + report.devices).map(\.escaped).joined(separator: ", ")
    Output.text("\(report.paused ? "paused" : "resumed"): \(names.isEmpty ? "nothing" : names)")
  }
}
