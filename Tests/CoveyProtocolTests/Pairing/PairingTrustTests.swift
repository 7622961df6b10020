import CoveyCore
import CoveyProtocol
import Testing

/// What the two sides believe of each other once the code has proved right.
@Suite struct PairingTrustTests {
  /// Runs with the welcome as `change` makes it.
  func failure(_ change: (PairingScene, inout PairingWelcome) throws -> Void) throws -> PairingFailure? {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    let before = scene
    return try scene.run(&joiner) { isJoiner, frame in
      guard case .welcome(var welcome) = frame else { return frame }
      do { try change(before, &welcome) } catch { return nil }
      return .welcome(welcome)
    }.joinerFailure
  }

  @Test func `A welcome that proves nothing is not joined`() throws {
    #expect(try failure { $1.team[0] ^= 1 } == .unprovenTeam)
    #expect(try failure { $1.records = [] } == .unprovenTeam)
    #expect(try failure { $1.records[0].signature[0] ^= 1 } == .unprovenTeam)
    #expect(try failure { $1.records.append($1.records[0]) } == nil)
    #expect(try failure { $1.role = 9 } == .unprovenTeam)
    #expect(try failure { $1.rank = 1 } == .unprovenTeam)
    #expect(try failure { $1.rank = 65_536 } == .unprovenTeam)
    #expect(
      try failure { scene, welcome in
        var dice = PairingDice(seed: 5)
        // A team the inviter is no member of.
        let genesis = try MembershipGraph.genesis(
          name: "other", keyAgreementKey: .zero, recovery: nil, by: pairingKey(50), at: .zero, using: &dice)
        welcome.records = [genesis]
        welcome.team = VerifiedRecord.id(of: genesis.bytes).bytes
      } == .unprovenTeam)
  }

  @Test func `A member offers no more than its own role`() throws {
    var scene = try PairingScene(role: .owner)
    var joiner = scene.joiner()
    let team = try #require(try scene.run(&joiner).joined)
    #expect(try MembershipGraph(stored: team.records).members[pairingKey(2).device]?.role == .owner)

    var reader = try PairingScene(role: .write)
    // The inviter was made a reader after it had opened the code.
    let owner = pairingKey(60)
    let genesis = try MembershipGraph.genesis(
      name: "t", keyAgreementKey: .zero, recovery: nil, by: owner, at: .zero, using: &reader.dice)
    var graph = try MembershipGraph(genesis: genesis)
    let message = Addition.joinMessage(
      team: graph.team, inviter: owner.device, device: reader.founder.device, keyAgreementKey: .zero, role: .read, rank: 2)
    let addition = Addition(
      device: reader.founder.device, keyAgreementKey: .zero, role: .read, rank: 2, name: "r", joinSignature: try reader.founder.sign(message))
    _ = graph.insert(try graph.record(.add(addition), by: owner, at: .zero))
    #expect(graph.members[reader.founder.device]?.role == .read)
    reader.graph = graph
    var second = reader.joiner()
    let outcome = try reader.run(&second)
    #expect(outcome.inviterFailure == .notEntitled && outcome.joined == nil)
  }

  @Test func `An admission that is not the one offered is not believed`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    let outcome = try scene.run(&joiner) { _, frame in
      guard case .added(var record) = frame else { return frame }
      record.signature[3] ^= 1
      return .added(record)
    }
    #expect(outcome.joinerFailure == .unprovenTeam && outcome.joined == nil)
  }

  @Test func `A join that is not signed for this team, name or key is not admitted`() throws {
    let changes: [(inout PairingJoin) -> Void] = [
      { $0.signature[0] ^= 1 }, { $0.signature = [] }, { $0.keyAgreementKey[0] ^= 1 }, { $0.keyAgreementKey = [] }, { $0.name = "" },
      { $0.name = "a\u{1B}[2J" }, { $0.name = String(repeating: "n", count: 64) },
    ]
    for change in changes {
      var scene = try PairingScene()
      var joiner = scene.joiner()
      let outcome = try scene.run(&joiner) { _, frame in
        guard case .join(var join) = frame else { return frame }
        change(&join)
        return .join(join)
      }
      #expect(outcome.inviterFailure == .protocolViolation && outcome.stored == nil && outcome.joined == nil)
    }
  }

  @Test func `A key that was in the team before does not join again`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    _ = scene.graph.insert(try #require(try scene.run(&joiner).stored))
    let code = PairingCode.make(using: &scene.dice)
    try scene.invites.open(code, role: .write, at: .seconds(2))
    var again = scene.joiner(code: code)
    #expect(try scene.run(&again, at: .seconds(3)).inviterFailure == .notEntitled)
  }

  @Test func `At most four codes are open, each in a slot of its own`() throws {
    var dice = PairingDice(seed: 9)
    var invites = OpenInvites()
    let code = PairingCode.make(using: &dice)
    try invites.open(code, role: .write, at: .seconds(0))
    #expect(throws: OpenInviteError.slotTaken) { try invites.open(code, role: .write, at: .seconds(0)) }
    #expect(throws: OpenInviteError.lifetime) {
      try invites.open(PairingCode.make(using: &dice), role: .write, lifetime: .seconds(86_401), at: .seconds(0))
    }
    for _ in 0..<3 { try invites.open(PairingCode.make(using: &dice), role: .write, at: .seconds(1)) }
    #expect(throws: OpenInviteError.tooMany) { try invites.open(PairingCode.make(using: &dice), role: .write, at: .seconds(2)) }
    #expect(invites.hasOpenCode(inSlot: code.slot, at: .seconds(599)) && !invites.hasOpenCode(inSlot: code.slot, at: .seconds(600)))
    #expect(invites.nextExpiry == .seconds(600))
    #expect(invites.removeExpired(at: .seconds(600)) == [code])
    #expect(invites.codes.count == 3)
  }
}
