import CoveyCore

/// From staged contents to what is agreed: DESIGN section 8. The order of the effects is the promise.
extension FolderMachine {
  mutating func fetched(_ id: UInt64, _ outcomes: [FetchOutcome], at now: Instant) throws -> [FolderEffect] {
    guard var job = planning.jobs[id] else { return [] }
    var kept: [(step: PlannedStep, staged: StagedName?, inode: UInt64)] = []
    var chunks: [Root: [Chunk]] = [:]
    var released: [PlannedStep] = []
    for (index, step) in job.steps.enumerated() {
      switch index < outcomes.count ? outcomes[index] : .unavailable([]) {
      case .staged(let inode, let manifest):
        kept.append((step, job.staged[index], inode))
        if let content = step.placedContent { planning.refusals[content.root] = nil }
        if let manifest, let content = step.placedContent { chunks[content.root] = manifest }
      case .unavailable(let devices):
        released.append(step)
        if let staged = job.staged[index] { planning.unused.insert(staged) }
        if let root = step.placedContent?.root, planning.unavailable.count < Self.unavailableCountMax {
          // This disk was asked first: what the record has here and cannot be read is not here until a scan has looked again.
          if try read({ try RecordedSources.has(root, in: $0) }) { planning.unavailable[root, default: []].insert(setup.device) }
          planning.refused(root, by: devices, at: now)
        }
      case .failed(let error):
        released.append(step)
        if let staged = job.staged[index] { planning.unused.insert(staged) }
        fail(step, error, at: now)
      }
    }
    if !released.isEmpty {
      var rest = job
      rest.steps = released
      closeJob(rest)
    }
    guard !kept.isEmpty else { planning.jobs[id] = nil; return [] }
    job.steps = kept.map(\.step)
    job.staged = kept.map(\.staged)
    job.inodes = kept.map(\.inode)
    planning.jobs[id] = job
    if !chunks.isEmpty { try write(flush: false) { records in for (root, manifest) in chunks { try records.setManifest(manifest, for: root) } } }
    planning.ready.append(id)
    return []
  }

  /// Flushes what is staged for one job while the one before it is carried out; each keeps its own order.
  mutating func startCommit() throws -> [FolderEffect] {
    // A scan of everything gets its turn between two commits.
    if looking.wantsWhole, looking.running == nil, newRules == nil, life == .open { return [] }
    var effects: [FolderEffect] = []
    if planning.performing == nil, let id = planning.ready.first, planning.jobs[id]?.isFlushed == true {
      planning.ready.removeFirst()
      planning.performing = id
      effects += try perform(id)
    }
    if planning.flushing == nil, let id = planning.ready.first(where: { planning.jobs[$0]?.isFlushed == false }), let job = planning.jobs[id] {
      planning.flushing = id
      effects.append(.flushStaged(job: id, setup.flushes ? job.staged.compactMap(\.self) : []))
    }
    return effects
  }

  mutating func stagedFlushed(_ id: UInt64, _ error: DiskError?, at now: Instant) throws -> [FolderEffect] {
    if planning.flushing == id { planning.flushing = nil }
    guard let job = planning.jobs[id] else { return [] }
    guard let error else {
      planning.jobs[id]?.isFlushed = true
      return []
    }
    for step in job.steps { fail(step, error, at: now) }
    planning.unused.formUnion(job.staged.compactMap(\.self))
    planning.ready.removeAll { $0 == id }
    closeJob(job)
    return []
  }

  /// What is staged is on the disk: notes what is about to be done, then does it.
  private mutating func perform(_ id: UInt64) throws -> [FolderEffect] {
    guard var job = planning.jobs[id] else { return [] }
    let time = setup.wallClock()
    var intents: [Intent] = []
    for (index, step) in job.steps.enumerated() {
      let inode = index < job.inodes.count ? job.inodes[index] : nil
      let diskSteps = step.diskSteps(staged: job.staged[index], stagedInode: inode, at: time)
      job.ranges.append(job.diskSteps.count..<(job.diskSteps.count + diskSteps.count))
      job.diskSteps += diskSteps
      // A new name replaces nothing: after a crash it is found as what the heads show, or in staging.
      for diskStep in diskSteps where diskStep.needsIntent { intents.append(Intent(id: 0, step: diskStep, plan: step.canonical)) }
    }
    if !intents.isEmpty { job.intentIDs = try write(flush: setup.flushes) { [intents] in try $0.insertIntents(intents) } }
    planning.jobs[id] = job
    if setup.safeguards.contains(.echoesEnd) { planning.echoes = [] }
    planning.echoes.formUnion(job.diskSteps.lazy.compactMap(\.echo))
    return [.perform(job: id, job.diskSteps)]
  }

