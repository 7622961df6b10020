import NIOCore

/// What waits to be written on one connection, in two lanes: announcements leave before any waiting content.
struct OutboundLanes: Sendable {
  enum Lane: Hashable, Sendable {
    case control
    case content
  }

  /// A frame of the connection itself. At most one of each kind waits, whatever the other end provokes.
  enum Signal: Hashable, Sendable {
    case ping
    case pong
  }

  private struct Queue {
    var frames = CircularBuffer<ByteBuffer>()
    var byteCount = 0
  }

  private var control = Queue()
  private var content = Queue()
  private var signals: Set<Signal> = []

  mutating func append(_ frame: ByteBuffer, to lane: Lane) {
    switch lane {
    case .control: control.frames.append(frame); control.byteCount += frame.readableBytes
    case .content: content.frames.append(frame); content.byteCount += frame.readableBytes
    }
  }

  mutating func append(_ signal: Signal) { signals.insert(signal) }

  func byteCount(of lane: Lane) -> Int {
    switch lane {
    case .control: control.byteCount
    case .content: content.byteCount
    }
  }

  var isEmpty: Bool { signals.isEmpty && control.frames.isEmpty && content.frames.isEmpty }

  mutating func takeSignal() -> Signal? { signals.popFirst() }

  /// The next frame of the most urgent lane.
  mutating func takeFrame() -> ByteBuffer? {
    if let frame = control.frames.popFirst() { control.byteCount -= frame.readableBytes; return frame }
    if let frame = content.frames.popFirst() { content.byteCount -= frame.readableBytes; return frame }
    return nil
  }

  /// Forgets the content that waits; announcements stay.
  mutating func dropContent() { content = Queue() }
}
