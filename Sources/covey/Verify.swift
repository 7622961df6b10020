import ArgumentParser
import CoveyClient
import CoveyCore
import CoveyDaemon

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read every file again and find bytes that changed though nobody wrote them.",
    discussion: "What is found is never sent to others; good bytes are fetched from a device that has them. The daemon does this weekly by itself.")

  @Argument(help: "The folder's label (else every folder).")
  var label: String?

  @OptionGroup var shared: SharedOptions

  func run() async throws {
    let report: VerifyReport = try await shared.withDaemon { try await $0.ask("verify", VerifyRequest(label: label), timeout: nil) }
    let damagedCount = report.folders.reduce(0) { $0 + $1.damaged.count { !$0.mended } + $1.problems.count }
    if shared.json { try Output.json(report) } else { Output.text(Self.text(report)) }
    if damagedCount > 0 { throw CommandFailure(.failed, "\(damagedCount) files are damaged: connect a device that has them, and look after this disk") }
  }

  private static func text(_ report: VerifyReport) -> String {
    var table = Table(header: ["FOLDER", "FILES", "SIZE", "DAMAGED", "MENDED"], [.left, .right, .right, .right, .right])
    for folder in report.folders {
      table.add([
        .init(folder.label.escaped), .init("\(folder.files)"), .init(folder.bytes.byteCountText), .init("\(folder.damaged.count + folder.problems.count)"),
        .init("\(folder.damaged.count(where: \.mended))"),
      ])
    }
    var out = table.text
    for folder in report.folders {
      for file in folder.damaged {
        out += "\n\("\(folder.label):\(file.path)".escaped): its bytes had changed though nobody wrote to it; "
        out += file.mended ? "good ones are back, the bad ones are in history" : "no connected device has good ones"
      }
      for problem in folder.problems { out += "\n\("\(folder.label):\(problem.path)".escaped): \(problem.reason.escaped)" }
    }
    return out
  }
}
