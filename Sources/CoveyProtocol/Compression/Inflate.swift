import CZlib

/// Deflated bytes back to what they were (RFC 1951, without any wrapping: content is checked by its hash).
package enum Inflate {
  /// No deflated byte stands for more than this many (258 bytes for two bits).
  private static let ratioMax = 1032

  /// - Parameter byteCount: how many bytes must come out; at most ``WireLimits/contentByteCountMax``. Nothing beyond is ever written.
  /// - Throws: ``WireError/damagedCompression(_:)`` when other than exactly these come out, or input is left.
  package static func inflate(_ bytes: [UInt8], exactly byteCount: Int) throws(WireError) -> [UInt8] {
    guard (0...WireLimits.contentByteCountMax).contains(byteCount) else {
      throw .tooLong("inflated content", byteCount: byteCount, limit: WireLimits.contentByteCountMax)
    }
    guard byteCount / ratioMax <= bytes.count else { throw .damagedCompression("\(bytes.count) bytes cannot hold \(byteCount)") }
    var stream = z_stream()
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw .damagedCompression("there is no memory to inflate it")
    }
    defer { inflateEnd(&stream) }
    var status = Z_OK
    let plain = [UInt8](unsafeUninitializedCapacity: byteCount) { destination, filled in
      // zlib refuses a null pointer even where there is nothing to read or write.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { spare in
        bytes.withUnsafeBufferPointer { source in
          // zlib reads through this pointer and never writes.
          stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress) ?? spare.baseAddress
          stream.avail_in = UInt32(source.count)
          stream.next_out = destination.baseAddress ?? spare.baseAddress
          stream.avail_out = UInt32(byteCount)
          status = CZlib.inflate(&stream, Z_FINISH)
          filled = byteCount - Int(stream.avail_out)
        }
      }
    }
    guard status == Z_STREAM_END else {
      throw .damagedCompression(
        plain.count == byteCount ? "more than \(byteCount) bytes come out" : "it ends or breaks after \(plain.count) bytes")
    }
    guard plain.count == byteCount, stream.avail_in == 0 else {
      throw .damagedCompression("\(plain.count) bytes come out where \(byteCount) are declared, and \(stream.avail_in) are left")
    }
    return plain
  }
}
