/// What a path shows, with the heads that say so.
package struct View: Hashable, Sendable {
  package var shown: Shown
  package var heads: [Version]
  /// Heads with other content that nobody has settled: each of them is still to get its conflict copy.
  package var losers: [Version]

  package init(shown: Shown, heads: [Version], losers: [Version]) {
    self.shown = shown
    self.heads = heads
    self.losers = losers
  }
}

extension Shown {
  /// What a path shows that has this version as its only head.
  package init(_ version: Version) {
    self.init(
      kind: version.kind, root: version.root, target: version.target, size: version.size, mode: version.mode,
      modified: version.modified, vector: version.vector, contentDot: version.contentDot, metadataDot: version.metadataDot,
      origin: version.origin, isConflictCopy: version.isConflictCopy)
    if !isLive { self = .absent(seen: version.vector) }
  }

  /// The mode of a directory that no version names but something lives in.
  package static let impliedDirectoryMode: UInt16 = 0o755

  /// A directory because something lives in it.
  package static func impliedDirectory(seen vector: VersionVector) -> Shown {
    var shown = Shown.absent(seen: vector)
    shown.kind = .directory
    shown.mode = impliedDirectoryMode
    return shown
  }
}
