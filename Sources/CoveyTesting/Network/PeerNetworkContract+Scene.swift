import CoveyCore
import CoveyEngine
import Synchronization

extension PeerNetworkContract {
  /// Two devices, one of which listens.
  final class Scene: Sendable {
    let asking: Side
    let answering: Side
    let authorizes = Mutex(true)
    let acceptsPairing = Mutex(true)
    private let listening = Mutex("")
    private let connections = Arrivals<any PeerConnection>()
    private let pairings = Arrivals<any PairingChannel>()

    init(asking: Side, answering: Side) async throws {
      self.asking = asking
      self.answering = answering
      let bound = try await answering.network.listen(
        NetworkHandlers(
          authorize: { [self] device in device == asking.device && authorizes.withLock { $0 } },
          acceptsPairing: { [self] in acceptsPairing.withLock { $0 } },
          connected: { [connections] in connections.add($0) }, pairing: { [pairings] in pairings.add($0) }))
      listening.withLock { $0 = bound }
    }

    var address: String { listening.withLock { $0 } }
    var connectionCount: Int { connections.count }
    var pairingCount: Int { pairings.count }

    func connect() async throws -> any PeerConnection {
      try await asking.network.connect(to: address, expecting: answering.device)
    }

    /// Both ends of a new connection.
    func connected() async throws -> (any PeerConnection, any PeerConnection) {
      let here = try await connect()
      return (here, try await connections.next())
    }

    /// Both ends of a new pairing.
    func pairing() async throws -> (any PairingChannel, any PairingChannel) {
      let here = try await asking.network.connectForPairing(to: address)
      return (here, try await pairings.next())
    }

    func stop() async {
      await asking.network.stop()
      await answering.network.stop()
    }
  }

  /// What a listener was given, one by one.
  private final class Arrivals<Element: Sendable>: Sendable {
    private let pipe = MemoryPipe<Element>(sizeMax: .max)
    private let total = Mutex(0)

    var count: Int { total.withLock { $0 } }

    func add(_ element: Element) {
      total.withLock { $0 += 1 }
      pipe.put(element)
    }

    func next() async throws -> Element {
      guard let element = try await pipe.take() else { throw MemoryNetworkError.closed }
      return element
    }
  }
}
