package import CoveyCore

/// What travels while two devices pair, inside TLS with ALPN `covey-pair/1`. At most 4 KiB before the code has proved right, 1 MiB after.
package enum PairingFrame: Hashable, Sendable {
  case hello(version: UInt8, slot: UInt16, nonce: [UInt8])
  case open(nonce: [UInt8])
  /// One answer for every refusal: wrong slot, unknown, expired, used, wrong, busy.
  case fail
  case publicShare(share: [UInt8], associatedData: [UInt8])
  case confirm(tag: [UInt8])
  case welcome(PairingWelcome)
  case join(PairingJoin)
  /// The `add` record that made the joiner a member.
  case added(SignedRecord)
}

package struct PairingWelcome: Hashable, Sendable {
  package var team: [UInt8]
  /// Membership records, canonical bytes and signature of each, parents first.
  package var records: [SignedRecord]
  package var role: UInt8
  package var rank: UInt32
  package init(team: [UInt8], records: [SignedRecord], role: UInt8, rank: UInt32) {
    self.team = team
    self.records = records
    self.role = role
    self.rank = rank
  }
}

package struct PairingJoin: Hashable, Sendable {
  /// X25519 public key for sealed folders, 32 bytes.
  package var keyAgreementKey: [UInt8]
  package var name: String
  package var platform: String
  package var signature: [UInt8]
  package init(keyAgreementKey: [UInt8], name: String, platform: String, signature: [UInt8]) {
    self.keyAgreementKey = keyAgreementKey
    self.name = name
    self.platform = platform
    self.signature = signature
  }
}
