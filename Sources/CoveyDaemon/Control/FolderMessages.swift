package struct ShareRequest: Codable, Hashable, Sendable {
  /// Absolute.
  package var path: String
  /// Nil: the name of the directory.
  package var label: String?
  package init(path: String, label: String? = nil) { self.path = path; self.label = label }
}

/// Places an offered folder.
package struct AcceptRequest: Codable, Hashable, Sendable {
  package var label: String
  /// Absolute.
  package var path: String
  package init(label: String, path: String) { self.label = label; self.path = path }
}

package struct UnshareRequest: Codable, Hashable, Sendable {
  package var label: String
  package init(label: String) { self.label = label }
}

/// A folder with those who share it; offered ones have no path yet.
package struct FolderListing: Codable, Hashable, Sendable {
  package var id: String
  package var label: String
  @ExplicitNull package var path: String?
  /// A ``FolderReport/State``, or `offered`.
  package var state: String
  package var inSync: Bool
  package var paused: Bool
  package var files: Int64
  package var bytes: Int64
  /// What this device's history of the folder holds: replaced and deleted files.
  package var historyFiles: Int64
  package var historyBytes: Int64
  package var devices: [Member]

  package struct Member: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    package var connected: Bool
    /// Whether it is known to hold what this device holds.
    package var inSync: Bool
  }
}

/// One device of the team.
package struct DeviceReport: Codable, Hashable, Sendable {
  package var id: String
  package var name: String
  /// Whether it is this one.
  package var own: Bool
  package var connected: Bool
  package var paused: Bool
  @ExplicitNull package var address: String?
  /// RFC 3339; null: never, or this device itself.
  @ExplicitNull package var lastSeen: String?
}

package struct RenameDeviceRequest: Codable, Hashable, Sendable {
  /// The device's name or id.
  package var device: String
  package var name: String
  package init(device: String, name: String) { self.device = device; self.name = name }
}

/// Whom or what to pause or resume.
package struct PauseRequest: Codable, Hashable, Sendable {
  /// A label or a device's name or id; nil: everything.
  package var target: String?
  package init(target: String? = nil) { self.target = target }
}

package struct PauseReport: Codable, Hashable, Sendable {
  package var paused: Bool
  package var folders: [String]
  package var devices: [String]
}

package struct ScanRequest: Codable, Hashable, Sendable {
  /// Nil: every folder.
  package var label: String?
  package init(label: String? = nil) { self.label = label }
}

package struct ScanReport: Codable, Hashable, Sendable {
  package var folders: [Scanned]

  package struct Scanned: Codable, Hashable, Sendable {
    package var label: String
    package var files: Int64
    package var bytes: Int64
    /// Paths that were found new, changed or gone.
    package var changes: Int64
    package var seconds: Double
    package var problems: [ProblemReport]
  }
}

/// What reading the config again changed, in sentences; empty when nothing did.
package struct ReloadReport: Codable, Hashable, Sendable {
  package var changes: [String]
}
