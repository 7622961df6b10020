import CoveyCore
import CoveyDaemon

/// A status for people.
enum StatusText {
  /// - Parameter isLive: somebody looks on, so what moves is shown with its rates.
  static func rendered(_ status: StatusReport, isLive: Bool) -> String {
    var out = "\(Colour.bold(status.device.name.escaped)) \(Colour.faint(status.device.id.escaped)), up \(duration(status.uptimeSeconds))\n"
    if !status.folders.isEmpty { out += "\n" + folders(status.folders) }
    let moving = isLive ? ProgressText.parts(status.folders) : []
    if !moving.isEmpty { out += "\n" + moving.joined(separator: "\n") + "\n" }
    if !status.peers.isEmpty { out += "\n" + peers(status.peers) }
    for offer in status.offered {
      out += "\n\(offer.from.escaped) offers \(offer.label.escaped) (\(offer.files) \(offer.files == 1 ? "file" : "files"), \(offer.bytes.byteCountText)):"
      out += " place it with 'covey accept \(offer.label.escaped) PATH'\n"
    }
    out += remarks(status)
    return out
  }

  private static func folders(_ folders: [FolderReport]) -> String {
    var table = Table(header: ["FOLDER", "STATE", "FILES", "SIZE", "TO DO", "PATH"], [.left, .left, .right, .right, .left, .left])
    for folder in folders {
      let isPending = folder.pendingFiles > 0 || folder.pendingBytes > 0
      table.add([
        .init(folder.label.escaped), .init(state(folder), folder.inSync ? .green : folder.state == .blocked ? .red : .yellow),
        .init("\(folder.files)"), .init(folder.bytes.byteCountText),
        .init(isPending ? "\(folder.pendingFiles) \(folder.pendingFiles == 1 ? "file" : "files"), \(folder.pendingBytes.byteCountText)" : "-"), .init(folder.path.escaped),
      ])
    }
    return table.text
  }

  private static func state(_ folder: FolderReport) -> String {
    folder.inSync && folder.state == .idle ? "in sync" : folder.state.rawValue
  }

  private static func peers(_ peers: [PeerReport]) -> String {
    var table = Table(header: ["PEER", "STATE", "BEHIND", "SENT", "RECEIVED", "ADDRESS", "LAST SEEN"], [.left, .left, .left, .right, .right, .left, .left])
    for peer in peers {
      let state = peer.paused == true ? "paused" : !peer.connected ? "away" : peer.inSync ? "in sync" : "syncing"
      let isBehind = peer.behindFiles > 0 || peer.behindBytes > 0
      table.add([
        .init(peer.name.escaped), .init(state, peer.connected && peer.inSync ? .green : .yellow),
        .init(isBehind ? "\(peer.behindFiles) \(peer.behindFiles == 1 ? "file" : "files"), \(peer.behindBytes.byteCountText)" : "-"), .init(peer.bytesSent.byteCountText),
        .init(peer.bytesReceived.byteCountText), .init(peer.address?.escaped ?? "-"),
        .init(peer.connected ? "now" : peer.lastSeen.map(TimeArgument.shown) ?? "never"),
      ])
    }
    return table.text
  }

  private static func remarks(_ status: StatusReport) -> String {
    var out = ""
    let conflicts = status.folders.reduce(0) { $0 + $1.conflicts }
    if conflicts > 0 { out += "\n\(Colour.yellow("\(conflicts) \(conflicts == 1 ? "conflict" : "conflicts")")): see 'covey conflicts'\n" }
    let held = status.folders.reduce(0) { $0 + $1.held }
    if held > 0 { out += "\n\(Colour.yellow("\(held) held for a decision")): see 'covey held'\n" }
    for peer in status.peers {
      if let problem = peer.problem { out += "\n\(Colour.red(peer.name.escaped)): \(problem.escaped)\n" }
    }
    for folder in status.folders {
      for problem in folder.problems {
        let place = problem.path.isEmpty ? folder.label : "\(folder.label):\(problem.path)"
        out += "\n\(Colour.red(place.escaped)): \(problem.reason.escaped)\n"
      }
    }
    return out
  }

  /// `12 s`, `5 min`, `3 h`, `2 d`.
  static func duration(_ seconds: Int64) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) d"
    }
  }
}
