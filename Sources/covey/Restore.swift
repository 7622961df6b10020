import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Bring a version of a file or directory back as a new change.",
    discussion: "What is replaced goes to history. LABEL: takes back deletes that are held. Conflict copies that were settled come back only if named, or with --at. Without --version and --at, the newest version that differs from what is there comes back.")

  @Argument(help: "The file or directory; it need not exist any more.", completion: .file())
  var path: String

  @Option(help: ArgumentHelp("A version's number, as 'covey history' lists it.", valueName: "n"))
  var version: Int64?

  @Option(help: ArgumentHelp("As things stood then: 2026-11-22, '2026-11-22 18:42', RFC 3339, or how long ago (2h, 30d).", valueName: "time"))
  var at: String?

  @Option(help: ArgumentHelp("Put it there instead.", valueName: "path"), completion: .file())
  var to: String?

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    if version != nil, at != nil { throw ValidationError("--version and --at exclude each other: choose one") }
    if let at, TimeArgument.rfc3339(at) == nil { throw ValidationError("'\(at)' is no time: write it as '2026-11-22 18:42' or 2h") }
  }

  func run() async throws {
    let request = RestoreRequest(
      path: try PathArgument.reference(path), version: version, at: at.flatMap(TimeArgument.rfc3339), to: try to.map(PathArgument.reference))
    let report: RestoreReport = try await shared.withDaemon { try await $0.ask("restore", request, timeout: nil) }
    if shared.json {
      try Output.json(report)
    } else {
      Output.text("restored \(report.folder.escaped):\(report.path.escaped) (\(report.files) \(report.files == 1 ? "file" : "files"), \(report.bytes.byteCountText))")
      for problem in report.problems { Output.note("\(problem.path): \(problem.reason)") }
    }
    if !report.problems.isEmpty { throw CommandFailure(.failed, "not restored: \(report.problems.count) of \(report.files + Int64(report.problems.count)): see the reasons above") }
  }
}
