import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Why: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain one file's state: its versions, who has it, what it waits for, which ignore rule matches.")

  @Argument(help: "The file.", completion: .file())
  var path: String

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let report: WhyReport = try await shared.withDaemon { try await $0.ask("why", PathRequest(path: try PathArgument.reference(path))) }
    if shared.json { return try Output.json(report) }
    Output.text(Colour.bold("\(report.folder):\(report.path)".escaped))
    for sentence in report.sentences { Output.text("  \(sentence.escaped)") }
  }
}
