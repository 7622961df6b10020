package import CoveyCore
import CoveyProtocol

/// Decides for one folder: takes what happened, changes the record in one transaction, and says what is to be done next.
///
/// The way of a change is one: *watch* and *scan* say what the disk shows, the record *observes* and *authors* it, peers are told;
/// what peers tell is *learnt*, *planned* path by path against the record, *fetched* into staging, and *committed*: flushed, noted as
/// intents, performed, flushed, agreed. Nothing about single paths is kept in memory but what is in flight; after a crash the record
/// and the disk say everything.
///
/// One scan runs at a time, and a few fetches side by side; commits follow one another, each flushing its staged files while the one
/// before is carried out. A path in flight is neither planned nor observed.
package struct FolderMachine {
  // What a folder keeps in flight, at most.
  static let jobByteCountMax: Int64 = 64 << 20
  static let largeByteCount: Int64 = 4 << 20
  static let jobCountMax = 6
  static let dirtyCountMax = 50_000
  static let problemCountMax = 1_000
  static let unavailableCountMax = 20_000

  package struct Setup: Sendable {
    package var folder: FolderID
    package var device: DeviceID
    package var deviceName: String
    package var team: TeamID
    package var store: any DeviceStore
    package var signer: any Signer
    /// Random names for new logs.
    package var newLog: @Sendable () -> LogID
    /// Wall-clock time, for what people read: history and the log.
    package var wallClock: @Sendable () -> Timestamp
    /// `full`: what is reported as synced survives a power cut.
    package var flushes: Bool
    package var rescanInterval: Duration
    /// How long history keeps what was replaced and deleted; as the config has it where it says nothing.
    package var historyAge = Duration.seconds(30 * 86_400)
    /// Numbers reserved ahead in the marker; one transaction uses at most a quarter. A simulation reserves few, so that they run out.
    package var reserveCount: UInt64
    /// How many paths or versions one transaction takes up where it could take up all. A simulation takes few.
    package var pageCount: Int
    /// All of them; a simulation leaves one out.
    package var safeguards: Safeguards
    package init(
      folder: FolderID, device: DeviceID, deviceName: String, team: TeamID, store: any DeviceStore, signer: any Signer,
      newLog: @escaping @Sendable () -> LogID, wallClock: @escaping @Sendable () -> Timestamp, flushes: Bool, rescanInterval: Duration,
      reserveCount: UInt64 = 4 * UInt64(Scanner.portionCounts.upperBound), pageCount: Int = 1_000, safeguards: Safeguards = .all
    ) {
      self.folder = folder
      self.device = device
      self.deviceName = deviceName
      self.team = team
      self.store = store
      self.signer = signer
      self.newLog = newLog
      self.wallClock = wallClock
      self.flushes = flushes
      self.rescanInterval = rescanInterval
      self.reserveCount = reserveCount
      self.pageCount = pageCount
      self.safeguards = safeguards
    }
  }

  var setup: Setup

  /// How far the folder has come up.
  enum Life: Hashable {
    /// Its directory is being opened.
    case opening
    /// Interrupted steps are being stood against the disk.
    case recovering
    case open
    /// Its directory is not to be had or not marked; tried again now and then.
    case blocked(reason: String)
    /// Finishes what is in flight.
    case stopping
    case stopped
  }
  var life = Life.opening
  /// A blocked directory was asked for again, and there is no answer yet: a second one would tell of the marker as it was before this one.
  var isReopening = false
  var isPaused: Bool
  /// Grows when everything agreed is forgotten: what was planned before no longer holds.
  var epoch: UInt64 = 0

  var members: Set<DeviceID>
  var membershipHeads: [Bytes32]
  /// Connected devices that have not paused the folder.
  var connected: Set<DeviceID> = []
  var peers: [DeviceID: Peer] = [:]
  /// Connected devices that said something about the folder while they had no part in it here, such as in a pause: on this connection they
  /// would not say it again.
  var passedOver: Set<DeviceID> = []
  /// How far members said to be before they went away.
  var lastHeard: [DeviceID: PeerFolderStatus] = [:]

  /// The rules that the record goes by, read from it before anything else.
  var rules = GitIgnore.empty
  var areRulesRecalled = false
  var rulesSource = RulesSource()
  /// Rules that are being looked into: entries they no longer ignore.
  var newRules: (GitIgnore, RulesSource)?
  var rulesProblem: Problem?

  var firstContact = FirstContact()
  var looking = Looking()
  var planning = Planning()
  var numbers = Numbers()
  var settling = Settling()
  var keeping = Keeping()
  var pruning = Pruning()
  var verifying = Verifying()
  var problems: [Problem] = []
  /// When this was asked to be woken and was not yet.
  var wakes: [Instant] = []

  struct Peer: Hashable {
    var joined: Instant
    var hasShakenHands = false
    /// What it was told last in greeting, and from where on it is sent rounds.
    var greeting: FolderHandshake?
    var roundsFrom: VersionVector?
    /// What it said while this folder was still coming up.
    var waiting: FolderHandshake?
    /// Something it said was passed over: the connection ends, and until then nothing that follows counts.
    var wasPassedOver = false
    var isFresh = false
    /// What it knew as it shook hands.
    var known = VersionVector()
    var shown = Bytes32.zero
    var status: PeerFolderStatus?
    var statusSent: PeerFolderStatus?
    /// The end of a round that came before the folder was looked through for the first time.
    var waitingEnd: RoundEnd?
    /// When a round of it began that has not ended yet.
    var roundBegan: Instant?
    /// Heads that were none here came from it since a round of it ended.
    var broughtNews = false
    /// At first contact: what it told since the end of a round of it was joined.
    var telling: Telling?
    /// Since when it knows the same as this device, both are settled, and yet they show different things.
    var differsSince: Instant?
    var isIncidentTold = false
  }

  /// Numbers of the own log that the marker holds reserved.
  struct Numbers {
    var reserved: UInt64 = 0
    var machine = ""
    /// What tells the directory from others of the folder.
    var firstLog: LogID?
    /// The record was compared with the marker since the start: it is the newest this device ever had, or goes on under a new log.
    var areProved = false
    var isReserving = false
    /// Events that wait for more numbers.
    var deferred: [FolderEvent] = []
  }

  package init(setup: Setup, isPaused: Bool, members: Set<DeviceID>, membershipHeads: [Bytes32]) {
    self.setup = setup
    self.isPaused = isPaused
    self.members = members
    self.membershipHeads = membershipHeads
  }

  /// Takes one event. What it throws is trouble with the record itself: the folder cannot go on.
  package mutating func handle(_ event: FolderEvent, at now: Instant) throws -> [FolderEffect] {
    var effects = try decide(event, at: now)
    effects += try advance(at: now)
    // Whatever else is new goes with it once both halves of a rename are recorded.
    if looking.holdsAnnouncement { effects.removeAll { if case .announce = $0 { true } else { false } } }
    return effects
  }

  private mutating func decide(_ event: FolderEvent, at now: Instant) throws -> [FolderEffect] {
    if life == .stopped { return [] }
    if !areRulesRecalled { try recallRules() }
    if try mustWait(event) { return [] }
    switch event {
    case .opened(let marker, let machine, let wasClean):
      isReopening = false
      return try opened(marker: marker, machine: machine, wasClean: wasClean)
    case .unavailable(let reason):
      isReopening = false
      return block(reason, at: now)
    case .recovered(let outcomes): return try recovered(outcomes)
    case .leftoversKept(let leftovers): return try kept(leftovers)
    case .watched(let reports): return watched(reports, at: now)
    case .drained(let token): looking.drained = max(looking.drained, token); return []
    case .observed(let scan, let changes): return try observed(changes, scan: scan, at: now)
    case .looked(let changes, let isLast): return try looked(changes, isLast: isLast)
    case .lookedInVain(let reason): return lookedInVain(reason, at: now)
    case .scanned(let id, let summary): return try scanned(id, summary, at: now)
    case .reserved(let number): return try reserved(upTo: number, at: now)
    case .reserveFailed(let error): return try reserveFailed(error, at: now)
    case .membersChanged(let members, let heads): return try membersChanged(members, heads: heads)
    case .connected(let devices, let paused): return try connectedChanged(devices, paused: paused, at: now)
    case .peerJoined(let device): return try peerJoined(device, at: now)
    case .peerLeft(let device): return try peerLeft(device, at: now)
    case .handshake(let handshake, let device): return try shakeHands(handshake, with: device)
    case .batches(let batches, let device): return try learn(batches, from: device, at: now)
    case .roundEnd(let end, let device): return try endRound(end, from: device, at: now)
    case .peerStatus(let status, let device): return noteStatus(status, of: device)
    case .fetched(let job, let outcomes): return try fetched(job, outcomes, at: now)
    case .stagedFlushed(let job, let error): return try stagedFlushed(job, error, at: now)
    case .performed(let job, let outcomes): return performed(job, outcomes, at: now)
    case .directoriesFlushed(let job, let error): return try directoriesFlushed(job, error, at: now)
    case .lateSettled(let settled): return try lateSettled(settled, at: now)
    case .measured(let free, let total): return try measured(free: free, total: total, at: now)
    case .verified(let run, let page): return try verified(run, page, at: now)
    case .historyFound(let page): return try historyFound(page)
    case .historyForgotten(let failed): return try historyForgotten(failed: failed)
    case .command(let command): return try obey(command, at: now)
    case .tick: return try ticked(at: now)
    }
  }

  /// Starts whatever may start now.
  private mutating func advance(at now: Instant) throws -> [FolderEffect] {
    var effects = try reserveAhead()
    if life == .open, !isPaused {
      effects += startScan(at: now)
      effects += try decideDeletes(at: now)
      effects += try planMore(at: now)
      effects += try startCommit()
      effects += try giveUpLost(at: now)
      effects += try settle(at: now)
      effects += try keepHistory(at: now)
      effects += try pruneRecord(at: now)
      effects += try verifyWeekly(at: now)
    }
    if life == .open { effects += try compareDigests(at: now) }
    if life == .stopping { effects += try startCommit() + finishStopping() }
    effects += reportStatus(at: now)
    effects += schedule(at: now)
    return effects
  }

  // MARK: The record

  /// What the device keeps of a folder beside its record.
  package static func valueKeys(of folder: FolderID) -> [String] { MarkerCheck.notes.map { $0.key(folder) } + [holdKey(folder), goingKey(folder), verifiedKey(folder)] }

  func write<T>(flush: Bool, _ body: (any FolderRecords) throws -> T) throws -> T {
    try setup.store.write(setup.folder, flush: flush, body)
  }

  func read<T>(_ body: (any FolderRecords) throws -> T) throws -> T { try setup.store.read(setup.folder, body) }

  func ledger(_ records: any FolderRecords) -> Ledger {
    var ledger = Ledger(index: records, device: setup.device, deviceName: setup.deviceName, rules: rules, safeguards: setup.safeguards)
    ledger.holdsDeletes = looking.deletes.holdsAll
    ledger.obstructed = planning.obstructed
    return ledger
  }

  /// Signs what was authored in this transaction, so that it can leave the device once the transaction is flushed.
  func seal(_ ledger: Ledger, in records: any FolderRecords) throws {
    for part in ledger.batches(ofAtMost: Batch.versionCountMax) {
      guard let first = part.first else { continue }
      let log = first.dot.log
      let previous = first.dot.sequence > 1 ? try records.batch(containing: Dot(log: log, sequence: first.dot.sequence - 1))?.hash ?? .zero : .zero
      let batch = try Batch.make(
        team: setup.team, folder: setup.folder, author: setup.device, log: log, firstSequence: first.dot.sequence, previous: previous,
        authHeads: membershipHeads, records: part.map(\.record))
      try records.insertBatch(StoredBatch(batch, hash: batch.hash, signature: try setup.signer.sign(SigningPrefix.batch + batch.header)))
      records.state.batchHashes[log] = batch.hash.words.0.bigEndian
    }
  }

  // MARK: Waking

  private mutating func ticked(at now: Instant) throws -> [FolderEffect] {
    // A timer may be early by a trifle.
    wakes.removeAll { $0 <= now.advanced(by: .milliseconds(1)) }
    guard isBlocked else { return try endWaitingRounds(at: now) }
    if isReopening { return [] }
    isReopening = true
    return [.open]
  }

  /// Asks to be woken at the earliest moment at which something is due.
  private mutating func schedule(at now: Instant) -> [FolderEffect] {
    var due: [Instant] = []
    switch life {
    case .blocked: due.append(now.advanced(by: .seconds(2)))
    case .open:
      if !isPaused, !numbers.isReserving, newRules == nil {
        due += [looking.nextDue, planning.nextDue, patienceEnds, removalsDue, settling.nextDue, keeping.next, pruning.nextDue].compactMap(\.self)
        // What waits for quiet is due again when that comes.
        if planning.isIdle, looking.isIdle, let next = verifying.nextDue { due.append(next) }
      }
      if let next = waitingRoundsDue(after: now) { due.append(next) }
      if let next = lostDue(after: now) { due.append(next) }
      due += peers.values.compactMap { $0.isIncidentTold ? nil : $0.differsSince?.advanced(by: Self.incidentDelay) }
    default: break
    }
    guard let next = due.min() else { return [] }
    // One that comes first asks again for what is due later; nothing is asked for twice.
    if wakes.contains(where: { $0 <= next }) { return [] }
    wakes.append(next)
    return [.wake(at: next)]
  }
}
