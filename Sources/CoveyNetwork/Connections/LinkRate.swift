package import NIOCore

/// How fast the link takes bytes, measured only while it is the bottleneck: between the moment the socket's buffer is full and
/// the moment it asks for more. A link that never fills the buffer is faster than what feeds it and has no rate.
package struct LinkRate: Sendable {
  private let drainedByteCount: Double
  private var fullSince: NIODeadline?
  package private(set) var bytesPerSecond: Double?

  package init(writeBuffer: (low: Int, high: Int)) { drainedByteCount = Double(writeBuffer.high - writeBuffer.low) }

  package mutating func becameFull(at now: NIODeadline) { fullSince = fullSince ?? now }

  package mutating func becameWritable(at now: NIODeadline) {
    guard let since = fullSince else { return }
    fullSince = nil
    let seconds = Double(max(1, (now - since).nanoseconds)) / 1e9
    let measured = drainedByteCount / seconds
    // A quarter of each measure: the kernel's own buffer makes single ones jump.
    bytesPerSecond = bytesPerSecond.map { $0 * 0.75 + measured * 0.25 } ?? measured
  }
}
