import CoveyCore
import CoveyProtocol

/// Chance that can be repeated.
struct PairingDice: RandomNumberGenerator {
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

func pairingKey(_ number: UInt8) -> DeviceKey {
  guard let key = DeviceKey(seed: [UInt8](repeating: number, count: 32)) else { preconditionFailure("32 bytes make a key") }
  return key
}

extension Instant {
  static func seconds(_ seconds: Double) -> Instant { Instant.start.advanced(by: .seconds(100) + .milliseconds(Int(seconds * 1000))) }
}

/// A founder with codes, and devices that try them. Frames are carried by hand.
struct PairingScene {
  var dice: PairingDice
  var invites = OpenInvites()
  var graph: MembershipGraph
  let founder = pairingKey(1)
  let code: PairingCode

  init(seed: UInt64 = 1, role: Role = .write) throws {
    dice = PairingDice(seed: seed)
    let genesis = try MembershipGraph.genesis(
      name: "press", keyAgreementKey: .zero, recovery: nil, by: founder, at: .zero, using: &dice)
    graph = try MembershipGraph(genesis: genesis)
    code = PairingCode.make(using: &dice)
    try invites.open(code, role: role, at: .seconds(0))
  }

  mutating func otherCode(slot: UInt16) -> PairingCode {
    while true {
      let other = PairingCode.make(using: &dice)
      if other.slot == slot, other != code { return other }
    }
  }

  func joiner(_ number: UInt8 = 2, code: PairingCode? = nil) -> PairingJoiner {
    PairingJoiner(
      code: code ?? self.code, signer: pairingKey(number), keyAgreementKey: Bytes32(words: (UInt64(number), 1, 1, 1)), name: "laptop",
      platform: "linux")
  }

  mutating func inviter(for remote: UInt8 = 2, source: String = "10.0.0.7", at now: Instant = .seconds(1)) throws -> PairingInviter {
    PairingInviter(
      source: source, remote: pairingKey(remote).device, signer: founder, graph: graph, randomness: try PairingRandomness(using: &dice),
      time: Timestamp(seconds: 1_000, nanoseconds: 0), at: now)
  }

  struct Outcome {
    var joiner: [PairingJoiner.Effect] = []
    var inviter: [PairingInviter.Effect] = []
    /// What went over the wire, with `true` for the joiner's.
    var frames: [(isJoiner: Bool, frame: PairingFrame)] = []

    var joined: JoinedTeam? { joiner.lazy.compactMap { if case .joined(let team) = $0 { team } else { nil } }.first }
    var paired: PairedDevice? { inviter.lazy.compactMap { if case .paired(let device) = $0 { device } else { nil } }.first }
    var stored: SignedRecord? { inviter.lazy.compactMap { if case .store(let record) = $0 { record } else { nil } }.first }
    var joinerFailure: PairingFailure? { joiner.lazy.compactMap { if case .failed(let failure) = $0 { failure } else { nil } }.first }
    var inviterFailure: PairingFailure? { inviter.lazy.compactMap { if case .failed(let failure) = $0 { failure } else { nil } }.first }
  }

  /// Connects both and carries frames until nobody says anything more; `change` may alter or swallow a frame on its way.
  mutating func run(
    _ joiner: inout PairingJoiner, remote: UInt8 = 2, source: String = "10.0.0.7", at now: Instant = .seconds(1),
    change: (_ isJoiner: Bool, PairingFrame) -> PairingFrame? = { $1 }
  ) throws -> Outcome {
    var inviter = try inviter(for: remote, source: source, at: now)
    var outcome = Outcome()
    var toJoiner: [PairingFrame] = []
    var toInviter: [PairingFrame] = []
    func note(_ effects: [PairingJoiner.Effect]) {
      outcome.joiner += effects
      for case .send(let frame) in effects {
        outcome.frames.append((true, frame))
        if let frame = change(true, frame) { toInviter.append(frame) }
      }
    }
    note(joiner.handle(.connected(to: founder.device, try PairingRandomness(using: &dice)), at: now))
    while !toJoiner.isEmpty || !toInviter.isEmpty {
      if !toInviter.isEmpty {
        let effects = inviter.handle(.received(toInviter.removeFirst()), invites: &invites, at: now)
        outcome.inviter += effects
        for case .send(let frame) in effects {
          outcome.frames.append((false, frame))
          if let frame = change(false, frame) { toJoiner.append(frame) }
        }
      } else {
        note(joiner.handle(.received(toJoiner.removeFirst()), at: now))
      }
    }
    if outcome.joined == nil { outcome.joiner += joiner.handle(.closed, at: now) }
    outcome.inviter += inviter.handle(.closed, invites: &invites, at: now)
    return outcome
  }
}
