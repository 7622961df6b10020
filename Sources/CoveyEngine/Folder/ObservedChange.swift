package import CoveyCore

/// One path that a scan found different from the record: what was recorded when it looked, and what stands there now.
package struct ObservedChange: Hashable, Sendable {
  package var path: RelativePath
  /// The observation the scan compared with. When the record says something else by now, the change is looked at again.
  package var previous: Observation?
  /// Nil where nothing stands any more.
  package var now: Observation?
  /// Chunks of a large content.
  package var chunks: [Chunk]?
  /// The path that vanished in the same scan with this very inode.
  package var movedFrom: RelativePath?
  /// Whether the directory above vanished with it.
  package var directoryIsGone: Bool
  /// Whether what vanished stands at another path by now.
  package var isMoved: Bool

  package init(
    path: RelativePath, previous: Observation?, now: Observation?, chunks: [Chunk]? = nil, movedFrom: RelativePath? = nil,
    directoryIsGone: Bool = false, isMoved: Bool = false
  ) {
    self.path = path
    self.previous = previous
    self.now = now
    self.chunks = chunks
    self.movedFrom = movedFrom
    self.directoryIsGone = directoryIsGone
    self.isMoved = isMoved
  }
}

/// Where to look: single paths and whole subtrees.
package struct ScanRequest: Hashable, Sendable {
  package var id: UInt64
  /// Nil stands for the whole folder.
  package var roots: [Root]

  package struct Root: Hashable, Sendable {
    package var path: RelativePath?
    /// Everything below as well, though the directory itself is known.
    package var isDeep: Bool
    package init(path: RelativePath?, isDeep: Bool) { self.path = path; self.isDeep = isDeep }
  }

  package var isWhole: Bool { roots.contains { $0.path == nil } }
  package init(id: UInt64, roots: [Root]) { self.id = id; self.roots = roots }
}

/// What a scan says at its end.
package struct ScanSummary: Hashable, Sendable {
  package enum End: Hashable, Sendable {
    case complete
    /// The marker is missing or names another folder: nothing found gone was reported.
    case unmarked(String)
    case failed(DiskError)
    /// The rules files are not what they were: nothing was scanned.
    case rulesChanged(RulesSource)
  }
  package var end: End
  package var problems: [Problem]
  /// Files that were written while they were read: look again.
  package var unsteady: [RelativePath]
  package init(end: End, problems: [Problem], unsteady: [RelativePath]) {
    self.end = end
    self.problems = problems
    self.unsteady = unsteady
  }
}

/// Per-path trouble that does not stop the folder.
package struct Problem: Hashable, Sendable {
  /// The bytes of the name, which need not be a path that can be shared.
  package var path: [UInt8]
  /// What is wrong and what to do about it.
  package var reason: String
  /// Whether something of the folder is unknown or undone because of it; a FIFO that is left out is no such thing.
  package var blocks: Bool
  package init(path: [UInt8], reason: String, blocks: Bool) { self.path = path; self.reason = reason; self.blocks = blocks }
}
