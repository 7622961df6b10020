import Crypto

extension Root {
  /// The root of a small content.
  package init(smallContent bytes: some Sequence<UInt8>) {
    let root = bytes.withContiguousStorageIfAvailable { Root(smallContent: UnsafeRawBufferPointer($0)) }
    self = root ?? Array(bytes).withUnsafeBytes { Root(smallContent: $0) }
  }

  /// The root of a small content that is there at once; also the name of a chunk.
  package init(smallContent bytes: UnsafeRawBufferPointer) {
    var hasher = SHA256()
    hasher.update(bufferPointer: bytes)
    self.init(digest: hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero })
  }

  /// The root of a symlink: its text under a prefix, so that it never equals a file's.
  package init(linkTarget: [UInt8]) { self.init(smallContent: Array("covey/link/v1\0".utf8) + linkTarget) }

  /// The root of a large content: its chunks in order, with the size and the chunk size they were cut for.
  package init(chunks: [Chunk], byteCount: Int64) {
    var hasher = SHA256()
    var head = CanonicalWriter()
    head.raw("covey/manifest/v1\0".utf8)
    head.fixed64(UInt64(bitPattern: byteCount))
    head.fixed64(UInt64(ChunkSizes(forByteCount: byteCount).average))
    hasher.update(data: head.bytes)
    for chunk in chunks {
      chunk.hash.withUnsafeBytes { hasher.update(bufferPointer: $0) }
      withUnsafeBytes(of: chunk.byteCount.bigEndian) { hasher.update(bufferPointer: $0) }
    }
    self.init(digest: hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero })
  }
}
