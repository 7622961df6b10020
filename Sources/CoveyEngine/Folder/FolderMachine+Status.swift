import CoveyCore
import CoveyProtocol

/// What a person asks, and what the folder says of itself.
extension FolderMachine {
  mutating func obey(_ command: FolderCommand, at now: Instant) throws -> [FolderEffect] {
    switch command {
    case .scan:
      looking.wantsWhole = true
      return []
    case .look(let paths):
      for path in paths { looking.mark(path, isDeep: true, ready: now, at: now) }
      looking.believed.formUnion(paths.prefix(Self.dirtyCountMax - min(looking.believed.count, Self.dirtyCountMax)))
      return []
    case .pause:
      isPaused = true
      abandonJobs()
      return []
    case .resume:
      isPaused = false
      looking.wantsWhole = true
      planning.begin()
      return []
    case .keepBoth(let path): return try change { ledger, _ in try ledger.clearConflictFlag(path) }
    case .settle(let path): return try settleWithoutBytes(path)
    case .releaseHeld(let path): return try change { ledger, _ in try ledger.releaseHeld(path) }
    case .verify: return beginVerifying(isPatient: false)
    case .approveDeletes: return try decide(.approved)
    case .takeBackDeletes: return try decide(.takenBack)
    case .takeName(let name):
      setup.deviceName = name
      return []
    case .stop:
      if life == .opening || life == .recovering || isBlocked { life = .stopped; return [.stopped] }
      life = .stopping
      abandonJobs()
      return []
    }
  }

  private mutating func settleWithoutBytes(_ path: RelativePath) throws -> [FolderEffect] {
    let (own, peers, unavailable) = (setup.device, peers.filter(\.value.hasShakenHands).keys.sorted(), planning.unavailable)
    return try change { ledger, records in
      try ledger.mergeWithoutBytes(path, sources: RecordedSources(records: records, own: own, peers: peers, unavailable: unavailable, making: []))
    }
  }

  var isBlocked: Bool { if case .blocked = life { true } else { false } }

  private mutating func change(_ body: (inout Ledger, any FolderRecords) throws -> Void) throws -> [FolderEffect] {
    let authored = try write(flush: true) { records in
      var ledger = ledger(records)
      try body(&ledger, records)
      try seal(ledger, in: records)
      return ledger.authored.count
    }
    planning.begin()
    return authored > 0 ? [.announce] : []
  }

  /// How the folder stands now. A few small reads of the record.
  package func status() throws -> FolderStatus {
    let (state, todo, conflictCount, held, late) = try read {
      ($0.state, try $0.todoTotals(), try $0.conflictCount(), try $0.heldEntries(after: nil, limit: Self.problemCountMax), try $0.lateFiles())
    }
    let settled = isSettled(state, todoCount: todo.count)
    var peerStatus: [DeviceID: FolderStatus.Peer] = [:]
    let knowledge = state.knowledge.hash
    for (device, peer) in peers {
      // Of equal digests alone one may be old: a change and its undoing, or a change of times, would pass for in sync before they arrived.
      let same = peer.status?.shown == state.shown.sum && peer.status?.knowledge == knowledge && peer.status?.isSettled == true
      peerStatus[device] = FolderStatus.Peer(
        isInSync: same, behindFileCount: peer.status.map { same ? 0 : max($0.pendingFileCount, 1) } ?? 0,
        behindByteCount: peer.status?.pendingByteCount ?? 0)
    }
    let all = allProblems(held: held, late: late)
    return FolderStatus(
      state: displayState(isSettled: settled, problems: all), isInSync: settled && peerStatus.values.allSatisfy(\.isInSync), isSettled: settled,
      held: state.held, pendingFileCount: todo.count, pendingByteCount: todo.byteCount, conflictCount: conflictCount,
      heldForDecisionCount: held.count, heldDeletes: looking.deletes.held, problems: all, peers: peerStatus, isFresh: state.isFresh)
  }

