package import CoveyCore

/// A manifest as the column `chunks` holds it: 36 bytes a chunk, the hash and the length.
package enum ManifestBytes {
  static func encode(_ chunks: [Chunk]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(chunks.count * 36)
    for chunk in chunks {
      chunk.hash.withUnsafeBytes { out.append(contentsOf: $0) }
      withUnsafeBytes(of: chunk.byteCount.bigEndian) { out.append(contentsOf: $0) }
    }
    return out
  }

  package static func decode(_ bytes: [UInt8]) throws(CanonicalError) -> [Chunk] {
    guard bytes.count % 36 == 0 else { throw .truncated }
    var chunks: [Chunk] = []
    chunks.reserveCapacity(bytes.count / 36)
    for start in stride(from: 0, to: bytes.count, by: 36) {
      guard let hash = Bytes32(bytes[start..<(start + 32)]) else { throw .truncated }
      let byteCount = bytes[(start + 32)..<(start + 36)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      chunks.append(Chunk(hash: hash, byteCount: byteCount))
    }
    return chunks
  }
}
