import CoveyCore
import CoveyEngine
import CoveyProtocol
import NIOCore
import Synchronization

/// One connection on which two devices pair: small frames, until the code has proved right.
final class TLSPairingChannel: PairingChannel {
  let remoteAddress: String
  let ownKey: DeviceID
  let remoteKey: DeviceID
  private let frames: FrameChannel
  private let confirmations: Confirmations

  init(_ frames: FrameChannel, _ confirmations: Confirmations, ownKey: DeviceID, remoteKey: DeviceID) {
    self.frames = frames
    self.confirmations = confirmations
    self.ownKey = ownKey
    self.remoteKey = remoteKey
    remoteAddress = frames.channel.remoteAddress.flatMap(HostPort.init)?.description ?? "an unknown address"
  }

  func send(_ frame: PairingFrame) async throws {
    if case .confirm = frame { confirmations.sent() }
    try await frames.send(try PairingCoder.encode(frame), in: .control)
  }

  func receive(within timeout: Duration) async throws -> PairingFrame? {
    guard let frame = try await frames.receive(before: .now() + TimeAmount(timeout)) else { return nil }
    do { return try PairingCoder.decode(frame) } catch {
      frames.close()
      throw NetworkError(.protocolViolation, "\(remoteAddress): the other device broke the pairing protocol: \(error)")
    }
  }

  func close() { frames.close() }

  deinit { frames.close() }
}

/// Whether the code has proved right: once a confirmation went each way, frames may be as large as a membership log.
///
/// The inviter confirms only what is right, so a stranger never gets there with it; the joiner cannot be harmed by more than one
/// large frame from the device it asked.
final class Confirmations: Sendable {
  private let state = Mutex((sent: false, received: false))

  func sent() { state.withLock { $0.sent = true } }

  /// What the next frame may declare after this one. On the event loop, since the next frame may have arrived with it.
  func frameLimit(after frame: Frame) -> Int {
    let isConfirmation = if case .confirm? = try? PairingCoder.decode(frame) { true } else { false }
    return state.withLock {
      if isConfirmation { $0.received = true }
      return $0.sent && $0.received ? WireLimits.controlFrameByteCountMax : WireLimits.unauthenticatedFrameByteCountMax
    }
  }
}
