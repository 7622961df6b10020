/// Puts the manifest of a large content together from the runs of a peer's answers, believing none of their numbers.
package struct ManifestAssembly: Sendable {
  /// No manifest is longer: content that would need more chunks cannot be shared.
  package static let chunkCountMax = 4 << 20

  private let base: [Chunk]
  private let byteCount: Int64
  private let chunkByteCountMax: UInt32
  private let chunkCountMax: Int
  private var assembled: [Chunk] = []
  private var assembledByteCount: Int64 = 0

  /// Nil for a size that no large content has.
  /// - Parameter base: the manifest that copied runs refer to; empty where every run must be spelled out.
  package init?(base: [Chunk], byteCount: Int64) {
    guard byteCount > ChunkSizes.smallByteCountMax, byteCount < Version.byteCountMax else { return nil }
    let sizes = ChunkSizes(forByteCount: byteCount)
    self.base = base
    self.byteCount = byteCount
    chunkByteCountMax = UInt32(sizes.maximum)
    chunkCountMax = Int(min(byteCount / Int64(sizes.minimum) + 1, Int64(Self.chunkCountMax)))
  }

  /// The whole manifest; nil until the lengths of its chunks add up to the size of the content. Its root is still to be compared.
  package var chunks: [Chunk]? { assembledByteCount == byteCount ? assembled : nil }

  /// Adds what one answer brings. False, and nothing more is to be added, when a run is empty, copies what the base does not have, or
  /// holds a chunk of an impossible length, or when all together are more than the content.
  package mutating func append(_ runs: [ManifestAnswer.Run]) -> Bool {
    for run in runs {
      switch run {
      case .chunks(let chunks):
        guard append(chunks[...]) else { return false }
      case .copy(let first, let count):
        guard let first = Int(exactly: first), let count = Int(exactly: count), first <= base.count, count <= base.count - first else {
          return false
        }
        guard append(base[first..<(first + count)]) else { return false }
      }
    }
    return true
  }

  private mutating func append(_ chunks: ArraySlice<Chunk>) -> Bool {
    guard !chunks.isEmpty, chunks.count <= chunkCountMax - assembled.count else { return false }
    for chunk in chunks {
      guard chunk.byteCount > 0, chunk.byteCount <= chunkByteCountMax, Int64(chunk.byteCount) <= byteCount - assembledByteCount else {
        return false
      }
      assembledByteCount += Int64(chunk.byteCount)
    }
    assembled.append(contentsOf: chunks)
    return true
  }
}
