import ArgumentParser
import CoveyCore
import CoveyDaemon

extension Conflicts {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show both sides of a conflict.")

    @OptionGroup var conflict: ConflictArgument

    func run() async throws {
      let sides = try await conflict.sides()
      if conflict.shared.json { return try Output.json(sides) }
      let report = sides.conflict
      Output.text("conflict \(report.id) in \(report.folder.escaped): \(report.path.escaped)")
      var table = Table([.left, .left])
      for (name, side, file) in [("current", report.winner, sides.currentFile), ("copy", report.loser, sides.copyFile)] {
        table.add([.init(name, .bold), .init(file?.escaped ?? "its bytes are not on this device yet")])
        table.add(["", .init("written by \(side.device.escaped), \(TimeArgument.shown(side.modified)), \(side.size.byteCountText)")])
        if !side.hash.isEmpty { table.add(["", .init(side.hash.escaped, .faint)]) }
      }
      Output.text(table.text)
      if let device = report.deletedIn { Output.text(device.isEmpty ? "the other side was deleted" : "\(device.escaped) deleted the other side") }
      Output.text("settle it with 'covey conflicts resolve \(report.id) --keep current|copy|both'")
    }
  }
}
