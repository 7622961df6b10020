/// Where the bytes are that a plan may count on.
package protocol ContentSources {
  /// Whether the bytes of this name can be had: on this disk, in its history, or from a connected peer.
  func canHave(_ root: Root) -> Bool
  /// Whether only a connected device that ignores the path is known to have them: it will never make the conflict copy itself.
  func ignoredHolderHas(_ root: Root) -> Bool
  /// Whether a step that is carried out before makes this directory.
  func isMade(_ directory: RelativePath) -> Bool
  /// Whether what stands at `source` may be renamed to `path`: no other step is about to touch it.
  func mayMove(_ source: RelativePath, to path: RelativePath) -> Bool
}

extension ContentSources {
  package func isMade(_ directory: RelativePath) -> Bool { false }
  package func mayMove(_ source: RelativePath, to path: RelativePath) -> Bool { true }
}

/// What follows for one path from its disk, its agreed version and its heads.
package enum Plan: Hashable, Sendable {
  /// The disk holds what is wanted here.
  case nothing
  /// Something is to be done, but not yet.
  case wait(WaitReason)
  case step(PlannedStep)
}

/// Why a path that differs from what its heads show is left as it is.
package enum WaitReason: Hashable, Sendable {
  /// The folder is met for the first time: nothing is changed before a whole round.
  case firstContact
  /// The disk is not what was agreed: a scan comes first.
  case localChange
  /// A file or directory is held here for a decision.
  case held
  /// The directory it goes into is not there yet.
  case parentMissing(RelativePath)
  /// No reachable device has the bytes.
  case bytesAwaited(Root)
  /// The path is as it should be, but the bytes of a loser are awaited for its conflict copy.
  case losersAwaited([Version])
  /// A directory goes when it is empty.
  case notEmpty
  /// A directory that should go keeps something that is ignored, held or not shared.
  case obstructed
  /// Other bytes hold every name that the conflict copy may have.
  case nameTaken
}

/// One change of the disk, or of the index alone, that brings a path closer to what its heads show.
package struct PlannedStep: Hashable, Sendable {
  package var path: RelativePath
  /// What is agreed once the step is done.
  package var shown: Shown
  /// What stands at the path; nil: nothing.
  package var expected: Observation?
  package var action: Action
  /// The conflict that this step settles: copy and merge are authored once it is done.
  package var merge: Merge?

  package enum Action: Hashable, Sendable {
    /// The disk shows it already; only the index learns of it.
    case adopt
    case setMetadata(mode: UInt16, modified: Timestamp)
    /// Makes the directory, once what stood there has gone where `displaced` says.
    case makeDirectory(mode: UInt16, displaced: Displaced)
    /// Puts the file of ``PlannedStep/shown`` at the path. An empty directory that stands there is exchanged for it.
    case placeFile(displaced: Displaced)
    case placeSymlink(displaced: Displaced)
    /// Renames the content of ``PlannedStep/shown`` from a path that is to show nothing to this one, where nothing stands.
    case move(from: Source)
    /// Takes a file or symlink away.
    case remove(displaced: Displaced)
    /// Takes an empty directory away.
    case removeDirectory
    /// What stands at the path stays; the copy is made of bytes from history, another copy or a peer, or stands already.
    case keepStanding
    /// Renames a held file, which stays held.
    case stepAside(to: RelativePath)
    /// A held file takes part again: it is what the heads show by now.
    case releaseHeld
  }

  /// Where bytes go that leave the path.
  package enum Displaced: Hashable, Sendable {
    /// Nothing stands there, or an empty directory.
    case nothing
    case history
    /// To the conflict copy of this name, where nothing stands.
    case copy(RelativePath)
  }

  /// What a move takes away from another path: both paths are agreed together.
  package struct Source: Hashable, Sendable {
    package var path: RelativePath
    package var expected: Observation
    /// What is agreed there once it is gone.
    package var shown: Shown

    package init(path: RelativePath, expected: Observation, shown: Shown) {
      self.path = path
      self.expected = expected
      self.shown = shown
    }
  }

  /// A conflict copy, and the version that says its conflict is settled.
  package struct Merge: Hashable, Sendable {
    /// Whose bytes the copy holds.
    package var loser: Version
    /// All heads with those bytes.
    package var losers: [Version]
    package var copy: RelativePath
    /// Whether the bytes are still to be put there.
    package var needsBytes: Bool
    /// What the copy shows when it is made.
    package var mode: UInt16
    package var modified: Timestamp

    package init(loser: Version, losers: [Version], copy: RelativePath, needsBytes: Bool, mode: UInt16, modified: Timestamp) {
      self.loser = loser
      self.losers = losers
      self.copy = copy
      self.needsBytes = needsBytes
      self.mode = mode
      self.modified = modified
    }
  }

  package init(path: RelativePath, shown: Shown, expected: Observation?, action: Action, merge: Merge? = nil) {
    self.path = path
    self.shown = shown
    self.expected = expected
    self.action = action
    self.merge = merge
  }
}
