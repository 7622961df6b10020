import CoveyCore

/// From what the heads show to jobs: the plan is computed path by path from the record, each time anew.
extension FolderMachine {
  /// The pass over paths with something to do, and the jobs that came of it.
  struct Planning {
    /// Where the pass goes on; nil when no pass is under way.
    var cursor: Cursor?
    /// Something happened since the pass began: another follows.
    var again = false
    /// The pass goes over the paths for the second time, now that all renames are found: what is left to be removed is removed.
    var isRemoving = false
    /// Files are to be removed, if no rename turns up that wants them.
    var removalsWait = false
    var jobs: [UInt64: Job] = [:]
    var jobCount: UInt64 = 0
    /// Jobs whose contents are all staged, in the order in which they are committed.
    var ready: [UInt64] = []
    /// The job whose staged files are being flushed, while the one before it is carried out.
    var flushing: UInt64?
    /// The job whose steps are being carried out.
    var performing: UInt64?
    /// What the watch will tell of the new names that are being carried out. It has told all of it before ``performed(_:_:at:)``, and what
    /// stands there is looked at after it was told: so whatever else happens there is told apart, or seen.
    var echoes: Set<WatchReport> = []
    /// Jobs that were carried out, in order; the directories of the first are being flushed.
    var performed: [UInt64] = []
    var isCommitting: Bool { flushing != nil || performing != nil || !performed.isEmpty }
    /// Paths of jobs in flight.
    var busy = BusyPaths()
    /// Directories that a job before has made by the time a later one is committed.
    var making: Set<RelativePath> = []
    /// What waits, with the reason, as the last whole pass found it; and as the present one does.
    var waits: [RelativePath: WaitReason] = [:]
    var newWaits: [RelativePath: WaitReason] = [:]
    /// Contents that a device was asked for and does not have; of this device: that its record has here and its disk does not.
    var unavailable: [Root: Set<DeviceID>] = [:]
    /// Of those that a peer refused: when it is asked again though it has said nothing new.
    var refusals: [Root: Refusal] = [:]
    var refusalsDue: Instant?
    /// Since when a loser's bytes are awaited. Who holds them and ignores the path makes no copy: the others fetch them after a while.
    var losersAwaitedSince: Instant?
    var isPatienceOver = false
    /// Steps that failed, and when they are tried again.
    var failures: [RelativePath: Failure] = [:]
    /// Paths of jobs in flight out of which something has gone since: a step that fails for what was in there is tried again at once.
    var emptied: Set<RelativePath> = []
    /// Directories that a scan found gone while jobs in flight had paths below: what these record there is to be looked at again.
    var vanished: Set<RelativePath> = []
    /// Those that the present pass found to have something to do still.
    var stillFailing: Set<RelativePath> = []
    /// Contents that were staged for steps that found another disk, or whose plan was given up: until nothing is to do they may serve again.
    var unused: Set<StagedName> = []

    enum Cursor: Hashable { case after(RelativePath?) }

    var isIdle: Bool { cursor == nil && !again && jobs.isEmpty }
    var hasWaits: Bool { !waits.isEmpty || !failures.isEmpty }
    var nextDue: Instant? { [failures.values.lazy.filter { !$0.isRetrying }.map(\.retry).min(), refusalsDue].compactMap(\.self).min() }

    mutating func begin() {
      if cursor == nil { startPass() } else { again = true }
    }

    private mutating func startPass() {
      cursor = .after(nil)
      (isRemoving, removalsWait) = (false, false)
      newWaits = [:]
      stillFailing = []
    }

    /// Directories that are being made may be where files are to be moved: what these leave is not removed before.
    private var preparesMoves: Bool {
      jobs.values.contains { job in
        job.steps.contains { step in
          switch step.action {
          case .makeDirectory, .move: true
          default: false
          }
        }
      }
    }

    /// The pass has come to the last path.
    /// - Parameter mayRemove: whether no more renames are about to be told.
    mutating func endPass(mayRemove: Bool, at now: Instant) {
      if removalsWait, mayRemove, !isRemoving, !preparesMoves {
        (cursor, isRemoving, removalsWait) = (.after(nil), true, false)
        return
      }
      waits = newWaits
      let areAwaited = waits.values.contains { if case .losersAwaited = $0 { true } else { false } }
      // What is being fetched waits for nothing just now.
      if areAwaited { losersAwaitedSince = losersAwaitedSince ?? now } else if jobs.isEmpty { (losersAwaitedSince, isPatienceOver) = (nil, false) }
      // What was tried again and is not under way has nothing to do any more, nor has what is not to be done at all.
      failures = failures.filter { busy.contains($0.key) || (!$0.value.isRetrying && stillFailing.contains($0.key)) }
      cursor = nil
      if again { again = false; startPass() }
    }

