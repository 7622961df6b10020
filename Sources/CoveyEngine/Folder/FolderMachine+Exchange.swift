import CoveyCore
import CoveyProtocol

/// What is said with peers about this folder: handshake, rounds, and how far each one is.
extension FolderMachine {
  mutating func membersChanged(_ members: Set<DeviceID>, heads: [Bytes32]) throws -> [FolderEffect] {
    self.members = members
    membershipHeads = heads
    settling.isDue = true
    return []
  }

  mutating func connectedChanged(_ devices: Set<DeviceID>, paused: Set<DeviceID>, at now: Instant) throws -> [FolderEffect] {
    connected = devices.subtracting(paused)
    passedOver.formIntersection(devices)
    return try beginIfLowest() + endWaitingRounds(at: now)
  }

  mutating func peerJoined(_ device: DeviceID, at now: Instant) throws -> [FolderEffect] {
    peers[device] = Peer(joined: now)
    return passedOver.remove(device) == nil ? handshakeEffects(device) : passOver(device)
  }

  mutating func handshakeEffects(_ device: DeviceID) -> [FolderEffect] {
    guard isUp, let state = try? read({ $0.state }) else { return [] }
    let greeting = handshake(state)
    peers[device]?.greeting = greeting
    return [.send(.folderHandshake(greeting), to: device)]
  }

  /// Whether what was to be said is still meant for the connection that there is: since then the device may have gone, and come again
  /// knowing less.
  package func stillHolds(_ effect: FolderEffect) -> Bool {
    switch effect {
    case .send(.folderHandshake(let handshake), let device): peers[device]?.greeting == handshake
    case .openRounds(let device, let knowledge): peers[device]?.roundsFrom == knowledge
    default: true
    }
  }

  /// Greets everybody who is connected, and answers those who greeted first.
  mutating func greetAll() throws -> [FolderEffect] {
    var effects: [FolderEffect] = []
    for device in peers.keys.sorted() {
      effects += handshakeEffects(device)
      if let handshake = peers[device]?.waiting { effects += try shakeHands(handshake, with: device) }
    }
    return effects
  }

  /// Whether the record is known to be the newest, so that it may be spoken of, and learnt for: what is learnt without a marker would
  /// make a new folder look like one whose marker is missing.
  var isUp: Bool {
    switch life {
    case .opening, .recovering, .stopped: false
    default: numbers.areProved
    }
  }

  private func handshake(_ state: FolderState) -> FolderHandshake {
    FolderHandshake(
      folder: setup.folder, knowledge: Knowledge(vector: state.knowledge, batchHashes: state.batchHashes), dropped: state.dropped,
      isFresh: state.isFresh, shown: state.shown.sum)
  }

  mutating func peerLeft(_ device: DeviceID, at now: Instant) throws -> [FolderEffect] {
    let broughtNews = peers[device]?.broughtNews == true
    if let status = peers[device]?.status, members.contains(device) { lastHeard[device] = status }
    // Who only pauses keeps the connection, and goes on behind what was passed over.
    if peers[device]?.wasPassedOver == true { passedOver.insert(device) }
    if peers[device]?.telling != nil { firstContact.breaksOff() }
    peers[device] = nil
    planning.forgetUnavailable(of: device)
    planning.begin()
    // It may never come back to end its round: what it told stands here, and the others are to show the same.
    return (broughtNews ? [.announce] : []) + (try endWaitingRounds(at: now))
  }

  mutating func shakeHands(_ handshake: FolderHandshake, with device: DeviceID) throws -> [FolderEffect] {
    guard let peer = peers[device], !peer.wasPassedOver else { return [] }
    guard isUp else {
      peers[device]?.waiting = handshake
      return []
    }
    peers[device]?.waiting = nil
    peers[device]?.hasShakenHands = true
    peers[device]?.isFresh = handshake.isFresh
    peers[device]?.shown = handshake.shown
    peers[device]?.known = handshake.knowledge.vector
    // Its disk may have come back.
    planning.forgetUnavailable(of: device)
    if let effects = try renewIfForked(handshake.knowledge) { return effects }
    let before = try read { $0.state }
    if let effects = try meetAnewIfBehind(handshake.dropped, before) { return effects }
    // The peer asks itself the same of what this device dropped.
    let isPeerBehind = !handshake.knowledge.vector.covers(before.dropped) && !(handshake.isFresh && handshake.dropped.covers(before.dropped))
    let start = isPeerBehind ? VersionVector() : handshake.knowledge.vector
    peers[device]?.roundsFrom = start
    var effects: [FolderEffect] = [.openRounds(to: device, knowledge: start)]
    effects += try beginIfLowest()
    planning.begin()
    return effects
  }

  /// A peer has dropped what this device never heard of, or did before its state was put back: the folder is met anew.
  private mutating func meetAnewIfBehind(_ dropped: VersionVector, _ state: FolderState) throws -> [FolderEffect]? {
    let isBehind = try write(flush: true) { records in
      var ledger = ledger(records)
      return try ledger.meetIfBehind(peerDropped: dropped, holdsMarker: state.hasTakenPart)
    }
    guard isBehind else { return nil }
    try forgetAgreed()
    return [.tell(.metAnew), .resetSessions]
  }

