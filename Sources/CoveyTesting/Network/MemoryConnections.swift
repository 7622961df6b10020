import CoveyCore
import CoveyEngine
import CoveyProtocol
import Synchronization

/// What both ends of a connection in memory share: it ends once, for both.
final class MemoryLink: Sendable {
  private let hub: MemoryHub
  private let end: @Sendable (_ droppingRest: Bool) -> Void
  private let id: UInt64

  init(_ hub: MemoryHub, _ devices: Set<DeviceID>, end: @escaping @Sendable (_ droppingRest: Bool) -> Void) {
    self.hub = hub
    self.end = end
    // A cut or stop loses what is on its way; a farewell does not.
    id = hub.add(devices) { end(true) }
  }

  func close() {
    end(false)
    hub.remove(id)
  }
}

/// One end of a connection with a member, in memory.
final class MemoryPeerConnection: PeerConnection {
  let device: DeviceID
  let remoteAddress: String
  let isOutgoing: Bool
  private let outgoing: MemoryPipe<Message>
  private let incoming: MemoryPipe<Message>
  private let link: MemoryLink

  init(
    device: DeviceID, remoteAddress: String, isOutgoing: Bool, outgoing: MemoryPipe<Message>, incoming: MemoryPipe<Message>, link: MemoryLink
  ) {
    self.device = device
    self.remoteAddress = remoteAddress
    self.isOutgoing = isOutgoing
    self.outgoing = outgoing
    self.incoming = incoming
    self.link = link
  }

  var bytesSent: Int64 { Int64(outgoing.given) }
  var bytesReceived: Int64 { Int64(incoming.taken) }

  func send(_ message: Message) async throws {
    switch message {
    case .content(let part): try await outgoing.give(message, size: part.bytes.count + 22, in: .content)
    case .manifest(let answer): try await outgoing.give(message, size: answer.runs.count * 40 + 22, in: .content)
    case .ping, .pong: break
    default: try await outgoing.give(message, size: 64, in: .control)
    }
  }

  func receive() async throws -> Message? { try await incoming.take() }

  func close() {
    // Whoever closes reads no more, but what was handed over before is still read by the other end.
    incoming.close(droppingRest: true)
    link.close()
  }
}

/// One end of a pairing in memory.
final class MemoryPairingChannel: PairingChannel {
  /// What a frame may hold before a confirmation went each way.
  static let byteCountMax = 4 << 10

  let ownKey: DeviceID
  let remoteKey: DeviceID
  let remoteAddress: String
  private let outgoing: MemoryPipe<PairingFrame>
  private let incoming: MemoryPipe<PairingFrame>
  private let link: MemoryLink
  private let confirmations = Mutex((sent: false, received: false))

  init(
    ownKey: DeviceID, remoteKey: DeviceID, remoteAddress: String, outgoing: MemoryPipe<PairingFrame>, incoming: MemoryPipe<PairingFrame>,
    link: MemoryLink
  ) {
    self.ownKey = ownKey
    self.remoteKey = remoteKey
    self.remoteAddress = remoteAddress
    self.outgoing = outgoing
    self.incoming = incoming
    self.link = link
  }

  func send(_ frame: PairingFrame) async throws {
    if case .confirm = frame { confirmations.withLock { $0.sent = true } }
    try await outgoing.give(frame, size: 64, in: .control)
  }

  func receive(within timeout: Duration) async throws -> PairingFrame? {
    let frame = try await withThrowingTaskGroup(of: PairingFrame?.self) { [incoming] group in
      group.addTask { try await incoming.take() }
      group.addTask {
        try await Task.sleep(for: timeout)
        throw MemoryNetworkError.timedOut
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    let isProven = confirmations.withLock {
      let isProven = $0.sent && $0.received
      if case .confirm? = frame { $0.received = true }
      return isProven
    }
    if case .welcome(let welcome)? = frame, !isProven,
      welcome.records.reduce(0, { $0 + $1.bytes.count + $1.signature.count }) > Self.byteCountMax
    {
      close()
      throw MemoryNetworkError.tooLarge
    }
    return frame
  }

  func close() {
    incoming.close(droppingRest: true)
    link.close()
  }
}
