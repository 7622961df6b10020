import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

extension ResolveRequest.Choice: ExpressibleByArgument {}

extension Conflicts {
  struct Resolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Settle a conflict on every device.", discussion: "Whatever is dropped goes to history; 'both' keeps the copy as an ordinary file.")

    @OptionGroup var conflict: ConflictArgument

    @Option(help: "Which side stays: current, copy or both.")
    var keep: ResolveRequest.Choice?

    @Option(help: ArgumentHelp("A file with the content to keep instead.", valueName: "file"), completion: .file())
    var with: String?

    func validate() throws {
      guard (keep == nil) != (with == nil) else { throw ValidationError("say what to keep: --keep current, copy or both, or --with FILE") }
    }

    func run() async throws {
      let request = ResolveRequest(id: conflict.id, keep: keep, with: try with.map(PathArgument.absolute))
      let report: ResolveReport = try await conflict.shared.withDaemon { try await $0.ask("conflicts/resolve", request, timeout: nil) }
      if conflict.shared.json { return try Output.json(report) }
      Output.text("\(report.folder.escaped):\(report.path.escaped): \(report.outcome.escaped)")
    }
  }
}
