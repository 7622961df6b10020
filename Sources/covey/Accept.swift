import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Accept: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Place an offered folder.", discussion: "A directory that already holds files is merged, never overwritten.")

  @Argument(help: "The folder's label, as 'covey folders' lists it.")
  var label: String

  @Argument(help: "The directory; made where there is none.", completion: .directory)
  var path: String

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let request = AcceptRequest(label: label, path: try PathArgument.absolute(path))
    let report: FolderReport = try await shared.withDaemon { try await $0.ask("accept", request) }
    if shared.json { return try Output.json(report) }
    Output.text("\(report.label.escaped) is at \(report.path.escaped)")
  }
}
