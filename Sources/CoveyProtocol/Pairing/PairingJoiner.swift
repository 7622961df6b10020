package import CoveyCore

/// The side that types the code: tries the devices that may have made it, one connection after another, and joins the team of the
/// one that proves to know it.
///
/// At most three tags are sent for one code, whoever answers: each tells a stranger whether one guess was right.
package struct PairingJoiner: Sendable {
  package static let runCountMax = 3
  package static let runDuration = Duration.seconds(5)
  /// From the right tag to the admission.
  package static let joinDuration = Duration.seconds(60)
  package static let recordCountMax = 8192

  package enum Event: Sendable {
    /// TLS is up with whoever has this key. The connection before it has ended.
    case connected(to: DeviceID, PairingRandomness)
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
    /// This device is a member: keep this durably.
    case joined(JoinedTeam)
    /// This connection came to nothing; another address may be tried while ``canTryAgain``.
    case failed(PairingFailure)
    case close
    case wake(at: Instant)
  }

  private struct Offer: Sendable {
    var graph: MembershipGraph
    var role: Role
    var rank: UInt32
    var joinSignature: [UInt8]
  }

  private enum State: Sendable {
    /// No connection, or one that has ended.
    case idle
    /// Said hello with these random bytes.
    case awaitingOpen(PairingRandomness)
    case awaitingShare(CPaceExchange)
    /// A run has been charged: the other side can tell now whether it knows the code.
    case awaitingTag(CPaceConfirmation)
    /// The other side knows the code.
    case awaitingWelcome
    case awaitingAdded(Offer)
    case joined
  }

  private var state = State.idle
  private var inviter = DeviceID(key: .zero)
  private var deadline = Instant.start
  private var runCount = 0

  private let code: PairingCode
  private let signer: any Signer
  private let keyAgreementKey: Bytes32
  private let name: String
  private let platform: String

  /// - Parameters:
  ///   - signer: this device, whose key TLS proves to the inviter. Fresh for this team.
  ///   - name: at most 63 bytes without control characters.
  package init(code: PairingCode, signer: any Signer, keyAgreementKey: Bytes32, name: String, platform: String) {
    self.code = code
    self.signer = signer
    self.keyAgreementKey = keyAgreementKey
    self.name = name
    self.platform = platform
  }

  /// Whether the code may be tried at another address.
  package var canTryAgain: Bool {
    if case .joined = state { return false }
    return runCount < Self.runCountMax
  }

  package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
    if case .connected(let remote, let randomness) = event { return begin(with: remote, randomness, at: now) }
    switch state {
    case .idle, .joined: return []
    default: break
    }
    if now >= deadline { return end(.timedOut) }
    switch (state, event) {
    case (_, .tick): return []
    // Who has no code open at all does not talk to strangers.
    case (.awaitingOpen, .closed): return end(.turnedAway)
    case (_, .closed): return end(.closed)
    case (_, .received(.fail)): return end(.codeNotAccepted)
    case (.awaitingOpen(let randomness), .received(.open(let nonce))): return exchange(nonce: nonce, randomness)
    case (.awaitingShare(let exchange), .received(.publicShare(let share, let data))):
      guard data == PairingTranscript.inviterData, let confirmation = try? exchange.confirmation(share: share, associatedData: data)
      else { return end(.protocolViolation) }
      guard runCount < Self.runCountMax else { return end(.triesUsedUp) }
      runCount += 1
      state = .awaitingTag(confirmation)
      return [.send(.confirm(tag: confirmation.tag))]
    case (.awaitingTag(let confirmation), .received(.confirm(let tag))):
      guard confirmation.accepts(tag) else { return end(.answeredByStranger) }
      state = .awaitingWelcome
      deadline = now.advanced(by: Self.joinDuration)
      return [.wake(at: deadline)]
    case (.awaitingWelcome, .received(.welcome(let welcome))): return join(welcome)
    case (.awaitingAdded(let offer), .received(.added(let record))): return finish(offer, record)
    default: return end(.protocolViolation)
    }
  }

  private mutating func begin(with remote: DeviceID, _ randomness: PairingRandomness, at now: Instant) -> [Effect] {
    if case .joined = state { return [.close] }
    guard remote != signer.device else { return end(.sameDevice) }
    guard MembershipRecord.isName(name) else { return end(.unusableName) }
    guard runCount < Self.runCountMax else { return end(.triesUsedUp) }
    inviter = remote
    deadline = now.advanced(by: Self.runDuration)
    state = .awaitingOpen(randomness)
    let hello = PairingFrame.hello(version: PairingTranscript.version, slot: code.slot, nonce: randomness.nonce)
    return [.send(hello), .wake(at: deadline)]
  }

  private mutating func exchange(nonce: [UInt8], _ randomness: PairingRandomness) -> [Effect] {
    let channel = PairingTranscript.channel(slot: code.slot, joiner: signer.device, inviter: inviter)
    guard nonce.count == PairingTranscript.nonceByteCount,
      let exchange = try? CPaceExchange(
        side: .initiator, secret: code.secret, channel: channel, session: randomness.nonce + nonce, scalar: randomness.scalar,
        associatedData: PairingTranscript.joinerData)
    else { return end(.protocolViolation) }
    state = .awaitingShare(exchange)
    return [.send(.publicShare(share: exchange.share, associatedData: PairingTranscript.joinerData))]
  }

  /// Trusts nothing the inviter says of its team: the id must be that of the genesis, and the records must make the key at the
  /// other end of this connection a member who may offer this.
  private mutating func join(_ welcome: PairingWelcome) -> [Effect] {
    guard welcome.records.count <= Self.recordCountMax, let genesis = welcome.records.first,
      var graph = try? MembershipGraph(genesis: genesis), graph.team.genesis.bytes == welcome.team, let role = Role(rawValue: welcome.role)
    else { return end(.unprovenTeam) }
    let insertions = graph.insert(contentsOf: Array(welcome.records.dropFirst()))
    guard insertions.refusals.isEmpty, insertions.pendingCount == 0, let member = graph.members[inviter], role <= member.role,
      welcome.rank > member.rank, welcome.rank <= MembershipRecord.rankMax, !graph.hasMet(signer.device)
    else { return end(.unprovenTeam) }
    let message = Addition.joinMessage(
      team: graph.team, inviter: inviter, device: signer.device, keyAgreementKey: keyAgreementKey, role: role, rank: welcome.rank)
    guard let signature = try? signer.sign(message) else { return end(.unprovenTeam) }
    state = .awaitingAdded(Offer(graph: graph, role: role, rank: welcome.rank, joinSignature: signature))
    let join = PairingJoin(keyAgreementKey: keyAgreementKey.bytes, name: name, platform: platform, signature: signature)
    return [.send(.join(join))]
  }

  private mutating func finish(_ offer: Offer, _ record: SignedRecord) -> [Effect] {
    var graph = offer.graph
    guard let verified = try? VerifiedRecord(record), verified.content.author == inviter,
      case .add(let addition) = verified.content.body, addition.device == signer.device, addition.keyAgreementKey == keyAgreementKey,
      addition.role == offer.role, addition.rank == offer.rank, addition.name == name, addition.joinSignature == offer.joinSignature,
      case .accepted = graph.insert(record), graph.isActive(signer.device)
    else { return end(.unprovenTeam) }
    state = .joined
    return [.joined(JoinedTeam(team: graph.team, inviter: inviter, records: graph.records)), .close]
  }

  private mutating func end(_ failure: PairingFailure) -> [Effect] {
    state = .idle
    return [.failed(failure), .close]
  }
}

/// The team a device has just become a member of.
package struct JoinedTeam: Hashable, Sendable {
  package var team: TeamID
  /// Whom the device was added by: the first peer to connect to.
  package var inviter: DeviceID
  /// All membership records, parents first, the device's own admission last.
  package var records: [SignedRecord]
  package init(team: TeamID, inviter: DeviceID, records: [SignedRecord]) {
    self.team = team
    self.inviter = inviter
    self.records = records
  }
}
