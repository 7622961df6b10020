import CoveyCore

/// Coming up: is this the directory, is the record the newest this device ever had, and what was under way when it stopped.
extension FolderMachine {
  mutating func opened(marker: FolderMarker?, machine: String, wasClean: Bool) throws -> [FolderEffect] {
    guard life != .stopping else { return [] }
    numbers.machine = machine
    let state = try read { $0.state }
    guard let marker else {
      if numbers.reserved > 0 || state.sequence > 0 || !state.knowledge.isEmpty { return block(Self.unmarked, at: nil) }
      // The folder is shared or accepted just now: the marker is the first thing to be written, once it can be. Should there be one after
      // all, in a folder that is not mounted now, it names another log.
      try renewLog(after: nil, because: .numbers)
      // A folder that was shared before has its history still.
      keeping.search = .after(nil)
      return try comeUp(firstLog: read { $0.state.log })
    }
    guard marker.folder == setup.folder else { return block(MarkerCheck.foreign, at: nil) }
    let isOurs = marker.device == setup.device && marker.machine == machine
    let before = try previousLog()
    // The directory was away for a while.
    if numbers.areProved {
      guard isOurs, MarkerCheck.isExpected(marker, log: state.log, sequence: state.sequence, previous: before) else { return try meetAnotherDirectory(marker) }
      numbers.reserved = max(numbers.reserved, marker.reserved)
      return try comeUp(firstLog: marker.firstLog)
    }
    numbers.areProved = true
    if !wasClean { keeping.search = .after(nil) }
    // After a clean stop the marker repeats the exact number; one that goes beyond is younger than this record.
    let isComplete = wasClean ? marker.reserved == state.sequence : marker.reserved >= state.sequence
    let isNewest = isOurs && (marker.log == state.log || marker.log == before) && isComplete
    if !isNewest || !wasClean {
      // A record that cannot prove to be the newest may have used numbers it does not know of.
      let isFirstContact = !isNewest && !(state.isFresh && state.sequence == 0)
      // Nothing is authored that the marker does not cover.
      let isOlder = marker.log == state.log && marker.reserved < state.sequence
      let first = try MarkerCheck.firstLog.of(setup.folder, in: setup.store)
      let isAnother = first != nil && first != marker.firstLog
      if isFirstContact, isOlder || isAnother || marker.device != setup.device { return try meetAnotherDirectory(marker) }
      try renewLog(after: marker.log, because: isFirstContact ? .age : .numbers)
      return try comeUp(firstLog: marker.firstLog)
    }
    numbers.reserved = marker.reserved
    return try comeUp(firstLog: marker.firstLog)
  }

  /// Another directory than the one that the record speaks of: what it does not have was never deleted from it, what it has is no edit,
  /// and no step was begun in it.
  private mutating func meetAnotherDirectory(_ marker: FolderMarker) throws -> [FolderEffect] {
    try renewLog(after: marker.log, because: .anotherDirectory)
    try forgetAgreed()
    return try [.tell(.metAnew), .resetSessions] + comeUp(firstLog: marker.firstLog)
  }

  /// Begins a new log; until the marker names it, it may name only the one that stands there.
  private mutating func renewLog(after previous: LogID?, because doubt: Doubt) throws {
    let log = setup.newLog()
    try MarkerCheck.previousLog.set(previous, of: setup.folder, in: setup.store)
    try write(flush: true) { records in
      var ledger = ledger(records)
      try ledger.renewLog(log, because: doubt)
      // Not later: a start in between would stand these steps against the wrong directory.
      if doubt == .anotherDirectory { try records.removeIntents(records.intents().map(\.id)) }
    }
    numbers.reserved = 0
  }

  static let unmarked =
    "the folder's marker .covey/folder is missing: mount the folder or put it back; nothing is deleted or announced meanwhile"

  private func previousLog() throws -> LogID? { try MarkerCheck.previousLog.of(setup.folder, in: setup.store) }

  func rememberPreviousLog(_ log: LogID) throws { try MarkerCheck.previousLog.set(log, of: setup.folder, in: setup.store) }

  /// - Parameter firstLog: what tells the directory from others. The record names it only now: before, it did not yet speak of this one.
  private mutating func comeUp(firstLog: LogID?) throws -> [FolderEffect] {
    life = .recovering
    numbers.firstLog = firstLog
    if try MarkerCheck.firstLog.of(setup.folder, in: setup.store) != firstLog { try MarkerCheck.firstLog.set(firstLog, of: setup.folder, in: setup.store) }
    numbers.isReserving = false
    // What still waits for numbers is of the time before, such as the answer to an older question of the same kind.
    try giveUpDeferred()
    let intents = try read { try $0.intents() }
    return try reserveAhead() + [.recover(intents)]
  }

