import CoveyCore
import CoveyProtocol

/// From what the kernel reports to what is recorded and authored.
extension FolderMachine {
  /// What is to be looked at, and the scan that is under way.
  struct Looking {
    /// How long a file that is being written must rest, and how long it may keep us waiting.
    static let rest = Duration.milliseconds(100)
    static let restMax = Duration.seconds(1)
    /// How long a directory waits to be looked through while what is being committed below it would have to be read once more.
    static let walkDelayMax = Duration.seconds(5)
    /// How often a tree is scanned of which a part cannot be watched.
    static let pollInterval = Duration.seconds(10)
    /// How often paths are tried again that could not be read: no report comes when a disk or a right is mended somewhere above.
    static let problemInterval = Duration.seconds(60)

    struct Dirty: Hashable {
      var first: Instant
      var ready: Instant
      var isDeep: Bool
      /// Where it was moved to: looked at in the same scan, for what is gone alone would be a delete.
      var movedTo: RelativePath?
    }

    var dirty: [RelativePath: Dirty] = [:]
    var wantsWhole = true
    /// Entries whose record was made while the folder was met for the first time, or under other rules, are yet to be authored: from this path on.
    var authoring: Authoring?
    var running: ScanRequest?
    /// The single paths that the running scan looks at, and those of them with everything below.
    private(set) var lookedAt: (single: Set<RelativePath>, deep: Set<RelativePath>) = ([], [])
    var scanCount: UInt64 = 0
    var lastWhole: Instant?
    /// Whether the folder was looked through since it is known to this machine, or met anew.
    var hasSeenAll = false
    var drained: UInt64 = 0
    var unwatched: [Problem] = []
    var deletes = Deletes()
    /// What a person just had changed: deletes among it are meant.
    var believed: Set<RelativePath> = []
    /// When the first dirty path may be looked at.
    var nextReady: Instant?
    var nextWhole: Instant?
    /// When paths that could not be read are tried again.
    var problemsDue: Instant?
    /// The running scan has found one half of a rename or more: peers are told of all of it together.
    var holdsAnnouncement = false
    /// Scans that a person or the start waits for: done when a scan with at least this number has ended.
    var wholeCompleted: UInt64 = 0

    enum Authoring: Hashable { case after(RelativePath?) }

    var isIdle: Bool { dirty.isEmpty && !wantsWhole && running == nil && authoring == nil && !deletes.isBusy }
    var nextDue: Instant? { running != nil ? deletes.lastDue : [nextReady, nextWhole, problemsDue, deletes.due].compactMap(\.self).min() }

    /// Whether what the record says of a path is about to be corrected: a plan made of it now would find another disk, and make
    /// the scan come too late in turn.
    func isUncertain(_ path: RelativePath) -> Bool {
      if dirty[path] != nil { return true }
      guard running != nil else { return false }
      return lookedAt.single.contains(path) || (!lookedAt.deep.isEmpty && path.ancestors.contains(where: lookedAt.deep.contains))
    }

    mutating func begin(_ request: ScanRequest) {
      running = request
      lookedAt.single = Set(request.roots.compactMap(\.path))
      lookedAt.deep = Set(request.roots.filter(\.isDeep).compactMap(\.path))
    }

    /// - Parameter isBusy: whether it is being committed; it is looked at when that is done, and until then it is nobody's turn.
    mutating func mark(
      _ path: RelativePath, isDeep: Bool, ready: Instant, at now: Instant, isBusy: Bool = false, movedTo: RelativePath? = nil
    ) {
      guard dirty.count < FolderMachine.dirtyCountMax else {
        dirty.removeAll()
        wantsWhole = true
        return
      }
      var entry = dirty[path] ?? Dirty(first: now, ready: ready, isDeep: false)
      entry.isDeep = entry.isDeep || isDeep
      entry.movedTo = movedTo ?? entry.movedTo
      entry.ready = min(ready, entry.first.advanced(by: Self.restMax))
      dirty[path] = entry
      if !isBusy { nextReady = min(nextReady ?? entry.ready, entry.ready) }
    }
  }

  mutating func watched(_ reports: [WatchReport], at now: Instant) -> [FolderEffect] {
    reports.flatMap { watched($0, at: now) }
  }

