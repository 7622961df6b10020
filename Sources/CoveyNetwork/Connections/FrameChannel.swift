import CoveyProtocol
import NIOCore
import Synchronization

/// The meeting place of the event loop, which moves bytes, and the tasks that send and receive whole frames on one connection.
///
/// Both directions are bounded: senders suspend while their lane is full, and the socket is left alone while received frames
/// wait. Nothing here knows what a frame says.
final class FrameChannel: Sendable {
  typealias Lane = OutboundLanes.Lane

  private struct Outbound {
    var lanes = OutboundLanes()
    var isDrainScheduled = false
    var isClosed = false
    var waiting: [UInt64: (lane: Lane, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var nextWaiter: UInt64 = 0
    var rate: LinkRate
  }

  private struct Inbound {
    var frames = CircularBuffer<Frame>()
    var byteCount = 0
    var waiting: [(id: UInt64, continuation: CheckedContinuation<Frame?, any Error>)] = []
    var nextWaiter: UInt64 = 0
    var end: Result<Void, any Error>?
    var isPaused = false
  }

  let channel: any Channel
  private let limits: NetworkLimits
  private let signals: SignalFrames?
  private let outbound: Mutex<Outbound>
  private let inbound = Mutex(Inbound())
  private let sent = Atomic<Int64>(0)
  private let received = Atomic<Int64>(0)

  /// - Parameter signals: how pings look on this connection; nil: there are none.
  init(_ channel: any Channel, _ limits: NetworkLimits, signals: SignalFrames?) {
    self.channel = channel
    self.limits = limits
    self.signals = signals
    outbound = Mutex(Outbound(rate: LinkRate(writeBuffer: limits.writeBuffer)))
  }

  var bytesSent: Int64 { sent.load(ordering: .relaxed) }
  var bytesReceived: Int64 { received.load(ordering: .relaxed) }
  /// Nil while the link has never been the bottleneck.
  var bytesPerSecond: Double? { outbound.withLock { $0.rate.bytesPerSecond } }

  /// Puts the frame into its lane at once, so that calls in a row keep their order, and then suspends while the lane is full.
  ///
  /// A cancelled wait throws, yet the frame stays in the lane.
  func send(_ frame: ByteBuffer, in lane: Lane) async throws {
    let (isFull, schedules) = try outbound.withLock { outbound in
      guard !outbound.isClosed else { throw Self.closed }
      guard outbound.lanes.byteCount(of: lane) < limits.laneByteCountEnd else {
        throw NetworkError(.overloaded, "too much is being sent at once on one connection; send less at a time")
      }
      outbound.lanes.append(frame, to: lane)
      defer { outbound.isDrainScheduled = true }
      return (outbound.lanes.byteCount(of: lane) > limits.laneByteCountMax, !outbound.isDrainScheduled)
    }
    if schedules { channel.eventLoop.execute { self.drain() } }
    if isFull { try await waitForRoom(in: lane) }
  }

  private func waitForRoom(in lane: Lane) async throws {
    let id = outbound.withLock { $0.nextWaiter += 1; return $0.nextWaiter }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let known: Result<Void, any Error>? = outbound.withLock {
          if $0.isClosed { return .failure(Self.closed) }
          if Task.isCancelled { return .failure(CancellationError()) }
          if $0.lanes.byteCount(of: lane) <= limits.laneByteCountMax { return .success(()) }
          $0.waiting[id] = (lane, continuation)
          return nil
        }
        if let known { continuation.resume(with: known) }
      }
    } onCancel: {
      outbound.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Sends a frame of the connection itself, ahead of everything.
  func send(_ signal: OutboundLanes.Signal) {
    let schedules = outbound.withLock { outbound in
      guard !outbound.isClosed else { return false }
      outbound.lanes.append(signal)
      defer { outbound.isDrainScheduled = true }
      return !outbound.isDrainScheduled
    }
    if schedules { channel.eventLoop.execute { self.drain() } }
  }

  /// Writes until the socket's buffer is full. On the event loop.
  func drain() {
    channel.eventLoop.preconditionInEventLoop()
    outbound.withLock { $0.isDrainScheduled = false }
    while channel.isWritable {
      let (frames, ready) = outbound.withLock { take(limits.writeByteCountMax, from: &$0) }
      ready.forEach { $0.resume() }
      if frames.isEmpty { return }
      write(frames)
    }
    outbound.withLock { $0.rate.becameFull(at: .now()) }
  }

  /// The socket takes more again. On the event loop.
  func becameWritable() {
    outbound.withLock { $0.rate.becameWritable(at: .now()) }
    drain()
  }

  private func take(_ byteCountMax: Int, from outbound: inout Outbound) -> ([ByteBuffer], [CheckedContinuation<Void, any Error>]) {
    var frames: [ByteBuffer] = []
    var byteCount = 0
    while let signal = outbound.lanes.takeSignal() {
      if let signals { frames.append(signal == .ping ? signals.ping : signals.pong) }
    }
    while byteCount < byteCountMax, let frame = outbound.lanes.takeFrame() {
      byteCount += frame.readableBytes
      frames.append(frame)
    }
    var ready: [CheckedContinuation<Void, any Error>] = []
    if !outbound.waiting.isEmpty {
      for (id, waiter) in outbound.waiting where outbound.lanes.byteCount(of: waiter.lane) <= limits.laneByteCountMax {
        ready.append(waiter.continuation)
        outbound.waiting[id] = nil
      }
    }
    return (frames, ready)
  }

  /// Small frames share a TLS record and all share a flush: twenty thousand small messages a second must not be as many system calls.
  private func write(_ frames: [ByteBuffer]) {
    var gathered = ByteBuffer()
    var byteCount = 0
    for frame in frames {
      byteCount += frame.readableBytes
      if frame.readableBytes < 8 << 10 {
        gathered.writeImmutableBuffer(frame)
        if gathered.readableBytes < 16 << 10 { continue }
      }
      if gathered.readableBytes > 0 {
        channel.write(gathered, promise: nil)
        gathered = ByteBuffer()
      }
      if frame.readableBytes >= 8 << 10 { channel.write(frame, promise: nil) }
    }
    if gathered.readableBytes > 0 { channel.write(gathered, promise: nil) }
    sent.add(Int64(byteCount), ordering: .relaxed)
    channel.flush()
  }

  /// The next frame; nil once the connection is closed and all that came before is read.
  /// - Throws: what ended the connection, if that was no mere closing; `timedOut` after `deadline`.
  func receive(before deadline: NIODeadline? = nil) async throws -> Frame? {
    let id = inbound.withLock { $0.nextWaiter += 1; return $0.nextWaiter }
    let timer = deadline.map { [self] in
      channel.eventLoop.scheduleTask(deadline: $0) {
        self.giveUp(id, NetworkError(.timedOut, "the other device did not answer in time"))
      }
    }
    defer { timer?.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (known, resumes): (Result<Frame?, any Error>?, Bool) = inbound.withLock {
          if let frame = $0.frames.popFirst() {
            $0.byteCount -= frame.byteCount
            let resumes = $0.isPaused && $0.byteCount <= limits.receivedByteCountMax / 2 && $0.frames.count <= limits.receivedFrameCountMax / 2
            if resumes { $0.isPaused = false }
            return (.success(frame), resumes)
          }
          if let end = $0.end { return (end.map { nil }, false) }
          if Task.isCancelled { return (.failure(CancellationError()), false) }
          if let deadline, deadline <= .now() {
            return (.failure(NetworkError(.timedOut, "the other device did not answer in time")), false)
          }
          $0.waiting.append((id, continuation))
          return (nil, false)
        }
        if resumes { channel.pipeline.fireUserInboundEventTriggered(ReadingResumed()) }
        if let known { continuation.resume(with: known) }
      }
    } onCancel: {
      giveUp(id, CancellationError())
    }
  }