  mutating func performed(_ id: UInt64, _ outcomes: [DiskOutcome], at now: Instant) -> [FolderEffect] {
    let unheard = planning.echoes
    if planning.performing == id {
      planning.performing = nil
      if setup.safeguards.contains(.echoesEnd) { planning.echoes = [] }
    }
    guard let job = planning.jobs[id] else { return [] }
    // What was taken for the echo of a step that was not done was somebody else's.
    for (step, outcome) in zip(job.diskSteps, outcomes) {
      if let echo = step.echo, case .failed = outcome, !unheard.contains(echo) { looking.mark(step.path, isDeep: true, ready: now, at: now) }
    }
    planning.jobs[id]?.outcomes = outcomes
    planning.performed.append(id)
    return planning.performed.count == 1 ? [.flushDirectories(job: id)] : []
  }

  /// The names are on the disk, too: the record agrees, and only now is anybody told.
  mutating func directoriesFlushed(_ id: UInt64, _ error: DiskError?, at now: Instant) throws -> [FolderEffect] {
    guard let job = planning.jobs[id] else { return [] }
    planning.performed.removeAll { $0 == id }
    if let error {
      planning.performed.insert(id, at: 0)
      try leaveToRecovery()
      return block("what was changed could not be flushed to the disk: \(error.message)", at: now)
    }
    let effects = try agree(job, at: now)
    return effects + (planning.performed.first.map { [.flushDirectories(job: $0)] } ?? [])
  }

  /// What was done is not agreed: it becomes intents, those of new names as well, and is stood against the disk when the folder comes up
  /// anew. Without them a scan would take it for its user's.
  mutating func leaveToRecovery() throws {
    let jobs = planning.performed.compactMap { planning.jobs[$0] }
    let intents = jobs.filter { $0.epoch == epoch }.flatMap(\.unnotedIntents)
    if !intents.isEmpty { _ = try write(flush: setup.flushes) { try $0.insertIntents(intents) } }
    for job in jobs { closeJob(job) }
    planning.performed = []
  }

  private mutating func agree(_ job: Job, at now: Instant) throws -> [FolderEffect] {
    var discard: [StagedName] = []
    var again: [RelativePath] = []
    var failed: [(PlannedStep, DiskError)] = []
    let isCurrent = job.epoch == epoch
    let authored = try write(flush: true) { records in
      try records.expect(job.steps.map(\.path))
      var ledger = ledger(records)
      for (index, step) in job.steps.enumerated() {
        let outcome = job.outcome(of: index)
        // Somebody has it open, or changed it in that very moment.
        if case .done(let now, _, let copy) = outcome {
          if now?.changed == FileStat.unseen { again += [step.path] + step.otherPaths }
          if copy?.changed == FileStat.unseen, let merge = step.merge { again.append(merge.copy) }
        }
        switch outcome {
        case .changed, .failed: if let taken = job.displacement(of: index) { try keepDisplaced(taken, of: step, records: records) }
        default: break
        }
        switch outcome {
        case .changed:
          again += [step.path] + step.otherPaths
          failed.append((step, .otherwise(step.path)))
          if let staged = job.staged[index] { discard.append(staged) }
        case .failed(let error):
          failed.append((step, error))
          // Of two changes of the disk the first may be done.
          if job.hasBegun(index) { again += [step.path] + step.otherPaths }
          // A step that failed has changed nothing, so that what was staged for it lies there still.
          if let staged = job.staged[index] { planning.unused.insert(staged) }
        case .done, .late:
          if isCurrent {
            try record(outcome, of: step, ledger: &ledger, records: records)
          } else {
            // What was agreed is forgotten; what left its path must be found again all the same.
            try keepDisplaced(outcome, of: step, records: records)
            again.append(step.path)
          }
        }
      }
      try seal(ledger, in: records)
      try records.removeIntents(job.intentIDs)
      return ledger.authored.count
    }
    if !planning.vanished.isEmpty { again += job.steps.map(\.path).filter { $0.ancestors.contains(where: planning.vanished.contains) } }
    closeJob(job)
    for path in again { looking.mark(path, isDeep: true, ready: now, at: now) }
    for (step, error) in failed {
      fail(step, error, at: now)
      // It may be its directory that is gone.
      if error.code == .changed, let parent = step.path.parent { looking.mark(parent, isDeep: false, ready: now, at: now) }
    }
    for step in job.steps { if failed.allSatisfy({ $0.0.path != step.path }) { planning.failures[step.path] = nil } }
    if !planning.emptied.isEmpty { planning.emptied.subtract(job.steps.map(\.path)) }
    planning.retryNames(beside: job.steps.flatMap(\.vacatedPaths), at: now)
    if let rules = Self.planRules, job.steps.contains(where: { $0.path == rules }) { looking.mark(rules, isDeep: false, ready: now, at: now) }
    settling.isDue = true
    return (discard.isEmpty ? [] : [.discardStaged(discard)]) + (authored > 0 ? [.announce] : [])
  }

