/// What stands, or no longer stands, at a path.
package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
  case tombstone = 0
  case file = 1
  case directory = 2
  case symlink = 3
}

/// Who wrote a content, and when: what the winner rule compares and what a conflict copy is named for.
///
/// Both are inherited by every version that carries the content on: a chmod, a merge, a conflict copy.
package struct Origin: Hashable, Sendable {
  /// The modification time the content had when it was written.
  package var modified: Timestamp
  /// The name that the writing device had then; at most 63 bytes.
  package var device: String
  package init(modified: Timestamp, device: String) { self.modified = modified; self.device = device }
}

/// One state of one path, as one device recorded it.
package struct Version: Hashable, Sendable {
  package var path: RelativePath
  package var kind: Kind
  /// Bytes of a file; zero for everything else.
  package var size: Int64
  /// Nine permission bits; zero for symlinks and tombstones.
  package var mode: UInt16
  /// The modification time the path should show. Zero for directories and tombstones, whose times are not synced.
  package var modified: Timestamp
  package var root: Root
  /// The text of a symlink; empty for everything else.
  package var target: [UInt8]
  package var dot: Dot
  /// What this version has seen of its path, itself included.
  package var vector: VersionVector
  /// The dot of the version in which a user wrote this content. Nil for a tombstone.
  package var contentDot: Dot?
  /// The dot of the version in which a user set this mode and time. Nil for a tombstone.
  package var metadataDot: Dot?
  package var origin: Origin
  /// The content that stood here before; `.none` where nothing did.
  package var replaced: Root
  /// Where the content stood before, if this is one half of a rename.
  package var movedFrom: RelativePath?
  /// Whether the path is a conflict copy that nobody has settled yet. Travels with the metadata: `resolve --keep both` clears it.
  package var isConflictCopy: Bool

  package init(
    path: RelativePath, kind: Kind, size: Int64, mode: UInt16, modified: Timestamp, root: Root, target: [UInt8], dot: Dot,
    vector: VersionVector, contentDot: Dot?, metadataDot: Dot?, origin: Origin, replaced: Root, movedFrom: RelativePath? = nil,
    isConflictCopy: Bool = false
  ) {
    self.path = path
    self.kind = kind
    self.size = size
    self.mode = mode
    self.modified = modified
    self.root = root
    self.target = target
    self.dot = dot
    self.vector = vector
    self.contentDot = contentDot
    self.metadataDot = metadataDot
    self.origin = origin
    self.replaced = replaced
    self.movedFrom = movedFrom
    self.isConflictCopy = isConflictCopy
  }

  package var isLive: Bool { kind != .tombstone }
  package var content: Content { Content(kind: kind, root: root) }
}

/// What is compared to know whether two paths hold the same: the kind and the name of the bytes. Never the mode or the time.
package struct Content: Hashable, Sendable {
  package var kind: Kind
  package var root: Root
  package static let absent = Content(kind: .tombstone, root: .none)
  package static let directory = Content(kind: .directory, root: .none)
  package init(kind: Kind, root: Root) { self.kind = kind; self.root = root }
}
