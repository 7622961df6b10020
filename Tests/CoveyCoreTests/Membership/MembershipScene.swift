import CoveyCore

/// Chance that can be repeated.
struct MembershipDice: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Devices with real keys, by number.
func deviceKey(_ number: UInt8) -> DeviceKey {
  guard let key = DeviceKey(seed: [UInt8](repeating: number, count: 32)) else { preconditionFailure("32 bytes make a key") }
  return key
}

/// A team with real signatures, in which anybody writes anything on top of any records.
struct SignedTeam {
  var graph: MembershipGraph
  let founder = deviceKey(1)
  let recovery = deviceKey(99)
  let genesis: SignedRecord

  init() throws {
    var dice = MembershipDice(seed: 7)
    genesis = try MembershipGraph.genesis(
      name: "press", keyAgreementKey: Bytes32(words: (1, 2, 3, 4)), recovery: deviceKey(99).device, by: deviceKey(1), at: .zero, using: &dice)
    graph = try MembershipGraph(genesis: genesis)
  }

  func addition(of device: DeviceKey, by inviter: DeviceKey, role: Role = .write, rank: UInt32) throws -> MembershipRecord.Body {
    let key = Bytes32(words: (9, 9, 9, 9))
    let message = Addition.joinMessage(
      team: graph.team, inviter: inviter.device, device: device.device, keyAgreementKey: key, role: role, rank: rank)
    return .add(
      Addition(
        device: device.device, keyAgreementKey: key, role: role, rank: rank, name: "device", joinSignature: try device.sign(message)))
  }

  func record(_ body: MembershipRecord.Body, by author: DeviceKey, after parents: [RecordID]) throws -> SignedRecord {
    try MembershipRecord(team: graph.team, author: author.device, parents: parents.sorted(), timeMilliseconds: 5, body: body)
      .signed(by: author)
  }

  /// Inserts a record on top of everything and returns its id.
  @discardableResult
  mutating func write(_ body: MembershipRecord.Body, by author: DeviceKey) throws -> RecordID {
    try insert(graph.record(body, by: author, at: .zero))
  }

  @discardableResult
  mutating func add(_ device: DeviceKey, by inviter: DeviceKey, role: Role = .write, rank: UInt32) throws -> RecordID {
    try write(addition(of: device, by: inviter, role: role, rank: rank), by: inviter)
  }

  @discardableResult
  mutating func insert(_ record: SignedRecord) -> RecordID {
    _ = graph.insert(record)
    return VerifiedRecord.id(of: record.bytes)
  }

  func role(_ key: DeviceKey) -> Role? { graph.members[key.device]?.role }
}
