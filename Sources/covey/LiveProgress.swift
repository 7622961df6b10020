import CoveyCore
import CoveyDaemon

/// One line at the bottom of a terminal that says how things stand, redrawn after every change.
enum LiveProgress {
  static func show(_ service: any ControlService) async throws {
    defer { Output.raw("\r\u{1B}[K") }
    // Without wrapping, a line longer than the terminal is cut and can still be redrawn.
    try await service.watch(EmptyRequest()) { status in Output.raw("\r\u{1B}[K\u{1B}[?7l" + line(status) + "\u{1B}[?7h") }
  }

  static func line(_ status: StatusReport) -> String {
    let files = status.folders.reduce(0) { $0 + $1.pendingFiles }
    let bytes = status.folders.reduce(0) { $0 + $1.pendingBytes }
    let connected = status.peers.filter(\.connected).count
    let conflicts = status.folders.reduce(0) { $0 + $1.conflicts }
    let problems = status.folders.reduce(0) { $0 + $1.problems.count }
    var parts: [String] = []
    if files > 0 || bytes > 0 {
      parts.append(Colour.yellow("\(files) \(files == 1 ? "file" : "files") to do, \(bytes.byteCountText)"))
    } else if status.folders.contains(where: { $0.state == .scanning }) {
      if ProgressText.parts(status.folders).isEmpty { parts.append("scanning") }
    } else {
      parts.append(status.folders.allSatisfy(\.inSync) ? Colour.green("in sync") : Colour.yellow("not in sync"))
    }
    parts += ProgressText.parts(status.folders)
    parts.append("\(connected) of \(status.peers.count) peers connected")
    if conflicts > 0 { parts.append(Colour.yellow("\(conflicts) \(conflicts == 1 ? "conflict" : "conflicts")")) }
    if problems > 0 { parts.append(Colour.red("\(problems) \(problems == 1 ? "problem" : "problems")")) }
    return parts.joined(separator: ", ")
  }
}
