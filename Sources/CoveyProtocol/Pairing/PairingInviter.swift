package import CoveyCore

/// The side that made the code, on one connection: proves and demands knowledge of the code, then admits the joiner.
///
/// `hello` -> `open`, share -> share, tag -> tag and `welcome`, `join` -> `added`. Every refusal on the wire is the same `fail`.
package struct PairingInviter: Sendable {
  /// From the right tag to the join.
  package static let joinDuration = Duration.seconds(60)
  /// What the records of a welcome may add up to, within the frame limit of 1 MiB.
  package static let welcomeByteCountMax = 960 << 10

  package enum Event: Hashable, Sendable {
    case received(PairingFrame)
    /// Something that is no frame arrived.
    case malformed
    case closed
    /// The moment of an earlier ``Effect/wake(at:)`` may have come.
    case tick
  }

  /// To be carried out in order.
  package enum Effect: Hashable, Sendable {
    case send(PairingFrame)
    /// Insert the record and keep it durably before anything else happens.
    case store(SignedRecord)
    case paired(PairedDevice)
    case failed(PairingFailure)
    case close
    case wake(at: Instant)
  }

  private enum State: Sendable {
    /// Nothing has been said; until the deadline.
    case awaitingHello(until: Instant)
    /// Both know the session; the joiner's share comes next.
    case awaitingShare(OpenInvites.Run, CPaceExchange)
    /// Both can compute the key; the joiner has to prove first that it did.
    case awaitingTag(OpenInvites.Run, CPaceConfirmation)
    /// The code is used; the joiner looks at the team.
    case awaitingJoin(role: Role, rank: UInt32, until: Instant)
    case ended
  }

  private var state: State
  private let source: String
  private let remote: DeviceID
  private let signer: any Signer
  private let graph: MembershipGraph
  private let randomness: PairingRandomness
  private let time: Timestamp

  /// - Parameters:
  ///   - source: the joiner's address without the port, for IPv6 its /64.
  ///   - remote: the joiner's key, as TLS proved it.
  ///   - signer: this device, whose key TLS proved to the joiner.
  ///   - graph: the team as it is now; the joiner's record builds on this.
  ///   - time: what the record will say.
  package init(
    source: String, remote: DeviceID, signer: any Signer, graph: MembershipGraph, randomness: PairingRandomness, time: Timestamp,
    at now: Instant
  ) {
    self.source = source
    self.remote = remote
    self.signer = signer
    self.graph = graph
    self.randomness = randomness
    self.time = time
    state = .awaitingHello(until: now.advanced(by: OpenInvites.runDuration))
  }

  /// When ``Event/tick`` is due first.
  package var deadline: Instant? {
    switch state {
    case .awaitingHello(let until): until
    case .awaitingShare(let run, _), .awaitingTag(let run, _): run.deadline
    case .awaitingJoin(_, _, let until): until
    case .ended: nil
    }
  }

  package mutating func handle(_ event: Event, invites: inout OpenInvites, at now: Instant) -> [Effect] {
    if let deadline, now >= deadline { return end(.timedOut, invites: &invites, at: now) }
    switch (state, event) {
    case (.ended, _), (_, .tick): return []
    case (_, .closed): return end(.closed, invites: &invites, at: now)
    case (.awaitingHello, .received(.hello(let version, let slot, let nonce))):
      return begin(version: version, slot: slot, nonce: nonce, invites: &invites, at: now)
    case (.awaitingShare(let run, let exchange), .received(.publicShare(let share, let data))):
      guard data == PairingTranscript.joinerData, let confirmation = try? exchange.confirmation(share: share, associatedData: data)
      else { return end(.protocolViolation, invites: &invites, at: now) }
      state = .awaitingTag(run, confirmation)
      return [.send(.publicShare(share: exchange.share, associatedData: PairingTranscript.inviterData))]
    case (.awaitingTag(let run, let confirmation), .received(.confirm(let tag))):
      return judge(confirmation.accepts(tag), of: run, tag: confirmation.tag, invites: &invites, at: now)
    case (.awaitingTag(let run, let confirmation), .malformed):
      return judge(false, of: run, tag: confirmation.tag, invites: &invites, at: now)
    case (.awaitingJoin(let role, let rank, _), .received(.join(let join))):
      return admit(join, role: role, rank: rank, invites: &invites, at: now)
    default: return end(.protocolViolation, invites: &invites, at: now)
    }
  }

  private mutating func begin(version: UInt8, slot: UInt16, nonce: [UInt8], invites: inout OpenInvites, at now: Instant) -> [Effect] {
    guard remote != signer.device else { return end(.sameDevice, invites: &invites, at: now) }
    guard version == PairingTranscript.version, nonce.count == PairingTranscript.nonceByteCount else {
      return end(.protocolViolation, invites: &invites, at: now)
    }
    let run: OpenInvites.Run
    switch invites.begin(slot: slot, from: source, at: now) {
    case .success(let begun): run = begun
    case .failure(let reason): return end(reason, invites: &invites, at: now)
    }
    let channel = PairingTranscript.channel(slot: slot, joiner: remote, inviter: signer.device)
    guard
      let exchange = try? CPaceExchange(
        side: .responder, secret: run.code.secret, channel: channel, session: nonce + randomness.nonce, scalar: randomness.scalar,
        associatedData: PairingTranscript.inviterData)
    else {
      invites.abandon(run, at: now)
      return end(.protocolViolation, invites: &invites, at: now)
    }
    state = .awaitingShare(run, exchange)
    return [.send(.open(nonce: randomness.nonce)), .wake(at: run.deadline)]
  }

  private mutating func judge(
    _ isRight: Bool, of run: OpenInvites.Run, tag: [UInt8], invites: inout OpenInvites, at now: Instant
  ) -> [Effect] {
    let failure: PairingFailure
    switch invites.charge(run, isRight: isRight, at: now) {
    case .used: return welcome(to: run, tag: tag, invites: &invites, at: now)
    case .wrong(let count): failure = .wrongCode(tries: count)
    case .withdrawn: failure = .withdrawn
    case .gone: failure = .noOpenCode
    }
    state = .ended
    return [.send(.fail), .failed(failure), .close]
  }

  private mutating func welcome(to run: OpenInvites.Run, tag: [UInt8], invites: inout OpenInvites, at now: Instant) -> [Effect] {
    let records = graph.records
    guard let own = graph.members[signer.device], run.role <= own.role, own.rank < MembershipRecord.rankMax, !graph.hasMet(remote) else {
      return end(.notEntitled, invites: &invites, at: now)
    }
    // Each record travels with its signature and some framing.
    guard records.reduce(0, { $0 + $1.bytes.count + 96 }) <= Self.welcomeByteCountMax else {
      return end(.teamTooLarge, invites: &invites, at: now)
    }
    let until = now.advanced(by: Self.joinDuration)
    state = .awaitingJoin(role: run.role, rank: own.rank + 1, until: until)
    let welcome = PairingWelcome(team: graph.team.genesis.bytes, records: records, role: run.role.rawValue, rank: own.rank + 1)
    return [.send(.confirm(tag: tag)), .send(.welcome(welcome)), .wake(at: until)]
  }

  private mutating func admit(
    _ join: PairingJoin, role: Role, rank: UInt32, invites: inout OpenInvites, at now: Instant
  ) -> [Effect] {
    guard let keyAgreementKey = Bytes32(join.keyAgreementKey) else { return end(.protocolViolation, invites: &invites, at: now) }
    let addition = Addition(
      device: remote, keyAgreementKey: keyAgreementKey, role: role, rank: rank, name: join.name, joinSignature: join.signature)
    var grown = graph
    // The graph checks the name, the joiner's signature and this device's right, as every member will.
    guard MembershipRecord.isName(join.name), let record = try? graph.record(.add(addition), by: signer, at: time),
      case .accepted = grown.insert(record), grown.isActive(remote)
    else { return end(.protocolViolation, invites: &invites, at: now) }
    state = .ended
    let device = PairedDevice(device: remote, name: join.name, platform: join.platform, role: role)
    return [.store(record), .send(.added(record)), .paired(device)]
  }

  private mutating func end(_ failure: PairingFailure, invites: inout OpenInvites, at now: Instant) -> [Effect] {
    switch state {
    case .awaitingShare(let run, _), .awaitingTag(let run, _): invites.abandon(run, at: now)
    case .awaitingHello, .awaitingJoin, .ended: break
    }
    state = .ended
    return failure == .closed ? [.failed(failure)] : [.send(.fail), .failed(failure), .close]
  }
}

/// The device that has just become a member.
package struct PairedDevice: Hashable, Sendable {
  package var device: DeviceID
  package var name: String
  /// What the device says it runs on; at most what a frame holds, and unproved.
  package var platform: String
  package var role: Role
  package init(device: DeviceID, name: String, platform: String, role: Role) {
    self.device = device
    self.name = name
    self.platform = platform
    self.role = role
  }
}