    /// Everything that was agreed is forgotten: jobs in flight will find their epoch over.
    mutating func restart() {
      startPass()
      waits = [:]
      failures = [:]
    }
  }

  /// Steps that are committed together.
  struct Job: Sendable {
    var id: UInt64
    var epoch: UInt64
    var steps: [PlannedStep]
    /// The staged name of each step that places something.
    var staged: [StagedName?]
    /// Files here from which contents are copied into staging.
    var sources: Set<RelativePath> = []
    var isFlushed = false
    /// The inodes under those names.
    var inodes: [UInt64] = []
    var diskSteps: [DiskStep] = []
    /// Which disk steps each step became.
    var ranges: [Range<Int>] = []
    var intentIDs: [Int64] = []
    var outcomes: [DiskOutcome] = []
  }

  static let planRules: RelativePath? = try? RelativePath(".coveyignore")

  mutating func planMore(at now: Instant) throws -> [FolderEffect] {
    if let due = planning.nextDue, due <= now {
      for (path, failure) in planning.failures where failure.retry <= now { planning.failures[path]?.isRetrying = true }
      planning.begin()
    }
    planning.askAgain(own: setup.device, at: now)
    if let end = patienceEnds, end <= now {
      planning.isPatienceOver = true
      planning.begin()
    }
    guard newRules == nil, try !read({ $0.state.isFresh }) else { return [] }
    if looking.authoring != nil {
      // After first contact the rules file comes first, then what was recorded is authored, then all else is planned.
      if let effects = try planRulesFile() { return effects }
      guard looking.running == nil, !looking.wantsWhole else { return [] }
      // Another page follows, or the plan.
      return try authorPage() + (numbers.isReserving ? [] : [.wake(at: now)])
    }
    // What is to be held is known only when everything was looked through.
    if try read({ $0.state.holdsUnknown }) { return [] }
    // Deletes that count are authored page by page: in between, what is left of a tree would want its directories back.
    if looking.deletes.hold?.stage == .approved { return [] }
    if planning.removalsWait, planning.cursor == nil, mayRemove(at: now) { planning.begin() }
    var effects: [FolderEffect] = []
    var pageCount = 0
    while case .after(let after)? = planning.cursor, planning.jobs.count < Self.jobCountMax {
      pageCount += 1
      if pageCount > 4 { effects.append(.wake(at: now)); break }
      let page = try read { try $0.todo(after: after, limit: setup.pageCount) }
      effects += try plan(page)
      if page.count == setup.pageCount {
        planning.cursor = .after(page.last)
      } else {
        planning.endPass(mayRemove: mayRemove(at: now), at: now)
      }
    }
    return effects
  }

  /// A file that vanishes here may appear elsewhere with the rest of a round, and is then moved. So files are removed between rounds,
  /// unless one takes very long.
  static let removalDelayMax = Duration.seconds(60)

  private var roundsDue: Instant? { peers.values.compactMap(\.roundBegan).max()?.advanced(by: Self.removalDelayMax) }

  var removalsDue: Instant? { planning.removalsWait && planning.cursor == nil ? roundsDue : nil }

  private func mayRemove(at now: Instant) -> Bool { roundsDue.map { $0 <= now } ?? true }

  /// Puts the team's rules file in place before anything else is authored or planned; nil when it is where it belongs.
  private mutating func planRulesFile() throws -> [FolderEffect]? {
    guard let path = Self.planRules else { return nil }
    if planning.busy.contains(path) { return [] }
    let hasHead = try read { records in try !records.heads(of: path).isEmpty && records.todo(after: nil, limit: 1_000).contains(path) }
    guard hasHead else { return nil }
    let jobCount = planning.jobCount
    let effects = try plan([path])
    return planning.jobCount == jobCount ? nil : effects
  }

