import CoveyCore
import CoveyEngine
import CoveyProtocol
import NIOCore

/// One connection with a member: messages over ``FrameChannel``.
final class TLSPeerConnection: PeerConnection {
  let device: DeviceID
  let remoteAddress: String
  let isOutgoing: Bool
  private let frames: FrameChannel
  private let limits: NetworkLimits
  private let isLoopback: Bool

  init(_ frames: FrameChannel, _ limits: NetworkLimits, device: DeviceID, isOutgoing: Bool) {
    self.frames = frames
    self.limits = limits
    self.device = device
    self.isOutgoing = isOutgoing
    remoteAddress = frames.channel.remoteAddress.flatMap(HostPort.init)?.description ?? "an unknown address"
    isLoopback = Source(frames.channel.remoteAddress) == .loopback
  }

  var bytesSent: Int64 { frames.bytesSent }
  var bytesReceived: Int64 { frames.bytesReceived }

  func send(_ message: Message) async throws {
    switch message {
    case .content, .manifest:
      let frame = if let level = limits.compressionLevel(at: frames.bytesPerSecond, isLoopback: isLoopback) {
        try await Self.compressed(message, level)
      } else {
        try MessageCoder.encode(message)
      }
      try await frames.send(frame, in: .content)
    default:
      try await frames.send(try MessageCoder.encode(message), in: .control)
    }
  }

  /// Deflates outside the caller's actor.
  @concurrent private static func compressed(_ message: Message, _ level: Int32) async throws -> ByteBuffer {
    try MessageCoder.encode(message, compressionLevel: level)
  }

  func receive() async throws -> Message? {
    guard let frame = try await frames.receive() else { return nil }
    do {
      if case .content(let header, _) = frame, header.isCompressed { return try await Self.inflated(frame) }
      return try MessageCoder.decode(frame)
    } catch {
      frames.close()
      throw NetworkError(.protocolViolation, "\(remoteAddress): the other device broke the protocol: \(error)")
    }
  }

  /// Inflates outside the caller's actor.
  @concurrent private static func inflated(_ frame: Frame) async throws -> Message { try MessageCoder.decode(frame) }

  func close() { frames.close() }

  /// Pings would keep a connection alive that nobody holds any more.
  deinit { frames.close() }
}
