import Glibc
package import NIOCore

/// An address as people write it: `host:port`, with brackets around an IPv6 host.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16) { self.host = host; self.port = port }

  /// - Throws: ``NetworkError`` that says what is wrong with the text and how it should look.
  package init(_ text: String) throws {
    func refuse(_ why: String) -> NetworkError {
      NetworkError(.badAddress, "\(text.debugDescription): \(why); write it like 192.0.2.7:22500, host.example:22500 or [2001:db8::7]:22500")
    }
    guard text.utf8.count <= 300, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw refuse("this is no address") }
    guard let colon = text.lastIndex(of: ":") else { throw refuse("the port is missing") }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ 48...57 ~= $0 }), let port = UInt16(digits) else {
      throw refuse("the port must be a number up to 65535")
    }
    var host = text[..<colon]
    if host.first == "[" {
      guard host.last == "]" else { throw refuse("a bracket is missing") }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw refuse("an IPv6 host needs brackets")
    }
    guard !host.isEmpty, !host.contains("["), !host.contains("]") else { throw refuse("the host is missing") }
    self.init(host: String(host), port: port)
  }

  /// Nil for what has no port, such as a Unix socket. A link-local host keeps the interface it is reached through.
  package init?(_ address: SocketAddress) {
    guard let host = address.ipAddress, let port = address.port, let port = UInt16(exactly: port) else { return nil }
    var zone = ""
    if address.interfaceIndex != 0 {
      var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
      if if_indextoname(address.interfaceIndex, &name) != nil {
        zone = "%" + String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    self.init(host: host + zone, port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
