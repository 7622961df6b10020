import CoveyCore
import CoveyDaemon

/// One line at the bottom of a terminal that says how things stand, redrawn after every change.
enum LiveProgress {
  static func show(_ service: any ControlService) async throws {
    try await service.watch(EmptyRequest()) { status in Output.raw("\r\u{1B}[K" + line(status)) }
    Output.raw("\r\u{1B}[K")
  }

  static func line(_ status: StatusReport) -> String {
    let files = status.folders.reduce(0) { $0 + $1.pendingFiles }
    let bytes = status.folders.reduce(0) { $0 + $1.pendingBytes }
    let connected = status.peers.filter(\.connected).count
    let conflicts = status.folders.reduce(0) { $0 + $1.conflicts }
    let problems = status.folders.reduce(0) { $0 + $1.problems.count }
    var parts: [String] = []
    if files > 0 || bytes > 0 {
      parts.append(Colour.yellow("\(files) to do, \(bytes.byteCountText)"))
    } else if status.folders.contains(where: { $0.state == .scanning }) {
      parts.append("scanning")
    } else {
      parts.append(status.folders.allSatisfy(\.inSync) ? Colour.green("in sync") : Colour.yellow("not in sync"))
    }
    parts.append("\(connected) of \(status.peers.count) peers connected")
    if conflicts > 0 { parts.append(Colour.yellow("\(conflicts) conflicts")) }
    if problems > 0 { parts.append(Colour.red("\(problems) problems")) }
    return parts.joined(separator: ", ")
  }
}
