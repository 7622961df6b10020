import CoveyProtocol
import NIOCore
import NIOSSL

/// The last handler of an authorised connection: cuts frames, answers pings, keeps time, and holds the socket back while the
/// reader is behind.
final class FrameHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let frames: FrameChannel
  private let limits: NetworkLimits
  private let signals: SignalFrames?
  /// What the next frame may declare, given the one that arrived last.
  private let frameLimit: (Frame) -> Int
  private var decoder: FrameDecoder
  private var liveness: Liveness
  private var check: (at: NIODeadline, task: Scheduled<Void>)?
  /// Fulfilled by the first whole frame: until then the other end may still refuse us.
  private var opened: EventLoopPromise<Void>?
  private var isReading = true
  private var isOver = false

  /// - Parameter signals: how pings look on this connection; nil: there are none, and silence is not measured.
  init(
    _ frames: FrameChannel, _ limits: NetworkLimits, signals: SignalFrames?, opened: EventLoopPromise<Void>?,
    firstFrameLimit: Int, frameLimit: @escaping (Frame) -> Int
  ) {
    self.frames = frames
    self.limits = limits
    self.signals = signals
    self.opened = opened
    self.frameLimit = frameLimit
    decoder = FrameDecoder(limit: firstFrameLimit)
    liveness = Liveness(limits, at: .now())
  }

  func handlerAdded(context: ChannelHandlerContext) { scheduleCheck(context) }
  func handlerRemoved(context: ChannelHandlerContext) { end(.success(())) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isOver else { return }
    var bytes = unwrapInboundIn(data)
    let byteCount = bytes.readableBytes
    frames.countReceived(byteCount)
    decoder.append(&bytes)
    var frameCount = 0
    do {
      while let frame = try decoder.next() {
        frameCount += 1
        decoder.limit = frameLimit(frame)
        receive(frame, context)
      }
    } catch {
      return fail(NetworkError(.protocolViolation, "the other device broke the protocol: \(error)"), context)
    }
    liveness.received(byteCount, frames: frameCount, isInsideFrame: decoder.isInsideFrame, at: .now())
    scheduleCheck(context)
  }

  private func receive(_ frame: Frame, _ context: ChannelHandlerContext) {
    opened?.succeed(())
    opened = nil
    switch signals?.signal(of: frame) {
    case .ping?: frames.send(.pong)
    case .pong?: break
    case nil:
      if !frames.deliver(frame) && isReading {
        isReading = false
        liveness.paused()
        setReading(false, context)
      }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is FrameChannel.NetworkChanged, signals != nil, !isOver {
      if liveness.probe(at: .now()) == .sendPing { frames.send(.ping) }
      return scheduleCheck(context)
    }
    guard event is FrameChannel.ReadingResumed else { return context.fireUserInboundEventTriggered(event) }
    guard !isReading else { return }
    isReading = true
    liveness.resumed(at: .now())
    setReading(true, context)
    scheduleCheck(context)
  }

  private func setReading(_ isOn: Bool, _ context: ChannelHandlerContext) {
    do { try context.channel.syncOptions?.setOption(.autoRead, value: isOn) } catch { fail(error, context) }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { frames.becameWritable() }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOSSLError.uncleanShutdown, is IOError, is ChannelError, is NIOSSLCloseTimedOutError:
      // The other end went away without a farewell, or took too long for one. Frames have lengths, so nothing is cut unseen.
      end(.success(()))
      Transport.abort(context.channel)
    default:
      fail(error, context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.success(()))
    context.fireChannelInactive()
  }

  private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
    end(.failure(error))
    Transport.abort(context.channel)
  }

  private func end(_ result: Result<Void, any Error>) {
    guard !isOver else { return }
    isOver = true
    check?.task.cancel()
    check = nil
    switch result {
    case .success: opened?.fail(FrameChannel.closed)
    case .failure(let error): opened?.fail(error)
    }
    opened = nil
    frames.finish(result)
  }

  /// Plans the next look at the clock. An earlier one stands: it will plan anew.
  private func scheduleCheck(_ context: ChannelHandlerContext) {
    guard signals != nil, !isOver else { return }
    let next = liveness.nextCheck
    if let check, check.at <= next { return }
    check?.task.cancel()
    let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    check = (next, context.eventLoop.scheduleTask(deadline: next) {
      let (handler, context) = loopBound.value
      handler.check = nil
      handler.lookAtClock(context)
    })
  }

  private func lookAtClock(_ context: ChannelHandlerContext) {
    guard !isOver else { return }
    switch liveness.check(at: .now()) {
    case .fine: break
    case .sendPing: frames.send(.ping)
    case .sendSign: frames.send(.pong)
    case .close(.silent):
      return fail(NetworkError(.timedOut, "nothing was heard from the other device for too long"), context)
    case .close(.slowFrame):
      return fail(NetworkError(.timedOut, "the other device began a message and did not finish it in time"), context)
    }
    scheduleCheck(context)
  }
}
