import CZlib

/// Bytes deflated where that pays (RFC 1951, without any wrapping: content is checked by its hash).
package enum Deflate {
  /// Below this many bytes the head of a frame weighs more than what is saved.
  package static let byteCountMin = 256

  /// 64 MB/s a core of text, measured.
  package static let levelOfFast: Int32 = 1
  /// 38 MB/s; takes another 2 to 5 % off text.
  package static let levelOfSmall: Int32 = 6

  /// Compression of content that a sample says is compressible; nil when it is not.
  package static func compressIfItPays(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
    looksCompressible(bytes) ? compress(bytes, level: level) : nil
  }

  /// - Parameter level: 1 (fast) to 9 (small).
  /// - Returns: nil when less than a sixteenth is saved.
  package static func compress(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
    let limit = bytes.count - bytes.count / 16 - 1
    guard bytes.count >= byteCountMin, bytes.count <= Int(UInt32.max) else { return nil }
    // The window covers the input and no more: making one for 32 KiB takes longer than deflating a small file.
    let windowBits = Int32(min(max(Int.bitWidth - (bytes.count - 1).leadingZeroBitCount, 9), 15))
    var stream = z_stream()
    let opened = deflateInit2_(
      &stream, min(max(level, 1), 9), Z_DEFLATED, -windowBits, max(windowBits - 7, 1), Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard opened == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    var status = Z_OK
    let deflated = [UInt8](unsafeUninitializedCapacity: limit) { destination, filled in
      bytes.withUnsafeBufferPointer { source in
        // zlib reads through this pointer and never writes.
        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.avail_in = UInt32(source.count)
        stream.next_out = destination.baseAddress
        stream.avail_out = UInt32(limit)
        status = deflate(&stream, Z_FINISH)
        filled = limit - Int(stream.avail_out)
      }
    }
    return status == Z_STREAM_END ? deflated : nil
  }

  /// Whether the bytes of a sample of 4 KiB are spread so unevenly that deflating may pay.
  ///
  /// The measure is how often two bytes of the sample are equal: 1/256 of the pairs for random and already compressed content, at
  /// least 1.15 times that for anything worth a try. Costs some microseconds.
  package static func looksCompressible(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= byteCountMin else { return false }
    let sampleCount = min(bytes.count, 4096)
    // A run of small files is looked at in more places: they may be of many kinds.
    let partCount = bytes.count > 64 << 10 ? 16 : bytes.count > sampleCount ? 4 : 1
    let partByteCount = sampleCount / partCount
    return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { counts in
      counts.initialize(repeating: 0)
      bytes.withUnsafeBufferPointer { bytes in
        for part in 0..<partCount {
          let start = partCount == 1 ? 0 : (bytes.count - partByteCount) / (partCount - 1) * part
          for index in start..<(start + partByteCount) { counts[Int(bytes[index])] += 1 }
        }
      }
      let equalPairs = counts.reduce(0) { $0 + Int($1) * (Int($1) - 1) }
      let pairs = sampleCount * (sampleCount - 1)
      return equalPairs * 256 * 100 > pairs * 115
    }
  }
}
