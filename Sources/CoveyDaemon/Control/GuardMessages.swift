/// A decision about deletes that are held: `covey approve`.
package struct ApproveRequest: Codable, Hashable, Sendable {
  package var label: String
  package init(label: String) { self.label = label }
}

package struct ApproveReport: Codable, Hashable, Sendable {
  package var folder: String
  /// Deleted files that other devices are told of now.
  package var files: Int64
}

/// What one device changed goes back to what it was: `covey undo`.
package struct UndoRequest: Codable, Hashable, Sendable {
  /// Name or id.
  package var device: String
  /// RFC 3339: what arrived here from then on.
  package var since: String
  /// Nil: every folder.
  package var label: String?
  /// Only say what would be done.
  package var dryRun: Bool
  package init(device: String, since: String, label: String?, dryRun: Bool) {
    self.device = device
    self.since = since
    self.label = label
    self.dryRun = dryRun
  }
}

package struct UndoReport: Codable, Hashable, Sendable {
  package var dryRun: Bool
  package var changes: [Change]
  /// What stays as it is, and why.
  package var problems: [Problem]

  package struct Change: Codable, Hashable, Sendable {
    package enum Action: String, Codable, Hashable, Sendable {
      /// An earlier content comes back.
      case restored
      /// What was added goes to history.
      case removed
      /// Mode and time go back.
      case mode
    }
    package var folder: String
    package var path: String
    package var action: Action
    package var kind: String
    package var size: Int64
    /// Who wrote what comes back, and when (RFC 3339); of a removal who added it.
    package var device: String
    package var modified: String
    /// Whether the bytes are on this device; others are asked for them otherwise.
    package var here: Bool
  }

  package struct Problem: Codable, Hashable, Sendable {
    package var folder: String
    package var path: String
    package var reason: String
  }
}

package struct VerifyRequest: Codable, Hashable, Sendable {
  /// Nil: every folder.
  package var label: String?
  package init(label: String? = nil) { self.label = label }
}

package struct VerifyReport: Codable, Hashable, Sendable {
  package var folders: [Verified]

  package struct Verified: Codable, Hashable, Sendable {
    package var label: String
    /// What was read.
    package var files: Int64
    package var bytes: Int64
    /// Files whose bytes changed though nobody wrote them.
    package var damaged: [Damaged]
    /// Files that the disk would not give out.
    package var problems: [ProblemReport]
  }

  package struct Damaged: Codable, Hashable, Sendable {
    package var path: String
    /// Whether good bytes stand there again.
    package var mended: Bool
  }
}
