import CoveyCore
import CoveyDaemon
import CoveyEngine
import Testing

/// What becomes of one path when a device's changes are undone.
@Suite struct UndoPlanTests {
  private static let (mine, theirs) = (LogID(1), LogID(2))
  private static let span = Timestamp(seconds: 100, nanoseconds: 0)

  private func version(_ text: String?, _ log: LogID, _ sequence: UInt64, replaced: String? = nil, mode: UInt16 = 0o644) throws -> Version {
    let dot = Dot(log: log, sequence: sequence)
    return Version(
      path: try RelativePath(Array("t".utf8)), kind: text == nil ? .tombstone : .file, size: Int64(text?.utf8.count ?? 0), mode: text == nil ? 0 : mode,
      modified: .zero, root: text.map { Root(smallContent: Array($0.utf8)) } ?? .none, target: [], dot: dot, vector: VersionVector([dot]),
      contentDot: text == nil ? nil : dot, metadataDot: text == nil ? nil : dot, origin: Origin(modified: .zero, device: "desk"),
      replaced: replaced.map { Root(smallContent: Array($0.utf8)) } ?? .none)
  }

  /// The plan for versions that arrived one after the other, the last of which is shown; the span begins before the arrival of number `first`.
  private func plan(_ versions: [Version], from first: Int, lost: HistoryItem? = nil) throws -> UndoPlan? {
    let lines = versions.enumerated().map { number, version in
      LogLine(
        number: Int64(number), version: version, author: nil, arrived: Timestamp(seconds: number < first ? 50 : 150, nanoseconds: 0),
        isHead: number == versions.count - 1)
    }
    let heads = versions.suffix(1)
    return UndoPlan.make(
      lines: lines.reversed(), shown: Ledger.see(Array(heads)).shown, heads: Array(heads), since: Self.span, isTheirs: { $0 == Self.theirs },
      lost: { _ in lost })
  }

  @Test func `what they changed goes back to what it was before their first change`() throws {
    let old = try version("old", Self.mine, 1)
    let plan = try plan([old, try version("new", Self.theirs, 1, replaced: "old"), try version("newer", Self.theirs, 2, replaced: "new")], from: 1)
    #expect(plan == .put(old))
  }

  @Test func `what they deleted comes back, and what they added goes`() throws {
    let old = try version("old", Self.mine, 1)
    #expect(try plan([old, try version(nil, Self.theirs, 1, replaced: "old")], from: 1) == .put(old))
    let added = try version("added", Self.theirs, 1)
    #expect(try plan([added], from: 0) == .remove(Shown(added)))
  }

  @Test func `what they did before the span, and what others did, stays`() throws {
    #expect(try plan([try version("old", Self.theirs, 1)], from: 1) == nil)
    #expect(try plan([try version("old", Self.mine, 1)], from: 0) == nil)
    let changes = [try version("old", Self.mine, 1), try version("new", Self.theirs, 1, replaced: "old"), try version("later", Self.mine, 2, replaced: "new")]
    guard case .leave = try plan(changes, from: 1) else { Issue.record("the later change is not theirs"); return }
  }

  @Test func `what is as it was needs nothing`() throws {
    let changes = [try version("old", Self.mine, 1), try version("new", Self.theirs, 1, replaced: "old"), try version("old", Self.theirs, 2, replaced: "new")]
    #expect(try plan(changes, from: 1) == nil)
  }

  @Test func `a mode goes back without its content`() throws {
    let old = try version("old", Self.mine, 1)
    var changed = try version("old", Self.theirs, 1, replaced: "old", mode: 0o755)
    changed.contentDot = old.dot
    #expect(try plan([old, changed], from: 1) == .mode(old))
  }

  @Test func `a version that the record has given up is found in history by its root, or said to be lost`() throws {
    let changed = try version("new", Self.theirs, 1, replaced: "old")
    let item = HistoryItem(
      name: HistoryName(path: changed.path), path: changed.path, kind: .file, root: Root(smallContent: Array("old".utf8)), size: 3, mode: 0o600,
      modified: .zero, kept: .zero, origin: Origin(modified: .zero, device: "laptop"))
    guard case .put(let version)? = try plan([changed], from: 0, lost: item) else { Issue.record("it is in history"); return }
    #expect((version.root, version.mode) == (item.root, item.mode))
    guard case .leave = try plan([changed], from: 0) else { Issue.record("it is lost"); return }
  }

  @Test func `what the program settled or stated again is no change of a person`() throws {
    var restated = try version("old", Self.theirs, 5)
    (restated.contentDot, restated.metadataDot) = (Dot(log: Self.theirs, sequence: 1), Dot(log: Self.theirs, sequence: 1))
    #expect(try plan([restated], from: 0) == nil)
    var copy = try version("loser", Self.theirs, 6)
    (copy.contentDot, copy.isConflictCopy) = (Dot(log: Self.mine, sequence: 9), true)
    #expect(try plan([copy], from: 0) == nil)
  }
}