  /// After a crash the staged names decided; what a step had done is recorded as if it had just been done.
  mutating func recovered(_ outcomes: [Recovered]) throws -> [FolderEffect] {
    guard life == .recovering else { return [] }
    try write(flush: true) { records in
      var ledger = ledger(records)
      for recovered in outcomes {
        guard case .done(let outcome) = recovered.outcome, let step = PlannedStep(canonical: recovered.intent.plan) else { continue }
        if step.isMakingDirectory {
          // A file that gave way to a directory not yet made is in history, in its copy, or somebody may still write to it; the scan finds
          // the rest.
          try keepDisplaced(outcome, of: step, records: records)
        } else {
          try record(step.left(outcome), of: step, ledger: &ledger, records: records)
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
    return try [.keepLeftovers(named: late.map(\.name))] + greetAll()
  }

  mutating func kept(_ leftovers: Leftovers) throws -> [FolderEffect] {
    // A transfer that resumes takes its content up again; what is left when nothing is to do was of a version that nobody wants now.
    let resumed = Set(planning.jobs.values.flatMap { $0.staged.compactMap(\.self) })
    planning.unused.formUnion(leftovers.unfinished.filter { !resumed.contains($0) })
    settling.isDue = true
    guard !leftovers.kept.isEmpty else { return [] }
    try write(flush: false) { records in for item in leftovers.kept { try records.insertHistory(item) } }
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
    .reserve(marker(state, reserved: state.sequence + setup.reserveCount), isFirst: !numbers.areProved)
  }

  private func marker(_ state: FolderState, reserved: UInt64) -> FolderMarker {
    FolderMarker(folder: setup.folder, device: setup.device, log: state.log, reserved: reserved, machine: numbers.machine, firstLog: numbers.firstLog)
  }

  /// Whether handling the event may author versions.
  private func needsNumbers(_ event: FolderEvent) -> Bool {
    switch event {
    case .observed, .looked, .directoriesFlushed, .recovered, .lateSettled: true
    case .command(.keepBoth), .command(.settle), .command(.releaseHeld): true
    default: false
    }
  }

  /// Puts the event off until the marker says that its numbers may be used. A scan must not end before what it brought is taken in.
  mutating func mustWait(_ event: FolderEvent) throws -> Bool {
    let isEnd = if case .scanned = event { true } else { false }
    guard needsNumbers(event) || isEnd else { return false }
    if numbers.deferred.isEmpty {
      if isEnd { return false }
      if try read({ $0.state.sequence }) + setup.reserveCount / 4 <= numbers.reserved { return false }
    }
    numbers.deferred.append(event)
    return true
  }

  /// Reserves numbers long before they are needed, so that hardly anything waits.
  mutating func reserveAhead() throws -> [FolderEffect] {
    guard !numbers.isReserving, life != .opening, life != .stopped, !isBlocked else { return [] }
    let state = try read { $0.state }
    guard state.sequence + setup.reserveCount / 2 > numbers.reserved else { return [] }
    numbers.isReserving = true
    return [reserve(beyond: state)]
  }

  /// Nil when one transaction more may author; else what is to be awaited first.
  mutating func waitForNumbers() throws -> [FolderEffect]? {
    try read { $0.state.sequence } + setup.reserveCount / 4 <= numbers.reserved ? nil : reserveAhead()
  }

  mutating func reserved(upTo number: UInt64, at now: Instant) throws -> [FolderEffect] {
    numbers.reserved = max(numbers.reserved, number)
    numbers.isReserving = false
    var effects: [FolderEffect] = []
    if !numbers.areProved {
      // The first marker of a new folder stands.
      numbers.areProved = true
      effects += try greetAll()
    }
    // The marker names the present log.
    if try previousLog() != nil { try MarkerCheck.previousLog.set(nil, of: setup.folder, in: setup.store) }
    let deferred = numbers.deferred
    numbers.deferred = []
    return try effects + deferred.flatMap { try handle($0, at: now) }
  }

  mutating func reserveFailed(_ error: DiskError, at now: Instant) throws -> [FolderEffect] {
    numbers.isReserving = false
    try giveUpDeferred()
    return block("its marker cannot be written: \(error.message)", at: now)
  }

  private mutating func giveUpDeferred() throws {
    for event in numbers.deferred { try giveUp(event) }
    numbers.deferred = []
  }

  /// What was done and cannot be recorded now: the folder comes up anew, and finds it on the disk.
  private mutating func giveUp(_ event: FolderEvent) throws {
    switch event {
    case .directoriesFlushed: try leaveToRecovery()
    case .lateSettled:
      settling.isLooking = false
      settling.isDue = true
    case .looked: newRules = nil
    default: break
    }
  }

  // MARK: Stopping

  mutating func finishStopping() throws -> [FolderEffect] {
    guard life == .stopping, !planning.isCommitting, looking.running == nil else { return [] }
    life = .stopped
    let state = try read { $0.state }
    return [.closeRecord(marker(state, reserved: state.sequence)), .stopped]
  }
}
