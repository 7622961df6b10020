import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Folders: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List what is shared, with whom, in which state.")

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let folders: [FolderListing] = try await shared.withDaemon { try await $0.ask("folders", EmptyRequest()) }
    if shared.json { return try Output.json(folders) }
    if folders.isEmpty { return Output.note("nothing is shared: share a directory with 'covey share PATH'") }
    var table = Table(header: ["LABEL", "STATE", "FILES", "SIZE", "HISTORY", "WITH", "PATH"], [.left, .left, .right, .right, .right, .left, .left])
    for folder in folders {
      let members = folder.devices.map { "\($0.name.escaped)\($0.connected ? "" : " (away)")" }.joined(separator: ", ")
      table.add([
        .init(folder.label.escaped), .init(folder.paused ? "paused" : folder.state.escaped, folder.inSync ? .green : .yellow), .init("\(folder.files)"),
        .init(folder.bytes.byteCountText), .init(folder.historyFiles == 0 ? "-" : folder.historyBytes.byteCountText), .init(members.isEmpty ? "-" : members), .init(folder.path?.escaped ?? "-"),
      ])
    }
    Output.text(table.text)
  }
}