  private mutating func plan(_ page: [RelativePath]) throws -> [FolderEffect] {
    var steps: [(PlannedStep, FetchItem?)] = []
    if !planning.failures.isEmpty { planning.stillFailing.formUnion(page.filter { planning.failures[$0] != nil }) }
    let (peerIDs, planningNow, lookingNow) = (peers.filter(\.value.hasShakenHands).keys.sorted(), planning, looking)
    var waits: [RelativePath: WaitReason] = [:]
    var authored = 0
    var (removalsWait, isAgreed) = (false, false)
    var claimed: Set<RelativePath> = []
    try write(flush: false) { records in
      try records.expect(page)
      var ledger = ledger(records)
      var sources = RecordedSources(
        records: records, own: setup.device, peers: peerIDs, unavailable: planningNow.unavailable, making: planningNow.making)
      let late = try Set(records.lateFiles().map(\.name))
      sources.isPatienceOver = planningNow.isPatienceOver
      sources.mayNotMove = { planningNow.busy.contains($0) || planningNow.failures[$1] != nil || lookingNow.isUncertain($0) }
      for path in page where !planningNow.busy.contains(path) && !looking.isUncertain(path) {
        let failure = planningNow.failures[path]
        // What failed is not tried before its time, but a directory that could not be removed may be wanted again.
        let rests = failure?.isRetrying == false
        if rests, failure?.error.code != .notEmpty { continue }
        switch try ledger.plan(path, sources: sources) {
        case .nothing: continue
        case .wait where rests: continue
        case .step(let step) where rests && !step.isRecordOnly: continue
        case .wait(let reason): if waits.count < Self.problemCountMax { waits[path] = reason }
        // Another step has to do with one of its paths: planned again when the job of that one has ended.
        case .step(let step) where claimed.contains(path) || step.otherPaths.contains { planningNow.busy.contains($0) || claimed.contains($0) }:
          continue
        case .step(let step):
          if step.isPlainRemoval, !planningNow.isRemoving, path != Self.planRules {
            removalsWait = true
          } else if step.isPlainRemoval, planningNow.jobs.values.contains(where: { $0.sources.contains(path) }) {
            // Planned again when that job has ended: its bytes need not come from a peer.
            continue
          } else if step.isRecordOnly {
            try ledger.carriedOut(step, now: try records.entry(path)?.observation, copy: nil)
            isAgreed = true
          } else {
            switch step.action {
            case .makeDirectory: sources.making.insert(path)
            case .move(let source): sources.leaving.insert(source.path)
            case .remove: sources.leaving.insert(path)
            default: break
            }
            claimed.insert(path)
            claimed.formUnion(step.otherPaths)
            steps.append((step, try fetchItem(step, late: late, records: records)))
          }
        }
      }
      try seal(ledger, in: records)
      authored = ledger.authored.count
    }
    let copied = steps.reduce(into: Set<RelativePath>()) { $0.formUnion($1.1?.files ?? []) }
    if !copied.isEmpty { steps.removeAll { $0.0.isPlainRemoval && copied.contains($0.0.path) } }
    planning.newWaits.merge(waits) { $1 }
    if removalsWait { planning.removalsWait = true }
    if isAgreed {
      settling.isDue = true
      // What such a path may still wait for is found when it is planned again.
      planning.begin()
    }
    return assemble(steps) + (authored > 0 ? [.announce] : [])
  }

  private func fetchItem(_ step: PlannedStep, late: Set<StagedName>, records: any FolderRecords) throws -> FetchItem? {
    guard let content = step.placedContent, let staged = Self.stagedName(content.root, for: step.destination, besides: late) else { return nil }
    let here = content.kind == .file ? try sources(of: content.root, records: records) : []
    var similar: [FetchItem.Similar] = []
    if content.kind == .file, content.size > ChunkSizes.smallByteCountMax {
      if let old = try records.entry(step.path)?.observation, old.kind == .file { similar.append(.init(source: .file(step.path), root: old.root)) }
      for head in try records.heads(of: step.path) {
        if let from = head.movedFrom, let old = try records.entry(from)?.observation, old.kind == .file { similar.append(.init(source: .file(from), root: old.root)) }
      }
      for item in try records.history(of: step.path, limit: 2) where item.kind == .file { similar.append(.init(source: .history(item.name), root: item.root)) }
    }
    return FetchItem(
      path: step.path, kind: content.kind, root: content.root, target: content.target, size: content.size, mode: content.mode,
      modified: content.modified, staged: staged, here: here, similar: similar)
  }

  private func sources(of root: Root, records: any FolderRecords) throws -> [ContentSource] {
    try records.entries(withRoot: root, limit: 3).map { .file($0.path) } + records.history(withRoot: root, limit: 2).map { .history($0.name) }
  }

  /// The same name for the same content and path at every start, so that a half-fetched content is found again; where what it once
  /// displaced waits under that name, the next one.
  static func stagedName(_ root: Root, for path: RelativePath, besides late: Set<StagedName> = []) -> StagedName? {
    let name = "f-" + root.digest.hex.prefix(40) + "-" + Root(smallContent: path.bytes).digest.hex.prefix(16)
    return (0...late.count).lazy.compactMap { StagedName($0 == 0 ? name : name + "-\($0)") }.first { !late.contains($0) }
  }
}
