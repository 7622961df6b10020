/// Why bytes from a peer are no frame or message, or why a message cannot be sent.
///
/// Whoever receives one closes the connection: after it nobody knows where the next frame begins.
package enum WireError: Error, Hashable, Sendable {
  /// The declared length of a frame is above what may arrive at this point, or a message would become such a frame.
  case frameTooLarge(byteCount: Int, limit: Int)
  /// The declared length leaves no room for what every frame of its kind has.
  case frameTooSmall(byteCount: Int)
  case unknownFrameKind(UInt8)
  /// A frame of a kind that has no place on this connection.
  case unexpectedFrame
  /// Bytes that break the encoding itself.
  case malformed(String)
  /// None of the messages that this version knows.
  case unknownMessage
  case tooMany(String, limit: Int)
  case tooLong(String, byteCount: Int, limit: Int)
  /// A field has a value that its meaning excludes.
  case invalid(String, reason: String)
  /// Compressed bytes that do not give what they declare.
  case damagedCompression(String)
}

extension WireError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .frameTooLarge(let byteCount, let limit): "a frame has \(byteCount) bytes where at most \(limit) are allowed"
    case .frameTooSmall(let byteCount): "a frame of \(byteCount) bytes is too short to hold anything"
    case .unknownFrameKind(let kind): "frames of kind \(kind) are not known here: update Covey on this device"
    case .unexpectedFrame: "a frame of this kind has no place on this connection"
    case .malformed(let what): "a message is malformed: \(what)"
    case .unknownMessage: "a message is not known here: update Covey on this device"
    case .tooMany(let what, let limit): "a message has more than \(limit) \(what)"
    case .tooLong(let what, let byteCount, let limit): "\(what) of \(byteCount) bytes is longer than \(limit)"
    case .invalid(let what, let reason): "\(what) is invalid: \(reason)"
    case .damagedCompression(let what): "compressed content is damaged: \(what)"
    }
  }
}
