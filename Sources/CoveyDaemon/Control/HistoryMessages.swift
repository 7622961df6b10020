package struct PathRequest: Codable, Hashable, Sendable {
  package var path: PathReference
  package init(path: PathReference) { self.path = path }
}

/// One version of a file, newest first, as `covey history --json` lists them.
package struct HistoryVersion: Codable, Hashable, Sendable {
  /// What `covey restore --version` takes; the newest has the greatest number.
  package var version: Int64
  /// `file`, `directory`, `symlink`, or `deleted`.
  package var kind: String
  /// RFC 3339: when it was written.
  package var modified: String
  /// RFC 3339: when it arrived on this device.
  package var arrived: String
  package var device: String
  package var size: Int64
  package var hash: String
  /// Whether it is what stands at the path now.
  package var current: Bool
  /// Whether its bytes can be had on this device.
  package var restorable: Bool
}

package struct RestoreRequest: Codable, Hashable, Sendable {
  package var path: PathReference
  package var version: Int64?
  /// RFC 3339: as things stood then.
  package var at: String?
  /// Where to put it instead.
  package var to: PathReference?
  package init(path: PathReference, version: Int64?, at: String?, to: PathReference?) {
    self.path = path
    self.version = version
    self.at = at
    self.to = to
  }
}

package struct RestoreReport: Codable, Hashable, Sendable {
  package var folder: String
  /// Where it came to stand.
  package var path: String
  package var files: Int64
  package var bytes: Int64
  package var problems: [ProblemReport]
}

package struct LogRequest: Codable, Hashable, Sendable {
  package var path: PathReference?
  /// RFC 3339.
  package var since: String?
  /// Name or id.
  package var device: String?
  /// Go on with what arrives from now.
  package var follow: Bool
  /// Lines of the past at most; nil: all.
  package var limit: Int?
  package init(path: PathReference?, since: String?, device: String?, follow: Bool, limit: Int?) {
    self.path = path
    self.since = since
    self.device = device
    self.follow = follow
    self.limit = limit
  }
}

/// One line of the log, oldest first.
package struct LogEntry: Codable, Hashable, Sendable {
  /// RFC 3339: when it arrived on this device.
  package var arrived: String
  package var folder: String
  package var path: String
  /// `added`, `changed`, `deleted`, `moved`, `mode`, `merged`; `held` for deletes that are not announced.
  package var change: String
  /// Who changed it.
  package var device: String
  package var kind: String
  package var size: Int64
  /// RFC 3339.
  package var modified: String
  package var hash: String
  /// Where it stood before, for a move.
  package var from: String?
  /// A sentence where the line is no version: `held`, deletes that wait for a decision.
  package var note: String?
}

/// One file's state in sentences.
package struct WhyReport: Codable, Hashable, Sendable {
  package var folder: String
  package var path: String
  package var sentences: [String]
  package var versions: [Head]
  /// Names of devices known to hold what is shown here.
  package var heldBy: [String]
  /// What it waits for; empty when for nothing.
  package var waitsFor: [String]
  package var ignoredBy: IgnoreRule?

  package struct Head: Codable, Hashable, Sendable {
    package var device: String
    package var kind: String
    package var modified: String
    package var size: Int64
    package var hash: String
    /// Whether it is the one that is shown.
    package var shown: Bool
  }

  package struct IgnoreRule: Codable, Hashable, Sendable {
    package var file: String
    package var line: Int
    package var rule: String
  }
}
