import CoveyCore
import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind TLS until the handshake is over, reads there who the other end has proved to be, and gives way.
///
/// The judgement is made here and not in the certificate callback, because only now possession of the key is proved, and because
/// a resumed session has no certificate callback.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  /// Called once: with what TLS established, to decide and to build the rest of the pipeline, or with the error that ended it.
  typealias Judgement = (_ context: ChannelHandlerContext, _ outcome: Result<(DeviceID, ApplicationProtocol), any Error>) -> Void

  private let deadline: TimeAmount
  private var judgement: Judgement?
  private var timer: Scheduled<Void>?

  init(deadline: TimeAmount, judgement: @escaping Judgement) {
    self.deadline = deadline
    self.judgement = judgement
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleTask(in: deadline) {
      let (handler, context) = loopBound.value
      handler.settle(context, .failure(NetworkError(.timedOut, "the other end did not finish the TLS handshake in time")))
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { settle(context, .failure(FrameChannel.closed)) }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case TLSUserEvent.handshakeCompleted(let negotiated)? = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    // A mismatch of application protocols does not fail a handshake by itself.
    guard let name = negotiated, let agreed = ApplicationProtocol(rawValue: name) else {
      return settle(context, .failure(NetworkError(.protocolViolation, "the other end does not speak Covey's protocol (ALPN)")))
    }
    guard let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate(),
      let device = PeerCertificate.device(of: [certificate])
    else { return settle(context, .failure(NetworkError(.protocolViolation, "the other end showed no device's certificate"))) }
    settle(context, .success((device, agreed)))
  }

  /// Nothing of an unauthorised peer is read.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func errorCaught(context: ChannelHandlerContext, error: any Error) { settle(context, .failure(error)) }

  func channelInactive(context: ChannelHandlerContext) {
    settle(context, .failure(NetworkError(.refused, "the other end closed the connection during the TLS handshake")))
    context.fireChannelInactive()
  }

  private func settle(_ context: ChannelHandlerContext, _ outcome: Result<(DeviceID, ApplicationProtocol), any Error>) {
    guard let judgement else { return }
    self.judgement = nil
    timer?.cancel()
    judgement(context, outcome)
  }
}
