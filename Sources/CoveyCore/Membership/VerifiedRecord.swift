import Crypto

/// A membership record whose form and signatures have been checked. Whether its author may say so is for the ``MembershipGraph``.
package struct VerifiedRecord: Hashable, Sendable {
  package let id: RecordID
  package let content: MembershipRecord
  /// The bytes as they came.
  package let signed: SignedRecord

  /// Takes a record from a peer.
  /// - Throws: when it is not canonical, or not signed by its author, or an `add` that its device did not sign.
  package init(_ received: SignedRecord) throws(RecordRefusal) {
    try self.init(stored: received)
    guard content.author.hasSigned(SigningPrefix.record + received.bytes, signature: received.signature) else { throw .badSignature }
    if case .add(let addition) = content.body, let team = content.team {
      let message = Addition.joinMessage(
        team: team, inviter: content.author, device: addition.device, keyAgreementKey: addition.keyAgreementKey,
        role: addition.role, rank: addition.rank)
      guard addition.device.hasSigned(message, signature: addition.joinSignature) else { throw .badJoinSignature }
    }
  }

  /// Takes a record from this device's own store, which holds only records that were verified when they came: signatures are not
  /// checked again.
  package init(stored: SignedRecord) throws(RecordRefusal) {
    do { content = try MembershipRecord(bytes: stored.bytes) } catch { throw .malformed(error) }
    guard stored.signature.count == DeviceID.signatureByteCount else { throw .badSignature }
    guard !content.namedKeys.contains(where: \.isDegenerate) else { throw .degenerateKey }
    id = Self.id(of: stored.bytes)
    signed = stored
  }

  package static func id(of bytes: [UInt8]) -> RecordID {
    var hasher = SHA256()
    hasher.update(data: SigningPrefix.recordID)
    hasher.update(data: bytes)
    return hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero }
  }
}

extension MembershipRecord {
  /// The keys that may sign because of this record.
  fileprivate var namedKeys: [DeviceID] {
    switch body {
    case .genesis(let genesis): [author] + (genesis.recovery.map { [$0] } ?? [])
    case .add(let addition): [author, addition.device]
    default: [author]
    }
  }

  /// This in its canonical bytes, signed.
  /// - Throws: what the signer throws, or ``CanonicalError`` when the content is more than a record can hold.
  package func signed(by author: some Signer) throws -> SignedRecord {
    let bytes = bytes
    guard try MembershipRecord(bytes: bytes) == self, author.device == self.author else { throw CanonicalError.notCanonical }
    return SignedRecord(bytes: bytes, signature: try author.sign(SigningPrefix.record + bytes))
  }
}

/// Why a membership record is not taken: it is neither stored nor passed on.
package enum RecordRefusal: Error, Hashable, Sendable {
  case malformed(CanonicalError)
  case badSignature
  case badJoinSignature
  /// A key of small order, or one that is written in another than its shortest form.
  case degenerateKey
  case otherTeam
  /// None of the record's ancestors made its author a member.
  case authorUnknown
  /// An `add` of the founder or of the recovery key.
  case keyTaken
  /// An `add` that claims a rank not greater than its author's.
  case rankTooLow
  /// The graph holds as many records as it can.
  case full
}

extension RecordRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed: "the membership record is malformed: the sender runs another version of Covey or is faulty"
    case .badSignature: "the membership record is not signed by its author"
    case .badJoinSignature: "the added device did not sign its admission"
    case .degenerateKey: "the membership record names an unsafe key"
    case .otherTeam: "the membership record belongs to another team"
    case .authorUnknown: "the author of the membership record was no member when it was written"
    case .keyTaken: "the membership record adds a key that is the founder's or the recovery key"
    case .rankTooLow: "the membership record adds a device above its author"
    case .full: "too many membership records: found a new team"
    }
  }
}
