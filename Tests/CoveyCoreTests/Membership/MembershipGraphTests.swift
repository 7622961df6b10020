import CoveyCore
import Testing

@Suite struct MembershipGraphTests {
  let ann = deviceKey(2)
  let bob = deviceKey(3)

  @Test func `A record whose parent is missing waits for it`() throws {
    var team = try SignedTeam()
    let first = try team.graph.record(team.addition(of: ann, by: team.founder, rank: 2), by: team.founder, at: .zero)
    let second = try team.record(team.addition(of: bob, by: ann, rank: 3), by: ann, after: [VerifiedRecord.id(of: first.bytes)])
    #expect(team.graph.insert(second) == .pending)
    #expect(team.graph.insert(second) == .pending)
    #expect(!team.graph.isActive(bob.device))
    #expect(team.graph.insert(first) == .accepted([first, second]))
    #expect(team.graph.isActive(bob.device))
    #expect(team.graph.insert(first) == .known)
    #expect(team.graph.records == [team.genesis, first, second])
  }

  @Test func `Any order of signed records gives the same team`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, role: .owner, rank: 2)
    let heads = team.graph.heads
    team.insert(try team.record(team.addition(of: bob, by: ann, rank: 3), by: ann, after: heads))
    team.insert(try team.record(team.addition(of: deviceKey(4), by: team.founder, rank: 2), by: team.founder, after: heads))
    try team.write(.remove(device: bob.device, reason: .retired, horizon: []), by: ann)
    var dice = MembershipDice(seed: 3)
    for _ in 0..<20 {
      var other = try MembershipGraph(genesis: team.genesis)
      var stored: [SignedRecord] = []
      for record in team.graph.records.dropFirst().shuffled(using: &dice) {
        if case .accepted(let accepted) = other.insert(record) { stored += accepted }
      }
      #expect(other.members == team.graph.members && other.heads == team.graph.heads)
      #expect(stored.count == team.graph.count - 1)
    }
  }

  @Test func `Records that others lack are named by their heads, parents first`() throws {
    var team = try SignedTeam()
    let first = try team.add(ann, by: team.founder, rank: 2)
    let old = team.graph.heads
    #expect(old == [first])
    try team.add(bob, by: ann, rank: 3)
    try team.add(deviceKey(4), by: bob, rank: 4)
    #expect(team.graph.records(beyond: old) == Array(team.graph.records.suffix(2)))
    #expect(team.graph.records(beyond: team.graph.heads).isEmpty)
    #expect(team.graph.records(beyond: [.zero]) == team.graph.records)
    #expect(team.graph.heads.count == 1)
  }

  @Test func `A flood of records with unknown parents stays bounded and keeps nothing out`() throws {
    var team = try SignedTeam()
    let real = try team.graph.record(team.addition(of: ann, by: team.founder, rank: 2), by: team.founder, at: .zero)
    let child = try team.record(team.addition(of: bob, by: ann, rank: 3), by: ann, after: [VerifiedRecord.id(of: real.bytes)])
    let flood = try (0..<1200).map { number in
      try team.record(.leave, by: ann, after: [Bytes32(words: (UInt64(number) + 1, 0, 0, 0))])
    }
    // What has waited longest is forgotten, and taken when it is offered again.
    let forgotten = try team.record(.leave, by: ann, after: [VerifiedRecord.id(of: real.bytes)])
    #expect(team.graph.insert(forgotten) == .pending)
    #expect(team.graph.insert(contentsOf: flood).pendingCount == 1200)
    #expect(team.graph.insert(child) == .pending)
    #expect(team.graph.insert(flood[0]) == .pending)
    #expect(team.graph.insert(real) == .accepted([real, child]))
    #expect(team.graph.count == 3)
    #expect(team.graph.insert(forgotten) == .accepted([forgotten]))
  }

  @Test func `Large records that wait for a parent stay bounded by their bytes`() throws {
    var team = try SignedTeam()
    let real = try team.graph.record(team.addition(of: ann, by: team.founder, rank: 2), by: team.founder, at: .zero)
    #expect(team.graph.insert(try team.record(.leave, by: ann, after: [VerifiedRecord.id(of: real.bytes)])) == .pending)
    let horizon = (0..<1_000).map { HorizonEntry(folder: FolderID(high: 1, low: 2), log: LogID($0), sequence: 1, batchHash: .zero) }
    let flood = try (0..<150).map { number in
      try team.record(.remove(device: bob.device, reason: .retired, horizon: horizon), by: ann, after: [Bytes32(words: (UInt64(number) + 1, 0, 0, 0))])
    }
    #expect(flood.reduce(0) { $0 + $1.bytes.count } > 8 << 20)
    #expect(team.graph.insert(contentsOf: flood).pendingCount == 150)
    #expect(team.graph.insert(real) == .accepted([real]))
  }

  @Test func `Records that break a rule are refused`() throws {
    var team = try SignedTeam()
    let heads = team.graph.heads
    #expect(team.graph.insert(try team.record(.leave, by: ann, after: heads)) == .refused(.authorUnknown))
    #expect(
      team.graph.insert(try team.record(team.addition(of: team.recovery, by: team.founder, rank: 2), by: team.founder, after: heads))
        == .refused(.keyTaken))
    var forged = try team.graph.record(team.addition(of: ann, by: team.founder, rank: 2), by: team.founder, at: .zero)
    forged.signature[0] ^= 1
    #expect(team.graph.insert(forged) == .refused(.badSignature))
    forged.signature = []
    #expect(team.graph.insert(forged) == .refused(.badSignature))
    guard case .add(var addition) = try team.addition(of: ann, by: team.founder, rank: 2) else { return }
    addition.role = .owner
    #expect(team.graph.insert(try team.graph.record(.add(addition), by: team.founder, at: .zero)) == .refused(.badJoinSignature))
    addition.device = DeviceID(key: .zero)
    #expect(team.graph.insert(try team.graph.record(.add(addition), by: team.founder, at: .zero)) == .refused(.degenerateKey))
    let stranger = try MembershipRecord(
      team: TeamID(genesis: Bytes32(words: (1, 1, 1, 1))), author: team.founder.device, parents: heads, timeMilliseconds: 0, body: .leave
    ).signed(by: team.founder)
    #expect(team.graph.insert(stranger) == .refused(.otherTeam))
    var dice = MembershipDice(seed: 100)
    let second = try MembershipGraph.genesis(
      name: "other", keyAgreementKey: .zero, recovery: nil, by: team.founder, at: .zero, using: &dice)
    #expect(team.graph.insert(second) == .refused(.otherTeam))
    #expect(team.graph.count == 1)
  }

  @Test func `Two valid signatures of one record are one record`() throws {
    var team = try SignedTeam()
    let record = try team.graph.record(team.addition(of: ann, by: team.founder, rank: 2), by: team.founder, at: .zero)
    team.insert(record)
    var other = record
    other.signature[5] ^= 1
    #expect(team.graph.insert(other) == .known)
    #expect(team.graph.records.last == record)
  }

  @Test func `With many heads an author names sixteen, and what made it a member among them`() throws {
    var team = try SignedTeam()
    let added = try team.add(ann, by: team.founder, rank: 2)
    let root = team.graph.team.genesis
    for number in 0..<30 {
      team.insert(try team.record(.policy(key: "k", value: "\(number)"), by: team.founder, after: [root]))
    }
    #expect(team.graph.heads.count == 31)
    let record = try team.graph.record(.leave, by: ann, at: .zero)
    let parents = try MembershipRecord(bytes: record.bytes).parents
    #expect(parents.count == 16 && parents.contains(added))
    #expect(team.graph.insert(record) == .accepted([record]))
  }

  @Test func `Stored records make the same graph again`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, rank: 2)
    try team.add(bob, by: ann, rank: 3)
    let again = try MembershipGraph(stored: team.graph.records.reversed())
    #expect(again.members == team.graph.members && again.team == team.graph.team)
    #expect(throws: RecordRefusal.otherTeam) { try MembershipGraph(stored: []) }
  }
}
