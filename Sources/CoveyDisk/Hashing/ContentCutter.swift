import CoveyCore
import CoveyEngine

/// Finds the chunks of a large content in its blocks.
struct ContentCutter {
  private var chunker: Chunker
  private var chunkCount = 0

  init(byteCount: Int64) { chunker = Chunker(sizes: ChunkSizes(forByteCount: byteCount)) }

  /// Where in the block chunks end.
  /// - Throws: `.other` when no manifest can hold them all.
  mutating func ends(in block: UnsafeRawBufferPointer) throws(DiskError) -> [Int] {
    var ends: [Int] = []
    var start = 0
    while start < block.count, let cut = chunker.cut(in: UnsafeRawBufferPointer(rebasing: block[start...])) {
      start += cut
      ends.append(start)
    }
    chunkCount += ends.count
    guard chunkCount < ManifestAssembly.chunkCountMax else {
      throw DiskError(
        code: .other, path: "", message: "the file is too large to be shared: split it into files of less than 1 TiB, or ignore it")
    }
    return ends
  }
}
