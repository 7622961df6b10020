/// What a scan saw of one path on this disk.
package struct Observation: Hashable, Sendable {
  package var kind: Kind
  package var size: Int64
  package var modified: Timestamp
  package var changed: Timestamp
  package var inode: UInt64
  /// Permission bits as the disk shows them, special bits (setuid, setgid, sticky) included; compared without those.
  package var mode: UInt16
  package var root: Root
  /// The text of a symlink; empty for everything else.
  package var target: [UInt8]

  package init(
    kind: Kind, size: Int64, modified: Timestamp, changed: Timestamp, inode: UInt64, mode: UInt16, root: Root, target: [UInt8] = []
  ) {
    self.kind = kind
    self.size = size
    self.modified = modified
    self.changed = changed
    self.inode = inode
    self.mode = mode
    self.root = root
    self.target = target
  }

  package var content: Content { Content(kind: kind, root: root) }

  /// Whether the disk need not be read again: nothing that betrays a write differs. Directories change their times with every child.
  package func isUnchanged(_ stat: FileStat) -> Bool {
    guard kind == stat.kind, inode == stat.inode, mode == stat.mode else { return false }
    return kind == .directory || (size == stat.size && modified == stat.modified && changed == stat.changed)
  }
}

/// What `fstatat` says of one name, in the terms of the index.
package struct FileStat: Hashable, Sendable {
  package var kind: Kind
  package var size: Int64
  package var modified: Timestamp
  package var changed: Timestamp
  package var inode: UInt64
  /// Twelve mode bits.
  package var mode: UInt16
  package var linkCount: UInt32

  package init(kind: Kind, size: Int64, modified: Timestamp, changed: Timestamp, inode: UInt64, mode: UInt16, linkCount: UInt32 = 1) {
    self.kind = kind
    self.size = size
    self.modified = modified
    self.changed = changed
    self.inode = inode
    self.mode = mode
    self.linkCount = linkCount
  }

  /// The change time of what somebody may have changed since it was put there: it lies before any other, so that the next look reads it.
  package static let unseen = Timestamp(nanoseconds: .min)
}

/// Everything this device knows of one path of its own disk. What the team knows of the path are its heads.
package struct Entry: Hashable, Sendable {
  package var path: RelativePath
  /// Nil where the last scan saw nothing.
  package var observation: Observation?
  package var agreed: Shown
  /// Mode and time of the agreed version as this disk was able to keep them, when they differ from the agreed ones.
  package var kept: Kept?
  /// What the disk held when the file was put aside for a decision; nil for a path that takes part.
  package var held: Content?

  package struct Kept: Hashable, Sendable {
    package var mode: UInt16
    package var modified: Timestamp
    package init(mode: UInt16, modified: Timestamp) { self.mode = mode; self.modified = modified }
  }

  package init(path: RelativePath, observation: Observation? = nil, agreed: Shown = .absent, kept: Kept? = nil, held: Content? = nil) {
    self.path = path
    self.observation = observation
    self.agreed = agreed
    self.kept = kept
    self.held = held
  }

  /// Whether the bytes on the disk are not those that were agreed, though nobody wrote them: they count for nothing, and those that
  /// are shown replace them.
  package var isDamaged: Bool { held.map { agreed.isLive && agreed.content != $0 && observation?.content == $0 } ?? false }

  /// Whether what was agreed left the disk: nothing stands here, or something else in a directory's place.
  package var isGone: Bool { local == .deleted || replacesDirectory }

  /// Whether a user put something else in the place of a directory, which is yet to be authored.
  package var replacesDirectory: Bool { observation.map { $0.kind != .directory && agreed.kind == .directory } ?? false }

  /// Whether the entry says nothing that an absent one would not.
  package var isVacant: Bool { observation == nil && agreed == .absent && held == nil }

  /// The disk against the agreed version.
  package var local: LocalState {
    guard let observation else { return agreed.isLive ? .deleted : .same }
    guard observation.content == agreed.content else { return .changed }
    let mode = kept?.mode ?? agreed.mode
    let modified = kept?.modified ?? agreed.modified
    switch observation.kind {
    case .symlink: return observation.modified == modified ? .same : .changed
    case .directory: return observation.mode & 0o777 == mode ? .same : .changed
    default: return observation.mode & 0o777 == mode && observation.modified == modified ? .same : .changed
    }
  }
}

/// How the disk differs from what was agreed.
package enum LocalState: Hashable, Sendable {
  case same
  case changed
  case deleted
}
