import CoveyCore
import CoveyProtocol

/// When nothing is in flight: acknowledge what this disk holds, drop what everybody holds, tell how far we are.
extension FolderMachine {
  struct Settling {
    /// Something was agreed or acknowledged since tombstones were last looked through.
    var isDue = true
    /// The acknowledgements of others changed and are to be passed on.
    var announceDue = false
    /// Late files are looked at again then.
    var lateDue: Instant?
    var isLooking = false
    /// When peers may next be told how far we are, while it changes quickly.
    var statusDue: Instant?
    var nextDue: Instant? { [lateDue, statusDue].compactMap(\.self).min() }
  }

  /// Late files are tried again after this long.
  static let lateInterval = Duration.seconds(10)
  static let statusInterval = Duration.milliseconds(500)

  mutating func settle(at now: Instant) throws -> [FolderEffect] {
    var effects: [FolderEffect] = []
    if let due = settling.lateDue, due <= now, !settling.isLooking {
      settling.lateDue = nil
      let late = try read { try $0.lateFiles() }
      if !late.isEmpty { settling.isLooking = true; effects.append(.settleLate(late, deviceName: setup.deviceName)) }
    }
    guard settling.isDue || settling.announceDue, planning.isIdle, looking.isIdle else { return effects }
    settling.isDue = false
    // Whoever hears that this device holds something may drop it for good: a power cut must not make it a thing it never heard of. Where
    // nothing changes, nothing is written.
    let (changed, hasLate, history) = try write(flush: true) { records in
      let before = records.state.acknowledged
      var ledger = ledger(records)
      var after: RelativePath?
      var first = true
      while first || after != nil {
        after = try ledger.acknowledgeAndDrop(members: members, after: after, limit: setup.pageCount)
        first = false
      }
      return (records.state.acknowledged != before, try !records.lateFiles().isEmpty, try records.historyTotals())
    }
    keeping.grown(to: history)
    effects += try discardUnused()
    if hasLate, settling.lateDue == nil, !settling.isLooking { settling.lateDue = now.advanced(by: Self.lateInterval) }
    if changed || settling.announceDue { effects.append(.announce) }
    settling.announceDue = false
    return effects
  }

  /// Where nothing is to do, what was staged in vain and could have resumed a transfer serves nobody any more.
  private mutating func discardUnused() throws -> [FolderEffect] {
    guard !planning.unused.isEmpty, try read({ try $0.todoTotals().count }) == 0 else { return [] }
    let late = Set(try read { try $0.lateFiles() }.map(\.name))
    defer { planning.unused = [] }
    return [.discardStaged(planning.unused.subtracting(late).sorted { $0.text < $1.text })]
  }

  mutating func lateSettled(_ settled: [SettledLate], at now: Instant) throws -> [FolderEffect] {
    settling.isLooking = false
    let authored = try write(flush: true) { records in
      var ledger = ledger(records)
      for item in settled {
        if let history = item.history {
          try records.insertHistory(
            HistoryItem(
              name: history, path: item.late.path, kind: item.late.agreed.kind, root: item.late.root, size: item.late.agreed.size,
              mode: item.late.agreed.mode, modified: item.late.agreed.modified, kept: setup.wallClock(), origin: item.late.agreed.origin))
        }
        // Damaged bytes that were put aside say nothing of the good ones.
        if item.copy != nil, item.late.root == item.late.agreed.root { try ledger.settleOverwritten(item.late.agreed, at: item.late.path) }
        try records.removeLate(item.late.name)
      }
      try seal(ledger, in: records)
      return ledger.authored.count
    }
    for item in settled { if let copy = item.copy { looking.mark(copy, isDeep: false, ready: now, at: now) } }
    settling.isDue = true
    // A loser that is in history now gets its copy from there.
    planning.begin()
    return authored > 0 ? [.announce] : []
  }

  // MARK: Telling peers

  mutating func reportStatus(at now: Instant) -> [FolderEffect] {
    // While it changes quickly little is said of it; that all is done is said at once, for somebody may wait for it.
    let isTooSoon = settling.statusDue.map { $0 > now } ?? false
    if !isTooSoon { settling.statusDue = nil }
    guard life != .opening, life != .recovering, life != .stopped, peers.values.contains(where: \.hasShakenHands) else { return [] }
    if isTooSoon, !planning.isIdle || !looking.isIdle { return [] }
    guard let (state, todo) = try? read({ ($0.state, try $0.todoTotals()) }) else { return [] }
    let status = PeerFolderStatus(
      shown: state.shown.sum, pendingFileCount: todo.count, pendingByteCount: todo.byteCount, isSettled: isSettled(state, todoCount: todo.count),
      knowledge: state.knowledge.hash)
    if isTooSoon, !status.isSettled { return [] }
    var effects: [FolderEffect] = []
    for device in peers.keys.sorted() where peers[device]?.hasShakenHands == true && peers[device]?.statusSent != status {
      peers[device]?.statusSent = status
      effects.append(.send(.folderStatus(setup.folder, status), to: device))
    }
    settling.statusDue = effects.isEmpty || status.isSettled ? nil : now.advanced(by: Self.statusInterval)
    return effects
  }

  /// Equal knowledge and unequal digests, when all is quiet for a while, are an incident that a person should hear of. For longer than a
  /// connection may be silent: until then it may be what the peer said before it heard of something new.
  static let incidentDelay = Duration.seconds(90)

  mutating func compareDigests(at now: Instant) throws -> [FolderEffect] {
    // What was noted is to be forgotten, too, where nobody is settled any more: it would be due at every moment.
    guard peers.values.contains(where: { $0.status?.isSettled == true || $0.differsSince != nil }) else { return [] }
    let (state, todo) = try read { ($0.state, try $0.todoTotals()) }
    let (isQuiet, knowledge) = (isSettled(state, todoCount: todo.count), state.knowledge.hash)
    var effects: [FolderEffect] = []
    for (device, peer) in peers {
      guard isQuiet, let status = peer.status, status.isSettled, status.shown != state.shown.sum, status.knowledge == knowledge else {
        // Most often nothing is to be forgotten, and this is asked after every event.
        if peer.differsSince != nil {
          peers[device]?.differsSince = nil
          peers[device]?.isIncidentTold = false
        }
        continue
      }
      guard let since = peer.differsSince else { peers[device]?.differsSince = now; continue }
      if !peer.isIncidentTold, now.duration(since: since) >= Self.incidentDelay {
        effects.append(.tell(.digestsDiffer(device)))
        peers[device]?.isIncidentTold = true
      }
    }
    return effects
  }

  /// This disk holds what it wants; nothing is unscanned, unauthored, in flight or late, and nobody is in the midst of telling something.
  func isSettled(_ state: FolderState, todoCount: Int64) -> Bool {
    life == .open && !isPaused && !state.isFresh && looking.isIdle && planning.isIdle && newRules == nil && todoCount == 0
      && state.held.sum == state.wanted.sum && settling.lateDue == nil && !settling.isLooking && !problems.contains(where: \.blocks) && rulesProblem == nil
      && planning.failures.isEmpty && numbers.deferred.isEmpty && peers.values.allSatisfy { $0.roundBegan == nil }
  }
}
