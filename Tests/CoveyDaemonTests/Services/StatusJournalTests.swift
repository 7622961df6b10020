import CoveyCore
import CoveyDaemon
import Logging
import Testing

/// What the log tells of folders: each change once, and no flood.
@Suite struct StatusJournalTests {
  private func at(_ seconds: Int64) -> Instant { Instant.start.advanced(by: .seconds(seconds)) }

  private func folder(
    _ state: FolderReport.State = .idle, inSync: Bool = true, problems: [(String, String)] = []
  ) throws -> FolderReport {
    var report: FolderReport = try #require(try Golden.value(Golden.status, as: StatusReport.self).folders.first)
    (report.state, report.inSync) = (state, inSync)
    report.problems = problems.map { ProblemReport(path: $0.0, reason: $0.1) }
    return report
  }

  @Test func `a folder is blocked once, with its reason, and then is so no longer`() throws {
    var journal = StatusJournal()
    _ = journal.look(at: try folder(), conflicts: [:], now: at(0))
    let blocked = try folder(.blocked, inSync: false, problems: [("", "its marker is missing: put it back")])
    let lines = journal.look(at: blocked, conflicts: [:], now: at(1)).filter { $0.level >= .info }
    #expect(lines == [.init(level: .warning, message: "the folder is blocked", reason: "its marker is missing: put it back")])
    #expect(journal.look(at: blocked, conflicts: [:], now: at(2)).isEmpty)
    let back = journal.look(at: try folder(), conflicts: [:], now: at(60)).map(\.message)
    #expect(back == ["the folder is no longer blocked", "the folder is in sync"])
  }

  @Test func `of many paths with trouble a few are named and the rest counted, and none of them twice`() throws {
    var journal = StatusJournal()
    let many = try folder(.blocked, inSync: false, problems: (0..<40).map { ("f\($0)", "no space: make room") })
    let lines = journal.look(at: many, conflicts: [:], now: at(0)).filter { $0.level == .warning }
    #expect(lines.count == 6)
    #expect(lines.first == .init(level: .warning, message: "cannot be synced now", path: "f0", reason: "no space: make room"))
    #expect(lines.last?.message == "35 more paths have trouble: 'covey status' lists them")
    // Coming and going is no news, for a while.
    _ = journal.look(at: try folder(), conflicts: [:], now: at(10))
    #expect(journal.look(at: many, conflicts: [:], now: at(20)).allSatisfy { $0.level < .warning })
    #expect(journal.look(at: many, conflicts: [:], now: at(700)).contains { $0.level == .warning })
  }

  @Test func `a conflict is told when it is made and when it is settled`() throws {
    var journal = StatusJournal()
    let old = journal.look(at: try folder(), conflicts: [3: "old"], now: at(0)).map(\.message)
    #expect(old.first == "open conflicts: 1; see 'covey conflicts'")
    let made = journal.look(at: try folder(), conflicts: [3: "old", 4: "new"], now: at(1))
    #expect(made == [.init(level: .notice, message: "conflict 4: both sides are kept, one as a copy", path: "new")])
    let settled = journal.look(at: try folder(), conflicts: [4: "new"], now: at(2))
    #expect(settled == [.init(level: .notice, message: "conflict 3 is settled", path: "old")])
  }

  @Test func `being in sync is told at the start and after a longer work, not after every change`() throws {
    var journal = StatusJournal()
    func levels(_ inSync: Bool, _ seconds: Int64) throws -> [Logger.Level] {
      journal.look(at: try folder(inSync ? .idle : .syncing, inSync: inSync), conflicts: [:], now: at(seconds)).map(\.level)
    }
    #expect(try levels(true, 0) == [.info])
    #expect(try levels(false, 1) == [.debug])
    #expect(try levels(true, 2) == [.debug])
    #expect(try levels(false, 3) == [.debug])
    #expect(try levels(false, 8) == [])
    #expect(try levels(true, 9) == [.info])
  }

  @Test func `a folder that went away and came back is a new one`() throws {
    var journal = StatusJournal()
    _ = journal.look(at: try folder(), conflicts: [:], now: at(0))
    journal.keep([])
    #expect(journal.look(at: try folder(), conflicts: [:], now: at(1)).map(\.message) == ["the folder is in sync"])
  }
}
