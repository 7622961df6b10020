package import CoveyCore
package import CoveyEngine
import CoveyProtocol
import Synchronization

/// The network of one device in memory: the same promises as the real one, without bytes, TLS or time.
package final class MemoryNetwork: PeerNetwork {
  private struct State {
    var bound: String?
    var isStopped = false
  }

  /// What may wait on one lane of a connection, about as much as a socket and its buffers hold.
  static let laneByteCountMax = 1 << 20

  private let hub: MemoryHub
  package let device: DeviceID
  private let address: String
  private let state = Mutex(State())

  init(hub: MemoryHub, device: DeviceID, address: String) {
    self.hub = hub
    self.device = device
    self.address = address
  }

  package func listen(_ handlers: NetworkHandlers) async throws -> String {
    let bound = try hub.listen(device, at: address, handlers)
    state.withLock { $0.bound = bound }
    return bound
  }

  package func connect(to address: String, expecting expected: DeviceID) async throws -> any PeerConnection {
    let (found, handlers) = try reach(address)
    guard found == expected else { throw MemoryNetworkError.unexpectedDevice }
    guard handlers.authorize(device) else { throw MemoryNetworkError.refused }
    let (there, here) = (MemoryPipe<Message>(sizeMax: Self.laneByteCountMax), MemoryPipe<Message>(sizeMax: Self.laneByteCountMax))
    let link = MemoryLink(hub, [device, found]) { there.close(droppingRest: $0); here.close(droppingRest: $0) }
    handlers.connected(
      MemoryPeerConnection(device: device, remoteAddress: "127.0.0.1:1", isOutgoing: false, outgoing: here, incoming: there, link: link))
    try keep(link)
    return MemoryPeerConnection(device: found, remoteAddress: address, isOutgoing: true, outgoing: there, incoming: here, link: link)
  }

  package func connectForPairing(to address: String) async throws -> any PairingChannel {
    let (found, handlers) = try reach(address)
    guard handlers.acceptsPairing() else { throw MemoryNetworkError.refused }
    let (there, here) = (MemoryPipe<PairingFrame>(sizeMax: 1 << 20), MemoryPipe<PairingFrame>(sizeMax: 1 << 20))
    let link = MemoryLink(hub, [device, found]) { there.close(droppingRest: $0); here.close(droppingRest: $0) }
    handlers.pairing(
      MemoryPairingChannel(ownKey: found, remoteKey: device, remoteAddress: "127.0.0.1:1", outgoing: here, incoming: there, link: link))
    try keep(link)
    return MemoryPairingChannel(
      ownKey: device, remoteKey: found, remoteAddress: address, outgoing: there, incoming: here, link: link)
  }

  package func stop() async {
    let bound = state.withLock {
      $0.isStopped = true
      return $0.bound
    }
    if let bound { hub.stopListening(at: bound) }
    hub.endAll(of: device)
  }

  private func reach(_ address: String) throws -> (DeviceID, NetworkHandlers) {
    guard !state.withLock({ $0.isStopped }) else { throw MemoryNetworkError.closed }
    let (found, handlers) = try hub.reach(address, from: device)
    guard found != device else { throw MemoryNetworkError.refused }
    return (found, handlers)
  }

  private func keep(_ link: MemoryLink) throws {
    let isStopped = state.withLock { $0.isStopped }
    if isStopped {
      link.close()
      throw MemoryNetworkError.closed
    }
  }
}