  /// A peer that knows a later number, or other bytes, of my log: this record is not the newest I ever had.
  private mutating func renewIfForked(_ knowledge: Knowledge) throws -> [FolderEffect]? {
    let log = setup.newLog()
    let before = try read { $0.state.log }
    let isForked = try write(flush: true) { records in
      var ledger = ledger(records)
      guard ledger.detectsForkedLog(knowledge) else { return false }
      try ledger.renewLog(log, because: .age)
      return true
    }
    guard isForked else { return nil }
    try rememberPreviousLog(before)
    try forgetAgreed()
    numbers.reserved = 0
    numbers.isReserving = true
    return [.tell(.logForked), reserve(beyond: try read { $0.state }), .resetSessions]
  }

  mutating func forgetAgreed() throws {
    // What is absent was never agreed: there is no delete to decide about.
    if looking.deletes.hold != nil { try setHold(nil) }
    epoch += 1
    looking.wantsWhole = true
    looking.hasSeenAll = false
    looking.authoring = nil
    // What these connections still bring belongs to what was forgotten; they are ended, and each begins anew.
    passedOver.formUnion(peers.keys)
    peers = [:]
    firstContact = FirstContact()
    (planning.unavailable, planning.refusals) = ([:], [:])
    planning.restart()
  }

  mutating func learn(_ batches: [VerifiedBatch], from device: DeviceID, at now: Instant) throws -> [FolderEffect] {
    // Records that are passed over must not be covered by the knowledge that follows them: begin anew.
    guard let peer = peers[device] else { passedOver.insert(device); return [] }
    guard isUp, peer.hasShakenHands, !peer.wasPassedOver else { return passOver(device) }
    if peer.roundBegan == nil { peers[device]?.roundBegan = now }
    try noteTelling(batches, from: device)
    let hasNews = try write(flush: false) { records in
      var hasNews = false
      try records.expect(batches.flatMap { $0.items.map(\.version.path) })
      var ledger = ledger(records)
      for batch in batches {
        if try !records.hasBatch(containing: Dot(log: batch.log, sequence: batch.range.lowerBound)) {
          try records.insertBatch(StoredBatch(batch.batch, hash: batch.hash, signature: batch.signature))
        }
        for item in batch.items where try ledger.learn(item.version, record: item.record) { hasNews = true }
      }
      return hasNews
    }
    if hasNews { peers[device]?.broughtNews = true }
    planning.begin()
    return []
  }

  mutating func passOver(_ device: DeviceID) -> [FolderEffect] {
    if peers[device]?.wasPassedOver == true { return [] }
    peers[device]?.wasPassedOver = true
    return [.resetSessions]
  }

  mutating func endRound(_ end: RoundEnd, from device: DeviceID, at now: Instant) throws -> [FolderEffect] {
    // The peer takes what it said for known: it would not say it again.
    guard let peer = peers[device] else { passedOver.insert(device); return [] }
    guard isUp, peer.hasShakenHands, !peer.wasPassedOver else { return passOver(device) }
    peers[device]?.roundBegan = nil
    peers[device]?.isFresh = end.isFresh
    peers[device]?.shown = end.shown
    return try joinEnd(end, from: device, at: now)
  }

  mutating func joinEnd(_ end: RoundEnd, from device: DeviceID, at now: Instant) throws -> [FolderEffect] {
    if let effects = try renewIfForked(end.knowledge) { return effects }
    let before = try read { $0.state }
    // Since the handshake, on the strength of what this device held before its state was put back.
    if !before.knowledge.covers(end.dropped), let effects = try meetAnewIfBehind(end.dropped, before) { return effects }
    // What is absent must be known before anything of an older record may be authored.
    if before.isFresh, !looking.hasSeenAll || someoneKnowsMore(than: before.knowledge.joined(end.knowledge.vector), besides: device, at: now) {
      peers[device]?.waitingEnd = end
      return []
    }
    let telling = telling(of: device, before)
    let firstContactEnded = try write(flush: false) { records in
      var ledger = ledger(records)
      return try ledger.endRound(end, telling: telling)
    }
    if firstContactEnded { firstContactOver() }
    let state = try read { $0.state }
    toldWhole(device, state)
    planning.forgetUnavailable(of: device)
    planning.begin()
    settling.isDue = true
    var effects: [FolderEffect] = []
    // Heads that its knowledge does not cover, from a round that was broken off before it, are told on as they came. And who is new to the
    // folder itself may wait for a round of one that is not new any more, though it has nothing else to say.
    let hasNews = peers[device]?.broughtNews == true || state.knowledge != before.knowledge || state.dropped != before.dropped
    peers[device]?.broughtNews = false
    if hasNews || firstContactEnded { effects.append(.announce) }
    if state.acknowledged != before.acknowledged { settling.announceDue = true }
    return effects + (try beginIfLowest())
  }

  // MARK: How far peers are

  mutating func noteStatus(_ status: PeerFolderStatus, of device: DeviceID) -> [FolderEffect] {
    guard let peer = peers[device] else { return [] }
    peers[device]?.status = status
    // That it looks around is no news: asked in vain again, it would look again.
    guard peer.status.map({ ($0.shown, $0.pendingFileCount, $0.pendingByteCount) != (status.shown, status.pendingFileCount, status.pendingByteCount) }) ?? true
    else { return [] }
    planning.forgetUnavailable(of: device)
    if planning.hasWaits { planning.begin() }
    return []
  }
}
