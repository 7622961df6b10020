import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Scan: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Scan now; returns when the result is in the index.")

  @Argument(help: "The folder's label (else every folder).")
  var label: String?

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let report: ScanReport = try await shared.withDaemon { try await $0.ask("scan", ScanRequest(label: label), timeout: nil) }
    if shared.json { return try Output.json(report) }
    var table = Table(header: ["FOLDER", "FILES", "SIZE", "CHANGES"], [.left, .right, .right, .right])
    for folder in report.folders {
      table.add([.init(folder.label.escaped), .init("\(folder.files)"), .init(folder.bytes.byteCountText), .init("\(folder.changes)")])
    }
    Output.text(table.text)
    for folder in report.folders {
      for problem in folder.problems { Output.text("\(folder.label.escaped):\(problem.path.escaped): \(problem.reason.escaped)") }
    }
  }
}
