package import NIOCore

/// Cuts a stream of bytes into frames.
///
/// A declared length is judged as soon as its four bytes are there and never reserved: memory grows with what has arrived, to four
/// times that at most, and a message that comes in several frames by what it has. The bytes of a frame are copied out of the buffers they came in by ``next()``, and no buffer is kept once it
/// has returned nil: TLS decrypts into the same one again and again, and would have to copy it whole while somebody else holds it.
/// After an error every further call throws the same one. The caller drains ``next()`` after every ``append(_:)``, and keeps time:
/// a peer that leaves ``isInsideFrame`` true for too long is stalling.
package struct FrameDecoder: Sendable {
  /// The greatest length a frame may declare now; raised once the peer is known.
  package var limit: Int

  /// What of the frame comes next.
  private enum Part {
    case length
    case kind(byteCount: Int)
    case header(contentByteCount: Int)
    case content(ContentHeader, byteCount: Int)
    case message(Frame.Kind, byteCount: Int)
  }

  private var part = Part.length
  /// What is there of that part.
  private var gathered: [UInt8] = []
  private var input: [ByteBuffer] = []
  /// The message whose parts are arriving.
  private var parts: [UInt8] = []
  private var failure: WireError?

  package init(limit: Int = WireLimits.unauthenticatedFrameByteCountMax) { self.limit = limit }

  /// Whether a frame, or a message of several, has begun and is not whole, given that ``next()`` has returned nil.
  package var isInsideFrame: Bool {
    if case .length = part { return !gathered.isEmpty || !parts.isEmpty }
    return true
  }

  /// Takes everything that is readable in `buffer`.
  package mutating func append(_ buffer: inout ByteBuffer) {
    guard failure == nil, buffer.readableBytes > 0 else { return }
    input.append(buffer)
    buffer.moveReaderIndex(to: buffer.writerIndex)
  }

  /// The next whole frame, or nil until more bytes are there.
  package mutating func next() throws(WireError) -> Frame? {
    if let failure { throw failure }
    do { return try cut() } catch {
      failure = error
      (input, gathered, parts) = ([], [], [])
      throw error
    }
  }

  private mutating func cut() throws(WireError) -> Frame? {
    while true {
      switch part {
      case .length:
        guard let bytes = gather(Frame.lengthByteCount) else { return nil }
        let length = bytes.reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit else { throw .frameTooLarge(byteCount: length, limit: limit) }
        guard length > 0 else { throw .frameTooSmall(byteCount: length) }
        part = .kind(byteCount: length)
      case .kind(let length):
        guard let byte = gather(1)?[0] else { return nil }
        guard let kind = Frame.Kind(rawValue: byte) else { throw .unknownFrameKind(byte) }
        guard length >= kind.byteCounts.lowerBound else { throw .frameTooSmall(byteCount: length) }
        guard length <= kind.byteCounts.upperBound else { throw .frameTooLarge(byteCount: length, limit: kind.byteCounts.upperBound) }
        // Whoever has not proved to be a member has nothing to say that is longer than a frame.
        guard kind != .part || limit >= WireLimits.controlFrameByteCountMax else { throw .unexpectedFrame }
        guard parts.isEmpty || kind == .part || kind == .control else { throw .unexpectedFrame }
        guard parts.isEmpty && kind != .part || parts.count + length - 1 <= WireLimits.messageByteCountMax else {
          throw .frameTooLarge(byteCount: parts.count + length - 1, limit: WireLimits.messageByteCountMax)
        }
        part = kind == .content ? .header(contentByteCount: length - 1 - ContentHeader.byteCount) : .message(kind, byteCount: length - 1)
      case .header(let byteCount):
        guard let bytes = gather(ContentHeader.byteCount) else { return nil }
        part = .content(try ContentHeader(bytes, payloadByteCount: byteCount), byteCount: byteCount)
      case .content(let header, let byteCount):
        guard let bytes = gather(byteCount) else { return nil }
        part = .length
        return .content(header, bytes: bytes)
      case .message(let kind, let byteCount):
        guard let bytes = gather(byteCount) else { return nil }
        part = .length
        if kind == .part { parts += bytes; continue }
        if kind == .pairing { return .pairing(bytes) }
        defer { parts = [] }
        return .control(parts.isEmpty ? bytes : parts + bytes)
      }
    }
  }

  /// So many bytes once they are there; until then it keeps what there is.
  private mutating func gather(_ count: Int) -> [UInt8]? {
    while gathered.count < count, !input.isEmpty {
      let taken = min(count - gathered.count, input[0].readableBytes)
      if gathered.capacity < gathered.count + taken { gathered.reserveCapacity(min(count, 4 * (gathered.count + taken))) }
      input[0].readWithUnsafeReadableBytes { bytes in
        gathered.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
        return taken
      }
      if input[0].readableBytes == 0 { input.removeFirst() }
    }
    guard gathered.count == count else { return nil }
    defer { gathered = [] }
    return gathered
  }
}
