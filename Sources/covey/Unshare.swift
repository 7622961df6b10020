import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Unshare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Stop syncing a folder here; its files stay.")

  @Argument(help: "The folder's label.")
  var label: String

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let report: EmptyReport = try await shared.withDaemon { try await $0.ask("unshare", UnshareRequest(label: label)) }
    if shared.json { return try Output.json(report) }
    Output.text("\(label.escaped) is not synced here any more; its files stay")
  }
}
