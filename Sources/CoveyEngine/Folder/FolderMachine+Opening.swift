import CoveyCore

/// Coming up: is this the directory, is the record the newest this device ever had, and what was under way when it stopped.
extension FolderMachine {
  mutating func opened(marker: FolderMarker?, machine: String, wasClean: Bool) throws -> [FolderEffect] {
    let returns = life != .opening
    guard life != .stopping else { return [] }
    numbers.machine = machine
    let state = try read { $0.state }
    guard let marker else {
      if returns || state.sequence > 0 || !state.knowledge.isEmpty { return block(Self.unmarked, at: nil) }
      // The folder is shared or accepted just now: the marker is the first thing to be written.
      return try comeUp(state)
    }
    guard marker.folder == setup.folder else { return block("its marker .covey/folder belongs to another folder: put the right one back", at: nil) }
    if returns {
      numbers.reserved = max(numbers.reserved, marker.reserved)
      return try comeUp(state)
    }
    if !wasClean { keeping.search = .after(nil) }
    let isOurs = marker.device == setup.device && marker.machine == machine
    let before = try previousLog()
    let isNewest = isOurs && (marker.log == state.log || marker.log == before) && marker.reserved >= state.sequence
    if !isNewest || !wasClean {
      // A record that cannot prove to be the newest may have used numbers it does not know of.
      let isFirstContact = !isNewest && !(state.isFresh && state.sequence == 0)
      let log = setup.newLog()
      try rememberPreviousLog(state.log)
      try write(flush: true) { records in
        var ledger = ledger(records)
        try ledger.renewLog(log, asFirstContact: isFirstContact)
      }
      numbers.reserved = 0
      return try comeUp(try read { $0.state })
    }
    numbers.reserved = marker.reserved
    return try comeUp(state)
  }

  static let unmarked =
    "the folder's marker .covey/folder is missing: mount the folder or put it back; nothing is deleted or announced meanwhile"

  static func previousLogKey(_ folder: FolderID) -> String { "previous-log:\(folder.hex)" }

  private func previousLog() throws -> LogID? {
    guard let bytes = try setup.store.value(forKey: Self.previousLogKey(setup.folder)) else { return nil }
    var reader = CanonicalReader(bytes)
    return LogID(try reader.fixed64())
  }

  func rememberPreviousLog(_ log: LogID) throws {
    var writer = CanonicalWriter()
    writer.fixed64(log.value)
    try setup.store.setValue(writer.bytes, forKey: Self.previousLogKey(setup.folder))
  }

  private mutating func comeUp(_ state: FolderState) throws -> [FolderEffect] {
    life = .recovering
    var effects: [FolderEffect] = []
    if numbers.reserved < state.sequence + Self.reserveCount / 2 { effects.append(reserve(beyond: state)) }
    let intents = try read { try $0.intents() }
    return effects + [.watch, .recover(intents)]
  }

  /// After a crash the staged names decided; what a step had done is recorded as if it had just been done.
  mutating func recovered(_ outcomes: [Recovered]) throws -> [FolderEffect] {
    guard life == .recovering else { return [] }
    try write(flush: true) { records in
      var ledger = ledger(records)
      for recovered in outcomes {
        // A file that gave way to a directory not yet made is in history or its copy; the scan finds the rest.
        if case .done(let outcome) = recovered.outcome, let step = PlannedStep(canonical: recovered.intent.plan), !step.isMakingDirectory {
          try record(outcome.unread, of: step, ledger: &ledger, records: records)
        }
      }
      try seal(ledger, in: records)
      try records.removeIntents(outcomes.map(\.intent.id))
    }
    life = .open
    looking.wantsWhole = true
    looking.deletes.hold = try read({ $0.state.isFresh }) ? nil : try storedHold()
    planning.begin()
    if try isAlone() { try beginAlone() }
    let late = try read { try $0.lateFiles() }
    var effects: [FolderEffect] = [.keepLeftovers(named: late.map(\.name))]
    for device in peers.keys.sorted() {
      effects += handshakeEffects(device)
      if let handshake = peers[device]?.waiting { effects += try shakeHands(handshake, with: device) }
    }
    return effects
  }

  mutating func kept(_ items: [HistoryItem]) throws -> [FolderEffect] {
    guard !items.isEmpty else { return [] }
    try write(flush: false) { records in for item in items { try records.insertHistory(item) } }
    return []
  }

  // MARK: Blocked

  /// The directory is not there, or not ours: nothing is concluded from what is missing.
  mutating func block(_ reason: String, at now: Instant?) -> [FolderEffect] {
    guard life != .stopping, life != .stopped else { return [] }
    life = .blocked(reason: reason)
    keeping.isBusy = false
    verifying.run = nil
    looking.running = nil
    looking.wantsWhole = true
    abandonJobs()
    return []
  }

  // MARK: Numbers

  func reserve(beyond state: FolderState) -> FolderEffect {
    .reserve(
      FolderMarker(
        folder: setup.folder, device: setup.device, log: state.log, reserved: state.sequence + Self.reserveCount, machine: numbers.machine))
  }

  /// Whether handling the event may author versions.
  func needsNumbers(_ event: FolderEvent) -> Bool {
    switch event {
    case .observed, .looked, .directoriesFlushed, .recovered, .command: true
    case .roundEnd, .tick: false
    default: false
    }
  }

  /// Puts the event off until the marker says that its numbers may be used; nil when they may now.
  mutating func waitForNumbers(_ event: FolderEvent) throws -> [FolderEffect]? {
    let state = try read { $0.state }
    if state.sequence + Self.authoredCountMax <= numbers.reserved {
      guard state.sequence + Self.reserveCount / 2 > numbers.reserved, !numbers.isReserving else { return nil }
      return nil
    }
    numbers.deferred.append(event)
    if numbers.isReserving { return [] }
    numbers.isReserving = true
    return [reserve(beyond: state)]
  }

  /// Nil when one transaction more may author; else what is to be awaited first.
  mutating func waitForNumbers() throws -> [FolderEffect]? {
    if numbers.isReserving { return [] }
    let state = try read { $0.state }
    if state.sequence + Self.authoredCountMax <= numbers.reserved { return nil }
    numbers.isReserving = true
    return [reserve(beyond: state)]
  }

  mutating func reserved(upTo number: UInt64, at now: Instant) throws -> [FolderEffect] {
    numbers.reserved = max(numbers.reserved, number)
    numbers.isReserving = false
    let deferred = numbers.deferred
    numbers.deferred = []
    return try deferred.flatMap { try handle($0, at: now) }
  }

  mutating func reserveFailed(_ error: DiskError, at now: Instant) -> [FolderEffect] {
    numbers.isReserving = false
    numbers.deferred = []
    return block("its marker cannot be written: \(error.message)", at: now)
  }

  // MARK: Stopping

  mutating func finishStopping() throws -> [FolderEffect] {
    guard life == .stopping, planning.committing == nil, looking.running == nil else { return [] }
    life = .stopped
    return [.stopped]
  }
}

extension DiskOutcome {
  /// The outcome with a change time that no file has: what stands there may have been written since, and is read by the next scan.
  fileprivate var unread: DiskOutcome {
    func unread(_ stat: FileStat?) -> FileStat? {
      guard var stat, stat.kind != .directory else { return stat }
      stat.changed = .zero
      return stat
    }
    return switch self {
    case .done(let now, let history, let copy): .done(now: unread(now), history: history, copy: unread(copy))
    case .late(let now, let name): .late(now: unread(now), name)
    case .changed, .failed: self
    }
  }
}
