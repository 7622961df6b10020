/// The versions of one path that no other known version of it has seen: how they join, and what they show.
///
/// Pure and alike on every device: equal sets of heads, in whatever order they came, show the same.
package enum Heads {
  /// The heads together with one more version: what another has seen goes.
  ///
  /// Commutative, associative, idempotent. Two versions of one dot with different bytes, the work of a forked log, both stay.
  package static func joined(_ heads: [Version], _ version: Version) -> [Version] {
    if heads.contains(where: { $0 == version || ($0.dot != version.dot && $0.vector.covers(version.dot)) }) { return heads }
    var out = heads.filter { $0.dot == version.dot || !version.vector.covers($0.dot) }
    out.insert(version, at: out.firstIndex { precedes(version, $0) } ?? out.count)
    return out
  }

  /// By dot, and of one dot by the bytes, so that the order is the same everywhere.
  private static func precedes(_ a: Version, _ b: Version) -> Bool {
    a.dot == b.dot ? a.record.lexicographicallyPrecedes(b.record) : a.dot < b.dot
  }

  /// Whether `other` has seen the content that `head` carries and holds another, or none: `head` then brings at most its metadata.
  ///
  /// Two devices may have written equal contents, and each have seen that of the other, as with two copies of one loser: neither settles
  /// the other, else nothing would be left of both.
  private static func settles(_ other: Version, _ head: Version, _ safeguards: Safeguards) -> Bool {
    if other.content == head.content { return false }
    if safeguards.contains(.contentDots) { return other.contentDot != head.contentDot && other.vector.covers(head.contentDot) }
    return head.replaced == head.root && head.kind == .file && other.replaced != other.root
  }

  /// Whether another of the heads settles the one at `index`.
  private static func isSettled(_ index: Int, among heads: [Version], _ safeguards: Safeguards) -> Bool {
    heads.indices.contains { $0 != index && settles(heads[$0], heads[index], safeguards) }
  }

  /// The heads that carry content nobody has seen and replaced.
  static func unsettled(_ heads: [Version], _ safeguards: Safeguards) -> [Version] {
    heads.indices.filter { heads[$0].isLive && !isSettled($0, among: heads, safeguards) }.map { heads[$0] }
  }

  /// Winner, merged metadata and losers of the heads of one path.
  /// - Parameter can: whether the bytes of a file can be had; nil asks for the true winner, a closure for the best that stands in for it.
  package static func see(_ heads: [Version], safeguards: Safeguards = .all, can: ((Root) -> Bool)? = nil) -> View {
    if heads.count < 2 { return View(shown: heads.first.map { Shown($0) } ?? .absent, heads: heads, losers: []) }
    let own = unsettled(heads, safeguards)
    let tombstones = heads.filter { !$0.isLive }
    var pick = own.filter { head in can.map { head.kind != .file || $0(head.root) } ?? true }
    if pick.isEmpty, tombstones.isEmpty { pick = own }
    guard let winner = winner(of: pick, safeguards) else {
      let seen = heads.filter { !own.contains($0) }
      return View(shown: .absent(seen: join(seen)), heads: heads, losers: own)
    }
    let group = own.filter { $0.content == winner.content }
    let settled = heads.filter { $0.isLive && !own.contains($0) }
    let shown = merge(group, settled: settled, tombstones: tombstones, winner: winner, safeguards)
    return View(shown: shown, heads: heads, losers: own.filter { $0.content != winner.content })
  }

  /// Directory before file and symlink; at the path of a copy the bytes it is named for; then the later writing, the larger root, the kind.
  private static func winner(of heads: [Version], _ safeguards: Safeguards) -> Version? {
    guard let first = heads.first, heads.count > 1 else { return heads.first }
    let isCopy = safeguards.contains(.copyKeepsItsName) && ConflictCopyName.original(of: first.path) != nil
    func rank(_ head: Version) -> (Int, Int, Timestamp, Root, UInt8) {
      let isNamesake = isCopy && ConflictCopyName.candidates(for: head, safeguards: safeguards).first == head.path
      return (head.kind == .directory ? 1 : 0, isNamesake ? 1 : 0, head.origin.modified, head.root, head.kind.rawValue)
    }
    return heads.max { rank($0) < rank($1) }
  }

  /// What heads of equal content show together, with the metadata of what they settled.
  private static func merge(
    _ group: [Version], settled: [Version], tombstones: [Version], winner: Version, _ safeguards: Safeguards
  ) -> Shown {
    let first = group.min { ($0.contentDot ?? $0.dot, $0.dot) < ($1.contentDot ?? $1.dot, $1.dot) } ?? winner
    let included = group + settled
    // A mode or time is a file's, a directory's or a symlink's: what was set on one says nothing of another.
    let alike = included.filter { $0.kind == first.kind }
    let open = alike.filter { head in
      !included.contains { $0.metadataDot != head.metadataDot && $0.vector.covers(head.metadataDot) }
    }
    let metadata = open.isEmpty ? alike : open
    let greatest = metadata.max { ($0.mode, $0.metadataDot ?? $0.dot) < ($1.mode, $1.metadataDot ?? $1.dot) } ?? first
    var shown = Shown(first)
    shown.mode = greatest.mode
    shown.metadataDot = greatest.metadataDot
    // An edit keeps its time although the mode comes from a version with an older one.
    shown.modified = metadata.map(\.modified).max() ?? first.modified
    shown.isConflictCopy = metadata.allSatisfy(\.isConflictCopy)
    shown.vector = safeguards.contains(.joinedVectors) ? join(included + tombstones) : first.vector
    return shown
  }

  private static func join(_ heads: [Version]) -> VersionVector {
    heads.reduce(into: VersionVector()) { $0.join($1.vector) }
  }

  /// What the heads show where something lives below the path.
  static func seeWithLifeBelow(_ own: View, safeguards: Safeguards) -> View {
    let losers = unsettled(own.heads, safeguards).filter { $0.kind != .directory }
    return View(
      shown: .impliedDirectory(seen: join(own.heads.filter { !losers.contains($0) })), heads: own.heads, losers: losers)
  }
}
