/// What a receiver tells of an old stretch which the wanted one probably resembles: its length, and a sum of each of its blocks.
///
/// Blocks are ``blockByteCount`` bytes long, the last one holds what remains. A sum is no proof: whoever puts content together with its
/// help compares the SHA-256 of the result.
package struct PatchBase: Hashable, Sendable {
  package static let blockByteCount = 512

  package var byteCount: Int
  package var sums: [UInt64]

  package init(byteCount: Int, sums: [UInt64]) { self.byteCount = byteCount; self.sums = sums }

  package init(of old: [UInt8]) {
    byteCount = old.count
    sums = old.withUnsafeBytes { old in
      stride(from: 0, to: old.count, by: Self.blockByteCount).map { start in
        BlockSum(UnsafeRawBufferPointer(rebasing: old[start..<min(start + Self.blockByteCount, old.count)])).value
      }
    }
  }

  /// How many sums a stretch of this length has.
  package static func sumCount(forByteCount byteCount: Int) -> Int { (byteCount + blockByteCount - 1) / blockByteCount }

  /// The bytes of the last block where it is shorter than the others, else zero.
  var restByteCount: Int { byteCount % Self.blockByteCount }
}

/// A sum of some bytes that costs one multiplication to move on by a byte: the bytes are the digits of a number, in 64 bits.
struct BlockSum {
  private static let radix: UInt64 = 0x9E37_79B9_7F4A_7C15
  /// What the first of ``PatchBase/blockByteCount`` digits counts.
  private static let first: UInt64 = (1..<PatchBase.blockByteCount).reduce(1) { power, _ in power &* radix }

  private(set) var value: UInt64 = 0

  init(_ bytes: UnsafeRawBufferPointer) { for byte in bytes { value = value &* Self.radix &+ UInt64(byte) &+ 1 } }

  /// Takes the first of a whole block's bytes away and adds one at the end.
  @inline(__always) mutating func roll(out: UInt8, in new: UInt8) {
    value = (value &- (UInt64(out) &+ 1) &* Self.first) &* Self.radix &+ UInt64(new) &+ 1
  }
}
