package import NIOCore

/// One address of one network interface of this machine.
package struct LocalInterface: Sendable {
  package let name: String
  package let index: Int
  package let address: SocketAddress
  let netmask: SocketAddress?
  /// Where every machine of the subnet listens, if the interface has that.
  package let broadcast: SocketAddress?

  package init(name: String, index: Int, address: SocketAddress, netmask: SocketAddress?, broadcast: SocketAddress?) {
    self.name = name
    self.index = index
    self.address = address
    self.netmask = netmask
    self.broadcast = broadcast
  }

  package var isLoopback: Bool { Source(address) == .loopback }

  /// All addresses of all interfaces; none where the system will not say.
  ///
  /// Asked anew whenever something is sent, since interfaces come and go.
  package static func all() -> [LocalInterface] {
    guard let devices = try? System.enumerateDevices() else { return [] }
    return devices.compactMap { device in
      guard let address = device.address, address.protocol == .inet || address.protocol == .inet6 else { return nil }
      return LocalInterface(
        name: device.name, index: device.interfaceIndex, address: address, netmask: device.netmask, broadcast: device.broadcastAddress)
    }
  }

  /// Whether the address is on the subnet that this interface is connected to.
  package func isNeighbour(_ other: SocketAddress) -> Bool {
    let (own, theirs, mask) = (address.hostBytes, other.hostBytes, netmask?.hostBytes ?? [])
    guard own.count == theirs.count, own.count == mask.count, !own.isEmpty else { return false }
    // Every interface has fe80::/64, so a link-local neighbour has to name this very one.
    let isLinkLocal = theirs.count == 16 && theirs[0] == 0xFE && theirs[1] & 0xC0 == 0x80
    guard !isLinkLocal || other.interfaceIndex == UInt32(truncatingIfNeeded: index) else { return false }
    return own.indices.allSatisfy { own[$0] & mask[$0] == theirs[$0] & mask[$0] }
  }
}
