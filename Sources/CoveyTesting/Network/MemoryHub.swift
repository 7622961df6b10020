package import CoveyCore
import CoveyEngine
import Synchronization

/// An internet in memory: who listens at which address, who is connected, and which ways are cut.
package final class MemoryHub: Sendable {
  private struct Listener {
    let device: DeviceID
    let handlers: NetworkHandlers
  }

  private struct Link {
    let devices: Set<DeviceID>
    let end: @Sendable () -> Void
  }

  private struct State {
    var listeners: [String: Listener] = [:]
    var links: [UInt64: Link] = [:]
    var cut: Set<Set<DeviceID>> = []
    var nextLink: UInt64 = 0
    var nextPort: UInt16 = 40_000
  }

  private let state = Mutex(State())

  package init() {}

  /// The network of one device.
  /// - Parameter address: where it listens, `host:port`; port 0 picks a free one.
  package func network(of device: DeviceID, listeningAt address: String = "127.0.0.1:0") -> MemoryNetwork {
    MemoryNetwork(hub: self, device: device, address: address)
  }

  /// Ends every connection between the two and lets none begin until ``heal(_:_:)``.
  package func cut(_ a: DeviceID, _ b: DeviceID) {
    let links = state.withLock { state in
      state.cut.insert([a, b])
      defer { state.links = state.links.filter { $0.value.devices != [a, b] } }
      return state.links.values.filter { $0.devices == [a, b] }
    }
    links.forEach { $0.end() }
  }

  package func heal(_ a: DeviceID, _ b: DeviceID) { state.withLock { _ = $0.cut.remove([a, b]) } }

  /// How many connections stand now.
  package var linkCount: Int { state.withLock { $0.links.count } }

  func listen(_ device: DeviceID, at address: String, _ handlers: NetworkHandlers) throws -> String {
    try state.withLock {
      var bound = address
      if address.hasSuffix(":0") {
        $0.nextPort += 1
        bound = String(address.dropLast()) + String($0.nextPort)
      }
      guard $0.listeners[bound] == nil else { throw MemoryNetworkError.inUse(bound) }
      $0.listeners[bound] = Listener(device: device, handlers: handlers)
      return bound
    }
  }

  func stopListening(at address: String) { state.withLock { _ = $0.listeners.removeValue(forKey: address) } }

  /// The handlers of whoever listens at the address and can be reached from `device`.
  func reach(_ address: String, from device: DeviceID) throws -> (DeviceID, NetworkHandlers) {
    try state.withLock {
      guard let listener = $0.listeners[address], !$0.cut.contains([device, listener.device]) else {
        throw MemoryNetworkError.unreachable(address)
      }
      return (listener.device, listener.handlers)
    }
  }

  /// Remembers a connection until it ends.
  func add(_ devices: Set<DeviceID>, end: @escaping @Sendable () -> Void) -> UInt64 {
    state.withLock {
      $0.nextLink += 1
      $0.links[$0.nextLink] = Link(devices: devices, end: end)
      return $0.nextLink
    }
  }

  /// Ends every connection of a device that stops.
  func endAll(of device: DeviceID) {
    let links = state.withLock { state in
      defer { state.links = state.links.filter { !$0.value.devices.contains(device) } }
      return state.links.values.filter { $0.devices.contains(device) }
    }
    links.forEach { $0.end() }
  }

  func remove(_ link: UInt64) { state.withLock { _ = $0.links.removeValue(forKey: link) } }
}

/// Why a connection in memory was not made or has ended.
package enum MemoryNetworkError: Error, Hashable, Sendable {
  case inUse(String)
  case unreachable(String)
  case refused
  case unexpectedDevice
  case closed
  case timedOut
  case tooLarge
}
