import CoveyCore
import Testing

@Suite struct MembershipPropertyTests {
  @Test func `Every random history resolves as the specification says, in whatever order it arrives`() throws {
    var effectiveRemovals = 0
    var effectiveCount = 0
    for seed in 0..<3000 as Range<UInt64> {
      var dice = MembershipDice(seed: seed)
      let history = try RandomMembership(recordCount: Int.random(in: 4...26, using: &dice), using: &dice)
      let specification = history.specification
      let graph = try history.graph()
      let late = try MembershipGraph(stored: history.stored.shuffled(using: &dice))
      for record in history.records {
        #expect(graph.contains(record.id) == (specification.accepted[record.id] != nil), "seed \(seed)")
        #expect(graph.isEffective(record.id) == specification.effective.contains(record.id), "seed \(seed)")
        #expect(graph.isEffective(record.id) == late.isEffective(record.id), "seed \(seed)")
      }
      #expect(graph.members.mapValues(\.role) == specification.roles, "seed \(seed)")
      #expect(graph.members == late.members && graph.heads == late.heads, "seed \(seed)")
      effectiveCount += specification.effective.count
      effectiveRemovals += specification.effective.count { specification.accepted[$0]?.isRemoval == true }
    }
    // Else the histories would say nothing.
    #expect(effectiveCount > 8_000 && effectiveRemovals > 1_500, "\(effectiveCount) effective, \(effectiveRemovals) removals")
  }

  @Test func `Nothing of a removed device survives but what its remover had seen`() throws {
    var judged = 0
    for seed in 10_000..<11_500 as Range<UInt64> {
      var dice = MembershipDice(seed: seed)
      let history = try RandomMembership(recordCount: 20, using: &dice)
      let graph = try history.graph()
      let ranks = history.specification
      for removal in history.records where graph.isEffective(removal.id) {
        guard case .remove(let device, _, _) = removal.body, ranks.rank(removal.author) < ranks.rank(device) else { continue }
        #expect(!graph.isActive(device), "seed \(seed)")
        for record in history.records where record.author == device && graph.isEffective(record.id) {
          #expect(removal.ancestors.contains(record.id), "seed \(seed)")
          judged += 1
        }
      }
    }
    #expect(judged > 50)
  }

  @Test func `Whatever a junior writes and backdates, seniors and their records stay as they were`() throws {
    for seed in 20_000..<21_500 as Range<UInt64> {
      var dice = MembershipDice(seed: seed)
      var history = try RandomMembership(recordCount: Int.random(in: 5...20, using: &dice), using: &dice)
      let before = history.specification
      let base = try history.graph()
      let juniors = history.devices.filter { before.ranks[$0] != nil && $0 != history.founder }
      guard let attacker = juniors.randomElement(using: &dice) else { continue }
      let rank = before.rank(attacker)
      // Nobody is added who does not sign for it, so the attacker finds only newcomers and devices junior to itself.
      let puppets = [DeviceID(key: Bytes32(words: (200, 11, 12, 13)))] + history.devices.filter { before.rank($0) > rank }
      let old = history.records
      for number in 0..<Int.random(in: 1...12, using: &dice) {
        let target = history.devices.randomElement(using: &dice) ?? attacker
        let body: MembershipRecord.Body
        switch Int.random(in: 0..<4, using: &dice) {
        case 0:
          body = history.addition(
            puppets.randomElement(using: &dice) ?? attacker, role: .owner, rank: rank + UInt32.random(in: 1...2, using: &dice))
        case 1: body = .remove(device: target, reason: .lost, horizon: [])
        case 2: body = .role(device: target, role: .store, horizon: [])
        default: body = .leave
        }
        history.append(history.record(body, by: attacker, after: history.randomParents(using: &dice), time: UInt64(1000 + number)))
      }
      let after = try history.graph()
      for record in old where before.rank(record.author) <= rank && record.author != attacker {
        #expect(base.isEffective(record.id) == after.isEffective(record.id), "seed \(seed)")
      }
      for device in [history.founder] + history.devices where before.rank(device) < rank {
        #expect(base.members[device] == after.members[device], "seed \(seed)")
      }
      if base.hasMet(attacker), !base.isActive(attacker), old.contains(where: { record in
        guard base.isEffective(record.id), case .remove(let device, _, _) = record.body else { return false }
        return device == attacker && before.rank(record.author) < rank
      }) {
        #expect(!after.isActive(attacker), "seed \(seed): a removed device came back")
      }
    }
  }

  @Test func `A team of a hundred devices and a thousand records resolves in one pass as specified`() throws {
    var dice = MembershipDice(seed: 1)
    var history = try RandomMembership(recordCount: 1, using: &dice)
    let devices = (0..<100).map { DeviceID(key: Bytes32(words: (1000 + $0, 11, 12, 13))) }
    for (number, device) in devices.enumerated() {
      let author = number < 20 ? history.founder : devices[number - 20]
      let body = history.addition(device, role: number < 60 ? .owner : .write, rank: number < 20 ? 2 : UInt32(2 + number / 20))
      history.append(history.record(body, by: author, after: [history.records[history.records.count - 1].id], time: UInt64(number)))
    }
    while history.records.count < 1000 {
      let author = devices.randomElement(using: &dice) ?? history.founder
      let target = devices.randomElement(using: &dice) ?? history.founder
      let body: MembershipRecord.Body
      switch Int.random(in: 0..<10, using: &dice) {
      case 0: body = .remove(device: target, reason: .retired, horizon: [])
      case 1..<4: body = .role(device: target, role: [.owner, .write, .read].randomElement(using: &dice) ?? .read, horizon: [])
      default: body = .policy(key: "k", value: "\(history.records.count)")
      }
      let parents = Set((0..<2).compactMap { _ in history.records.suffix(6).randomElement(using: &dice)?.id })
      history.append(history.record(body, by: author, after: Array(parents), time: UInt64(history.records.count)))
    }
    let graph = try history.graph()
    let specification = history.specification
    #expect(graph.count == 1000)
    #expect(history.records.allSatisfy { graph.isEffective($0.id) == specification.effective.contains($0.id) })
    #expect(graph.members.mapValues(\.role) == specification.roles)
    #expect(specification.effective.count > 200 && graph.members.count < 100)
  }
}