  /// Records one step that the disk has done: what stands there now is agreed, and what left its path is found again.
  func record(_ outcome: DiskOutcome, of step: PlannedStep, ledger: inout Ledger, records: any FolderRecords) throws {
    let before = try keepDisplaced(outcome, of: step, records: records)
    let now: FileStat?
    var copy: FileStat?
    switch outcome {
    case .done(let stat, _, let copied): (now, copy) = (stat, copied)
    case .late(let stat, _): now = stat
    case .changed, .failed: return
    }
    switch step.action {
    case .keepStanding:
      // What was placed is the copy; the path itself stays as it is.
      try ledger.carriedOut(step, now: before?.observation, copy: now.flatMap { step.copyObservation($0) })
    case .stepAside:
      // What was moved stands aside; nothing is left at the path.
      try ledger.carriedOut(step, now: nil, copy: now.map { step.observation($0) })
    default:
      try ledger.carriedOut(step, now: now.map { step.observation($0) }, copy: copy.flatMap { step.copyObservation($0) })
    }
  }

  /// Notes where the bytes are that left the path; returns what the record said of it.
  @discardableResult
  func keepDisplaced(_ outcome: DiskOutcome, of step: PlannedStep, records: any FolderRecords) throws -> Entry? {
    let before = try records.entry(step.path)
    guard let before, let left = before.observation else { return before }
    switch outcome {
    case .done(_, let history?, _):
      try records.insertHistory(
        HistoryItem(
          name: history, path: step.path, kind: left.kind, root: left.root, size: left.size, mode: left.mode & 0o777, modified: left.modified,
          kept: setup.wallClock(), origin: before.agreed.isLive ? before.agreed.origin : Origin(modified: left.modified, device: "")))
    case .late(_, let name):
      try records.setLate(LateFile(name: name, path: step.path, agreed: before.agreed, root: left.root))
    default: break
    }
    return before
  }
}

extension FolderMachine.Job {
  /// What became of a planned step: the first of its disk steps that was not done, else all of them together.
  func outcome(of index: Int) -> DiskOutcome {
    var whole: (now: FileStat?, history: HistoryName?, copy: FileStat?) = (nil, nil, nil)
    var late: StagedName?
    for place in ranges[index] {
      guard place < outcomes.count else { return .changed }
      switch outcomes[place] {
      case .done(let now, let history, let copy): whole = (now, history ?? whole.history, copy ?? whole.copy)
      case .late(let now, let name): (whole.now, late) = (now, name)
      case .changed, .failed: return outcomes[place]
      }
    }
    return late.map { .late(now: whole.now, $0) } ?? .done(now: whole.now, history: whole.history, copy: whole.copy)
  }

  /// Whether any disk step of a planned step was done.
  func hasBegun(_ index: Int) -> Bool {
    ranges[index].contains { place in
      guard place < outcomes.count else { return false }
      return switch outcomes[place] {
      case .done, .late: true
      case .changed, .failed: false
      }
    }
  }

  /// Intents of what was done without one.
  var unnotedIntents: [Intent] {
    steps.indices.flatMap { index in
      ranges[index].compactMap { place in
        guard place < outcomes.count, case .done = outcomes[place], !diskSteps[place].needsIntent else { return nil }
        return Intent(id: 0, step: diskSteps[place], plan: steps[index].canonical)
      }
    }
  }

  /// What took bytes from the path of a step that was not done to its end.
  func displacement(of index: Int) -> DiskOutcome? {
    ranges[index].lazy.compactMap { place -> DiskOutcome? in
      guard place < outcomes.count else { return nil }
      return switch outcomes[place] {
      case .done(_, .some, _), .late: outcomes[place]
      default: nil
      }
    }.first
  }
}
