import Glibc
import NIOCore

/// `struct ucred` of socket(7), which the C library's overlay leaves out.
private struct Credentials: Sendable {
  var pid: Int32 = 0
  var uid: UInt32 = 0
  var gid: UInt32 = 0
}

/// Lets a connection in only if the kernel says that its other end is this user, or root.
///
/// The socket lies in a directory that nobody else may enter; this is the second lock on the door.
final class PeerCredentials: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any

  private let isAllowed: @Sendable (uid_t) -> Bool

  init(isAllowed: @escaping @Sendable (uid_t) -> Bool) { self.isAllowed = isAllowed }

  func channelActive(context: ChannelHandlerContext) {
    let isAllowed = isAllowed
    let channel = context.channel
    guard let socket = channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    let credentials: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
      level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED))
    // On the channel's own loop the option is read before anything else happens there.
    credentials.whenComplete { result in
      if case .success(let peer) = result, isAllowed(peer.uid) { return }
      channel.close(promise: nil)
    }
    context.fireChannelActive()
  }
}
