package import CoveyCore

/// One frame, whole: a 4-byte big-endian length, one byte for the kind, and a payload of that length less one.
///
/// A control message that is longer than a frame comes as parts that follow one another, of which the last is the `control` frame;
/// ``FrameDecoder`` puts them together.
package enum Frame: Hashable, Sendable {
  /// The protobuf bytes of a message between members.
  case control([UInt8])
  /// A piece of a file as it travelled: deflated if the header says so.
  case content(ContentHeader, bytes: [UInt8])
  /// The protobuf bytes of a message of two devices that pair.
  case pairing([UInt8])

  static let lengthByteCount = 4

  enum Kind: UInt8 {
    case control = 1
    case content = 2
    case pairing = 3
    /// A part of a control message; more of it follows at once.
    case part = 4

    /// What the length of such a frame may declare.
    var byteCounts: ClosedRange<Int> {
      switch self {
      case .control, .pairing, .part: 2...WireLimits.controlFrameByteCountMax
      case .content: (1 + ContentHeader.byteCount)...WireLimits.contentFrameByteCountMax
      }
    }
  }
}

/// What stands before the bytes of a content part: the request (8 bytes), the item (4), flags (1), the length uncompressed (4).
///
/// Flags: 1, the bytes are deflated; 2, they are a patch.
package struct ContentHeader: Hashable, Sendable {
  package static let byteCount = 17
  static let compressedFlag: UInt8 = 1
  static let patchFlag: UInt8 = 2

  package var request: UInt64
  package var item: UInt32
  package var isCompressed: Bool
  package var form: ContentPart.Form
  /// Once inflated; the length of the bytes themselves if they are not compressed.
  package var uncompressedByteCount: Int

  package init(request: UInt64, item: UInt32, isCompressed: Bool, form: ContentPart.Form = .plain, uncompressedByteCount: Int) {
    self.request = request
    self.item = item
    self.isCompressed = isCompressed
    self.form = form
    self.uncompressedByteCount = uncompressedByteCount
  }

  /// Reads the header that stands before `payloadByteCount` bytes.
  init(_ bytes: [UInt8], payloadByteCount: Int) throws(WireError) {
    guard bytes.count == Self.byteCount else { throw .frameTooSmall(byteCount: bytes.count) }
    request = bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
    item = bytes[8..<12].reduce(0) { $0 << 8 | UInt32($1) }
    guard bytes[12] & ~(Self.compressedFlag | Self.patchFlag) == 0 else { throw .invalid("content", reason: "flags \(bytes[12]) are not known") }
    isCompressed = bytes[12] & Self.compressedFlag != 0
    form = bytes[12] & Self.patchFlag != 0 ? .patch : .plain
    uncompressedByteCount = Int(bytes[13..<17].reduce(0) { $0 << 8 | UInt32($1) })
    guard uncompressedByteCount <= WireLimits.contentByteCountMax else {
      throw .tooLong("content", byteCount: uncompressedByteCount, limit: WireLimits.contentByteCountMax)
    }
    guard isCompressed ? payloadByteCount < uncompressedByteCount : payloadByteCount == uncompressedByteCount else {
      throw .invalid("content", reason: "\(payloadByteCount) bytes came where \(uncompressedByteCount) are declared")
    }
  }
}
