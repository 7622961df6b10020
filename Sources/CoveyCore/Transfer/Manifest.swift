/// One piece of a large content: its SHA-256 and its length.
package struct Chunk: Hashable, Sendable {
  package var hash: Bytes32
  package var byteCount: UInt32
  package init(hash: Bytes32, byteCount: UInt32) { self.hash = hash; self.byteCount = byteCount }
}

/// How content of one size is cut: FastCDC with normalised chunking, level 2.
///
/// The parameters follow from the size alone, so that equal bytes have an equal root on every device.
package struct ChunkSizes: Hashable, Sendable {
  /// Content up to this size is one piece, named by the SHA-256 of its bytes.
  package static let smallByteCountMax: Int64 = 64 << 10

  package let average: Int
  package var minimum: Int { average / 4 }
  package var maximum: Int { average * 4 }

  package init(forByteCount size: Int64) {
    switch size {
    case ..<(64 << 20): average = 16 << 10
    case ..<(512 << 20): average = 32 << 10
    case ..<(8 << 30): average = 64 << 10
    case ..<(64 << 30): average = 256 << 10
    default: average = 1 << 20
    }
  }
}
