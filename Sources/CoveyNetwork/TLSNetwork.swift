package import CoveyCore
package import CoveyEngine
import CoveyProtocol
package import Logging
package import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The real way to other devices: TCP and TLS 1.3 with mutual Ed25519 certificates.
///
/// An incoming connection passes, in this order: the admission gate (counts only), the TLS handshake (possession of a key), the
/// choice of application protocol, and the question whether that key is a member or may begin to pair. Only then a frame of it is
/// read. The first thing it gets is a sign of ours, so that the other end knows it has passed.
package final class TLSNetwork: PeerNetwork {
  private struct State {
    var contexts: TLSContexts
    var listener: (any Channel)?
    var changes: NetworkChanges?
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isStopped = false
  }

  private let identity: DeviceIdentity
  private let address: HostPort
  private let portBefore: UInt16?
  let limits: NetworkLimits
  let group: any EventLoopGroup
  let logger: Logger
  private let signals: SignalFrames
  private let state: Mutex<State>
  /// Who holds a connection; read by status and tests.
  package let gate: AdmissionGate

  /// Makes the TLS contexts, which takes some milliseconds; opens nothing.
  /// - Parameters:
  ///   - address: where ``listen(_:)`` listens, `host:port`; port 0 picks a free one.
  ///   - portBefore: a port to try first where any will do.
  package init(
    identity: DeviceIdentity, listeningAt address: String, portBefore: UInt16? = nil, limits: NetworkLimits = NetworkLimits(),
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
  ) throws {
    self.identity = identity
    self.address = try HostPort(address)
    self.portBefore = portBefore
    self.limits = limits
    self.group = group
    self.logger = logger
    signals = try SignalFrames()
    gate = AdmissionGate(limits)
    state = Mutex(State(contexts: try TLSContexts(identity, closingTimeout: limits.closingTimeout)))
  }

  /// Makes the TLS contexts anew, so that every session ticket given out so far is worthless. To be called when a device is removed.
  package func renewContexts() throws {
    let contexts = try TLSContexts(identity, closingTimeout: limits.closingTimeout)
    state.withLock { $0.contexts = contexts }
  }

  package func listen(_ handlers: NetworkHandlers) async throws -> String {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 128)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.tcpOption(.unsentBytesMax), value: limits.unsentByteCountMax)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: limits.writeBuffer.low, high: limits.writeBuffer.high))
      .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 64 << 10))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try self.prepare(incoming: channel, handlers) }
      }
    var before: (any Channel)?
    if address.port == 0, let portBefore { before = try? await bootstrap.bind(host: address.host, port: Int(portBefore)).get() }
    let listener: any Channel
    if let before { listener = before } else {
      do { listener = try await bootstrap.bind(host: address.host, port: Int(address.port)).get() } catch {
        throw NetworkError.cannotListen(at: address, error)
      }
    }
    let isStopped = state.withLock {
      if !$0.isStopped { $0.listener = listener }
      return $0.isStopped
    }
    guard !isStopped, let bound = listener.localAddress.flatMap(HostPort.init) else {
      listener.close(promise: nil)
      throw FrameChannel.closed
    }
    await watchNetwork(handlers)
    return bound.description
  }

  /// At a change of the machine's network every connection must show that it lives, and those without one are dialled anew.
  private func watchNetwork(_ handlers: NetworkHandlers) async {
    do {
      let changes = try await NetworkChanges.watch(on: group) { [weak self] in
        guard let self else { return }
        for channel in state.withLock({ Array($0.channels.values) }) { channel.pipeline.fireUserInboundEventTriggered(FrameChannel.NetworkChanged()) }
        handlers.networkChanged()
      }
      let isStopped = state.withLock {
        if !$0.isStopped { $0.changes = changes }
        return $0.isStopped
      }
      if isStopped { changes.stop() }
    } catch {
      logger.info("changes of the network will not be noticed at once", metadata: ["reason": "\(error)"])
    }
  }

  package func connect(to address: String, expecting device: DeviceID) async throws -> any PeerConnection {
    let frames = try await open(address, .members) { [signals, limits] context, found, opened in
      guard found == device else { throw NetworkError(.unexpectedDevice, "another device than the expected one answers there") }
      let frames = FrameChannel(context.channel, limits, signals: signals)
      return (frames, FrameHandler(
        frames, limits, signals: signals, opened: opened,
        firstFrameLimit: WireLimits.frameByteCountMax, frameLimit: { _ in WireLimits.frameByteCountMax }))
    }
    return TLSPeerConnection(frames.0, limits, device: frames.1, isOutgoing: true)
  }

  package func connectForPairing(to address: String) async throws -> any PairingChannel {
    let confirmations = Confirmations()
    let frames = try await open(address, .pairing) { [limits] context, _, opened in
      // The inviter waits for the first frame: nothing tells earlier than its answer whether it pairs with us.
      opened.succeed(())
      let frames = FrameChannel(context.channel, limits, signals: nil)
      return (frames, FrameHandler(
        frames, limits, signals: nil, opened: nil,
        firstFrameLimit: WireLimits.unauthenticatedFrameByteCountMax, frameLimit: confirmations.frameLimit(after:)))
    }
    return TLSPairingChannel(frames.0, confirmations, ownKey: identity.device, remoteKey: frames.1)
  }

  package func stop() async {
    let (listener, changes, channels) = state.withLock { state in
      state.isStopped = true
      defer { (state.listener, state.changes) = (nil, nil) }
      return (state.listener, state.changes, Array(state.channels.values))
    }
    changes?.stop()
    listener?.close(promise: nil)
    try? await listener?.closeFuture.get()
    for channel in channels { channel.close(promise: nil) }
    // TLS waits for the farewell of the other end as long as ``NetworkLimits/closingTimeout`` says; then there is none.
    for channel in channels { try? await channel.closeFuture.get() }
  }

  // What follows runs on the event loop of the channel it is about.

  private func prepare(incoming channel: any Channel, _ handlers: NetworkHandlers) throws {
    try channel.pipeline.syncOperations.addHandler(Transport())
    let ticket = try gate.admit(channel)
    try keep(channel)
    let context = state.withLock { $0.contexts.server }
    try channel.pipeline.syncOperations.addHandler(
      NIOSSLServerHandler(context: context, customVerificationCallback: TLSContexts.judgeForm))
    try channel.pipeline.syncOperations.addHandler(
      HandshakeHandler(deadline: limits.authorizationDeadline) { context, outcome in
        do {
          let (device, agreed) = try outcome.get()
          try self.admit(device, agreed, ticket, context, handlers)
        } catch {
          self.logger.debug("refused a connection", metadata: ["from": "\(Self.name(context.channel))", "reason": "\(error)"])
          Transport.abort(context.channel)
        }
      })
  }

  private func admit(
    _ device: DeviceID, _ agreed: ApplicationProtocol, _ ticket: AdmissionMachine.Ticket, _ context: ChannelHandlerContext,
    _ handlers: NetworkHandlers
  ) throws {
    guard device != identity.device else { throw NetworkError(.refused, "this device called itself") }
    let handler: FrameHandler
    let welcome: () -> Void
    switch agreed {
    case .members:
      guard handlers.authorize(device) else { throw NetworkError(.refused, "the device is no member") }
      gate.authenticated(ticket, as: device)
      let frames = FrameChannel(context.channel, limits, signals: signals)
      handler = FrameHandler(
        frames, limits, signals: signals, opened: nil,
        firstFrameLimit: WireLimits.frameByteCountMax, frameLimit: { _ in WireLimits.frameByteCountMax })
      welcome = { [limits] in
        frames.send(.pong)
        handlers.connected(TLSPeerConnection(frames, limits, device: device, isOutgoing: false))
      }
    case .pairing:
      guard handlers.acceptsPairing() else { throw NetworkError(.refused, "no code is open here") }
      let frames = FrameChannel(context.channel, limits, signals: nil)
      let confirmations = Confirmations()
      handler = FrameHandler(
        frames, limits, signals: nil, opened: nil,
        firstFrameLimit: WireLimits.unauthenticatedFrameByteCountMax, frameLimit: confirmations.frameLimit(after:))
      welcome = { [identity] in
        handlers.pairing(TLSPairingChannel(frames, confirmations, ownKey: identity.device, remoteKey: device))
      }
    }
    try settle(context, agreed, handler)
    welcome()
  }

  /// Puts the frames' handler where the handshake's was, and sets the socket to what its use needs.
  private func settle(_ context: ChannelHandlerContext, _ agreed: ApplicationProtocol, _ handler: FrameHandler) throws {
    let channel = context.channel
    try channel.pipeline.syncOperations.addHandler(handler)
    channel.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    switch agreed {
    case .members:
      try channel.syncOptions?.setOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4 << 10, initial: 16 << 10, maximum: limits.readByteCountMax))
    case .pairing:
      let deadline = channel.eventLoop.scheduleTask(in: limits.pairingDeadline) { Transport.abort(channel) }
      channel.closeFuture.whenComplete { _ in deadline.cancel() }
    }
  }

  private typealias Settlement = @Sendable (
    _ context: ChannelHandlerContext, _ found: DeviceID, _ opened: EventLoopPromise<Void>
  ) throws -> (FrameChannel, FrameHandler)

  /// Connects, shakes hands and waits until the other end has shown that it accepts us.
  private func open(
    _ text: String, _ role: ApplicationProtocol, _ settlement: @escaping Settlement
  ) async throws -> (FrameChannel, DeviceID) {
    let target = try HostPort(text)
    let bootstrap = ClientBootstrap(group: group)
      .connectTimeout(limits.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.tcpOption(.unsentBytesMax), value: limits.unsentByteCountMax)
      .channelOption(.writeBufferWaterMark, value: .init(low: limits.writeBuffer.low, high: limits.writeBuffer.high))
      // Nothing is read before there is somebody to read it.
      .channelOption(.autoRead, value: false)
      // Several may be made for one connect, when a name has several addresses.
      .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Transport()) } }
    let channel: any Channel
    do { channel = try await bootstrap.connect(host: target.host, port: Int(target.port)).get() } catch {
      throw NetworkError.cannotConnect(to: target, error)
    }
    let result = channel.eventLoop.makePromise(of: (FrameChannel, DeviceID).self)
    channel.eventLoop.execute {
      do { try self.shakeHands(channel, role, settlement, result) } catch {
        result.fail(error)
        Transport.abort(channel)
      }
    }
    do {
      return try await withTaskCancellationHandler {
        try await result.futureResult.get()
      } onCancel: {
        result.fail(CancellationError())
        Transport.abort(channel)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw NetworkError.handshakeFailed(with: target, error)
    }
  }

  private func shakeHands(
    _ channel: any Channel, _ role: ApplicationProtocol, _ settlement: @escaping Settlement,
    _ result: EventLoopPromise<(FrameChannel, DeviceID)>
  ) throws {
    try keep(channel)
    let opened = channel.eventLoop.makePromise(of: Void.self)
    let deadline = channel.eventLoop.scheduleTask(in: limits.authorizationDeadline) {
      opened.fail(NetworkError(.timedOut, "the other end did not answer in time"))
      result.fail(NetworkError(.timedOut, "the other end did not answer in time"))
      Transport.abort(channel)
    }
    result.futureResult.whenComplete { _ in deadline.cancel() }
    let handshake = HandshakeHandler(deadline: limits.authorizationDeadline) { context, outcome in
      do {
        let (device, agreed) = try outcome.get()
        guard agreed == role else { throw NetworkError(.protocolViolation, "the other end chose another protocol (ALPN)") }
        guard device != self.identity.device else { throw NetworkError(.refused, "this device would talk to itself") }
        let (frames, handler) = try settlement(context, device, opened)
        try self.settle(context, agreed, handler)
        opened.futureResult.whenComplete { result.completeWith($0.map { (frames, device) }) }
      } catch {
        opened.fail(error)
        result.fail(error)
        Transport.abort(context.channel)
      }
    }
    let context = state.withLock { $0.contexts.client(role) }
    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: TLSContexts.judgeForm)
    // The handshake begins as soon as TLS is there, so its observer is there first.
    try channel.pipeline.syncOperations.addHandler(handshake)
    let transport = try channel.pipeline.syncOperations.handler(type: Transport.self)
    try channel.pipeline.syncOperations.addHandler(tls, position: .after(transport))
    try channel.syncOptions?.setOption(.autoRead, value: true)
  }

  /// Remembers the channel until it closes.
  private func keep(_ channel: any Channel) throws {
    let id = ObjectIdentifier(channel)
    try state.withLock {
      guard !$0.isStopped else { throw FrameChannel.closed }
      $0.channels[id] = channel
    }
    channel.closeFuture.whenComplete { [self] _ in state.withLock { $0.channels[id] = nil } }
  }

  private static func name(_ channel: any Channel) -> String {
    channel.remoteAddress.flatMap(HostPort.init)?.description ?? "an unknown address"
  }
}

extension NIOBSDSocket.Option {
  /// Linux's `TCP_NOTSENT_LOWAT`: above so many bytes that wait in the kernel a socket takes no more.
  fileprivate static let unsentBytesMax = NIOBSDSocket.Option(rawValue: 25)
}
