import CoveyCore

/// From planned steps to jobs: what is fetched and committed together, who is asked, and which paths are in flight.
extension FolderMachine {
  /// Makes jobs of steps: what needs no content first and together, small contents by the thousand, each large one alone.
  mutating func assemble(_ steps: [(PlannedStep, FetchItem?)]) -> [FolderEffect] {
    var effects: [FolderEffect] = []
    let plain = steps.filter { $0.1 == nil }
    if !plain.isEmpty {
      let id = openJob(plain.map { ($0.0, nil) })
      planning.jobs[id]?.isFlushed = true
      planning.ready.append(id)
    }
    var small: [(PlannedStep, FetchItem?)] = []
    var byteCount: Int64 = 0
    for step in steps {
      guard let item = step.1 else { continue }
      if item.size > Self.largeByteCount {
        effects.append(fetch([step]))
        continue
      }
      if byteCount + item.size > Self.jobByteCountMax {
        effects.append(fetch(small))
        (small, byteCount) = ([], 0)
      }
      small.append(step)
      byteCount += item.size
    }
    if !small.isEmpty { effects.append(fetch(small)) }
    return effects
  }

  private mutating func fetch(_ steps: [(PlannedStep, FetchItem?)]) -> FolderEffect {
    let items = steps.compactMap(\.1)
    let id = openJob(steps.map { ($0.0, $0.1?.staged) })
    planning.jobs[id]?.sources = items.reduce(into: []) { $0.formUnion($1.files) }
    return .fetch(FetchJob(id: id, items: items, peers: askable(for: id)))
  }

  /// Connected peers in the order in which they are asked: first those that show what this device shows, of these first who is
  /// settled, and in turn, so that the work is spread; last those that know nothing new: they lag, or are cut off without a sign.
  private func askable(for job: UInt64) -> [DeviceID] {
    let own = try? read { ($0.state.shown.sum, $0.state.knowledge.hash) }
    var ranks: [[DeviceID]] = [[], [], [], []]
    for (device, peer) in peers.filter(\.value.hasShakenHands).sorted(by: { $0.key < $1.key }) {
      let (isAbreast, isSettled) = (peer.status?.shown == own?.0, peer.status?.isSettled == true)
      ranks[isAbreast ? (isSettled ? 0 : 1) : peer.status?.knowledge != own?.1 ? 2 : 3].append(device)
    }
    return ranks.flatMap { rank in
      let turn = rank.isEmpty ? 0 : Int(job % UInt64(rank.count))
      return rank[turn...] + rank[..<turn]
    }
  }

  private mutating func openJob(_ steps: [(PlannedStep, StagedName?)]) -> UInt64 {
    planning.jobCount += 1
    let id = planning.jobCount
    planning.jobs[id] = Job(id: id, epoch: epoch, steps: steps.map(\.0), staged: steps.map(\.1))
    planning.unused.subtract(steps.compactMap(\.1))
    for (step, _) in steps {
      planning.busy.insert(step.path)
      for path in step.otherPaths { planning.busy.insert(path) }
      if case .makeDirectory = step.action { planning.making.insert(step.path) }
    }
    return id
  }

  mutating func closeJob(_ job: Job) {
    planning.jobs[job.id] = nil
    for step in job.steps {
      planning.busy.remove(step.path)
      for path in step.otherPaths { planning.busy.remove(path) }
      planning.making.remove(step.path)
    }
    if !planning.vanished.isEmpty { planning.vanished = planning.vanished.filter(planning.busy.hasAny) }
    // What was to be looked at while it was in flight is due now.
    looking.nextReady = looking.dirty.values.map(\.ready).min()
    planning.begin()
  }

  mutating func abandonJobs() {
    for job in planning.jobs.values where job.id != planning.performing && !planning.performed.contains(job.id) {
      planning.unused.formUnion(job.staged.compactMap(\.self))
      closeJob(job)
    }
    planning.emptied = planning.emptied.filter(planning.busy.contains)
    planning.ready = []
  }
}
