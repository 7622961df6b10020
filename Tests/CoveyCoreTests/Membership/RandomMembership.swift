import CoveyCore

/// A random history of a team: backdated parents, repeated additions, changes of role, removals. Unsigned.
struct RandomMembership {
  let devices: [DeviceID]
  let founder: DeviceID
  let recovery: DeviceID?
  private(set) var stored: [SignedRecord] = []
  private(set) var records: [MembershipSpecification.Record] = []
  private let team: TeamID

  init(recordCount: Int, using dice: inout MembershipDice) throws {
    devices = (1...8).map { DeviceID(key: Bytes32(words: ($0, 11, 12, 13))) }
    founder = devices[0]
    recovery = Bool.random(using: &dice) ? DeviceID(key: Bytes32(words: (100, 11, 12, 13))) : nil
    let genesis = MembershipRecord(
      team: nil, author: founder, parents: [], timeMilliseconds: 0,
      body: .genesis(Genesis(keyAgreementKey: .zero, name: "t", recovery: recovery, nonce: [UInt8](repeating: 0, count: 16))))
    team = TeamID(genesis: VerifiedRecord.id(of: genesis.bytes))
    append(genesis)
    while records.count < recordCount { append(randomRecord(using: &dice)) }
  }

  var specification: MembershipSpecification { MembershipSpecification(records, founder: founder, recovery: recovery) }

  func graph() throws -> MembershipGraph { try MembershipGraph(stored: stored) }

  private func claimed(_ device: DeviceID) -> UInt32 {
    device == recovery ? 0 : device == founder ? 1 : records.compactMap(\.addition).filter { $0.device == device }.map(\.rank).max() ?? 9
  }

  private func randomRecord(using dice: inout MembershipDice) -> MembershipRecord {
    let known = [founder, founder] + (recovery.map { [$0] } ?? []) + records.compactMap(\.addition?.device)
    let author = Int.random(in: 0..<12, using: &dice) == 0 ? devices.randomElement(using: &dice) ?? founder : known.randomElement(using: &dice) ?? founder
    let target = devices.randomElement(using: &dice) ?? founder
    let body: MembershipRecord.Body
    switch Int.random(in: 0..<20, using: &dice) {
    case 0..<10:
      let rank = max(1, claimed(author) + UInt32.random(in: 0...8, using: &dice) / 4)
      body = addition(target, role: [.owner, .owner, .write, .write, .read].randomElement(using: &dice) ?? .write, rank: rank)
    case 10..<14: body = .remove(device: target, reason: .lost, horizon: [])
    case 14..<17: body = .role(device: target, role: Role.allCases.randomElement(using: &dice) ?? .read, horizon: [])
    case 17: body = .leave
    default: body = .policy(key: "k", value: "\(records.count)")
    }
    return record(body, by: author, after: randomParents(using: &dice), time: UInt64(records.count))
  }

  func randomParents(using dice: inout MembershipDice) -> [RecordID] {
    let recent = Int.random(in: 0..<5, using: &dice) < 3 ? records.suffix(3) : records[...]
    let count = Int.random(in: 1...3, using: &dice)
    return Array(Set((0..<count).compactMap { _ in recent.randomElement(using: &dice)?.id }))
  }

  func addition(_ device: DeviceID, role: Role, rank: UInt32) -> MembershipRecord.Body {
    .add(
      Addition(
        device: device, keyAgreementKey: .zero, role: role, rank: rank, name: "d", joinSignature: [UInt8](repeating: 0, count: 64)))
  }

  func record(_ body: MembershipRecord.Body, by author: DeviceID, after parents: [RecordID], time: UInt64) -> MembershipRecord {
    MembershipRecord(team: team, author: author, parents: parents.sorted(), timeMilliseconds: time, body: body)
  }

  mutating func append(_ record: MembershipRecord) {
    let bytes = record.bytes
    let parents = records.filter { record.parents.contains($0.id) }
    stored.append(SignedRecord(bytes: bytes, signature: [UInt8](repeating: 0, count: 64)))
    records.append(
      MembershipSpecification.Record(
        id: VerifiedRecord.id(of: bytes), author: record.author, parents: record.parents,
        ancestors: parents.reduce(into: Set(record.parents)) { $0.formUnion($1.ancestors) },
        generation: (parents.map(\.generation).max() ?? -1) + 1, body: record.body))
  }
}
