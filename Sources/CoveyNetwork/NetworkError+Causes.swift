import Glibc
import NIOCore
import NIOPosix
import NIOSSL

extension NetworkError {
  /// What the system said about listening, as a sentence with its remedy.
  static func cannotListen(at address: HostPort, _ cause: any Error) -> NetworkError {
    let why: String
    switch (cause as? IOError)?.errnoCode {
    case EADDRINUSE: why = "the port is in use: choose another with listen in config.toml"
    case EADDRNOTAVAIL: why = "this machine has no such address: correct listen in config.toml"
    case EACCES: why = "ports below 1024 need privileges: choose another with listen in config.toml"
    case let code?: why = "cannot listen there: \(String(cString: strerror(code)))"
    case nil: why = "cannot listen there: \(cause): correct listen in config.toml"
    }
    return NetworkError(.cannotListen, "\(address): \(why)")
  }

  /// What the system said about connecting.
  static func cannotConnect(to address: HostPort, _ cause: any Error) -> NetworkError {
    switch cause {
    case let cause as NIOConnectionError:
      if cause.dnsAError != nil && cause.dnsAAAAError != nil && cause.connectionErrors.isEmpty {
        return NetworkError(.unreachable, "\(address): no address is known for this name")
      }
      let first = cause.connectionErrors.first { $0.error is IOError } ?? cause.connectionErrors.first
      return first.map { cannotConnect(to: address, $0.error) } ?? NetworkError(.unreachable, "\(address): cannot be reached")
    case let cause as IOError:
      let why = cause.errnoCode == ECONNREFUSED ? "nobody listens there" : String(cString: strerror(cause.errnoCode))
      return NetworkError(.unreachable, "\(address): \(why)")
    case ChannelError.connectTimeout:
      return NetworkError(.timedOut, "\(address): no answer; is the device on, and the port open in its firewall?")
    default:
      return NetworkError(.unreachable, "\(address): \(cause)")
    }
  }

  /// What ended a connection between connecting and its first frame.
  static func handshakeFailed(with address: HostPort, _ cause: any Error) -> NetworkError {
    switch cause {
    case let cause as NetworkError where cause.code == .closed:
      NetworkError(.refused, "\(address): the device there closed the connection: it does not know this device, or no code is open")
    case let cause as NetworkError:
      NetworkError(cause.code, "\(address): \(cause.message)")
    case is IOError, is ChannelError, NIOSSLError.uncleanShutdown:
      NetworkError(.refused, "\(address): the connection was closed during the handshake")
    default:
      NetworkError(.protocolViolation, "\(address): no Covey device answers there: \(cause)")
    }
  }
}
