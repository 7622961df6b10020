package import CoveyCore
package import CoveyEngine
import Glibc

/// Reads an open file once from beginning to end and names its content.
package enum ContentHasher {
  /// Bytes read at a time from large content.
  static let blockByteCount = 1 << 20
  /// Content from this size on is cut and hashed on two threads; below, starting the second costs more than it saves.
  static let pipelinedByteCountMin: Int64 = 4 << 20

  /// The root of the content and, above ``ChunkSizes/smallByteCountMax``, its chunks.
  ///
  /// The descriptor must be open for reading; its position is neither used nor moved. At most 4 MiB are held at a time. System
  /// calls: `pread`, `posix_fadvise`.
  /// - Throws: ``DiskError`` with an empty path: `.changed` when the content does not end at exactly `byteCount`, `.input` when the
  ///   disk cannot read it, `.wrongKind` when the descriptor is no file, `.other` when it needs more chunks than a manifest may have.
  package static func hash(descriptor: Int32, byteCount: Int64) throws(DiskError) -> (root: Root, chunks: [Chunk]?) {
    guard byteCount >= 0, byteCount < Version.byteCountMax else { throw .changedWhileRead }
    if byteCount <= ChunkSizes.smallByteCountMax { return (try hashSmall(descriptor, byteCount: Int(byteCount)), nil) }
    var reader = ContentReader(descriptor: descriptor, byteCount: byteCount)
    // One byte more than there should be, so that growth is seen by the same call.
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(min(Int64(blockByteCount), byteCount + 1)), alignment: 4096)
    defer { block.deallocate() }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    var cutter = ContentCutter(byteCount: byteCount)
    var digest = ChunkDigest()
    if byteCount < pipelinedByteCountMin {
      while reader.remaining > 0 {
        let content = try reader.next(into: block)
        digest.add(content, ends: try cutter.ends(in: content))
      }
    } else {
      try HashPipeline.run(&reader, &cutter, into: &digest)
    }
    try reader.end(into: block)
    let chunks = digest.finish()
    return (Root(chunks: chunks, byteCount: byteCount), chunks)
  }

  /// One read, of one byte more than there should be: a regular file gives fewer bytes only at its end.
  private static func hashSmall(_ descriptor: Int32, byteCount: Int) throws(DiskError) -> Root {
    var failure: DiskError?
    let root = withUnsafeTemporaryAllocation(byteCount: byteCount + 1, alignment: 16) { block -> Root in
      while true {
        let count = pread(descriptor, block.baseAddress, block.count, 0)
        if count < 0, errno == EINTR { continue }
        if count != byteCount { failure = count < 0 ? DiskError(reading: errno) : .changedWhileRead; return .none }
        return Root(digest: ChunkDigest.digest(of: UnsafeRawBufferPointer(rebasing: block[..<byteCount])))
      }
    }
    if let failure { throw failure }
    return root
  }
}
