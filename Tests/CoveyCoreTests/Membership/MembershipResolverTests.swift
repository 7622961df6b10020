import CoveyCore
import Testing

@Suite struct MembershipResolverTests {
  let ann = deviceKey(2)
  let bob = deviceKey(3)
  let cid = deviceKey(4)

  @Test func `The founder is the first owner and is shown by the name of the team`() throws {
    let team = try SignedTeam()
    let member = try #require(team.graph.members[team.founder.device])
    #expect(member.role == .owner && member.rank == 1 && member.name == "press" && member.addedBy == nil)
    #expect(team.graph.members.count == 1)
    #expect(team.graph.canWrite(team.founder.device))
  }

  @Test func `An added device is a member with the role it was given`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, rank: 2)
    try team.add(bob, by: ann, role: .read, rank: 3)
    #expect(team.role(ann) == .write && team.role(bob) == .read)
    #expect(team.graph.isActive(bob.device) && !team.graph.canWrite(bob.device))
    #expect(team.graph.members[bob.device]?.addedBy == ann.device)
  }

  @Test func `Nobody gives a greater role than the own, nor a rank that is not junior`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, role: .read, rank: 2)
    try team.add(bob, by: ann, role: .write, rank: 3)
    #expect(team.role(bob) == nil)
    let equal = try team.record(team.addition(of: cid, by: ann, role: .read, rank: 2), by: ann, after: team.graph.heads)
    #expect(team.graph.insert(equal) == .refused(.rankTooLow))
  }

  @Test func `A device cannot raise itself by adding itself again`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, rank: 2)
    try team.add(ann, by: ann, role: .owner, rank: 3)
    #expect(team.role(ann) == .write)
  }

  @Test func `A removal by a senior owner is for ever`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, rank: 2)
    try team.write(.remove(device: ann.device, reason: .lost, horizon: []), by: team.founder)
    #expect(!team.graph.isActive(ann.device))
    try team.add(ann, by: team.founder, rank: 2)
    #expect(!team.graph.isActive(ann.device))
    #expect(team.graph.hasMet(ann.device))
  }

  @Test func `A removed device cannot backdate an addition nor remove its remover`() throws {
    var team = try SignedTeam()
    let added = try team.add(ann, by: team.founder, role: .owner, rank: 2)
    try team.add(bob, by: team.founder, role: .owner, rank: 3)
    try team.write(.remove(device: ann.device, reason: .compromised, horizon: []), by: team.founder)
    let addition = team.insert(try team.record(team.addition(of: cid, by: ann, rank: 3), by: ann, after: [added]))
    let revenge = team.insert(
      try team.record(.remove(device: team.founder.device, reason: .lost, horizon: []), by: ann, after: [added]))
    let demotion = team.insert(try team.record(.role(device: bob.device, role: .read, horizon: []), by: ann, after: [added]))
    for id in [addition, revenge, demotion] { #expect(team.graph.contains(id) && !team.graph.isEffective(id)) }
    #expect(!team.graph.isActive(cid.device) && team.role(team.founder) == .owner && team.role(bob) == .owner)
  }

  @Test func `A void addition voids what its device did`() throws {
    var team = try SignedTeam()
    let added = try team.add(ann, by: team.founder, rank: 2)
    let second = team.insert(try team.record(team.addition(of: bob, by: ann, rank: 3), by: ann, after: [added]))
    let third = team.insert(try team.record(team.addition(of: cid, by: bob, rank: 4), by: bob, after: [second]))
    #expect(team.role(cid) == .write)
    team.insert(try team.record(.remove(device: ann.device, reason: .lost, horizon: []), by: team.founder, after: [added]))
    #expect(!team.graph.isEffective(second) && !team.graph.isEffective(third))
    #expect(Set(team.graph.members.keys) == [team.founder.device])
  }

  @Test func `Two owners of equal rank cannot remove each other`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, role: .owner, rank: 2)
    try team.add(bob, by: team.founder, role: .owner, rank: 2)
    let heads = team.graph.heads
    let first = team.insert(try team.record(.remove(device: bob.device, reason: .lost, horizon: []), by: ann, after: heads))
    let second = team.insert(try team.record(.remove(device: ann.device, reason: .lost, horizon: []), by: bob, after: heads))
    #expect(!team.graph.isEffective(first) && !team.graph.isEffective(second))
    #expect(team.role(ann) == .owner && team.role(bob) == .owner)
  }

  @Test func `A junior owner cannot remove the founder, the recovery key can`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, role: .owner, rank: 2)
    try team.write(.remove(device: team.founder.device, reason: .lost, horizon: []), by: ann)
    #expect(team.role(team.founder) == .owner)
    try team.write(.remove(device: team.founder.device, reason: .lost, horizon: []), by: team.recovery)
    #expect(team.role(team.founder) == nil && team.role(ann) == .owner)
  }

  @Test func `Of concurrent changes of a role the more restrictive counts, of successive ones the later`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, role: .owner, rank: 2)
    try team.add(bob, by: ann, role: .write, rank: 3)
    let heads = team.graph.heads
    team.insert(try team.record(.role(device: bob.device, role: .read, horizon: []), by: team.founder, after: heads))
    team.insert(try team.record(.role(device: bob.device, role: .owner, horizon: []), by: ann, after: heads))
    #expect(team.role(bob) == .read)
    try team.write(.role(device: bob.device, role: .owner, horizon: []), by: team.founder)
    #expect(team.role(bob) == .owner)
  }

  @Test func `Who leaves is no member, and what it did before stays`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, rank: 2)
    try team.add(bob, by: ann, rank: 3)
    try team.write(.leave, by: ann)
    #expect(!team.graph.isActive(ann.device) && team.graph.isActive(bob.device))
  }

  @Test func `Who may write makes folders and only owners change them`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, rank: 2)
    try team.add(bob, by: team.founder, role: .read, rank: 2)
    let folder = FolderDescription(folder: FolderID(high: 1, low: 2), name: "docs", defaultAccess: .write, requiredLabels: [], isSealed: false)
    var other = folder
    other.folder = FolderID(high: 3, low: 4)
    let attempts: [(body: MembershipRecord.Body, author: DeviceKey, counts: Bool)] = [
      (.folder(folder), ann, true),
      (.folder(other), bob, false),
      (.folder(folder), ann, false),
      (.folder(folder), team.founder, true),
      (.key(folder: folder.folder, epoch: 1, wrapped: []), ann, true),
      (.key(folder: folder.folder, epoch: 2, wrapped: []), bob, false),
      (.policy(key: "invite", value: "owner"), ann, false),
      (.policy(key: "invite", value: "owner"), team.founder, true),
      (.label(device: bob.device, labels: [Label("a=b")]), ann, false),
      (.label(device: bob.device, labels: [Label("a=b")]), team.founder, true),
      (.grant(FolderGrant(folder: folder.folder, access: .none), device: bob.device), ann, false),
      (.grant(FolderGrant(folder: folder.folder, access: .none), device: bob.device), team.founder, true),
    ]
    for attempt in attempts {
      let id = try team.write(attempt.body, by: attempt.author)
      #expect(team.graph.contains(id) && team.graph.isEffective(id) == attempt.counts, "\(attempt.body)")
    }
  }

  @Test func `More than a thousand records of one author are void, and void ones do not count`() throws {
    var team = try SignedTeam()
    let added = try team.add(ann, by: team.founder, rank: 2)
    var records: [SignedRecord] = []
    for number in 0..<1003 {
      let folder = FolderDescription(
        folder: FolderID(high: 5, low: UInt64(number)), name: "f", defaultAccess: .write, requiredLabels: [], isSealed: false)
      records.append(try team.record(.folder(folder), by: ann, after: [added]))
      if number < 5 { records.append(try team.record(.policy(key: "k", value: "\(number)"), by: ann, after: [added])) }
    }
    #expect(team.graph.insert(contentsOf: records).accepted.count == 1008)
    #expect(records.count { team.graph.isEffective(VerifiedRecord.id(of: $0.bytes)) } == 1000)
  }

  @Test func `Versions within the horizon of a removal count, later ones never, whatever came first`() throws {
    var team = try SignedTeam()
    let folder = FolderID(high: 1, low: 1)
    let log = LogID(77)
    try team.add(ann, by: team.founder, rank: 2)
    let heads = team.graph.heads
    let counts = { (graph: MembershipGraph, sequence: UInt64) in
      graph.authorizes(ann.device, writing: Dot(log: log, sequence: sequence), in: folder, at: heads)
    }
    #expect(counts(team.graph, 500))
    let horizon = [HorizonEntry(folder: folder, log: log, sequence: 40, batchHash: .zero)]
    try team.write(.remove(device: ann.device, reason: .lost, horizon: horizon), by: team.founder)
    #expect(counts(team.graph, 40) && !counts(team.graph, 41))
    #expect(!team.graph.authorizes(ann.device, writing: Dot(log: LogID(78), sequence: 1), in: folder, at: heads))
    #expect(!team.graph.authorizes(bob.device, writing: Dot(log: log, sequence: 1), in: folder, at: heads))
    // An owner who comes later may draw the line elsewhere.
    let wider = [HorizonEntry(folder: folder, log: log, sequence: 60, batchHash: .zero)]
    try team.write(.remove(device: ann.device, reason: .lost, horizon: wider), by: team.founder)
    #expect(counts(team.graph, 60) && !counts(team.graph, 61))
  }

  @Test func `Right to write is judged by the heads that the batch names`() throws {
    var team = try SignedTeam()
    try team.add(ann, by: team.founder, role: .read, rank: 2)
    let before = team.graph.heads
    try team.write(.role(device: ann.device, role: .write, horizon: []), by: team.founder)
    let dot = Dot(log: LogID(1), sequence: 1)
    let folder = FolderID(high: 0, low: 0)
    #expect(team.graph.role(of: ann.device, at: before) == .read)
    #expect(!team.graph.authorizes(ann.device, writing: dot, in: folder, at: before))
    #expect(team.graph.authorizes(ann.device, writing: dot, in: folder, at: team.graph.heads))
    #expect(!team.graph.authorizes(ann.device, writing: dot, in: folder, at: [.zero]))
  }
}
