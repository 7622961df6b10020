import NIOCore
import SwiftProtobuf

/// Frames around protobuf messages.
enum FrameWriter {
  static func frame(_ proto: some SwiftProtobuf.Message, kind: Frame.Kind) throws(WireError) -> ByteBuffer {
    let bytes: [UInt8]
    do { bytes = try proto.serializedBytes() } catch { throw .malformed("\(error)") }
    guard 1 + bytes.count <= kind.byteCounts.upperBound else { throw .frameTooLarge(byteCount: 1 + bytes.count, limit: kind.byteCounts.upperBound) }
    var buffer = ByteBufferAllocator().buffer(capacity: Frame.lengthByteCount + 1 + bytes.count)
    write(bytes[...], kind: kind, to: &buffer)
    return buffer
  }

  /// The message in as many frames as it takes.
  static func frames(_ proto: some SwiftProtobuf.Message) throws(WireError) -> ByteBuffer {
    let bytes: [UInt8]
    do { bytes = try proto.serializedBytes() } catch { throw .malformed("\(error)") }
    guard bytes.count <= WireLimits.messageByteCountMax else { throw .frameTooLarge(byteCount: bytes.count, limit: WireLimits.messageByteCountMax) }
    let partByteCount = WireLimits.controlFrameByteCountMax - 1
    let frameCount = bytes.count / partByteCount + 1
    var buffer = ByteBufferAllocator().buffer(capacity: frameCount * (Frame.lengthByteCount + 1) + bytes.count)
    var rest = bytes[...]
    while rest.count > partByteCount {
      write(rest.prefix(partByteCount), kind: .part, to: &buffer)
      rest = rest.dropFirst(partByteCount)
    }
    write(rest, kind: .control, to: &buffer)
    return buffer
  }

  private static func write(_ payload: ArraySlice<UInt8>, kind: Frame.Kind, to buffer: inout ByteBuffer) {
    buffer.writeInteger(UInt32(1 + payload.count))
    buffer.writeInteger(kind.rawValue)
    buffer.writeBytes(payload)
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
