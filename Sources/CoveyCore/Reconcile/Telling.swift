/// What a peer has told of its heads since the end of a round of it was joined last.
///
/// A version that the peer knows of, could not take for known here and did not tell is no head there any more: it was superseded or dropped.
/// A bit for each number, 64 of them side by side, for a round may tell a million versions, and most of them lie close together.
package struct Telling: Hashable, Sendable {
  /// Some 40 MB, which only a peer needs that tells very few of very many numbers.
  package static let blockCountMax = 1 << 20

  /// What this device knew as the first of it came, so at least all that the peer could take for known.
  let base: VersionVector
  /// Named by its log and the number of its first bit, in units of 64.
  private var blocks: [Dot: UInt64] = [:]
  private var isOverfull = false

  package init(base: VersionVector) { self.base = base }

  /// The same, told beyond other knowledge.
  package func rebased(on base: VersionVector) -> Telling {
    var telling = Telling(base: base)
    telling.blocks = blocks
    telling.isOverfull = isOverfull
    return telling
  }

  package mutating func add(_ dot: Dot) {
    let (block, bit) = Self.place(dot)
    guard blocks.count < Self.blockCountMax || blocks[block] != nil else { isOverfull = true; return }
    blocks[block, default: 0] |= bit
  }

  /// Past the bound everything counts as told: a head too many may stay then, and none goes that was told.
  package func contains(_ dot: Dot) -> Bool {
    let (block, bit) = Self.place(dot)
    return isOverfull || (blocks[block] ?? 0) & bit != 0
  }

  private static func place(_ dot: Dot) -> (block: Dot, bit: UInt64) {
    (Dot(log: dot.log, sequence: dot.sequence >> 6), 1 << (dot.sequence & 63))
  }
}
