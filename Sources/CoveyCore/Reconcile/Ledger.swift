/// The rules over one transaction of a folder's index: what is authored, joined, shown, planned and agreed.
///
/// Everything is decided path by path, in terms of three things: what stands on this disk (the observation), what it last held in
/// agreement (the agreed version), and what the heads show. Every change of one of them goes through a ``Place``, which keeps
/// the digests, the notes of what is to do and the open conflicts in step.
///
/// A ledger lives as long as the transaction it was made for; nothing else writes heads, entries and state meanwhile.
package struct Ledger {
  package let index: any FolderIndex
  let device: DeviceID
  let deviceName: String
  let rules: any IgnoreRules
  let safeguards: Safeguards
  /// Versions authored in this transaction, in order. Their records are in the index; the caller signs them in batches.
  package internal(set) var authored: [Version] = []
  /// Merges among ``authored``: each belongs into one batch with the copy right before it.
  package internal(set) var merges: Set<Dot> = []
  /// Directories that the disk would not let go, for something in them that is not shared. Such a one holds up no acknowledgement.
  package var obstructed: Set<RelativePath> = []
  /// Deletes are recorded and not authored: too many came at once to be believed, or more of them may be on their way.
  package var holdsDeletes = false
  /// Something in a directory's place was not authored, for deletes below it were not.
  package internal(set) var hasPostponed = false
  /// A directory known to show by its own heads: spares most files the look at their parent.
  var knownDirectory: RelativePath?

  package init(
    index: any FolderIndex, device: DeviceID, deviceName: String, rules: any IgnoreRules = NoIgnoreRules(),
    safeguards: Safeguards = .all
  ) {
    self.index = index
    self.device = device
    self.deviceName = Self.limited(deviceName)
    self.rules = rules
    self.safeguards = safeguards
  }

  private static func limited(_ name: String) -> String {
    var short = name
    while short.utf8.count > Version.deviceNameByteCountMax { short.removeLast() }
    return short
  }

  /// What a set of heads shows, life below the path aside.
  /// - Parameter can: whether the bytes of a file can be had; without it, the true winner.
  package static func see(_ heads: [Version], can: ((Root) -> Bool)? = nil) -> View { Heads.see(heads, can: can) }

  /// What the path shows: its heads, and a directory wherever something lives below.
  package func view(_ path: RelativePath, can: ((Root) -> Bool)? = nil) throws -> View {
    var place = try Place(path: path, entry: index.entry(path) ?? Entry(path: path), heads: index.heads(of: path))
    return try view(&place, can: can)
  }

  /// The same, with every winner's bytes at hand that `sources` can have.
  package func view(_ path: RelativePath, sources: any ContentSources) throws -> View {
    try view(path, can: { sources.canHave($0) })
  }

  /// The authored versions cut into runs of at most `limit`, a copy and its merge never apart.
  package func batches(ofAtMost limit: Int) -> [ArraySlice<Version>] {
    var runs: [ArraySlice<Version>] = []
    var start = 0
    while start < authored.count {
      var end = min(start + max(limit, 2), authored.count)
      if end < authored.count, merges.contains(authored[end].dot) { end -= 1 }
      runs.append(authored[start..<end])
      start = end
    }
    return runs
  }

  /// What is to become the next version of a path.
  struct Draft {
    var kind: Kind
    var size: Int64 = 0
    var mode: UInt16 = 0
    var modified: Timestamp = .zero
    var root: Root = .none
    var target: [UInt8] = []
    var vector: VersionVector
    /// Nil: the version's own.
    var contentDot: Dot?
    var metadataDot: Dot?
    /// Nil: written here and now.
    var origin: Origin?
    var replaced: Root
    var movedFrom: RelativePath?
    var isConflictCopy = false

    /// A tombstone.
    init(deleting replaced: Root, seen vector: VersionVector) {
      kind = .tombstone
      self.vector = vector
      self.replaced = replaced
    }

    /// What the disk shows.
    init(_ observation: Observation, mode: UInt16, modified: Timestamp, seen vector: VersionVector, replaced: Root) {
      kind = observation.kind
      size = observation.kind == .file ? observation.size : 0
      self.mode = observation.kind == .symlink ? 0 : mode & 0o777
      self.modified = observation.kind == .directory ? .zero : modified
      root = observation.root
      target = observation.target
      self.vector = vector
      self.replaced = replaced
    }

    /// What is shown already, dots included.
    init(_ shown: Shown, seen vector: VersionVector, replaced: Root) {
      kind = shown.kind
      size = shown.size
      mode = shown.mode
      modified = shown.modified
      root = shown.root
      target = shown.target
      self.vector = vector
      contentDot = shown.contentDot
      metadataDot = shown.metadataDot
      origin = shown.isLive ? shown.origin : nil
      self.replaced = replaced
      isConflictCopy = shown.isConflictCopy
    }
  }

  /// Records the draft as the next number of this device's log, and joins it to the heads of its path.
  @discardableResult
  mutating func author(_ draft: Draft, at place: inout Place) throws -> Version {
    index.state.sequence += 1
    let dot = Dot(log: index.state.log, sequence: index.state.sequence)
    index.state.knowledge.include(dot)
    let isLive = draft.kind != .tombstone
    var vector = draft.vector.including(dot)
    // A higher number covers all lower ones of its log, so this version has also seen whatever those had: else a device that
    // never gets them would keep what they replaced.
    for head in place.heads where head.dot.log == dot.log { vector.join(head.vector) }
    // What was dropped here may still be a head elsewhere, and must not bring its metadata to what is new at its path.
    if place.heads.isEmpty, !index.state.dropped.isEmpty { try vector.join(index.superseded(of: place.path)) }
    let version = Version(
      path: place.path, kind: draft.kind, size: draft.size, mode: draft.mode, modified: draft.modified, root: draft.root,
      target: draft.target, dot: dot, vector: vector, contentDot: isLive ? draft.contentDot ?? dot : nil,
      metadataDot: isLive ? draft.metadataDot ?? dot : nil,
      origin: draft.origin ?? Origin(modified: draft.modified, device: deviceName), replaced: draft.replaced,
      movedFrom: draft.movedFrom, isConflictCopy: draft.isConflictCopy)
    try join(version, record: version.record, to: &place)
    authored.append(version)
    return version
  }
}
