import CoveyCore

/// Deletes wait until they have come to rest, and for a person when they are too many to be believed: DESIGN section 5.
///
/// What waits is recorded as gone and not authored: nobody is told, nothing is planned there, and the folder is not in sync. After a
/// restart the scan finds it again.
extension FolderMachine {
  struct Deletes: Sendable {
    /// Deletes are authored when none has followed for so long, or after the longest wait: a tree does not vanish in one moment.
    static let rest = Duration.milliseconds(250)
    static let restMax = Duration.seconds(10)
    /// More files than this, and more than half of the folder, within this time are held.
    static let fileCountMax: Int64 = 100
    static let window = Duration.seconds(600)
    static let listedCountMax = 50_000

    /// Paths that are gone and wait for rest; past a bound only that there are more.
    private(set) var waiting: Set<RelativePath> = []
    private(set) var isOverfull = false
    /// The same in order, from the last portion that was taken; some may not wait any more.
    private var order: [RelativePath] = []
    private var waitingFileCount: Int64 = 0
    private var waitingBefore: Int64 = 0
    private(set) var due: Instant?
    private(set) var lastDue: Instant?
    /// What was announced lately, and how many files the folder had before.
    private var announced: [(at: Instant, fileCount: Int64, before: Int64)] = []
    var hold: Hold?

    /// Kept in the record of the device until it is over.
    struct Hold: Hashable, Sendable {
      enum Stage: UInt8, Sendable { case waiting = 1, approved, takenBack }
      var stage: Stage
      var since: Timestamp
      var fileCount: Int64
      /// Where carrying out the decision goes on.
      var position: RelativePath?
    }

    /// What one portion of a scan brought: paths that are gone and not authored, and those of them that are back.
    struct Found {
      var fileCountBefore: Int64 = 0
      var gone: [(path: RelativePath, isFile: Bool, wasKnown: Bool)] = []
      var returned: [(path: RelativePath, isFile: Bool)] = []

      mutating func note(_ path: RelativePath, before: Entry?, after: Entry?) {
        let isFile = before?.agreed.kind != .directory
        if after?.isGone == true {
          gone.append((path, isFile, before?.observation == nil))
        } else if before?.isGone == true {
          returned.append((path, isFile))
        }
      }
    }

    var held: HeldDeletes? { hold.flatMap { $0.stage == .waiting ? HeldDeletes(fileCount: $0.fileCount, since: $0.since) : nil } }
    var holdsAll: Bool { hold.map { $0.stage != .approved } ?? false }
    /// Something is to be authored or brought back soon; what waits for a person is not.
    var isBusy: Bool { hold == nil ? !waiting.isEmpty || isOverfull : hold?.stage != .waiting }

    /// Whether deletes in a folder of so many files are looked at together. In a small one they are believed one by one.
    func gates(in fileCount: Int64) -> Bool {
      hold?.stage != .approved && (hold != nil || fileCount > Self.fileCountMax || !announced.isEmpty)
    }

    mutating func add(_ found: Found, at now: Instant) {
      announced.removeAll { now.duration(since: $0.at) > Self.window }
      if !isBusy { waitingBefore = found.fileCountBefore }
      order = []
      for (path, isFile, wasKnown) in found.gone {
        if waiting.count < Self.listedCountMax {
          guard waiting.insert(path).inserted else { continue }
        } else {
          isOverfull = true
        }
        if isFile { waitingFileCount += 1 }
        // The record did not count it among what stands here.
        if isFile, wasKnown { waitingBefore += 1 }
      }
      for (path, isFile) in found.returned where waiting.remove(path) != nil && isFile { waitingFileCount -= 1 }
      guard isBusy else { return forgetWaiting() }
      let last = lastDue ?? now.advanced(by: Self.restMax)
      lastDue = last
      due = min(now.advanced(by: Self.rest), last)
    }

    /// More than half of what the folder held when the first of them went.
    var isTooMuch: Bool {
      let count = announced.reduce(waitingFileCount) { $0 + $1.fileCount }
      return count > Self.fileCountMax && count > (announced.first?.before ?? waitingBefore) / 2
    }

    var fileCount: Int64 { waitingFileCount }

    /// The next portion to be authored, children first.
    mutating func page(count: Int) -> [RelativePath] {
      var page: [RelativePath] = []
      while page.count < count, !order.isEmpty || page.isEmpty && !waiting.isEmpty {
        if order.isEmpty { order = waiting.sorted() }
        if let path = order.popLast(), waiting.contains(path) { page.append(path) }
      }
      return page
    }

    mutating func authored(_ paths: [RelativePath], at now: Instant) {
      waiting.subtract(paths)
      guard waiting.isEmpty else { return }
      if waitingFileCount > 0 { announced.append((now, waitingFileCount, waitingBefore)) }
      forgetWaiting()
    }

