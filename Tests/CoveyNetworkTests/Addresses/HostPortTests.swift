import CoveyNetwork
import NIOCore
import Testing

struct HostPortTests {
  @Test(arguments: [
    ("192.0.2.7:22500", "192.0.2.7", 22500), ("desk.example:1", "desk.example", 1), ("[2001:db8::7]:0", "2001:db8::7", 0),
    ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535),
  ])
  func addressesAreReadAndWritten(_ text: String, _ host: String, _ port: UInt16) throws {
    let address = try HostPort(text)
    #expect(address.host == host && address.port == port && address.description == text)
  }

  @Test(arguments: ["", "desk", "desk:", ":1", "desk:65536", "desk:-1", "desk:+1", "desk:1x", "::1:22500", "[::1]", "[::1:5", "[]:5", "a b:5", "a\n:5", "[a]b:5"])
  func whatIsNoAddressIsRefusedWithAnExample(_ text: String) {
    let error = #expect(throws: NetworkError.self) { try HostPort(text) }
    #expect(error?.code == .badAddress && error?.message.contains("192.0.2.7:22500") == true)
  }

  @Test func socketAddressesAreWrittenTheSameWay() throws {
    #expect(HostPort(try SocketAddress(ipAddress: "::1", port: 5))?.description == "[::1]:5")
    #expect(HostPort(try SocketAddress(ipAddress: "127.0.0.1", port: 5))?.description == "127.0.0.1:5")
    #expect(HostPort(try SocketAddress(unixDomainSocketPath: "/tmp/x")) == nil)
  }
}
