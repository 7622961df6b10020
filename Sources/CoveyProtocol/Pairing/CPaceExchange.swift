package import Crypto

/// One side of one run of CPace, until it has the other's share.
package struct CPaceExchange: Sendable {
  package enum Side: Hashable, Sendable {
    case initiator
    case responder
  }

  /// What this side sends.
  package let share: [UInt8]
  private let side: Side
  private let scalar: SymmetricKey
  private let session: [UInt8]
  private let data: [UInt8]

  package init(
    side: Side, secret: [UInt8], channel: [UInt8], session: [UInt8], scalar: SymmetricKey, associatedData: [UInt8]
  ) throws(CPaceError) {
    let generator = try CPace.generator(secret: secret, channel: channel, session: session)
    share = try CPace.share(of: scalar, generator: generator)
    self.side = side
    self.scalar = scalar
    self.session = session
    data = associatedData
  }

  /// What follows from the other side's share.
  /// - Throws: when the share is invalid, or this side's own sent back.
  package func confirmation(share otherShare: [UInt8], associatedData otherData: [UInt8]) throws(CPaceError) -> CPaceConfirmation {
    guard otherShare != share else { throw .invalidPoint }
    let product = try CPace.multiply(otherShare, by: scalar)
    let isInitiator = side == .initiator
    let transcript = CPace.transcript(
      initiatorShare: isInitiator ? share : otherShare, initiatorData: isInitiator ? data : otherData,
      responderShare: isInitiator ? otherShare : share, responderData: isInitiator ? otherData : data)
    let sessionKey = CPace.sessionKey(product, session: session, transcript: transcript)
    return CPaceConfirmation(
      key: CPace.confirmationKey(sessionKey, session: session), own: CPace.joined(share, data), other: CPace.joined(otherShare, otherData))
  }
}

/// The proof that both sides came to the same key: each sends a tag over its own share, and checks the other's.
package struct CPaceConfirmation: Sendable {
  private let key: SymmetricKey
  private let own: [UInt8]
  private let other: [UInt8]

  fileprivate init(key: SymmetricKey, own: [UInt8], other: [UInt8]) { self.key = key; self.own = own; self.other = other }

  /// What this side sends: 64 bytes.
  package var tag: [UInt8] { HMAC<SHA512>.authenticationCode(for: own, using: key).withUnsafeBytes { Array($0) } }

  /// Whether the other side knows the secret. Takes the same time for every wrong tag.
  package func accepts(_ tag: [UInt8]) -> Bool { HMAC<SHA512>.isValidAuthenticationCode(tag, authenticating: other, using: key) }
}