    mutating func forgetWaiting() {
      (waiting, order, isOverfull, waitingFileCount, due, lastDue) = ([], [], false, 0, nil, nil)
    }

    mutating func begin(_ hold: Hold?) {
      self.hold = hold
      forgetWaiting()
      announced = []
    }
  }

  static func holdKey(_ folder: FolderID) -> String { "held-deletes:\(folder.hex)" }

  func storedHold() throws -> Deletes.Hold? { try setup.store.value(forKey: Self.holdKey(setup.folder)).map(Deletes.Hold.init) }

  mutating func setHold(_ hold: Deletes.Hold?) throws {
    try setup.store.setValue(hold?.bytes, forKey: Self.holdKey(setup.folder))
    looking.deletes.begin(hold)
  }

  mutating func foundGone(_ found: Deletes.Found, at now: Instant) throws -> [FolderEffect] {
    if var hold = looking.deletes.hold {
      let change = found.gone.count { $0.isFile && !$0.wasKnown } - found.returned.count { $0.isFile }
      guard hold.stage == .waiting, change != 0 else { return [] }
      hold.fileCount = max(0, hold.fileCount + Int64(change))
      // Everything was put back by hand.
      try setHold(hold.fileCount == 0 ? nil : hold)
      if hold.fileCount == 0 { looking.wantsWhole = true }
      return []
    }
    guard !found.gone.isEmpty || !found.returned.isEmpty else { return [] }
    looking.deletes.add(found, at: now)
    guard looking.deletes.isTooMuch else { return [] }
    let count = looking.deletes.fileCount
    try setHold(Deletes.Hold(stage: .waiting, since: setup.wallClock(), fileCount: count))
    return [.tell(.deletesHeld(fileCount: count))]
  }

  /// Authors what has come to rest, and carries out what a person decided.
  mutating func decideDeletes(at now: Instant) throws -> [FolderEffect] {
    if looking.deletes.hold != nil { return try carryOutDecision(at: now) }
    guard let due = looking.deletes.due, due <= now else { return [] }
    // What is gone comes first in a scan, but a later portion may say that more is.
    if looking.running != nil, let last = looking.deletes.lastDue, last > now { return [] }
    if looking.deletes.isOverfull {
      looking.deletes.authored(Array(looking.deletes.waiting), at: now)
      looking.authoring = .after(nil)
      return []
    }
    if let wait = try waitForNumbers() { return wait }
    let page = looking.deletes.page(count: setup.pageCount)
    let authored = try write(flush: true) { records in
      var ledger = ledger(records)
      for path in page { try ledger.authorPending(path) }
      try seal(ledger, in: records)
      return ledger.authored.count
    }
    looking.deletes.authored(page, at: now)
    planning.begin()
    settling.isDue = true
    return (authored > 0 ? [.announce] : []) + (looking.deletes.isBusy ? [.wake(at: now)] : [])
  }

  mutating func decide(_ stage: Deletes.Hold.Stage) throws -> [FolderEffect] {
    guard var hold = looking.deletes.hold, hold.stage == .waiting else { return [] }
    hold.stage = stage
    try setHold(hold)
    return []
  }

  private mutating func carryOutDecision(at now: Instant) throws -> [FolderEffect] {
    guard let hold = looking.deletes.hold, hold.stage != .waiting, looking.running == nil, !looking.wantsWhole, looking.authoring == nil,
      try read({ !$0.state.isFresh && !$0.state.holdsUnknown })
    else { return [] }
    if let wait = try waitForNumbers() { return wait }
    let (next, authored) = try write(flush: true) { records in
      var ledger = ledger(records)
      let next = switch hold.stage {
      case .takenBack: try ledger.takeBackDeletes(after: hold.position, limit: setup.pageCount)
      case .approved, .waiting: try ledger.authorPending(after: hold.position, limit: setup.pageCount)
      }
      try seal(ledger, in: records)
      return (next, ledger.authored.count)
    }
    if let next {
      looking.deletes.hold?.position = next
    } else {
      try setHold(nil)
      // What took the place of a directory waited for what was in it.
      looking.wantsWhole = true
    }
    planning.begin()
    settling.isDue = true
    return (authored > 0 ? [.announce] : []) + [.wake(at: now)]
  }
}

extension FolderMachine.Deletes.Hold {
  fileprivate var bytes: [UInt8] {
    var out = CanonicalWriter()
    out.byte(stage.rawValue)
    out.signed(since.nanoseconds)
    out.signed(fileCount)
    return out.bytes
  }

  /// What is not understood is a hold, too: of two mistakes this is the one that can be mended.
  fileprivate init(_ bytes: [UInt8]) {
    var input = CanonicalReader(bytes)
    stage = Stage(rawValue: (try? input.byte()) ?? 0) ?? .waiting
    since = Timestamp(nanoseconds: (try? input.signed()) ?? 0)
    fileCount = (try? input.signed()) ?? 0
  }
}
