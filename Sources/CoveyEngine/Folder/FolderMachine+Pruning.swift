import CoveyCore

/// The record does not grow for ever: once a day, when all is quiet and page by page, what nobody needs any more goes.
extension FolderMachine {
  struct Pruning {
    static let interval = Duration.seconds(86_400)
    /// A log is restated when more of its numbers than this are dead, and more than are living.
    static let deadCountMin: Int64 = 10_000

    /// Where the pass under way goes on.
    enum Stage: Hashable {
      case superseded(after: Superseded?)
      case batches(after: Int64?)
      case manifests(after: Root?)
      case logs
      case restating(LogID)
    }
    var stage: Stage?
    /// When the next pass begins; nil: as soon as all is quiet.
    var next: Instant?
    var nextDue: Instant? { stage == nil ? next : nil }
  }

  mutating func pruneRecord(at now: Instant) throws -> [FolderEffect] {
    if let next = pruning.next, next <= now { pruning.next = nil }
    guard planning.isIdle, looking.isIdle, !numbers.isReserving else { return [] }
    guard let stage = pruning.stage else {
      guard pruning.next == nil else { return [] }
      let (state, todo) = try read { ($0.state, try $0.todoTotals()) }
      guard isSettled(state, todoCount: todo.count), !state.holdsUnknown else { return [] }
      pruning.next = now.advanced(by: Pruning.interval)
      pruning.stage = .superseded(after: nil)
      return [.wake(at: now)]
    }
    let effects = try prune(stage)
    return effects + (pruning.stage == nil ? [] : [.wake(at: now)])
  }

  private mutating func prune(_ stage: Pruning.Stage) throws -> [FolderEffect] {
    switch stage {
    case .superseded(let after):
      let last = try pruneSuperseded(after: after)
      pruning.stage = last.map { Pruning.Stage.superseded(after: $0) } ?? .batches(after: nil)
    case .batches(let after):
      let next = try write(flush: false) { try $0.pruneBatches(after: after, limit: setup.pageCount) }
      pruning.stage = next.map { Pruning.Stage.batches(after: $0) } ?? .manifests(after: nil)
    case .manifests(let after):
      let next = try write(flush: false) { try $0.pruneManifests(after: after, limit: setup.pageCount) }
      pruning.stage = next.map { Pruning.Stage.manifests(after: $0) } ?? .logs
    case .logs:
      pruning.stage = try mostlyDeadLog().map { Pruning.Stage.restating($0) }
    case .restating(let log): return try restate(log)
    }
    return []
  }

  /// A superseded version stays as long as people may ask for it, and until every member holds what stands in its place.
  private func pruneSuperseded(after last: Superseded?) throws -> Superseded? {
    let oldest = setup.wallClock().before(by: setup.historyAge)
    let page = try read { try $0.superseded(before: oldest, after: last, limit: setup.pageCount) }
    guard !page.isEmpty else { return nil }
    try write(flush: false) { records in
      let state = records.state
      // All is settled, so this device holds what it knows.
      let acknowledged = members.map { $0 == setup.device ? state.knowledge : state.acknowledged[$0] ?? VersionVector() }
      var isHeldByAll: [RelativePath: Bool] = [:]
      for path in Set(page.map(\.path)) {
        isHeldByAll[path] = try records.heads(of: path).allSatisfy { head in acknowledged.allSatisfy { $0.covers(head.dot) } }
      }
      try records.removeSuperseded(page.filter { isHeldByAll[$0.path] == true })
    }
    return page.count == setup.pageCount ? page.last : nil
  }

  // MARK: Restating

  /// A log of this device of which more is dead than alive: its batches carry the hashes of all their versions, dead ones as well.
  private func mostlyDeadLog() throws -> LogID? {
    try read { records in
      let state = records.state
      return try records.logs(by: setup.device).first { log in
        let used = Int64(clamping: log == state.log ? state.sequence : state.knowledge[log])
        guard used > Pruning.deadCountMin else { return false }
        let living = try records.headCount(in: log)
        return living > 0 && used - living > Pruning.deadCountMin && used - living > living
      }
    }
  }

  /// Authors a page of what lives in the log again, under another id. A crash in between leaves the log as one of the mostly dead.
  private mutating func restate(_ log: LogID) throws -> [FolderEffect] {
    let state = try read { $0.state }
    guard !state.isFresh, !state.holdsUnknown else { pruning.stage = nil; return [] }
    if log == state.log {
      try renewLog(state)
      return [.tell(.logRestated), reserve(beyond: try read { $0.state })]
    }
    if let wait = try waitForNumbers() { return wait }
    let hasMore = try write(flush: true) { records in
      var ledger = ledger(records)
      let hasMore = try ledger.restate(from: log, limit: setup.pageCount)
      try seal(ledger, in: records)
      return hasMore
    }
    // Another one may be as dead.
    if !hasMore { pruning.stage = .logs }
    settling.isDue = true
    planning.begin()
    return [.announce]
  }

  private mutating func renewLog(_ state: FolderState) throws {
    try rememberPreviousLog(state.log)
    let log = setup.newLog()
    try write(flush: true) { records in
      var ledger = ledger(records)
      try ledger.renewLog(log, because: .numbers)
    }
    numbers.reserved = 0
    numbers.isReserving = true
  }
}
