import CoveyCore
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Tells when the machine's network changes: an interface comes or goes, gets or loses its link or an address.
///
/// The kernel says that something happened (`rtnetlink(7)`), and it says much; what counts is whether addresses and links differ
/// from what they were.
final class NetworkChanges: Sendable {
  /// What comes within this time is one change: a cable that is plugged in brings several messages.
  static let restDuration = TimeAmount.milliseconds(200)

  private let channel: any Channel

  /// - Throws: where the kernel gives no such socket.
  static func watch(on group: any EventLoopGroup, changed: @escaping @Sendable () -> Void) async throws -> NetworkChanges {
    let socket = try openSocket()
    do {
      let channel = try await NIOPipeBootstrap(group: group)
        .channelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Listener(changed)) } }
        .takingOwnershipOfDescriptor(input: socket).get()
      return NetworkChanges(channel)
    } catch {
      close(socket)
      throw error
    }
  }

  private init(_ channel: any Channel) { self.channel = channel }

  func stop() { channel.close(promise: nil) }

  // MARK: The kernel

  /// `AF_NETLINK`, `NETLINK_ROUTE`, the groups of links and addresses, and `struct sockaddr_nl`, which the C library's overlay leaves out.
  private static func openSocket() throws -> Int32 {
    let (family, route, groups): (Int32, Int32, UInt32) = (16, 0, 0x1 | 0x10 | 0x100)
    let opened = socket(family, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), route)
    guard opened >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    var address: (family: UInt16, padding: UInt16, port: UInt32, groups: UInt32) = (UInt16(family), 0, 0, groups)
    let byteCount = socklen_t(MemoryLayout.size(ofValue: address))
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(opened, $0, byteCount) == 0 }
    }
    guard isBound else {
      let error = IOError(errnoCode: errno, reason: "bind")
      close(opened)
      throw error
    }
    return opened
  }

  /// `IFF_RUNNING`: the interface has a link.
  private static let running: UInt32 = 0x40

  /// Every interface with whether it has a link, and every address.
  private static func present() -> Set<[UInt8]> {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var all: Set<[UInt8]> = []
    var next = first
    while let current = next {
      next = current.pointee.ifa_next
      var one = Array(String(cString: current.pointee.ifa_name).utf8) + [0, current.pointee.ifa_flags & running == 0 ? 0 : 1]
      if let address = current.pointee.ifa_addr { one += UnsafeRawBufferPointer(start: address, count: byteCount(of: Int32(address.pointee.sa_family))) }
      all.insert(one)
    }
    return all
  }

  /// Of other families only the interface counts: their addresses hold counters.
  private static func byteCount(of family: Int32) -> Int {
    switch family {
    case AF_INET: MemoryLayout<sockaddr_in>.size
    case AF_INET6: MemoryLayout<sockaddr_in6>.size
    default: 0
    }
  }

  private final class Listener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let changed: @Sendable () -> Void
    private var known = NetworkChanges.present()
    private var look: Scheduled<Void>?

    init(_ changed: @escaping @Sendable () -> Void) { self.changed = changed }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard look == nil else { return }
      let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
      look = context.eventLoop.scheduleTask(in: NetworkChanges.restDuration) {
        let listener = loopBound.value
        listener.look = nil
        let present = NetworkChanges.present()
        guard present != listener.known else { return }
        listener.known = present
        listener.changed()
      }
    }

    // More news than the kernel keeps is one piece of news.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    func channelInactive(context: ChannelHandlerContext) {
      look?.cancel()
      context.fireChannelInactive()
    }
  }
}
