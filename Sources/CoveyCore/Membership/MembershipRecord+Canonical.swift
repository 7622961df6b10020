/// The canonical bytes of a membership record: what is signed, hashed, stored and forwarded unchanged.
///
/// `"CVR1"`, type, team, author, number of parents, parents ascending, time, then the fields of the body in the order of the
/// types above, each behind its length. The team of the genesis is zero.
extension MembershipRecord {
  package static let byteCountMax = 64 << 10
  package static let parentCountMax = 16
  /// So that a device of unknown rank is junior to every known one.
  package static let rankMax: UInt32 = 65_535
  package static let nameByteCountMax = Version.deviceNameByteCountMax
  package static let labelCountMax = 32
  package static let labelByteCountMax = 127
  package static let policyByteCountMax = 1024

  private static let magic = Array("CVR1".utf8)

  private enum Code {
    static let genesis: UInt8 = 1
    static let add: UInt8 = 2
    static let role: UInt8 = 3
    static let remove: UInt8 = 4
    static let leave: UInt8 = 5
    static let label: UInt8 = 6
    static let folder: UInt8 = 7
    static let grant: UInt8 = 8
    static let key: UInt8 = 9
    static let policy: UInt8 = 10
  }

  package var bytes: [UInt8] {
    var body = CanonicalWriter()
    let code = write(&body)
    var out = CanonicalWriter()
    out.raw(Self.magic)
    out.byte(code)
    out.raw(team?.genesis ?? .zero)
    out.raw(author.key)
    out.byte(UInt8(clamping: parents.count))
    for parent in parents { out.raw(parent) }
    out.fixed64(timeMilliseconds)
    out.raw(body.bytes)
    return out.bytes
  }

  private func write(_ out: inout CanonicalWriter) -> UInt8 {
    switch body {
    case .genesis(let genesis):
      out.field(author.key)
      out.field(genesis.keyAgreementKey)
      out.field(genesis.name)
      out.string(genesis.recovery?.key.bytes ?? [])
      out.string(genesis.nonce)
      return Code.genesis
    case .add(let addition):
      out.field(addition.device.key)
      out.field(addition.keyAgreementKey)
      out.field { $0.byte(addition.role.rawValue) }
      out.field { $0.fixed32(addition.rank) }
      out.field(addition.name)
      out.field(addition.person)
      out.field(addition.labels)
      out.field { for grant in addition.grants { $0.grant(grant) } }
      out.string(addition.joinSignature)
      return Code.add
    case .role(let device, let role, let horizon):
      out.field(device.key)
      out.field { $0.byte(role.rawValue) }
      out.field(horizon)
      return Code.role
    case .remove(let device, let reason, let horizon):
      out.field(device.key)
      out.field { $0.byte(reason.rawValue) }
      out.field(horizon)
      return Code.remove
    case .leave:
      return Code.leave
    case .label(let device, let labels):
      out.field(device.key)
      out.field(labels)
      return Code.label
    case .folder(let folder):
      out.string(folder.folder.bytes)
      out.field(folder.name)
      out.field { $0.byte(folder.defaultAccess.rawValue) }
      out.field(folder.requiredLabels)
      out.field { $0.byte(folder.isSealed ? 1 : 0) }
      return Code.folder
    case .grant(let grant, let device):
      out.field { $0.grant(grant) }
      out.field(device.key)
      return Code.grant
    case .key(let folder, let epoch, let wrapped):
      out.string(folder.bytes)
      out.field { $0.fixed64(epoch) }
      out.field {
        for key in wrapped {
          $0.raw(key.device.key)
          $0.raw(key.encapsulated)
          $0.raw(key.ciphertext)
        }
      }
      return Code.key
    case .policy(let key, let value):
      out.field(key)
      out.field(value)
      return Code.policy
    }
  }

