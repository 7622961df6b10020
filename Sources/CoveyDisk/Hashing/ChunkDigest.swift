import CoveyCore
import Crypto

/// Hashes the chunks of a content that arrives in blocks.
struct ChunkDigest {
  private var hasher = SHA256()
  /// Bytes in the chunk that is open.
  private var byteCount: UInt32 = 0
  private var chunks: [Chunk] = []

  /// Takes the next block, in which chunks end at `ends`.
  mutating func add(_ block: UnsafeRawBufferPointer, ends: [Int]) {
    var start = 0
    for end in ends {
      add(UnsafeRawBufferPointer(rebasing: block[start..<end]))
      close()
      start = end
    }
    if start < block.count { add(UnsafeRawBufferPointer(rebasing: block[start...])) }
  }

  /// All chunks; what is open is the last.
  consuming func finish() -> [Chunk] {
    if byteCount > 0 { close() }
    return chunks
  }

  /// The SHA-256 of bytes that are there at once.
  static func digest(of bytes: UnsafeRawBufferPointer) -> Bytes32 {
    var hasher = SHA256()
    hasher.update(bufferPointer: bytes)
    return hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero }
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    hasher.update(bufferPointer: bytes)
    byteCount += UInt32(bytes.count)
  }

  private mutating func close() {
    chunks.append(Chunk(hash: hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero }, byteCount: byteCount))
    hasher = SHA256()
    byteCount = 0
  }
}
