import CoveyCore
import CoveyProtocol
import NIOCore

/// A frame made by hand.
func frameBytes(kind: UInt8, payload: [UInt8]) -> [UInt8] { bigEndian(UInt32(payload.count + 1)) + [kind] + payload }

func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

/// Every frame that a decoder cuts out of these bytes, fed at once.
func frames(in bytes: [UInt8], limit: Int = WireLimits.frameByteCountMax) throws(WireError) -> [Frame] {
  var decoder = FrameDecoder(limit: limit)
  var buffer = ByteBuffer(bytes: bytes)
  decoder.append(&buffer)
  var frames: [Frame] = []
  while let frame = try decoder.next() { frames.append(frame) }
  return frames
}

/// The only message in these bytes.
func message(in buffer: ByteBuffer) throws -> Message? {
  let frames = try frames(in: Array(buffer.readableBytesView))
  return try frames.count == 1 ? MessageCoder.decode(frames[0]) : nil
}

func pairingFrame(in buffer: ByteBuffer) throws -> PairingFrame? {
  let frames = try frames(in: Array(buffer.readableBytesView))
  return try frames.count == 1 ? PairingCoder.decode(frames[0]) : nil
}

/// A protobuf field made by hand.
enum ProtoBytes {
  static func number(_ value: UInt64) -> [UInt8] {
    var rest = value
    var out: [UInt8] = []
    while rest >= 0x80 { out.append(UInt8(rest & 0x7F) | 0x80); rest >>= 7 }
    return out + [UInt8(rest)]
  }

  static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    self.number(number << 3 | 2) + self.number(UInt64(bytes.count)) + bytes
  }

  static func field(_ number: UInt64, value: UInt64) -> [UInt8] { self.number(number << 3) + self.number(value) }

  static func fields(_ number: UInt64, _ bytes: [UInt8], count: Int) -> [UInt8] {
    Array(repeatElement(field(number, bytes), count: count).joined())
  }
}
