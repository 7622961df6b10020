import Crypto

/// The secret half of a device's identity: an Ed25519 key. The same key signs records, batches and TLS.
package struct DeviceKey: Signer {
  package static let seedByteCount = 32

  private let key: Curve25519.Signing.PrivateKey
  package let device: DeviceID

  /// The key made from 32 secret bytes; nil when there are not exactly 32.
  package init?(seed: [UInt8]) {
    guard seed.count == Self.seedByteCount, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      let publicKey = Bytes32([UInt8](key.publicKey.rawRepresentation))
    else { return nil }
    self.key = key
    device = DeviceID(key: publicKey)
  }

  /// The 32 bytes from which ``init(seed:)`` makes this key again.
  package var seed: [UInt8] { [UInt8](key.rawRepresentation) }

  package func sign(_ bytes: [UInt8]) throws -> [UInt8] { [UInt8](try key.signature(for: bytes)) }
}

/// The secret half of the key to which keys of sealed folders are wrapped: X25519.
package struct KeyAgreementKey: Sendable {
  package let publicKey: Bytes32
  private let key: Curve25519.KeyAgreement.PrivateKey

  /// The key made from 32 secret bytes; nil when there are not exactly 32.
  package init?(seed: [UInt8]) {
    guard seed.count == 32, let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: seed),
      let publicKey = Bytes32([UInt8](key.publicKey.rawRepresentation))
    else { return nil }
    self.key = key
    self.publicKey = publicKey
  }

  /// The 32 bytes from which ``init(seed:)`` makes this key again.
  package var seed: [UInt8] { [UInt8](key.rawRepresentation) }
}
