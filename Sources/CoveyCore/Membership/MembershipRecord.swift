/// What one membership record says: the content of its canonical bytes, not yet proved to come from its author.
package struct MembershipRecord: Hashable, Sendable {
  /// Of every record but the genesis, which has no team yet.
  package var team: TeamID?
  package var author: DeviceID
  /// The newest records that the author knew, ascending; none for the genesis, else 1 to 16.
  package var parents: [RecordID]
  /// Milliseconds since 1970 on the author's clock. Shown to people; decides nothing.
  package var timeMilliseconds: UInt64
  package var body: Body

  package enum Body: Hashable, Sendable {
    case genesis(Genesis)
    case add(Addition)
    case role(device: DeviceID, role: Role, horizon: [HorizonEntry])
    case remove(device: DeviceID, reason: RemovalReason, horizon: [HorizonEntry])
    case leave
    /// Replaces all labels of the device.
    case label(device: DeviceID, labels: [Label])
    case folder(FolderDescription)
    case grant(FolderGrant, device: DeviceID)
    case key(folder: FolderID, epoch: UInt64, wrapped: [WrappedKey])
    case policy(key: String, value: String)
  }

  package init(team: TeamID?, author: DeviceID, parents: [RecordID], timeMilliseconds: UInt64, body: Body) {
    self.team = team
    self.author = author
    self.parents = parents
    self.timeMilliseconds = timeMilliseconds
    self.body = body
  }
}

/// The founding of a team. Its author is the founder.
package struct Genesis: Hashable, Sendable {
  /// X25519 key of the founder.
  package var keyAgreementKey: Bytes32
  /// The name of the team, which is also the name under which its members see the founder: the record has no other.
  package var name: String
  /// A key of rank 0 whose seed is kept on paper; nil where there is none.
  package var recovery: DeviceID?
  /// Sixteen random bytes, so that no two teams are one.
  package var nonce: [UInt8]
  package init(keyAgreementKey: Bytes32, name: String, recovery: DeviceID?, nonce: [UInt8]) {
    self.keyAgreementKey = keyAgreementKey
    self.name = name
    self.recovery = recovery
    self.nonce = nonce
  }
}

/// The admission of a device.
package struct Addition: Hashable, Sendable {
  package var device: DeviceID
  /// X25519 key of the device.
  package var keyAgreementKey: Bytes32
  package var role: Role
  /// Greater than that of the adder: a device acts only on those of greater rank.
  package var rank: UInt32
  package var name: String
  /// Whose device it is; may be empty.
  package var person: String
  /// Ascending.
  package var labels: [Label]
  /// By folder, ascending.
  package var grants: [FolderGrant]
  /// The device's own signature over its admission.
  package var joinSignature: [UInt8]

  package init(
    device: DeviceID, keyAgreementKey: Bytes32, role: Role, rank: UInt32, name: String, person: String = "", labels: [Label] = [],
    grants: [FolderGrant] = [], joinSignature: [UInt8]
  ) {
    self.device = device
    self.keyAgreementKey = keyAgreementKey
    self.role = role
    self.rank = rank
    self.name = name
    self.person = person
    self.labels = labels
    self.grants = grants
    self.joinSignature = joinSignature
  }

  /// What the device signs to show that it wants to be added by `inviter`: everything stands in the `add` record too.
  package static func joinMessage(
    team: TeamID, inviter: DeviceID, device: DeviceID, keyAgreementKey: Bytes32, role: Role, rank: UInt32
  ) -> [UInt8] {
    var out = CanonicalWriter()
    out.raw(SigningPrefix.join)
    out.raw(team.genesis)
    out.raw(inviter.key)
    out.raw(device.key)
    out.raw(keyAgreementKey)
    out.byte(role.rawValue)
    out.fixed32(rank)
    return out.bytes
  }
}

/// A fact about a device, such as `region=eu`, set by an owner.
package struct Label: Hashable, Sendable, Comparable {
  /// `key=value`.
  package var text: String
  package init(_ text: String) { self.text = text }
  package static func < (a: Label, b: Label) -> Bool { Array(a.text.utf8).lexicographicallyPrecedes(Array(b.text.utf8)) }
}

package struct FolderGrant: Hashable, Sendable {
  package var folder: FolderID
  package var access: FolderAccess
  package init(folder: FolderID, access: FolderAccess) { self.folder = folder; self.access = access }
}

package struct FolderDescription: Hashable, Sendable {
  package var folder: FolderID
  package var name: String
  /// The access of members without a grant of their own.
  package var defaultAccess: FolderAccess
  /// Labels that a device must carry to receive the folder, ascending.
  package var requiredLabels: [Label]
  package var isSealed: Bool
  package init(folder: FolderID, name: String, defaultAccess: FolderAccess, requiredLabels: [Label], isSealed: Bool) {
    self.folder = folder
    self.name = name
    self.defaultAccess = defaultAccess
    self.requiredLabels = requiredLabels
    self.isSealed = isSealed
  }
}

/// The last version of one log that still counts after its author has lost the right to write.
package struct HorizonEntry: Hashable, Sendable {
  package var folder: FolderID
  package var log: LogID
  package var sequence: UInt64
  /// Hash of the batch that holds the number.
  package var batchHash: Bytes32
  package init(folder: FolderID, log: LogID, sequence: UInt64, batchHash: Bytes32) {
    self.folder = folder
    self.log = log
    self.sequence = sequence
    self.batchHash = batchHash
  }
}

package enum RemovalReason: UInt8, Hashable, Sendable {
  case unstated = 0
  case retired = 1
  case lost = 2
  case compromised = 3
}

/// The key of a sealed folder, wrapped by HPKE for one device.
package struct WrappedKey: Hashable, Sendable {
  package var device: DeviceID
  package var encapsulated: Bytes32
  /// 48 bytes.
  package var ciphertext: [UInt8]
  package init(device: DeviceID, encapsulated: Bytes32, ciphertext: [UInt8]) {
    self.device = device
    self.encapsulated = encapsulated
    self.ciphertext = ciphertext
  }
}
