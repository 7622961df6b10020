/// One open conflict, as `covey conflicts --json` lists it.
package struct ConflictReport: Codable, Hashable, Sendable {
  package var id: Int64
  package var folder: String
  package var path: String
  /// The path of the conflict copy.
  package var copy: String
  package var winner: Side
  package var loser: Side
  /// The device that deleted the other side, if one did.
  @ExplicitNull package var deletedIn: String?

  package struct Side: Codable, Hashable, Sendable {
    /// The device that wrote it.
    package var device: String
    /// RFC 3339.
    package var modified: String
    package var size: Int64
    package var hash: String
  }
}

package struct ConflictRequest: Codable, Hashable, Sendable {
  package var id: Int64
  package init(id: Int64) { self.id = id }
}

/// A conflict with the files, symlinks or directories that are its sides, for who wants to look into them.
package struct ConflictSides: Codable, Hashable, Sendable {
  package var conflict: ConflictReport
  /// Absolute; null while this device does not have the bytes.
  @ExplicitNull package var currentFile: String?
  @ExplicitNull package var copyFile: String?
}

package struct ResolveRequest: Codable, Hashable, Sendable {
  package enum Choice: String, Codable, Hashable, Sendable, CaseIterable {
    case current
    case copy
    /// The copy stays as an ordinary file.
    case both
  }
  package var id: Int64
  package var keep: Choice?
  /// Absolute path of a file with the content to keep instead.
  package var with: String?
  package init(id: Int64, keep: Choice?, with: String?) { self.id = id; self.keep = keep; self.with = with }
}

package struct ResolveReport: Codable, Hashable, Sendable {
  package var id: Int64
  package var folder: String
  package var path: String
  /// What became of it, in a sentence.
  package var outcome: String
}

/// Something that waits for a decision: a file that no device of the team names, or deletes too many to be believed.
package struct HeldReport: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Hashable, Sendable {
    case file
    case deletes
  }
  package var kind: Kind
  package var folder: String
  /// The held file; empty for deletes, which are decided for the folder as a whole.
  package var path: String
  package var files: Int64
  package var bytes: Int64
  package var reason: String
}

package struct DecideHeldRequest: Codable, Hashable, Sendable {
  package enum Decision: String, Codable, Hashable, Sendable {
    /// It counts: a held file is a new file, held deletes are announced.
    case accept
    /// Back to what the team has: a held file goes to history, deleted files come back.
    case revert
  }
  package var decision: Decision
  package var paths: [PathReference]
  package init(decision: Decision, paths: [PathReference]) { self.decision = decision; self.paths = paths }
}

package struct DecideHeldReport: Codable, Hashable, Sendable {
  package var files: Int64
}
