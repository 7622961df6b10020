import CoveyCore
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// The control interface: HTTP with JSON on a socket that only this user can reach.
package struct ControlServer: Service {
  package static let clientCountMax = 16

  private let home: Home
  private let service: any ControlService
  private let isAllowed: @Sendable (uid_t) -> Bool
  private let onReady: @Sendable () async -> Void
  private let log: Logger

  /// - Parameters:
  ///   - isAllowed: who may talk to it, by the kernel's word; this user and root unless a test says otherwise.
  ///   - onReady: called once the socket accepts connections.
  package init(
    home: Home, service: any ControlService, log: Logger, isAllowed: @escaping @Sendable (UInt32) -> Bool = { $0 == geteuid() || $0 == 0 },
    onReady: @escaping @Sendable () async -> Void = {}
  ) {
    self.home = home
    self.service = service
    self.log = log
    self.isAllowed = isAllowed
    self.onReady = onReady
  }

  /// Serves until the group it runs in shuts down. The caller holds the home's lock, so a socket that is there already is a dead one.
  package func run() async throws {
    let socket = try ControlSocketPath(home)
    var quiet = log
    quiet.logLevel = max(log.logLevel, .warning)
    let isAllowed = isAllowed
    let onReady = onReady
    let configuration = ApplicationConfiguration(
      address: .unixDomainSocket(path: socket.path), backlog: 64,
      availableConnectionsDelegate: MaximumAvailableConnections(Self.clientCountMax, logger: quiet))
    let application = Application(
      responder: ControlResponder(service: service, log: log),
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [PeerCredentials(isAllowed: isAllowed)], idleTimeout: .seconds(30),
          httpDecoderConfiguration: .init(maxHeaderFieldSize: 8192, maxHeaderListSize: 16_384, maxHeaderFieldCount: 64))),
      configuration: configuration,
      onServerRunning: { _ in
        // The umask made it unreachable for others from the start.
        chmod(socket.path, 0o600)
        await onReady()
      },
      logger: quiet)
    defer { unlink(socket.path) }
    try await application.run()
  }
}
