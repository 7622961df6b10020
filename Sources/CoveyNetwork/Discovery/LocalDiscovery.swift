package import CoveyCore
package import CoveyEngine
import CoveyProtocol
package import Logging
package import NIOCore
import NIOPosix
import Synchronization

/// Discovery by UDP multicast and broadcast on every interface of this machine, loopback included.
///
/// Interfaces are looked up anew for every announcement and query, so one that comes later is joined then; one that fails is left
/// out. Everything heard is a hint: nothing here proves who speaks.
package final class LocalDiscovery: Discovery {
  package static let standardPort: UInt16 = 47103

  private struct State {
    var machine = DiscoveryMachine()
    var sockets: [DiscoverySocket] = []
    var handlers: DiscoveryHandlers?
    /// What was announced last, to be said again when a newcomer asks.
    var announcedPort: UInt16?
  }

  private let device: DeviceID
  private let configuredPort: UInt16
  private let interfaces: @Sendable () -> [LocalInterface]
  private let group: any EventLoopGroup
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameters:
  ///   - port: the UDP port of the whole local network; 0 picks a free one, for tests, which then is ``port``.
  ///   - interfaces: which interfaces take part.
  package init(
    device: DeviceID, port: UInt16 = standardPort, interfaces: @escaping @Sendable () -> [LocalInterface] = LocalInterface.all,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
  ) {
    self.device = device
    self.configuredPort = port
    self.interfaces = interfaces
    self.group = group
    self.logger = logger
  }

  /// The UDP port in use: known after ``start(_:)`` where it was left open.
  package var port: UInt16 { state.withLock { $0.sockets.first?.port } ?? configuredPort }

  /// Opens the sockets. A family that the machine lacks is left out.
  /// - Throws: ``NetworkError`` when no family is left.
  package func start(_ handlers: DiscoveryHandlers) async throws {
    var sockets: [DiscoverySocket] = []
    for family in DiscoverySocket.Family.allCases {
      do {
        let port = sockets.first?.port ?? configuredPort
        sockets.append(try await DiscoverySocket.bind(family, port: port, on: group) { [weak self] in self?.receive($0, on: $1) })
      } catch {
        logger.info("no discovery over one family", metadata: ["family": "\(family)", "reason": "\(error)"])
      }
    }
    guard !sockets.isEmpty else {
      throw NetworkError(.cannotListen, "UDP port \(configuredPort) cannot be opened for discovery: set discovery = false in config.toml, or free it")
    }
    let present = interfaces()
    for socket in sockets { socket.join(present, logger) }
    state.withLock {
      $0.sockets = sockets
      $0.handlers = handlers
    }
  }

  package func announce(port: UInt16) async { announceNow(port) }

  private func announceNow(_ port: UInt16) {
    let nonce = Self.nonce()
    let announcement = DeviceAnnouncement.make(key: device, port: port, nonce: nonce)
    guard let bytes = try? DiscoveryDatagram.announcement(announcement).encoded() else { return }
    let sockets = state.withLock {
      $0.machine.willAnnounce(nonce, at: Self.now())
      $0.announcedPort = port
      return $0.sockets
    }
    let present = interfaces()
    let destination = self.port
    for socket in sockets {
      socket.join(present, logger)
      socket.send(bytes, to: destination, through: present)
    }
  }

  package func findPairing(slot: UInt16, for duration: Duration) async -> [String] {
    let query = Query(nonce: Self.nonce(), isNeighbour: isNeighbour)
    guard let bytes = try? DiscoveryDatagram.pairingQuery(slot: slot, nonce: query.nonce).encoded() else { return [] }
    var sockets: [DiscoverySocket] = []
    for family in DiscoverySocket.Family.allCases {
      // Answers come to the port that asked; the port of the group may belong to several devices of this machine.
      if let socket = try? await DiscoverySocket.bind(family, port: 0, on: group, received: { datagram, _ in query.receive(datagram) }) {
        sockets.append(socket)
      }
    }
    let present = interfaces()
    let destination = port
    // Datagrams get lost, so the question is asked three times.
    for wait in [duration * 0.15, duration * 0.35, duration * 0.5] {
      for socket in sockets { socket.send(bytes, to: destination, through: present) }
      do { try await Task.sleep(for: wait) } catch { break }
    }
    for socket in sockets { await socket.close() }
    return query.found
  }

  package func stop() async {
    let sockets = state.withLock { state in
      state.handlers = nil
      defer { state.sockets = [] }
      return state.sockets
    }
    for socket in sockets { await socket.close() }
  }

  private func receive(_ datagram: AddressedEnvelope<ByteBuffer>, on channel: any Channel) {
    guard let message = try? DiscoveryDatagram(datagram.data.readableBytesView) else { return }
    let source = Source(datagram.remoteAddress)
    let (verdict, handlers) = state.withLock { ($0.machine.receive(message, from: source, at: Self.now()), $0.handlers) }
    guard let handlers else { return }
    switch verdict {
    case .ignore: break
    case .heard(let announcement, let greetsBack):
      guard let host = HostPort(datagram.remoteAddress)?.host else { return }
      handlers.heard(announcement, host)
      if greetsBack, let port = state.withLock({ $0.announcedPort }) { announceNow(port) }
    case .asked(let slot, let nonce):
      guard let port = handlers.openSlot(slot), isNeighbour(datagram.remoteAddress),
        let reply = try? DiscoveryDatagram.pairingReply(nonce: nonce, port: port).encoded()
      else { return }
      channel.writeAndFlush(AddressedEnvelope(remoteAddress: datagram.remoteAddress, data: ByteBuffer(bytes: reply)), promise: nil)
    }
  }

  private func isNeighbour(_ address: SocketAddress) -> Bool { interfaces().contains { $0.isNeighbour(address) } }

  private static func nonce() -> [UInt8] { (0..<DiscoveryDatagram.nonceByteCount).map { _ in .random(in: 0 ... .max) } }
  private static func now() -> Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }
}

/// The answers to one question: hints, at most eight, in the order in which they came.
private final class Query: Sendable {
  static let foundMax = 8

  let nonce: [UInt8]
  private let isNeighbour: @Sendable (SocketAddress) -> Bool
  private let answers = Mutex<[String]>([])

  init(nonce: [UInt8], isNeighbour: @escaping @Sendable (SocketAddress) -> Bool) {
    self.nonce = nonce
    self.isNeighbour = isNeighbour
  }

  var found: [String] { answers.withLock { $0 } }

  func receive(_ datagram: AddressedEnvelope<ByteBuffer>) {
    guard case .pairingReply(nonce, let port)? = try? DiscoveryDatagram(datagram.data.readableBytesView),
      let host = HostPort(datagram.remoteAddress)?.host, isNeighbour(datagram.remoteAddress)
    else { return }
    let address = HostPort(host: host, port: port).description
    answers.withLock {
      if $0.count < Self.foundMax && !$0.contains(address) { $0.append(address) }
    }
  }
}
