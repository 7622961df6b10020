import Glibc
import Logging
import NIOCore
import NIOPosix

/// One UDP socket of one address family, with what it takes to reach every interface through it.
struct DiscoverySocket: Sendable {
  enum Family: Sendable, CaseIterable {
    case v4
    case v6

    var group: String {
      switch self {
      case .v4: "239.255.71.3"
      case .v6: "ff02::7103"
      }
    }

    var any: String {
      switch self {
      case .v4: "0.0.0.0"
      case .v6: "::"
      }
    }

    var `protocol`: NIOBSDSocket.ProtocolFamily {
      switch self {
      case .v4: .inet
      case .v6: .inet6
      }
    }
  }

  let family: Family
  let channel: any Channel

  /// - Parameter port: 0 for one that only sends and hears answers.
  static func bind(
    _ family: Family, port: UInt16, on group: any EventLoopGroup,
    received: @escaping @Sendable (AddressedEnvelope<ByteBuffer>, any Channel) -> Void
  ) async throws -> DiscoverySocket {
    var bootstrap = DatagramBootstrap(group: group)
      // Several devices of one machine, of whatever users, hear the same group. SO_REUSEPORT would want one user.
      .channelOption(.socketOption(.so_reuseaddr), value: 1)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 512))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(DatagramHandler { received($0, channel) })
        }
      }
    switch family {
    case .v4: bootstrap = bootstrap.channelOption(.socketOption(.so_broadcast), value: 1)
    case .v6: bootstrap = bootstrap.channelOption(ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    return DiscoverySocket(family: family, channel: try await bootstrap.bind(host: family.any, port: Int(port)).get())
  }

  var port: UInt16 { channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? 0 }

  /// Listens to the group on these interfaces; what is joined already stays joined.
  ///
  /// Options are set directly, since the library refuses interfaces that do not call themselves multicast, such as loopback, where the
  /// system has no objection.
  func join(_ interfaces: [LocalInterface], _ logger: Logger) {
    guard let options = channel as? any SocketOptionProvider else { return }
    for interface in interfaces where interface.address.protocol == family.protocol {
      guard let group = try? SocketAddress(ipAddress: family.group, port: 0).hostBytes else { return }
      let joined = switch family {
      case .v4:
        options.unsafeSetSocketOption(
          level: .ip, name: .ip_add_membership, value: GroupRequest4(group: group, interface: interface.index))
      case .v6:
        options.unsafeSetSocketOption(
          level: .ipv6, name: .ipv6_join_group, value: GroupRequest6(group: group, interface: interface.index))
      }
      joined.whenFailure { error in
        // The one expected failure says that this is joined already.
        guard (error as? IOError)?.errnoCode != EADDRINUSE else { return }
        logger.info("no discovery on an interface", metadata: ["interface": "\(interface.name)", "reason": "\(error)"])
      }
    }
  }

  /// Sends to the group through each interface, and to each interface's broadcast address. What cannot be sent is left out.
  func send(_ bytes: [UInt8], to port: UInt16, through interfaces: [LocalInterface]) {
    channel.eventLoop.execute {
      let data = ByteBuffer(bytes: bytes)
      for interface in interfaces where interface.address.protocol == family.protocol {
        guard let group = try? SocketAddress(ipAddress: family.group, port: Int(port)) else { return }
        switch family {
        case .v4:
          // On the event loop this takes effect before the next line. The address becomes the sender's: loopback would get another one.
          _ = (channel as? any SocketOptionProvider)?.unsafeSetSocketOption(
            level: .ip, name: .ip_multicast_if, value: GroupRequest4(group: [0, 0, 0, 0], address: interface.address.hostBytes, interface: interface.index))
          channel.writeAndFlush(AddressedEnvelope(remoteAddress: group, data: data), promise: nil)
          if var broadcast = interface.broadcast {
            broadcast.port = Int(port)
            channel.writeAndFlush(AddressedEnvelope(remoteAddress: broadcast, data: data), promise: nil)
          }
        case .v6:
          channel.writeAndFlush(AddressedEnvelope(remoteAddress: group.through(interface: interface.index), data: data), promise: nil)
        }
      }
    }
  }

  func send(_ bytes: [UInt8], to address: SocketAddress) {
    channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: bytes)), promise: nil)
  }

  func close() async {
    channel.close(promise: nil)
    try? await channel.closeFuture.get()
  }
}

/// Passes datagrams on. Errors are those of single datagrams, such as a port that nobody listens at: the socket goes on.
private final class DatagramHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let received: (AddressedEnvelope<ByteBuffer>) -> Void

  init(_ received: @escaping (AddressedEnvelope<ByteBuffer>) -> Void) { self.received = received }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// `struct ip_mreqn`: a group, the own address and the interface meant.
private struct GroupRequest4: Sendable {
  let group: UInt32
  let address: UInt32
  let interface: Int32

  init(group: [UInt8], address: [UInt8] = [], interface: Int) {
    self.group = group.reversed().reduce(0) { $0 << 8 | UInt32($1) }.littleEndian
    self.address = address.reversed().reduce(0) { $0 << 8 | UInt32($1) }.littleEndian
    self.interface = Int32(truncatingIfNeeded: interface)
  }
}

/// `struct ipv6_mreq`, likewise.
private struct GroupRequest6: Sendable {
  let high: UInt64
  let low: UInt64
  let interface: UInt32

  init(group: [UInt8], interface: Int) {
    high = group.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }.littleEndian
    low = group.suffix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }.littleEndian
    self.interface = UInt32(truncatingIfNeeded: interface)
  }
}
