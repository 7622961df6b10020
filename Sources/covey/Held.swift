import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Held: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what is held for a decision, and decide.",
    discussion: "Held are files that came back after everybody else forgot them, and deletes too many to be believed.",
    subcommands: [List.self, Accept.self, Revert.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List what is held.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let held: [HeldReport] = try await shared.withDaemon { try await $0.ask("held", EmptyRequest()) }
      if shared.json { return try Output.json(held) }
      if held.isEmpty { return Output.note("nothing is held") }
      var table = Table(header: ["PATH", "WHAT", "FILES", "SIZE", "WHY"], [.left, .left, .right, .right, .left])
      for item in held {
        table.add([
          .init("\(item.folder):\(item.path)".escaped), .init(item.kind.rawValue), .init("\(item.files)"), .init(item.bytes.byteCountText),
          .init(item.reason.escaped),
        ])
      }
      Output.text(table.text)
    }
  }

  struct Accept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let it count: a held file is shared as a new one, held deletes are announced.")

    @OptionGroup var decision: HeldArguments

    func run() async throws { try await decision.decide(.accept) }
  }

  struct Revert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Go back to what the team has: a held file goes to history, deleted files come back.")

    @OptionGroup var decision: HeldArguments

    func run() async throws { try await decision.decide(.revert) }
  }
}

struct HeldArguments: ParsableArguments {
  @Argument(help: ArgumentHelp("Held files, or LABEL: for all of a folder.", valueName: "path"))
  var paths: [String]

  @OptionGroup var shared: SharedOptions

  func decide(_ decision: DecideHeldRequest.Decision) async throws {
    let request = DecideHeldRequest(decision: decision, paths: try paths.map(PathArgument.reference))
    let report: DecideHeldReport = try await shared.withDaemon { try await $0.ask("held/decide", request, timeout: nil) }
    if shared.json { return try Output.json(report) }
    Output.text("\(report.files) \(report.files == 1 ? "file" : "files") \(decision == .accept ? "accepted" : "reverted")")
  }
}
