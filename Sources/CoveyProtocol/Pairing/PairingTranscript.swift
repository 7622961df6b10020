import CoveyCore
package import Crypto

/// What binds a run of CPace to the connection it runs over: both devices' keys as TLS proved them, and random bytes of both sides.
///
/// A device in the middle has to use keys of its own towards both sides, so the two would compute with different channels and its
/// run fails like one with a wrong code.
enum PairingTranscript {
  static let version: UInt8 = 1
  static let nonceByteCount = 16
  /// What each side says along with its share, so that neither can be told its own words.
  static let joinerData = Array("J".utf8)
  static let inviterData = Array("I".utf8)

  /// `CI` of the draft: the protocol, the slot, and the public keys of the joiner and the inviter.
  static func channel(slot: UInt16, joiner: DeviceID, inviter: DeviceID) -> [UInt8] {
    CPace.joined(
      Array("covey-pair/1".utf8), [UInt8(slot >> 8), UInt8(slot & 0xFF)], subjectPublicKeyInfo(joiner), subjectPublicKeyInfo(inviter))
  }

  /// The DER form in which certificates name an Ed25519 key (RFC 8410): 44 bytes.
  private static func subjectPublicKeyInfo(_ device: DeviceID) -> [UInt8] {
    [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00] + device.key.bytes
  }
}

/// What one side of one run draws at random.
package struct PairingRandomness: Sendable {
  package let nonce: [UInt8]
  package let scalar: SymmetricKey

  /// Random bytes that nobody can guess, if nobody can guess the generator.
  package init(using generator: inout some RandomNumberGenerator) throws(CPaceError) {
    nonce = (0..<PairingTranscript.nonceByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    scalar = try CPace.scalar(
      seed: (0..<CPace.scalarSeedByteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }
}
