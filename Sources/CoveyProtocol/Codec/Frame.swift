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
/// Flags: 1, the bytes are deflated; 2, they are a patch; 4, they are a run of whole items, of which this is the first. Where one item
/// ends and the next begins the request says, so that a run has no counts that could lie.
package struct ContentHeader: Hashable, Sendable {
  package static let byteCount = 17
  static let compressedFlag: UInt8 = 1
  static let patchFlag: UInt8 = 2
  static let runFlag: UInt8 = 4

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
    guard let form = ContentPart.Form(flags: bytes[12] & ~Self.compressedFlag) else {
      throw .invalid("content", reason: "flags \(bytes[12]) are not known")
    }
    isCompressed = bytes[12] & Self.compressedFlag != 0
    self.form = form
    uncompressedByteCount = Int(bytes[13..<17].reduce(0) { $0 << 8 | UInt32($1) })
    guard uncompressedByteCount <= WireLimits.contentByteCountMax else {
      throw .tooLong("content", byteCount: uncompressedByteCount, limit: WireLimits.contentByteCountMax)
    }
    guard isCompressed ? payloadByteCount < uncompressedByteCount : payloadByteCount == uncompressedByteCount else {
      throw .invalid("content", reason: "\(payloadByteCount) bytes came where \(uncompressedByteCount) are declared")
    }
  }
}

extension ContentPart.Form {
  init?(flags: UInt8) {
    switch flags {
    case 0: self = .plain
    case ContentHeader.patchFlag: self = .patch
    case ContentHeader.runFlag: self = .run
    default: return nil
    }
  }

  var flags: UInt8 {
    switch self {
    case .plain: 0
    case .patch: ContentHeader.patchFlag
    case .run: ContentHeader.runFlag
    }
  }
}
