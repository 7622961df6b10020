import CoveyCore
import CoveyProtocol
import Testing

@Suite struct PairingTests {
  @Test func `The right code makes the joiner a member on both sides`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    let outcome = try scene.run(&joiner)
    let team = try #require(outcome.joined)
    let graph = try MembershipGraph(stored: team.records)
    let member = try #require(graph.members[pairingKey(2).device])
    #expect(member.role == .write && member.rank == 2 && member.name == "laptop" && member.addedBy == scene.founder.device)
    #expect(member.added == Timestamp(seconds: 1_000, nanoseconds: 0))
    #expect(team.team == scene.graph.team && team.inviter == scene.founder.device)
    #expect(outcome.paired == PairedDevice(device: pairingKey(2).device, name: "laptop", platform: "linux", role: .write))
    #expect(scene.graph.insert(try #require(outcome.stored)) == .accepted([try #require(outcome.stored)]))
    #expect(scene.graph.members == graph.members)
    #expect(scene.invites.isEmpty && !joiner.canTryAgain)
    #expect(outcome.joinerFailure == nil && outcome.inviterFailure == nil)
  }

  @Test func `The record is stored before the joiner hears of it`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    let effects = try scene.run(&joiner).inviter
    let stored = try #require(effects.firstIndex { if case .store = $0 { true } else { false } })
    let sent = try #require(effects.firstIndex { if case .send(.added) = $0 { true } else { false } })
    #expect(stored < sent)
  }

  @Test func `Nothing of the team travels before the joiner has proved the code`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner(code: scene.otherCode(slot: scene.code.slot))
    let outcome = try scene.run(&joiner)
    #expect(!outcome.frames.contains { if case .welcome = $0.frame { true } else { false } })
    #expect(!outcome.frames.contains { if case .confirm = $0.frame { !$0.isJoiner } else { false } })
  }

  @Test func `A wrong code is counted and the third one kills the code`() throws {
    var scene = try PairingScene()
    for number in 1...3 {
      var joiner = scene.joiner(code: scene.otherCode(slot: scene.code.slot))
      let outcome = try scene.run(&joiner, at: .seconds(Double(number) * 10))
      #expect(outcome.joinerFailure == .codeNotAccepted)
      #expect(outcome.inviterFailure == (number < 3 ? .wrongCode(tries: number) : .withdrawn))
    }
    var right = scene.joiner()
    #expect(try scene.run(&right, at: .seconds(60)).joinerFailure == .codeNotAccepted)
    #expect(scene.invites.isEmpty)
  }

  @Test func `A malformed tag is charged like a wrong one`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    let outcome = try scene.run(&joiner) { isJoiner, frame in
      if isJoiner, case .confirm(let tag) = frame { .confirm(tag: Array(tag.dropLast())) } else { frame }
    }
    #expect(outcome.inviterFailure == .wrongCode(tries: 1))
  }

  @Test func `Runs that are opened and never confirmed cost nothing and keep nobody out`() throws {
    var scene = try PairingScene()
    for number in 0..<100 {
      let now = Double(number) * 4
      var joiner = scene.joiner(3, code: scene.otherCode(slot: scene.code.slot))
      _ = try scene.run(&joiner, remote: 3, source: "10.0.0.66", at: .seconds(now)) { isJoiner, frame in
        if isJoiner, case .confirm = frame { nil } else { frame }
      }
    }
    var right = scene.joiner()
    #expect(try scene.run(&right, at: .seconds(401)).joined != nil)
  }

  @Test func `Expired, used, cancelled and unknown codes all get the same answer`() throws {
    var refusals: [[PairingFrame]] = []
    func refuse(_ scene: inout PairingScene, code: PairingCode? = nil, at now: Instant) throws {
      var joiner = scene.joiner(4, code: code)
      let outcome = try scene.run(&joiner, remote: 4, source: "10.0.0.9", at: now)
      #expect(outcome.joinerFailure == .codeNotAccepted && outcome.inviterFailure == .noOpenCode)
      refusals.append(outcome.frames.filter { !$0.isJoiner }.map(\.frame))
    }
    var expired = try PairingScene()
    try refuse(&expired, at: .seconds(601))
    var used = try PairingScene()
    var first = used.joiner()
    #expect(try used.run(&first).joined != nil)
    try refuse(&used, at: .seconds(2))
    var cancelled = try PairingScene()
    cancelled.invites.cancel(cancelled.code)
    try refuse(&cancelled, at: .seconds(2))
    var restarted = try PairingScene()
    restarted.invites = OpenInvites()
    try refuse(&restarted, at: .seconds(2))
    var unknown = try PairingScene()
    try refuse(&unknown, code: unknown.otherCode(slot: unknown.code.slot ^ 1), at: .seconds(2))
    #expect(refusals.count == 5 && refusals.allSatisfy { $0 == [.fail] })
  }

  @Test func `A code that expires during the run is refused`() throws {
    var scene = try PairingScene()
    var inviter = try scene.inviter(at: .seconds(599))
    var joiner = scene.joiner()
    var frame = try first(joiner.handle(.connected(to: scene.founder.device, try PairingRandomness(using: &scene.dice)), at: .seconds(599)))
    for _ in 0..<2 {
      let answer = try first(inviter.handle(.received(frame), invites: &scene.invites, at: .seconds(599)))
      frame = try first(joiner.handle(.received(answer), at: .seconds(599)))
    }
    let effects = inviter.handle(.received(frame), invites: &scene.invites, at: .seconds(601))
    #expect(effects == [.send(.fail), .failed(.noOpenCode), .close])
  }

  @Test func `A recorded pairing replayed against a new run of the same code fails`() throws {
    var scene = try PairingScene()
    var recorded: [PairingFrame] = []
    var joiner = scene.joiner()
    // The right joiner's frames, kept back before they could use up the code.
    _ = try scene.run(&joiner) { isJoiner, frame in
      if isJoiner { recorded.append(frame) }
      if isJoiner, case .confirm = frame { return nil }
      return frame
    }
    #expect(recorded.count == 3)
    var inviter = try scene.inviter(at: .seconds(10))
    var effects: [PairingInviter.Effect] = []
    for frame in recorded { effects = inviter.handle(.received(frame), invites: &scene.invites, at: .seconds(10)) }
    #expect(effects == [.send(.fail), .failed(.wrongCode(tries: 1)), .close])
  }

  @Test func `A device in the middle with keys of its own fails on both sides`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    // The joiner's TLS ends at device 66, and so does the inviter's: both compute with other keys than the other side.
    var inviter = try scene.inviter(for: 66)
    var frame = try first(joiner.handle(.connected(to: pairingKey(66).device, try PairingRandomness(using: &scene.dice)), at: .seconds(1)))
    for _ in 0..<2 {
      let answer = try first(inviter.handle(.received(frame), invites: &scene.invites, at: .seconds(1)))
      frame = try first(joiner.handle(.received(answer), at: .seconds(1)))
    }
    let effects = inviter.handle(.received(frame), invites: &scene.invites, at: .seconds(1))
    #expect(effects == [.send(.fail), .failed(.wrongCode(tries: 1)), .close])
    #expect(joiner.handle(.received(.fail), at: .seconds(1)) == [.failed(.codeNotAccepted), .close])
  }

  @Test(arguments: [
    [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xFF, count: 32), [UInt8](repeating: 1, count: 31),
    [UInt8](repeating: 1, count: 33), [],
  ])
  func `An invalid share ends the run on either side before a tag is sent`(_ share: [UInt8]) throws {
    for victim in [true, false] {
      var scene = try PairingScene()
      var joiner = scene.joiner()
      let outcome = try scene.run(&joiner) { isJoiner, frame in
        guard isJoiner != victim, case .publicShare(_, let data) = frame else { return frame }
        return .publicShare(share: share, associatedData: data)
      }
      #expect((victim ? outcome.joinerFailure : outcome.inviterFailure) == .protocolViolation)
      #expect(!outcome.frames.contains { if case .confirm = $0.frame { true } else { false } })
      // Nothing was charged: the code still works.
      var right = scene.joiner()
      #expect(try scene.run(&right, at: .seconds(20)).joined != nil)
    }
  }

  @Test func `A share sent back is refused`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    var own: [UInt8] = []
    let outcome = try scene.run(&joiner) { isJoiner, frame in
      guard case .publicShare(let share, let data) = frame else { return frame }
      if isJoiner { own = share }
      return .publicShare(share: own, associatedData: data)
    }
    #expect(outcome.joinerFailure == .protocolViolation)
  }

  @Test func `A second run of one code is refused while the first goes on`() throws {
    var scene = try PairingScene()
    var slow = try scene.inviter(for: 3, source: "10.0.0.3")
    var hog = scene.joiner(3)
    let hello = try first(hog.handle(.connected(to: scene.founder.device, try PairingRandomness(using: &scene.dice)), at: .seconds(1)))
    #expect(slow.handle(.received(hello), invites: &scene.invites, at: .seconds(1)).count == 2)
    var right = scene.joiner()
    #expect(try scene.run(&right, at: .seconds(2)).inviterFailure == .busy)
    #expect(slow.handle(.tick, invites: &scene.invites, at: .seconds(6)) == [.send(.fail), .failed(.timedOut), .close])
    #expect(try scene.run(&right, source: "10.0.0.8", at: .seconds(6)).joined != nil)
  }

  @Test func `A source that failed waits three seconds`() throws {
    var scene = try PairingScene()
    var wrong = scene.joiner(code: scene.otherCode(slot: scene.code.slot))
    _ = try scene.run(&wrong, at: .seconds(1))
    var right = scene.joiner()
    #expect(try scene.run(&right, at: .seconds(3)).inviterFailure == .busy)
    #expect(try scene.run(&right, at: .seconds(4)).joined != nil)
  }

  @Test func `A joiner sends at most three tags for one code`() throws {
    var scene = try PairingScene()
    let wrong = scene.otherCode(slot: scene.code.slot)
    var joiner = scene.joiner(code: wrong)
    var tags = 0
    for number in 1...5 {
      var other = scene
      let outcome = try other.run(&joiner, at: .seconds(Double(number) * 10))
      tags += outcome.frames.count { if case .confirm = $0.frame { $0.isJoiner } else { false } }
      if number > 3 { #expect(outcome.joinerFailure == .triesUsedUp && outcome.frames.isEmpty) }
    }
    #expect(tags == 3 && !joiner.canTryAgain)
  }

  @Test func `Silence ends a run after five seconds on both sides`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner()
    let started = joiner.handle(.connected(to: scene.founder.device, try PairingRandomness(using: &scene.dice)), at: .seconds(1))
    #expect(started.last == .wake(at: .seconds(6)))
    #expect(joiner.handle(.tick, at: .seconds(5.9)).isEmpty)
    #expect(joiner.handle(.tick, at: .seconds(6)) == [.failed(.timedOut), .close])
    var inviter = try scene.inviter()
    #expect(inviter.deadline == .seconds(6))
    #expect(inviter.handle(.tick, invites: &scene.invites, at: .seconds(6)) == [.send(.fail), .failed(.timedOut), .close])
  }

  @Test func `A device does not pair with itself`() throws {
    var scene = try PairingScene()
    var joiner = scene.joiner(1)
    let effects = joiner.handle(.connected(to: scene.founder.device, try PairingRandomness(using: &scene.dice)), at: .seconds(1))
    #expect(effects == [.failed(.sameDevice), .close])
  }

  @Test func `Frames out of turn end the pairing without a charge`() throws {
    let frames: [PairingFrame] = [
      .hello(version: 1, slot: 0, nonce: []), .open(nonce: []), .fail, .publicShare(share: [], associatedData: []), .confirm(tag: []),
      .welcome(PairingWelcome(team: [], records: [], role: 0, rank: 0)),
      .join(PairingJoin(keyAgreementKey: [], name: "", platform: "", signature: [])), .added(SignedRecord(bytes: [], signature: [])),
    ]
    for frame in frames {
      var scene = try PairingScene()
      var inviter = try scene.inviter()
      let effects = inviter.handle(.received(frame), invites: &scene.invites, at: .seconds(1))
      #expect(effects.first == .send(.fail) && effects.last == .close)
      var joiner = scene.joiner()
      _ = joiner.handle(.connected(to: scene.founder.device, try PairingRandomness(using: &scene.dice)), at: .seconds(1))
      #expect(joiner.handle(.received(frame), at: .seconds(1)).last == .close)
      var right = scene.joiner()
      #expect(try scene.run(&right, at: .seconds(1)).joined != nil)
    }
  }

  func first(_ effects: [PairingJoiner.Effect]) throws -> PairingFrame {
    try #require(effects.lazy.compactMap { if case .send(let frame) = $0 { frame } else { nil } }.first)
  }

  func first(_ effects: [PairingInviter.Effect]) throws -> PairingFrame {
    try #require(effects.lazy.compactMap { if case .send(let frame) = $0 { frame } else { nil } }.first)
  }
}
