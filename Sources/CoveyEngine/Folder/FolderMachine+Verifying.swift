package import CoveyCore

/// Once a week, or when a person asks, everything is read again. Bytes that changed though nobody wrote them are never announced; they
/// are replaced by those that a peer has.
extension FolderMachine {
  struct Verifying {
    static let interval: Int64 = 7 * 86_400

    struct Run {
      var id: UInt64
      var isPatient: Bool
      var report = VerifiedFolder()
    }
    var run: Run?
    var runCount: UInt64 = 0
    var last: (id: UInt64, report: VerifiedFolder)?
    /// When the next one begins; nil before the record was asked.
    var due: Instant?
    var nextDue: Instant? { run == nil ? due : nil }
  }

  static func verifiedKey(_ folder: FolderID) -> String { "verified:\(folder.hex)" }

  /// Begins a run when a week has gone by on the wall clock.
  mutating func verifyWeekly(at now: Instant) throws -> [FolderEffect] {
    guard verifying.run == nil else { return [] }
    guard let due = verifying.due else {
      let wall = setup.wallClock().seconds
      var last = try setup.store.value(forKey: Self.verifiedKey(setup.folder)).flatMap { try? CanonicalReader.signed(in: $0) }
      // A week begins with the folder, or anew where the clock was wrong.
      if last == nil || last ?? 0 > wall {
        last = wall
        try noteVerified(wall)
      }
      verifying.due = now.advanced(by: .seconds(max(0, (last ?? wall) + Verifying.interval - wall)))
      return []
    }
    guard due <= now, planning.isIdle, looking.isIdle else { return [] }
    return beginVerifying(isPatient: true)
  }

  private func noteVerified(_ seconds: Int64) throws {
    var out = CanonicalWriter()
    out.signed(seconds)
    try setup.store.setValue(out.bytes, forKey: Self.verifiedKey(setup.folder))
  }

  mutating func beginVerifying(isPatient: Bool) -> [FolderEffect] {
    verifying.runCount += 1
    verifying.run = Verifying.Run(id: verifying.runCount, isPatient: isPatient)
    return [.verify(run: verifying.runCount, after: nil, isPatient: isPatient)]
  }

  mutating func verified(_ id: UInt64, _ page: Verifier.Page, at now: Instant) throws -> [FolderEffect] {
    guard var run = verifying.run, run.id == id else { return [] }
    run.report.fileCount += page.fileCount
    run.report.byteCount += page.byteCount
    let damaged: [RelativePath] = page.damaged.isEmpty ? [] : try write(flush: true) { records in
      var ledger = ledger(records)
      return try page.damaged.filter { try ledger.noteDamage($0.path, seen: $0.seen, actual: $0.root) }.map(\.path)
    }
    run.report.damaged += damaged.prefix(Self.problemCountMax - min(run.report.damaged.count, Self.problemCountMax))
    run.report.unreadable += page.unreadable.prefix(Self.problemCountMax - min(run.report.unreadable.count, Self.problemCountMax))
    if !damaged.isEmpty { planning.begin() }
    let notices = damaged.map { FolderEffect.tell(.damaged($0)) } + page.unreadable.map { .tell(.problem($0)) }
    guard let next = page.next, life == .open else {
      verifying.last = (run.id, run.report)
      verifying.run = nil
      if life == .open {
        try noteVerified(setup.wallClock().seconds)
        verifying.due = now.advanced(by: .seconds(Verifying.interval))
      }
      return notices
    }
    verifying.run = run
    return notices + [.verify(run: run.id, after: next, isPatient: run.isPatient)]
  }

  package var verifyRunCount: UInt64 { verifying.runCount }
  /// What the run found; nil while it goes on.
  package func verified(_ run: UInt64) -> VerifiedFolder? { verifying.last.flatMap { $0.id >= run ? $0.report : nil } }
  /// Whether nothing is fetched or written any more.
  package var isQuiet: Bool { planning.isIdle && looking.isIdle }
}

/// What reading a folder again found.
package struct VerifiedFolder: Hashable, Sendable {
  package var fileCount: Int64 = 0
  package var byteCount: Int64 = 0
  /// Files whose bytes changed though nobody wrote them.
  package var damaged: [RelativePath] = []
  package var unreadable: [Problem] = []
}

extension CanonicalReader {
  fileprivate static func signed(in bytes: [UInt8]) throws(CanonicalError) -> Int64 {
    var input = CanonicalReader(bytes)
    return try input.signed()
  }
}
