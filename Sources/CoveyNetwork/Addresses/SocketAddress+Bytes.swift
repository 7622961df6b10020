import NIOCore

extension SocketAddress {
  /// The four or sixteen bytes of the host; none for what has no host.
  ///
  /// Read by their place in `sockaddr_in` and `sockaddr_in6`: the names of C fields belong to whichever module saw the header first.
  var hostBytes: [UInt8] {
    switch self {
    case .v4(let v4): withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }
    case .v6(let v6): withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
    case .unixDomainSocket: []
    }
  }

  /// The index of the interface that a link-local address belongs to; 0: none.
  var interfaceIndex: UInt32 {
    guard case .v6(let v6) = self else { return 0 }
    return withUnsafeBytes(of: v6.address) { $0.load(fromByteOffset: 24, as: UInt32.self) }
  }

  /// The same address as reached through one interface.
  func through(interface index: Int) -> SocketAddress {
    guard case .v6(let v6) = self else { return self }
    var address = v6.address
    withUnsafeMutableBytes(of: &address) { $0.storeBytes(of: UInt32(truncatingIfNeeded: index), toByteOffset: 24, as: UInt32.self) }
    return SocketAddress(address)
  }
}