  /// Takes bytes from a peer or the store; accepts exactly what ``bytes`` writes.
  package init(bytes: [UInt8]) throws(CanonicalError) {
    guard bytes.count <= Self.byteCountMax else { throw .tooLarge }
    var input = CanonicalReader(bytes)
    guard try input.raw(4).elementsEqual(Self.magic) else { throw .notCanonical }
    let code = try input.byte()
    let team = try input.bytes32()
    let author = DeviceID(key: try input.bytes32())
    let parentCount = Int(try input.byte())
    guard parentCount <= Self.parentCountMax else { throw .tooLarge }
    var parents: [RecordID] = []
    for _ in 0..<parentCount {
      let parent = try input.bytes32()
      if let last = parents.last, last >= parent { throw .notCanonical }
      parents.append(parent)
    }
    guard (code == Code.genesis) == parents.isEmpty, (code == Code.genesis) == (team == .zero) else { throw .notCanonical }
    let time = try input.fixed64()
    let body = try Self.body(code, &input)
    try input.end()
    self.init(
      team: team == .zero ? nil : TeamID(genesis: team), author: author, parents: parents, timeMilliseconds: time, body: body)
    // What the reader lets pass in more than one form, such as a founder that is not the author.
    guard self.bytes == bytes else { throw .notCanonical }
  }

  private static func body(_ code: UInt8, _ input: inout CanonicalReader) throws(CanonicalError) -> Body {
    switch code {
    case Code.genesis:
      _ = try input.field32()
      let keyAgreementKey = try input.field32()
      let name = try input.name()
      let recovery = try input.string(atMost: 32)
      guard recovery.isEmpty || recovery.count == 32 else { throw .notCanonical }
      let nonce = try input.string(atMost: 16)
      guard nonce.count == 16 else { throw .notCanonical }
      return .genesis(
        Genesis(keyAgreementKey: keyAgreementKey, name: name, recovery: Bytes32(recovery).map(DeviceID.init(key:)), nonce: nonce))
    case Code.add:
      let device = DeviceID(key: try input.field32())
      let keyAgreementKey = try input.field32()
      let role = try input.role()
      var rankField = try input.field(ofCount: 4)
      let rank = try rankField.fixed32()
      guard rank <= rankMax else { throw .notCanonical }
      let name = try input.name()
      let person = try input.text(atMost: nameByteCountMax)
      let labels = try input.labels()
      let grants = try input.grants()
      let signature = try input.string(atMost: DeviceID.signatureByteCount)
      guard signature.count == DeviceID.signatureByteCount else { throw .notCanonical }
      return .add(
        Addition(
          device: device, keyAgreementKey: keyAgreementKey, role: role, rank: rank, name: name, person: person, labels: labels,
          grants: grants, joinSignature: signature))
    case Code.role:
      let device = DeviceID(key: try input.field32())
      let role = try input.role()
      let horizon = try input.horizon()
      guard role < .write || horizon.isEmpty else { throw .notCanonical }
      return .role(device: device, role: role, horizon: horizon)
    case Code.remove:
      let device = DeviceID(key: try input.field32())
      var reasonField = try input.field(ofCount: 1)
      guard let reason = RemovalReason(rawValue: try reasonField.byte()) else { throw .notCanonical }
      return .remove(device: device, reason: reason, horizon: try input.horizon())
    case Code.leave:
      return .leave
    case Code.label:
      return .label(device: DeviceID(key: try input.field32()), labels: try input.labels())
    case Code.folder:
      let folder = try input.folder()
      let name = try input.name()
      var accessField = try input.field(ofCount: 1)
      let access = try accessField.access()
      let labels = try input.labels()
      var sealedField = try input.field(ofCount: 1)
      let sealed = try sealedField.byte()
      guard sealed <= 1 else { throw .notCanonical }
      return .folder(
        FolderDescription(folder: folder, name: name, defaultAccess: access, requiredLabels: labels, isSealed: sealed == 1))
    case Code.grant:
      var grantField = try input.field(ofCount: FolderGrant.byteCount)
      let grant = try grantField.grant()
      return .grant(grant, device: DeviceID(key: try input.field32()))
    case Code.key:
      let folder = try input.folder()
      var epochField = try input.field(ofCount: 8)
      return .key(folder: folder, epoch: try epochField.fixed64(), wrapped: try input.wrappedKeys())
    case Code.policy:
      return .policy(key: try input.name(), value: try input.text(atMost: policyByteCountMax))
    default:
      throw .notCanonical
    }
  }
}