  private mutating func watched(_ report: WatchReport, at now: Instant) -> [FolderEffect] {
    switch report {
    case .gone(let path), .moved(let path, _): planning.retryRemoval(above: path, at: now)
    default: break
    }
    // The record says already what it tells.
    if !planning.echoes.isEmpty, planning.echoes.remove(report) != nil {
      if !setup.safeguards.contains(.echoesEnd) { planning.echoes.insert(report) }
      return []
    }
    switch report {
    case .arrived(let path, let isDirectory): mark(path, isDeep: isDirectory, ready: now, at: now)
    case .touched(let path), .gone(let path): mark(path, isDeep: false, ready: now, at: now)
    case .writing(let path): mark(path, isDeep: false, ready: now.advanced(by: Looking.rest), at: now)
    case .moved(let from, let to):
      mark(from, isDeep: false, ready: now, at: now, movedTo: to)
      mark(to, isDeep: true, ready: now, at: now)
    case .rescan(let path?): mark(path, isDeep: true, ready: now, at: now)
    case .rescan(nil): looking.wantsWhole = true
    case .unwatched(let path, let reason):
      if looking.unwatched.count < Self.problemCountMax {
        looking.unwatched.append(Problem(path: path?.bytes ?? [], reason: reason, blocks: false))
      }
      // The scan that is under way may have been planned for long.
      looking.nextWhole = min(looking.nextWhole ?? now, now.advanced(by: Looking.pollInterval))
    case .rootChanged:
      if life == .open { return block("its directory was moved, deleted or unmounted: put it back", at: now) }
    }
    return []
  }

  mutating func mark(_ path: RelativePath, isDeep: Bool, ready: Instant, at now: Instant, movedTo: RelativePath? = nil) {
    looking.mark(path, isDeep: isDeep, ready: ready, at: now, isBusy: planning.busy.contains(path), movedTo: movedTo)
  }

  // MARK: Scanning

  mutating func startScan(at now: Instant) -> [FolderEffect] {
    if let due = looking.nextWhole, due <= now { (looking.wantsWhole, looking.nextWhole) = (true, nil) }
    if let due = looking.problemsDue, due <= now {
      looking.problemsDue = nil
      for problem in problems where problem.blocks { if let path = try? RelativePath(problem.path) { mark(path, isDeep: true, ready: now, at: now) } }
    }
    guard looking.running == nil, newRules == nil, looking.authoring == nil || looking.wantsWhole || !looking.dirty.isEmpty else { return [] }
    var roots: [ScanRequest.Root] = []
    if looking.wantsWhole, planning.busy.isEmpty || !planning.isCommitting {
      roots = [ScanRequest.Root(path: nil, isDeep: true)]
      looking.wantsWhole = false
      looking.dirty = looking.dirty.filter { planning.busy.contains($0.key) }
      looking.nextReady = nil
      looking.nextWhole = now.advanced(by: looking.unwatched.isEmpty ? setup.rescanInterval : Looking.pollInterval)
    } else if let ready = looking.nextReady, ready <= now {
      var later: [RelativePath: Looking.Dirty] = [:]
      var next: Instant?
      for (path, dirty) in looking.dirty {
        // What is being committed is looked at when that is done.
        let due = dueTime(of: path, dirty)
        if mustWait(path, dirty, at: now) {
          later[path] = dirty
          if !planning.busy.contains(path), due > now { next = min(next ?? due, due) }
        } else {
          roots.append(ScanRequest.Root(path: path, isDeep: dirty.isDeep))
        }
      }
      looking.dirty = later
      looking.nextReady = next
    }
    guard !roots.isEmpty else { return [] }
    looking.scanCount += 1
    let request = ScanRequest(id: looking.scanCount, roots: roots)
    looking.begin(request)
    return [.scan(request, known: rulesSource, rules: rules)]
  }

  /// Whether a path cannot be looked at yet, or one of those that it was moved to, one after the other.
  private func mustWait(_ path: RelativePath, _ dirty: Looking.Dirty, at now: Instant) -> Bool {
    var (path, dirty) = (path, dirty)
    for _ in 0..<8 {
      if planning.busy.contains(path) || dueTime(of: path, dirty) > now { return true }
      guard let to = dirty.movedTo, let other = looking.dirty[to] else { return false }
      (path, dirty) = (to, other)
    }
    return false
  }

  private func dueTime(of path: RelativePath, _ dirty: Looking.Dirty) -> Instant {
    guard dirty.isDeep, planning.busy.hasAny(below: path) else { return dirty.ready }
    return max(dirty.ready, dirty.first.advanced(by: Looking.walkDelayMax))
  }

  // MARK: What was recorded and not authored

  /// Goes on, a page at a time, with entries that were recorded before anything might be authored.
  mutating func authorPage() throws -> [FolderEffect] {
    guard case .after(let path)? = looking.authoring else { return [] }
    if let wait = try waitForNumbers() { return wait }
    let (next, count, hasPostponed) = try write(flush: true) { records in
      var ledger = ledger(records)
      let next = try ledger.authorPending(after: path, limit: setup.pageCount)
      try seal(ledger, in: records)
      return (next, ledger.authored.count, ledger.hasPostponed)
    }
    looking.authoring = next.map { .after($0) }
    // What was in its place is authored by the end of the run, on this page or a later one.
    if hasPostponed, !looking.deletes.holdsAll { looking.wantsWhole = true }
    planning.begin()
    return count > 0 ? [.announce] : []
  }
}