  /// Heads that are counted for one member at most: whoever lacks more is far behind, and the exact number tells nobody anything.
  static let backlogCountMax = 5_000

  /// What a member that is not connected is known to lack: heads beyond what it acknowledged, and what it had not fetched when it left.
  func backlog(of device: DeviceID, beyond acknowledged: VersionVector, _ state: FolderState) throws -> FolderBacklog {
    var backlog = FolderBacklog(fileCount: lastHeard[device]?.pendingFileCount ?? 0, byteCount: lastHeard[device]?.pendingByteCount ?? 0)
    try read { records in
      var left = Self.backlogCountMax
      for dot in state.knowledge.dots where left > 0 && acknowledged[dot.log] < dot.sequence {
        for head in try records.heads(in: dot.log, after: acknowledged[dot.log], limit: left) {
          left -= 1
          backlog.fileCount += 1
          if head.kind == .file { backlog.byteCount += head.size }
        }
      }
    }
    return backlog
  }

  func state() throws -> FolderState { try read { $0.state } }

  private func displayState(isSettled: Bool, problems: [Problem]) -> FolderStatus.State {
    if isPaused { return .paused }
    if isBlocked { return .blocked }
    if life != .open { return .scanning }
    if looking.running != nil && (looking.running?.isWhole == true || planning.isIdle) || looking.wantsWhole { return .scanning }
    if isSettled { return .idle }
    if !planning.jobs.isEmpty || planning.cursor != nil { return .syncing }
    return problems.contains(where: \.blocks) || looking.deletes.held != nil ? .blocked : looking.isIdle ? .idle : .scanning
  }

  private func allProblems(held: [Entry], late: [LateFile]) -> [Problem] {
    var all: [Problem] = []
    if case .blocked(let reason) = life { all.append(Problem(path: [], reason: reason, blocks: true)) }
    if let rulesProblem { all.append(rulesProblem) }
    all += problems
    all += looking.unwatched
    all += planning.failures.filter { $0.value.isTrouble }.sorted { $0.key < $1.key }.map { Problem(path: $0.key.bytes, reason: $0.value.error.message, blocks: true) }
    all += planning.waits.sorted { $0.key < $1.key }.compactMap { path, reason in
      reason.sentence.map { Problem(path: path.bytes, reason: $0, blocks: true) }
    }
    all += held.map {
      $0.isDamaged ? Problem(path: $0.path.bytes, reason: Self.damaged, blocks: true) : Problem(path: $0.path.bytes, reason: "held for a decision: it was here before the folder was met anew and nobody has it; edit it to keep it, delete it, or run covey restore", blocks: false)
    }
    all += late.map { Problem(path: $0.path.bytes, reason: Self.stillOpen, blocks: true) }
    return Array(all.prefix(Self.problemCountMax))
  }

  package static let stillOpen =
    "a program has the replaced version open and could still write to it, so that is kept until it is closed: close the file in that program"

  package static let damaged =
    "its bytes changed on the disk though nobody wrote to it: connect a device that has the good ones, edit the file, or let these count with covey held accept"

  /// Why nothing is scanned now, if so.
  package var obstacle: String? {
    if case .blocked(let reason) = life { return reason }
    if life == .stopping || life == .stopped { return "the daemon is stopping: start it again" }
    return isPaused ? "it is paused: resume it first" : nil
  }

  /// The number that a scan asked for now will have reached when its result is in the index.
  package var nextWholeScan: UInt64 { looking.scanCount + 1 }
  package func hasScannedWhole(_ number: UInt64) -> Bool { looking.wholeCompleted >= number && looking.isIdle }
  package var isLookingDone: Bool { looking.isIdle || isPaused || life != .open }
  package var areDeletesDecided: Bool { looking.deletes.hold == nil }
  package func hasDrained(_ token: UInt64) -> Bool { looking.drained >= token }
}
