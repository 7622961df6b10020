import CoveyCore
import Testing

@Suite struct MembershipRecordTests {
  static let device = DeviceID(key: Bytes32(words: (5, 6, 7, 8)))
  static let folder = FolderID(high: 8, low: 9)
  static let horizon = [
    HorizonEntry(folder: folder, log: LogID(1), sequence: 3, batchHash: .zero),
    HorizonEntry(folder: folder, log: LogID(2), sequence: .max, batchHash: Bytes32(words: (1, 1, 1, 1))),
  ]
  static let bodies: [MembershipRecord.Body] = [
    .genesis(Genesis(keyAgreementKey: .zero, name: "Töpfer", recovery: nil, nonce: [UInt8](repeating: 3, count: 16))),
    .genesis(Genesis(keyAgreementKey: .zero, name: "t", recovery: device, nonce: [UInt8](repeating: 3, count: 16))),
    .add(
      Addition(
        device: device, keyAgreementKey: .zero, role: .write, rank: 2, name: "laptop", person: "Ann",
        labels: [Label("class=laptop"), Label("region=eu")], grants: [FolderGrant(folder: folder, access: .read)],
        joinSignature: [UInt8](repeating: 4, count: 64))),
    .role(device: device, role: .read, horizon: horizon),
    .role(device: device, role: .owner, horizon: []),
    .remove(device: device, reason: .compromised, horizon: horizon),
    .leave,
    .label(device: device, labels: []),
    .folder(
      FolderDescription(folder: folder, name: "docs", defaultAccess: .write, requiredLabels: [Label("region=eu")], isSealed: true)),
    .grant(FolderGrant(folder: folder, access: .none), device: device),
    .key(
      folder: folder, epoch: 7,
      wrapped: [WrappedKey(device: device, encapsulated: .zero, ciphertext: [UInt8](repeating: 1, count: 48))]),
    .policy(key: "invite", value: ""),
  ]

  static func record(_ body: MembershipRecord.Body) -> MembershipRecord {
    if case .genesis = body {
      return MembershipRecord(team: nil, author: device, parents: [], timeMilliseconds: 9, body: body)
    }
    return MembershipRecord(
      team: TeamID(genesis: Bytes32(words: (1, 2, 3, 4))), author: device,
      parents: [Bytes32(words: (1, 0, 0, 0)), Bytes32(words: (2, 0, 0, 0))], timeMilliseconds: .max, body: body)
  }

  @Test(arguments: bodies)
  func `Every type of record is read as it was written`(_ body: MembershipRecord.Body) throws {
    let record = Self.record(body)
    #expect(try MembershipRecord(bytes: record.bytes) == record)
  }

  @Test(arguments: bodies)
  func `No part of a record is a record, nor one with more behind it`(_ body: MembershipRecord.Body) {
    let bytes = Self.record(body).bytes
    for count in 0..<bytes.count { #expect(throws: CanonicalError.self) { try MembershipRecord(bytes: Array(bytes[..<count])) } }
    #expect(throws: CanonicalError.trailingBytes) { try MembershipRecord(bytes: bytes + [0]) }
  }

  @Test(arguments: bodies)
  func `A record with a flipped bit is another record or none, never the same`(_ body: MembershipRecord.Body) {
    let record = Self.record(body)
    let bytes = record.bytes
    for bit in 0..<(bytes.count * 8) {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      if let read = try? MembershipRecord(bytes: flipped) { #expect(read != record && read.bytes == flipped) }
    }
  }

  @Test func `No flipped bit and no prefix of a signed record verifies`() throws {
    let team = try SignedTeam()
    let founder = deviceKey(1)
    let added = try team.graph.record(team.addition(of: deviceKey(2), by: founder, rank: 2), by: founder, at: .zero)
    for record in [team.genesis, added] {
      _ = try VerifiedRecord(record)
      for bit in 0..<(record.bytes.count * 8) {
        var flipped = record
        flipped.bytes[bit / 8] ^= 1 << (bit % 8)
        #expect(throws: RecordRefusal.self) { try VerifiedRecord(flipped) }
      }
      for bit in 0..<(64 * 8) {
        var flipped = record
        flipped.signature[bit / 8] ^= 1 << (bit % 8)
        #expect(throws: RecordRefusal.self) { try VerifiedRecord(flipped) }
      }
      for count in 0..<record.bytes.count {
        let cut = SignedRecord(bytes: Array(record.bytes[..<count]), signature: record.signature)
        #expect(throws: RecordRefusal.self) { try VerifiedRecord(cut) }
      }
    }
  }

  @Test func `Parents out of order, repeated, missing or too many are refused`() {
    var record = Self.record(.leave)
    let parents = record.parents
    for wrong in [parents.reversed(), [parents[0], parents[0]], []] {
      record.parents = wrong
      #expect(throws: CanonicalError.notCanonical) { try MembershipRecord(bytes: record.bytes) }
    }
    record.parents = (1...16).map { Bytes32(words: (UInt64($0), 0, 0, 0)) }
    #expect(throws: Never.self) { try MembershipRecord(bytes: record.bytes) }
    record.parents.append(Bytes32(words: (17, 0, 0, 0)))
    #expect(throws: CanonicalError.tooLarge) { try MembershipRecord(bytes: record.bytes) }
  }

  @Test func `A length in more bytes than it needs is refused`() throws {
    let record = Self.record(.policy(key: "a", value: "b"))
    var bytes = record.bytes
    #expect(bytes.suffix(4) == [1, 0x61, 1, 0x62])
    bytes.replaceSubrange((bytes.count - 2)..<(bytes.count - 1), with: [0x81, 0x00])
    #expect(throws: CanonicalError.notCanonical) { try MembershipRecord(bytes: bytes) }
  }

  @Test func `Lists out of order, ranks out of range and unusable names are refused`() {
    let wrong: [MembershipRecord.Body] = [
      .label(device: Self.device, labels: [Label("b"), Label("a")]),
      .label(device: Self.device, labels: [Label("a"), Label("a")]),
      .label(device: Self.device, labels: [Label("")]),
      .label(device: Self.device, labels: (10..<43).map { Label("\($0)") }),
      .remove(device: Self.device, reason: .lost, horizon: Self.horizon.reversed()),
      .role(device: Self.device, role: .write, horizon: Self.horizon),
      .policy(key: "", value: ""),
      .policy(key: "a\u{1B}[2J", value: ""),
      .policy(key: String(repeating: "a", count: 64), value: ""),
      .add(
        Addition(
          device: Self.device, keyAgreementKey: .zero, role: .write, rank: 65_536, name: "a",
          joinSignature: [UInt8](repeating: 4, count: 64))),
    ]
    for body in wrong { #expect(throws: CanonicalError.self) { try MembershipRecord(bytes: Self.record(body).bytes) } }
  }

  @Test func `A record of more than 64 KiB is refused before it is read`() {
    #expect(throws: CanonicalError.tooLarge) { try MembershipRecord(bytes: [UInt8](repeating: 0, count: 65_537)) }
  }
}
