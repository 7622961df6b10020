import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Share: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Share a folder with all paired devices.")

  @Argument(help: "The directory.", completion: .directory)
  var path: String

  @Option(help: "What the folder is called on every device (else the directory's name).")
  var label: String?

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    if let label, let reason = NameRule.objection(to: label) { throw ValidationError(reason) }
  }

  func run() async throws {
    let request = ShareRequest(path: try PathArgument.absolute(path), label: label)
    let report: FolderReport = try await shared.withDaemon { try await $0.ask("share", request) }
    if shared.json { return try Output.json(report) }
    Output.text("sharing \(report.path.escaped) as \(report.label.escaped)")
  }
}
