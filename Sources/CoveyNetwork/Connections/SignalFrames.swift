import CoveyCore
import CoveyProtocol
import NIOCore

/// The frames that keep a connection alive; they never reach whoever receives messages.
struct SignalFrames: Sendable {
  let ping: ByteBuffer
  let pong: ByteBuffer
  private let pingFrame: Frame
  private let pongFrame: Frame

  init() throws {
    ping = try MessageCoder.encode(.ping)
    pong = try MessageCoder.encode(.pong)
    func whole(_ bytes: ByteBuffer) throws -> Frame {
      var decoder = FrameDecoder()
      var bytes = bytes
      decoder.append(&bytes)
      guard let frame = try decoder.next() else { throw WireError.malformed("a ping is no whole frame") }
      return frame
    }
    pingFrame = try whole(ping)
    pongFrame = try whole(pong)
  }

  /// Compares bytes, so that no message is decoded twice; a ping in other bytes is refused later, as any odd message.
  func signal(of frame: Frame) -> OutboundLanes.Signal? {
    frame == pingFrame ? .ping : frame == pongFrame ? .pong : nil
  }
}

extension Frame {
  /// About what the frame costs while it waits.
  var byteCount: Int {
    switch self {
    case .control(let bytes), .pairing(let bytes): bytes.count
    case .content(_, let bytes): bytes.count
    }
  }
}
