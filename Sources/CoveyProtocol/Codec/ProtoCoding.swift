import NIOCore
import SwiftProtobuf

/// Frames around protobuf messages.
enum FrameWriter {
  static func frame(_ proto: some SwiftProtobuf.Message, kind: Frame.Kind) throws(WireError) -> ByteBuffer {
    let bytes: [UInt8]
    do { bytes = try proto.serializedBytes() } catch { throw .malformed("\(error)") }
    let length = 1 + bytes.count
    guard length <= kind.byteCounts.upperBound else { throw .frameTooLarge(byteCount: length, limit: kind.byteCounts.upperBound) }
    var buffer = ByteBufferAllocator().buffer(capacity: Frame.lengthByteCount + length)
    buffer.writeInteger(UInt32(length))
    buffer.writeInteger(kind.rawValue)
    buffer.writeBytes(bytes)
    return buffer
  }
}

/// Protobuf messages out of frames, counted before they are decoded.
enum ProtoReader {
  static func read<Proto: SwiftProtobuf.Message>(_: Proto.Type, _ bytes: [UInt8], shape: ProtoShape) throws(WireError) -> Proto {
    try shape.check(bytes)
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    options.messageDepthLimit = 8
    do { return try Proto(serializedBytes: bytes, options: options) } catch { throw .malformed("\(error)") }
  }
}
