import NIOCore

/// The handler next to the socket. Closing through it skips the farewell of TLS, for which a stranger would be waited for.
final class Transport: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private var context: ChannelHandlerContext?

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Closes the socket of a channel that begins with this handler, at once and without a word; callable from anywhere.
  static func abort(_ channel: any Channel) {
    channel.eventLoop.execute {
      // A channel that is closed already has no handlers any more.
      guard let transport = try? channel.pipeline.syncOperations.handler(type: Transport.self) else { return }
      transport.context?.close(promise: nil)
    }
  }
}
