/// How things stand; what `covey status --json` prints.
package struct StatusReport: Codable, Hashable, Sendable {
  package var device: OwnDevice
  package var folders: [FolderReport]
  package var offered: [OfferReport]
  package var peers: [PeerReport]
  package var uptimeSeconds: Int64
  /// Whether what was waited for has come; absent when nothing was.
  package var satisfied: Bool?

  package struct OwnDevice: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    /// The program's version.
    package var version: String
  }
}

/// One shared folder as it stands on this device.
package struct FolderReport: Codable, Hashable, Sendable {
  package enum State: String, Codable, Hashable, Sendable {
    case scanning
    case syncing
    case idle
    case paused
    /// Something must be done by a person first; the problems say what.
    case blocked
  }
  package var id: String
  package var label: String
  package var path: String
  package var state: State
  package var inSync: Bool
  package var paused: Bool
  package var files: Int64
  package var directories: Int64
  package var bytes: Int64
  package var pendingFiles: Int64
  package var pendingBytes: Int64
  package var conflicts: Int64
  /// Hexadecimal; equal on two devices that hold the same names, types, modes and bytes.
  package var digest: String
  package var problems: [ProblemReport]
  /// Files that are kept out of the folder until somebody decides; `covey held` lists them.
  package var held: Int64
  /// Absent where nothing moves.
  package var progress: ProgressReport?
}

/// What moves in a folder, over the last seconds, and how long it will take where that can be told.
package struct ProgressReport: Codable, Hashable, Sendable {
  package var scannedFilesPerSecond: Double
  package var readBytesPerSecond: Double
  package var receivedBytesPerSecond: Double
  package var sentBytesPerSecond: Double
  package var scanSecondsLeft: Double?
  package var fetchSecondsLeft: Double?
  package var sendSecondsLeft: Double?

  package init(
    scannedFilesPerSecond: Double = 0, readBytesPerSecond: Double = 0, receivedBytesPerSecond: Double = 0, sentBytesPerSecond: Double = 0,
    scanSecondsLeft: Double? = nil, fetchSecondsLeft: Double? = nil, sendSecondsLeft: Double? = nil
  ) {
    self.scannedFilesPerSecond = scannedFilesPerSecond
    self.readBytesPerSecond = readBytesPerSecond
    self.receivedBytesPerSecond = receivedBytesPerSecond
    self.sentBytesPerSecond = sentBytesPerSecond
    self.scanSecondsLeft = scanSecondsLeft
    self.fetchSecondsLeft = fetchSecondsLeft
    self.sendSecondsLeft = sendSecondsLeft
  }
}

/// Trouble with one path that does not stop its folder; an empty path means the folder itself.
package struct ProblemReport: Codable, Hashable, Sendable {
  package var path: String
  /// What is wrong, then the remedy.
  package var reason: String
  package init(path: String, reason: String) { self.path = path; self.reason = reason }
}

/// A folder that another device shares and this one has not placed.
package struct OfferReport: Codable, Hashable, Sendable {
  package var label: String
  /// The name of the device that offers it.
  package var from: String
  package var files: Int64
  package var bytes: Int64
}

/// Another device, seen from here.
package struct PeerReport: Codable, Hashable, Sendable {
  package var id: String
  package var name: String
  package var connected: Bool
  @ExplicitNull package var address: String?
  package var inSync: Bool
  /// What it still lacks of ours; of one that is away, what it is known to lack.
  package var behindFiles: Int64
  package var behindBytes: Int64
  /// RFC 3339; null: never.
  @ExplicitNull package var lastSeen: String?
  package var bytesSent: Int64
  package var bytesReceived: Int64
  package var paused: Bool?
  /// Why it is not connected though it was reached, then the remedy; absent where nothing is wrong.
  package var problem: String?
}

package struct StatusRequest: Codable, Hashable, Sendable {
  /// Answer as soon as every folder is in sync, or after so many seconds; nil or 0 answers at once.
  package var waitSeconds: Double?
  /// How many peers must be connected for that.
  package var peers: Int?
  package init(waitSeconds: Double? = nil, peers: Int? = nil) { self.waitSeconds = waitSeconds; self.peers = peers }

  /// The longest wait that one request may ask for; who waits longer asks again.
  package static let waitSecondsMax = 60.0
}

/// Nothing to say.
package struct EmptyRequest: Codable, Hashable, Sendable {
  package init() {}
}

/// Done; nothing more to say.
package struct EmptyReport: Codable, Hashable, Sendable {
  package init() {}
}
