/// Why the network could not do what was asked: a code to branch on and a sentence that names the address and the remedy.
package struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The text is no `host:port`.
    case badAddress
    /// The listening port is taken, forbidden or not of this machine.
    case cannotListen
    /// No way to the address, or nobody listens there.
    case unreachable
    /// The other end did not finish in time.
    case timedOut
    /// The other end closed before the connection was up: it does not know this device.
    case refused
    /// Another device than the expected one answered.
    case unexpectedDevice
    /// What stands in place of the device's key cannot be used.
    case badIdentity
    /// The other end broke a rule of the protocol.
    case protocolViolation
    /// The connection was closed, by either side.
    case closed
    /// More waits to be sent than a connection ever holds.
    case overloaded
  }

  package let code: Code
  package let message: String
  package init(_ code: Code, _ message: String) { self.code = code; self.message = message }
  package var description: String { message }
}
