import CoveyCore
import CoveyProtocol

/// Meeting the folder for the first time, or anew: learn from everybody who is there, and author only afterwards.
extension FolderMachine {
  /// Who has told anything of the folder since it is met.
  struct FirstContact {
    private var tellers: Set<DeviceID> = []
    /// No head stood here before, nor is any left of a round that was broken off.
    private var isBare = false
    var isUnheard: Bool { tellers.isEmpty }

    mutating func begins(bare: Bool) { isBare = bare }
    mutating func hears(_ device: DeviceID) { tellers.insert(device) }
    mutating func breaksOff() { isBare = false }

    /// Whether all that is known of comes from this device: then nothing can stand here that it did not tell.
    func isFrom(_ device: DeviceID) -> Bool { isBare && tellers == [device] }
  }

  /// Notes what a device tells before its knowledge comes. A head that another one told, from a round that is under way or was broken off,
  /// may be dropped where this one is; its knowledge would cover it, and the tombstone of it would be taken for known.
  mutating func noteTelling(_ batches: [VerifiedBatch], from device: DeviceID) throws {
    let state = try read { $0.state }
    guard state.isFresh else { return }
    if firstContact.isUnheard { firstContact.begins(bare: try read { try $0.pathsWithHeads(after: nil, limit: 1).isEmpty }) }
    firstContact.hears(device)
    var telling = peers[device]?.telling ?? Telling(base: state.knowledge)
    // Held once: a copy of a long one for each message would cost its length each time.
    peers[device]?.telling = nil
    for batch in batches { for item in batch.items { telling.add(item.version.dot) } }
    peers[device]?.telling = telling
  }

  /// What the device told beside this end; nil where nothing can stand here that it did not tell.
  func telling(of device: DeviceID, _ state: FolderState) -> Telling? {
    guard state.isFresh, !firstContact.isFrom(device) else { return nil }
    return peers[device]?.telling ?? Telling(base: state.knowledge)
  }

  /// The end of a round of the device was joined.
  mutating func toldWhole(_ device: DeviceID, _ state: FolderState) {
    guard let peer = peers[device] else { return }
    // The next round may have begun while this end waited: what was told of it counts for that one's end.
    peers[device]?.telling = state.isFresh && peer.roundBegan != nil ? peer.telling?.rebased(on: state.knowledge) : nil
  }

  /// How long first contact waits for a device that has joined to shake hands: its own folder may be coming up, or not be there.
  private static let joinPatience = Duration.seconds(5)

  /// Whether a connected device said that it knows what no round has brought yet, or is about to say what it knows, be it once more: what
  /// it deleted must not come back because another, that lags behind, ended its round first.
  func someoneKnowsMore(than knowledge: VersionVector, besides device: DeviceID, at now: Instant) -> Bool {
    if !passedOver.isDisjoint(with: connected) { return true }
    let others = peers.filter { $0.key != device && !$0.value.wasPassedOver }.values
    let told = others.compactMap(\.waitingEnd).reduce(knowledge) { $0.joined($1.knowledge.vector) }
    return others.contains { $0.hasShakenHands ? !told.covers($0.known) : now < $0.joined.advanced(by: Self.joinPatience) }
  }

  /// When a round need not wait any longer for a device that has not shaken hands.
  func waitingRoundsDue(after now: Instant) -> Instant? {
    guard peers.values.contains(where: { $0.waitingEnd != nil }) else { return nil }
    return peers.values.filter { !$0.hasShakenHands }.map { $0.joined.advanced(by: Self.joinPatience) }.filter { $0 > now }.min()
  }

  /// Ends the rounds that waited for the first whole scan, or for what another device knows.
  mutating func endWaitingRounds(at now: Instant) throws -> [FolderEffect] {
    var effects: [FolderEffect] = []
    for device in peers.keys.sorted() {
      guard let peer = peers[device], let end = peer.waitingEnd else { continue }
      peers[device]?.waitingEnd = nil
      effects += isUp && !peer.wasPassedOver ? try joinEnd(end, from: device, at: now) : passOver(device)
    }
    return effects
  }

  mutating func firstContactOver() {
    looking.wantsWhole = true
    looking.authoring = .after(nil)
    settling.isDue = true
  }

  // MARK: Who begins

  func isAlone() throws -> Bool {
    guard members.subtracting([setup.device]).isEmpty else { return false }
    return try read { $0.state.isFresh }
  }

  mutating func beginAlone() throws {
    try write(flush: true) { records in
      var ledger = ledger(records)
      try ledger.beginAlone()
    }
    firstContactOver()
  }

  /// Where all members are there and all are new to the folder, the one with the lowest id begins. Who was passed over has a part in the
  /// folder, and is yet to say whether it is new.
  mutating func beginIfLowest() throws -> [FolderEffect] {
    guard life == .open, members.isSubset(of: connected.union([setup.device])), passedOver.isDisjoint(with: connected) else { return [] }
    let state = try read { $0.state }
    let sharing = peers.filter { members.contains($0.key) }
    guard state.isFresh, !sharing.isEmpty, sharing.values.allSatisfy({ $0.hasShakenHands && $0.isFresh }),
      sharing.keys.allSatisfy({ setup.device < $0 })
    else { return [] }
    // One that only doubts its record may know much. It is learnt first: who begins takes for known whatever was dropped, and among the
    // numbers that covers live ones of others.
    guard sharing.values.allSatisfy({ state.knowledge.covers($0.known) }) else { return [] }
    try beginAlone()
    return [.announce]
  }
}
