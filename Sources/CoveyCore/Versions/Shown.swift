/// What a path shows, computed from its heads; also, as the *agreed version*, what this disk last held in agreement with them.
///
/// The vector joins what was shown and never the losers: an edit of what is shown has seen exactly this.
package struct Shown: Hashable, Sendable {
  package var kind: Kind
  package var root: Root
  package var target: [UInt8]
  package var size: Int64
  package var mode: UInt16
  package var modified: Timestamp
  package var vector: VersionVector
  /// Nil where nothing is shown, and for a directory that is only implied by what lives in it.
  package var contentDot: Dot?
  package var metadataDot: Dot?
  package var origin: Origin
  /// Whether this is a conflict copy that nobody has settled yet.
  package var isConflictCopy: Bool

  package init(
    kind: Kind, root: Root, target: [UInt8], size: Int64, mode: UInt16, modified: Timestamp, vector: VersionVector,
    contentDot: Dot?, metadataDot: Dot?, origin: Origin, isConflictCopy: Bool = false
  ) {
    self.kind = kind
    self.root = root
    self.target = target
    self.size = size
    self.mode = mode
    self.modified = modified
    self.vector = vector
    self.contentDot = contentDot
    self.metadataDot = metadataDot
    self.origin = origin
    self.isConflictCopy = isConflictCopy
  }

  /// Nothing, and nothing seen: a path that was never agreed.
  package static let absent = Shown.absent(seen: VersionVector())

  /// Nothing, by a device that has seen `vector`.
  package static func absent(seen vector: VersionVector) -> Shown {
    Shown(
      kind: .tombstone, root: .none, target: [], size: 0, mode: 0, modified: .zero, vector: vector, contentDot: nil,
      metadataDot: nil, origin: Origin(modified: .zero, device: ""))
  }

  package var isLive: Bool { kind != .tombstone }
  package var content: Content { Content(kind: kind, root: root) }
}
