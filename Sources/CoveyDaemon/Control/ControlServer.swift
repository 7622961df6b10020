import CoveyCore
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
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
    let responder = ControlResponder(service: service, log: log)
    // The server itself and not Hummingbird's application around it, whose clock for the date of answers wakes the machine every second.
    let server = try HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [PeerCredentials(isAllowed: isAllowed)], idleTimeout: .seconds(30),
        httpDecoderConfiguration: .init(maxHeaderFieldSize: 8192, maxHeaderListSize: 16_384, maxHeaderFieldCount: 64))
    ).buildServer(
      configuration: ServerConfiguration(
        address: .unixDomainSocket(path: socket.path), backlog: 64,
        availableConnectionsDelegate: MaximumAvailableConnections(Self.clientCountMax, logger: quiet)),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet,
      responder: { request, writer, _ in
        let response = try await responder.respond(to: request)
        try await writer.write(response: response.head, body: response.body)
      },
      onServerRunning: { _ in
        // The umask made it unreachable for others from the start.
        chmod(socket.path, 0o600)
        await onReady()
      })
    defer { unlink(socket.path) }
    try await server.run()
  }
}
