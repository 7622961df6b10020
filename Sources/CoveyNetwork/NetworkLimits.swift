import CoveyProtocol
package import NIOCore

/// Every bound and deadline of the network in one place, so that tests can shorten them.
package struct NetworkLimits: Sendable {
  // Admission, before anybody has proved anything.
  /// Incoming connections that are not authorised yet, in all. Each costs about 0.2 MiB.
  package var unauthenticatedMax = 64
  /// The same from one IPv4 address or IPv6 /64.
  package var unauthenticatedPerSourceMax = 8
  /// The same from loopback, where many devices may live behind one address.
  package var unauthenticatedFromLoopbackMax = 64
  /// Connections a source may begin a second, and at once. Loopback is exempt: whoever is there has cheaper ways to do harm.
  package var attemptsPerSecond = 10.0
  /// Sources whose rate is remembered; above it those who have been quiet are forgotten and further new ones refused.
  package var rememberedSourcesMax = 4096
  /// A connection that has been unauthorised for this long gives way when its place is needed; an honest handshake takes milliseconds.
  package var givesWayAfter: TimeAmount = .seconds(1)
  /// Incoming connections of one device; the oldest gives way to a new one.
  package var connectionsPerDeviceMax = 4

  // Deadlines.
  package var connectTimeout: TimeAmount = .seconds(5)
  /// From accept or connect until both ends are authorised.
  package var authorizationDeadline: TimeAmount = .seconds(10)
  /// A pairing is over by then, well or not: its steps follow without a human between them.
  package var pairingDeadline: TimeAmount = .seconds(60)
  /// After so long without a byte from the other end it is asked for one.
  package var pingAfter: TimeAmount = .seconds(60)
  /// After so long without a byte the connection is closed.
  package var closeAfter: TimeAmount = .seconds(90)
  /// After a change of the machine's network every other end has this long to be heard.
  package var probeTimeout: TimeAmount = .seconds(5)
  /// A frame that began is whole within this time, or has grown by ``frameDeadlineByteCount`` and gets it again.
  package var frameDeadline: TimeAmount = .seconds(30)
  package var frameDeadlineByteCount = 64 << 10
  /// How long what was handed over before `close()` may take to leave.
  package var closingTimeout: TimeAmount = .seconds(1)

  // Memory of one connection.
  /// Bytes that wait in one lane before `send` suspends.
  package var laneByteCountMax = 2 << 20
  /// Bytes that wait in one lane before `send` throws: reached only by very many sends at once.
  package var laneByteCountEnd = 64 << 20
  /// Received bytes and frames that wait to be read before the socket is left alone.
  package var receivedByteCountMax = 4 << 20
  package var receivedFrameCountMax = 4096
  /// What is read from a member's socket, and what is encrypted for it, at one go.
  package var readByteCountMax = 256 << 10
  package var writeByteCountMax = 256 << 10
  /// The socket's own buffer: below `low` it takes more, above `high` it does not.
  package var writeBuffer: (low: Int, high: Int) = (256 << 10, 1 << 20)
  /// Bytes the kernel holds that are not on their way yet. What is in there goes before anything more urgent, and hides that the link is slow.
  package var unsentByteCountMax = 512 << 10
  /// Content is compressed below this rate; what zlib gains is lost above it.
  package var compressBelowBytesPerSecond = 40e6
  /// Below this rate it is compressed well instead of fast, and on loopback, too, where so slow a link is the mouth of a tunnel.
  package var compressWellBelowBytesPerSecond = 4e6

  package init() {}

  /// How hard content is compressed; nil where it is not: until the link has shown to be slower than zlib, and within one machine.
  package func compressionLevel(at bytesPerSecond: Double?, isLoopback: Bool) -> Int32? {
    guard let bytesPerSecond else { return nil }
    if bytesPerSecond < compressWellBelowBytesPerSecond { return Deflate.levelOfSmall }
    return !isLoopback && bytesPerSecond < compressBelowBytesPerSecond ? Deflate.levelOfFast : nil
  }
}
