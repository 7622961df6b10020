import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct History: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the versions of a file.")

  @Argument(help: "The file; it need not exist any more.", completion: .file())
  var path: String

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let request = PathRequest(path: try PathArgument.reference(path))
    let versions: [HistoryVersion] = try await shared.withDaemon { try await $0.ask("history", request) }
    if shared.json { return try Output.json(versions) }
    var table = Table(
      header: ["VERSION", "WHEN", "DEVICE", "WHAT", "SIZE", "RESTORABLE", "HASH"], [.right, .left, .left, .left, .right, .left, .left])
    for version in versions {
      table.add([
        .init("\(version.version)"), .init(TimeArgument.shown(version.modified)), .init(version.device.escaped), .init(version.kind.escaped),
        .init(version.size.byteCountText), .init(version.current ? "current" : version.restorable ? "yes" : "no", version.restorable ? .green : nil),
        .init(String(version.hash.prefix(12)).escaped, .faint),
      ])
    }
    Output.text(table.text)
  }
}
