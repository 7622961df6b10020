import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Log: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show what changed, who changed it, and when it arrived.")

  @Argument(help: "Only this file or what is in this directory.", completion: .file())
  var path: String?

  @Option(help: ArgumentHelp("Only from then on: 2026-11-22, '2026-11-22 18:42', RFC 3339, or how long ago (2h, 30d).", valueName: "time"))
  var since: String?

  @Option(help: ArgumentHelp("Only what this device changed.", valueName: "name"))
  var device: String?

  @Flag(help: "Go on with what arrives.")
  var follow = false

  @OptionGroup var shared: SharedOptions

  func validate() throws {
    if let since, TimeArgument.rfc3339(since) == nil { throw ValidationError("'\(since)' is no time: write it as '2026-11-22 18:42' or 2h") }
  }

  func run() async throws {
    let request = LogRequest(
      path: try path.map(PathArgument.reference), since: since.flatMap(TimeArgument.rfc3339), device: device, follow: follow,
      limit: follow && since == nil ? 10 : nil)
    // Without following, JSON is one document: a list that is opened, filled as it comes, and closed.
    let isList = shared.json && !follow
    try await shared.withDaemon { client in
      var count = 0
      try await client.follow("log", request) { (entry: LogEntry) in
        if isList {
          Output.raw((count == 0 ? "[" : ",\n") + String(decoding: try ControlJSON.encode(entry), as: UTF8.self))
        } else if shared.json {
          try Output.json(entry)
        } else {
          Output.text(Self.line(entry))
        }
        count += 1
      }
      if isList { Output.raw(count == 0 ? "[]\n" : "]\n") }
    }
    if follow { throw CommandFailure(.failed, "the daemon stopped: start it again with 'covey run'") }
  }

  private static func line(_ entry: LogEntry) -> String {
    let what = entry.note.map { "\(entry.folder): \($0)" } ?? "\(entry.folder):\(entry.path)"
    var row = Table([.left, .left, .left, .left])
    let moved = entry.from.map { " (from \($0.escaped))" } ?? ""
    row.add([
      .init(TimeArgument.shown(entry.arrived), .faint), .init(entry.change.escaped.padded(to: 7)), .init(entry.device.escaped.padded(to: 12)),
      .init(what.escaped + moved),
    ])
    return row.text
  }
}

extension String {
  /// With spaces up to a width, where columns must stand before all rows are known.
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - Table.width(of: self))) }
}
