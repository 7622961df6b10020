package import NIOCore

/// Where a connection or datagram comes from, as far as limits care: an IPv4 address, or the /64 of an IPv6 one.
package enum Source: Hashable, Sendable {
  case loopback
  case v4(UInt32)
  /// The upper half of the address: who has one address there has them all.
  case v6(UInt64)

  package init(_ address: SocketAddress?) {
    let bytes = address?.hostBytes ?? []
    if bytes.count == 4 {
      self = Source(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
    } else if bytes.count == 16 {
      let high = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let low = bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if high == 0 && low == 1 {
        self = .loopback
      } else if high == 0 && low >> 32 == 0xFFFF {
        self = Source(v4: UInt32(truncatingIfNeeded: low))
      } else {
        self = .v6(high)
      }
    } else {
      // Nobody we know how to tell apart.
      self = .v4(0)
    }
  }

  private init(v4 address: UInt32) { self = address >> 24 == 127 ? .loopback : .v4(address) }
}
