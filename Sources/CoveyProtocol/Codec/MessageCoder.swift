package import CoveyCore
package import NIOCore

/// Messages between members as frames.
///
/// The bytes of a file are copied once on their way from a message into a frame; no protobuf ever holds them.
package enum MessageCoder {
  /// The message as one frame, length and kind included; as several where it names more logs than fit one.
  /// - Parameter compressionLevel: how hard a content part is deflated where that pays; not at all where nil.
  /// - Throws: ``WireError`` when the message is outside ``WireLimits`` or its frame too long; `Message.split` prevents the latter.
  package static func encode(_ message: Message, compressionLevel: Int32? = nil) throws(WireError) -> ByteBuffer {
    try message.checkLimits()
    if case .content(let part) = message { return encode(part, compressionLevel) }
    guard let proto = ProtoControlMessage(message) else { throw .unknownMessage }
    return message.mayTakeSeveralFrames ? try FrameWriter.frames(proto) : try FrameWriter.frame(proto, kind: .control)
  }

  /// - Throws: ``WireError`` when the frame is no message within ``WireLimits``.
  package static func decode(_ frame: Frame) throws(WireError) -> Message {
    switch frame {
    case .control(let bytes):
      let message = try Message(ProtoReader.read(ProtoControlMessage.self, bytes, shape: .controlMessage))
      try message.checkLimits()
      guard message.mayTakeSeveralFrames || bytes.count < WireLimits.controlFrameByteCountMax else {
        throw .frameTooLarge(byteCount: bytes.count + 1, limit: WireLimits.controlFrameByteCountMax)
      }
      return message
    case .content(let header, let bytes):
      let plain = header.isCompressed ? try Inflate.inflate(bytes, exactly: header.uncompressedByteCount) : bytes
      return .content(ContentPart(request: header.request, item: header.item, form: header.form, bytes: plain))
    case .pairing: throw .unexpectedFrame
    }
  }

  private static func encode(_ part: ContentPart, _ compressionLevel: Int32?) -> ByteBuffer {
    let compressed = compressionLevel.flatMap { Deflate.compressIfItPays(part.bytes, level: $0) }
    let bytes = compressed ?? part.bytes
    let length = 1 + ContentHeader.byteCount + bytes.count
    var buffer = ByteBufferAllocator().buffer(capacity: Frame.lengthByteCount + length)
    buffer.writeInteger(UInt32(length))
    buffer.writeInteger(Frame.Kind.content.rawValue)
    buffer.writeInteger(part.request)
    buffer.writeInteger(part.item)
    buffer.writeInteger((compressed == nil ? 0 : ContentHeader.compressedFlag) | part.form.flags)
    buffer.writeInteger(UInt32(part.bytes.count))
    buffer.writeBytes(bytes)
    return buffer
  }
}

extension Message {
  /// What names every log of a folder must arrive as one, however many there are; all else is split into messages of a frame.
  fileprivate var mayTakeSeveralFrames: Bool {
    switch self {
    case .folderHandshake, .roundEnd: true
    default: false
    }
  }
}
