package import NIOCore

/// Cuts a stream of bytes into frames.
///
/// A declared length is judged as soon as its four bytes are there and never reserved: memory grows with what has arrived, by at
/// most one frame and what one read brought. The bytes of a frame are copied once, from the buffers they came in to the frame.
/// After an error every further call throws the same one. The caller drains ``next()`` after every ``append(_:)``, and keeps time:
/// a peer that leaves ``isInsideFrame`` true for too long is stalling.
package struct FrameDecoder: Sendable {
  /// The greatest length a frame may declare now; raised once the peer is known.
  package var limit: Int

  private var pieces: [ByteBuffer] = []
  /// The last piece is our own and small buffers are gathered in it.
  private var lastPieceIsOwn = false
  private var byteCount = 0
  private var declared: (byteCount: Int, kind: Frame.Kind?)?
  private var failure: WireError?

  package init(limit: Int = WireLimits.unauthenticatedFrameByteCountMax) { self.limit = limit }

  /// Whether a frame has begun and is not whole, given that ``next()`` has returned nil.
  package var isInsideFrame: Bool { byteCount > 0 || declared != nil }

  /// Takes everything that is readable in `buffer`.
  package mutating func append(_ buffer: inout ByteBuffer) {
    guard failure == nil, buffer.readableBytes > 0 else { return }
    byteCount += buffer.readableBytes
    // A buffer that is mostly unused would pin its whole storage: a peer that sends single bytes must not cost a buffer for each.
    if buffer.readableBytes >= 4096, buffer.readableBytes * 2 >= buffer.storageCapacity {
      pieces.append(buffer)
      lastPieceIsOwn = false
    } else if lastPieceIsOwn, var last = pieces.popLast() {
      if last.readerIndex > last.readableBytes { last.discardReadBytes() }
      last.writeBuffer(&buffer)
      pieces.append(last)
    } else {
      var own = ByteBuffer()
      own.writeBuffer(&buffer)
      pieces.append(own)
      lastPieceIsOwn = true
    }
    buffer.moveReaderIndex(to: buffer.writerIndex)
  }

  /// The next whole frame, or nil until more bytes are there.
  package mutating func next() throws(WireError) -> Frame? {
    if let failure { throw failure }
    do { return try cut() } catch {
      failure = error
      pieces = []
      throw error
    }
  }

  private mutating func cut() throws(WireError) -> Frame? {
    if declared == nil {
      guard byteCount >= Frame.lengthByteCount else { return nil }
      let length = take(Frame.lengthByteCount).reduce(0) { $0 << 8 | Int($1) }
      guard length <= limit else { throw .frameTooLarge(byteCount: length, limit: limit) }
      guard length > 0 else { throw .frameTooSmall(byteCount: length) }
      declared = (length, nil)
    }
    guard let (length, known) = declared, byteCount > 0 else { return nil }
    let kind: Frame.Kind
    if let known {
      kind = known
    } else {
      let byte = take(1)[0]
      guard let read = Frame.Kind(rawValue: byte) else { throw .unknownFrameKind(byte) }
      guard length >= read.byteCounts.lowerBound else { throw .frameTooSmall(byteCount: length) }
      guard length <= read.byteCounts.upperBound else { throw .frameTooLarge(byteCount: length, limit: read.byteCounts.upperBound) }
      declared = (length, read)
      kind = read
    }
    guard byteCount >= length - 1 else { return nil }
    declared = nil
    switch kind {
    case .control: return .control(take(length - 1))
    case .pairing: return .pairing(take(length - 1))
    case .content:
      let contentByteCount = length - 1 - ContentHeader.byteCount
      let header = try ContentHeader(take(ContentHeader.byteCount), payloadByteCount: contentByteCount)
      return .content(header, bytes: take(contentByteCount))
    }
  }

  /// Takes bytes that are there.
  private mutating func take(_ count: Int) -> [UInt8] {
    byteCount -= count
    var spent = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { destination, filled in
      while filled < count {
        let part = min(count - filled, pieces[spent].readableBytes)
        pieces[spent].readWithUnsafeReadableBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(destination)[filled..<(filled + part)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<part]))
          return part
        }
        filled += part
        if pieces[spent].readableBytes == 0 { spent += 1 }
      }
    }
    if spent > 0 {
      pieces.removeFirst(spent)
      if pieces.isEmpty { lastPieceIsOwn = false }
    }
    return bytes
  }
}
