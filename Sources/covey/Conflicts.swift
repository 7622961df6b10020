import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Conflicts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List conflicts, look into one, settle one.",
    subcommands: [List.self, Show.self, Diff.self, Resolve.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List every open conflict.")

    @OptionGroup var shared: SharedOptions

    func run() async throws {
      let conflicts: [ConflictReport] = try await shared.withDaemon { try await $0.ask("conflicts", EmptyRequest()) }
      if shared.json { return try Output.json(conflicts) }
      if conflicts.isEmpty { return Output.note("no conflicts") }
      var table = Table(header: ["NO", "PATH", "SIDE", "WRITTEN BY", "WHEN", "SIZE"], [.right, .left, .left, .left, .left, .right])
      for conflict in conflicts {
        for (index, (side, name)) in [(conflict.winner, "current"), (conflict.loser, "copy")].enumerated() {
          table.add([
            .init(index == 0 ? "\(conflict.id)" : ""), .init(index == 0 ? "\(conflict.folder):\(conflict.path)".escaped : ""), .init(name),
            .init(side.device.escaped), .init(TimeArgument.shown(side.modified)), .init(side.size.byteCountText),
          ])
        }
      }
      Output.text(table.text)
    }
  }
}

/// What the commands about one conflict share.
struct ConflictArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The conflict's number, as 'covey conflicts' lists it.", valueName: "id"))
  var id: Int64

  @OptionGroup var shared: SharedOptions

  func sides() async throws -> ConflictSides {
    try await shared.withDaemon { try await $0.ask("conflicts/show", ConflictRequest(id: id)) }
  }
}
