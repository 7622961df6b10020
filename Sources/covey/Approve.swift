import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Approve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let deletes count that are held: the other devices are told.",
    discussion: "More than 100 files and more than half of a folder gone within ten minutes are held. 'covey restore LABEL:' brings them back instead.")

  @Argument(help: "The folder's label.")
  var label: String

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let report: ApproveReport = try await shared.withDaemon { try await $0.ask("approve", ApproveRequest(label: label), timeout: nil) }
    if shared.json { return try Output.json(report) }
    Output.text("\(report.folder.escaped): \(report.files) deleted files are announced")
  }
}
