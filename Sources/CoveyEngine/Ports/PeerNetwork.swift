package import CoveyCore
package import CoveyProtocol

/// The way to other devices. TLS, admission, framing and limits are its business; who is a member is asked of `authorize`.
package protocol PeerNetwork: Sendable {
  /// Listens until ``stop()``; returns the bound `host:port`.
  func listen(_ handlers: NetworkHandlers) async throws -> String
  /// Connects to a device that must prove to be `device`.
  func connect(to address: String, expecting device: DeviceID) async throws -> any PeerConnection
  /// Connects for pairing: whoever answers there is not trusted yet.
  func connectForPairing(to address: String) async throws -> any PairingChannel
  /// Closes the listener and every connection.
  func stop() async
}

package struct NetworkHandlers: Sendable {
  /// Whether this key is a member now; asked on every connection, after the handshake proved possession.
  package var authorize: @Sendable (DeviceID) -> Bool
  /// Whether a code is open, so that unknown keys may begin a pairing.
  package var acceptsPairing: @Sendable () -> Bool
  package var connected: @Sendable (any PeerConnection) -> Void
  package var pairing: @Sendable (any PairingChannel) -> Void
  /// Interfaces or addresses of this machine are others than before.
  package var networkChanged: @Sendable () -> Void
  package init(
    authorize: @escaping @Sendable (DeviceID) -> Bool, acceptsPairing: @escaping @Sendable () -> Bool,
    connected: @escaping @Sendable (any PeerConnection) -> Void, pairing: @escaping @Sendable (any PairingChannel) -> Void,
    networkChanged: @escaping @Sendable () -> Void = {}
  ) {
    self.authorize = authorize
    self.acceptsPairing = acceptsPairing
    self.connected = connected
    self.pairing = pairing
    self.networkChanged = networkChanged
  }
}

/// One authenticated connection with a member. Pings, idle limits and frame limits are kept below it.
package protocol PeerConnection: AnyObject, Sendable {
  var device: DeviceID { get }
  /// `host:port` of the other end.
  var remoteAddress: String { get }
  var isOutgoing: Bool { get }
  /// What travelled so far, TLS records not counted.
  var bytesSent: Int64 { get }
  var bytesReceived: Int64 { get }
  /// Hands the message over; suspends while too much waits to be written. Announcements overtake waiting content.
  /// - Throws: when the connection is closed.
  func send(_ message: Message) async throws
  /// The next message; nil once the connection is closed. Not reading stops the other side.
  func receive() async throws -> Message?
  func close()
}

/// One TLS connection on which two devices that do not trust each other yet exchange small frames.
package protocol PairingChannel: AnyObject, Sendable {
  var remoteAddress: String { get }
  /// DER SubjectPublicKeyInfo of both ends' certificates, as TLS proved them.
  var ownKey: DeviceID { get }
  var remoteKey: DeviceID { get }
  func send(_ frame: PairingFrame) async throws
  /// The next frame; nil once closed.
  /// - Throws: after `timeout`, or on a malformed frame.
  func receive(within timeout: Duration) async throws -> PairingFrame?
  func close()
}

/// UDP on the local network. Everything heard is a hint.
package protocol Discovery: Sendable {
  /// Begins to announce and listen until ``stop()``.
  func start(_ handlers: DiscoveryHandlers) async throws
  /// Tells the local network where this device listens; called on start, on change and now and then.
  func announce(port: UInt16) async
  /// Asks who has a code open in this slot; collects replies for `duration`, at most 8 distinct `host:port`.
  func findPairing(slot: UInt16, for duration: Duration) async -> [String]
  func stop() async
}

package struct DiscoveryHandlers: Sendable {
  /// A device said where it listens. The id is a short hash that only those who know the key can match.
  package var heard: @Sendable (_ announcement: DeviceAnnouncement, _ host: String) -> Void
  /// The port to answer with when a code is open in this slot; nil: stay silent.
  package var openSlot: @Sendable (UInt16) -> UInt16?
  package init(
    heard: @escaping @Sendable (_ announcement: DeviceAnnouncement, _ host: String) -> Void,
    openSlot: @escaping @Sendable (UInt16) -> UInt16?
  ) {
    self.heard = heard
    self.openSlot = openSlot
  }
}