  private func giveUp(_ id: UInt64, _ error: any Error) {
    let waiter = inbound.withLock { state in
      state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
    }
    waiter?.continuation.resume(throwing: error)
  }

  /// Hands a frame to whoever receives; false when the socket should be left alone for now. On the event loop.
  func deliver(_ frame: Frame) -> Bool {
    let (waiter, goesOn): (CheckedContinuation<Frame?, any Error>?, Bool) = inbound.withLock {
      guard $0.end == nil else { return (nil, true) }
      if !$0.waiting.isEmpty { return ($0.waiting.removeFirst().continuation, true) }
      $0.frames.append(frame)
      $0.byteCount += frame.byteCount
      if $0.byteCount > limits.receivedByteCountMax || $0.frames.count > limits.receivedFrameCountMax { $0.isPaused = true }
      return (nil, !$0.isPaused)
    }
    waiter?.resume(returning: frame)
    return goesOn
  }

  func countReceived(_ byteCount: Int) { received.add(Int64(byteCount), ordering: .relaxed) }

  /// The connection is over: by an error, or simply closed. What was received before can still be read.
  func finish(_ end: Result<Void, any Error>) {
    stopSending()
    let waiting = inbound.withLock { inbound in
      if inbound.end == nil { inbound.end = end }
      defer { inbound.waiting = [] }
      return inbound.waiting
    }
    waiting.forEach { $0.continuation.resume(with: end.map { nil }) }
  }

  private func stopSending() {
    let waiting = outbound.withLock { outbound in
      outbound.isClosed = true
      defer { outbound.waiting = [:] }
      return outbound.waiting
    }
    waiting.values.forEach { $0.continuation.resume(throwing: Self.closed) }
  }

  /// Closes from this side. Announcements handed over before still leave if the socket takes them soon; waiting content does not.
  func close() {
    finish(.success(()))
    inbound.withLock {
      $0.frames.removeAll()
      $0.byteCount = 0
    }
    channel.eventLoop.execute { [self] in
      let frames = outbound.withLock {
        $0.lanes.dropContent()
        return take(.max, from: &$0).0
      }
      if !frames.isEmpty { write(frames) }
      channel.pipeline.fireUserInboundEventTriggered(ReadingResumed())
      channel.close(promise: nil)
    }
  }

  static let closed = NetworkError(.closed, "the connection is closed")

  /// Told to the handler: the reader has caught up.
  struct ReadingResumed: Sendable {}
  /// The machine's network changed: whether the other end is still there must show.
  struct NetworkChanged: Sendable {}
}
