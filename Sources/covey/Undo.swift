import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Undo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take back everything that one device changed since a time.",
    discussion: "Every file goes back to what it was, as a new change; what is replaced goes to history. What another device changed since stays.")

  @Option(help: ArgumentHelp("Whose changes: a device's name or id.", valueName: "name"))
  var device: String

  @Option(help: ArgumentHelp("What arrived here from then on: 2026-11-22, '2026-11-22 18:42', RFC 3339, or how long ago (2h, 30d).", valueName: "time"))
  var since: String

  @Argument(help: "The folder's label (else every folder).")
  var label: String?

  @Flag(help: "Only list what would be done.")
  var dryRun = false

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    if TimeArgument.rfc3339(since) == nil { throw ValidationError("'\(since)' is no time: write it as '2026-11-22 18:42' or 2h") }
  }

  func run() async throws {
    let request = UndoRequest(device: device, since: TimeArgument.rfc3339(since) ?? since, label: label, dryRun: dryRun)
    let report: UndoReport = try await shared.withDaemon { try await $0.ask("undo", request, timeout: nil) }
    if shared.json {
      try Output.json(report)
    } else if report.changes.isEmpty, report.problems.isEmpty {
      Output.note("\(device) changed nothing since then that is still so")
    } else {
      Output.text(Self.text(report))
      for problem in report.problems { Output.note("\(problem.folder):\(problem.path): \(problem.reason)") }
    }
    if !report.problems.isEmpty { throw CommandFailure(.failed, "\(report.problems.count) files stay as they are: see the reasons above") }
  }

  private static func text(_ report: UndoReport) -> String {
    var table = Table(header: ["PATH", report.dryRun ? "WOULD BE" : "WAS", "WRITTEN BY", "WHEN", "SIZE"], [.left, .left, .left, .left, .right])
    for change in report.changes {
      let action = change.action == .mode ? "given its mode back" : change.action.rawValue
      table.add([
        .init("\(change.folder):\(change.path)".escaped), .init(change.here ? action : "\(action) from a peer"), .init(change.device.escaped),
        .init(change.kind == "directory" ? "-" : TimeArgument.shown(change.modified)), .init(change.size.byteCountText),
      ])
    }
    return table.text
  }
}
