import CoveyCore
import CoveyTesting
import Testing

/// The rows of the plan: the disk against what was agreed, what is shown against what was agreed, and what follows.
@Suite struct PlanTableTests {
  static let path = RelativePath(trusted: Array("t".utf8))
  static let peer = LogID(7)

  /// What the disk became since it was agreed.
  enum Disk: Sendable { case same, edited, touched, chmodded, movedHere, replaced, deleted, became(Kind) }
  /// What the heads became since then.
  enum Heads: Sendable { case same, newer, older, equal, tombstone, dropped, kind(Kind) }

  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var disk: Disk
    var heads: Heads
    var isAgreed = true
    var isIgnored = false
    /// Kinds of the versions authored by the scan.
    var authored: [Kind]
    /// Whether what is authored has seen what the peer wrote meanwhile.
    var seesPeer = false
    var plan: String
    var testDescription: String { name }
  }

  static let rows = [
    Row(name: "same, same", disk: .same, heads: .same, authored: [], plan: "nothing"),
    Row(name: "same, other content", disk: .same, heads: .newer, authored: [], plan: "file, history"),
    Row(name: "same, tombstone", disk: .same, heads: .tombstone, authored: [], plan: "remove, history"),
    Row(name: "same, directory", disk: .same, heads: .kind(.directory), authored: [], plan: "directory, history"),
    Row(name: "same, symlink", disk: .same, heads: .kind(.symlink), authored: [], plan: "symlink, history"),
    Row(name: "edited, same", disk: .edited, heads: .same, authored: [.file], plan: "nothing"),
    Row(name: "touched, same", disk: .touched, heads: .same, authored: [.file], plan: "nothing"),
    Row(name: "chmodded, same", disk: .chmodded, heads: .same, authored: [.file], plan: "nothing"),
    Row(name: "touched, other content", disk: .touched, heads: .newer, authored: [.file], plan: "file, history"),
    Row(name: "edited, equal content", disk: .edited, heads: .equal, authored: [], plan: "metadata"),
    Row(name: "edited, newer content", disk: .edited, heads: .newer, authored: [.file], plan: "file, copy, merge"),
    Row(name: "edited, older content", disk: .edited, heads: .older, authored: [.file], plan: "loser awaited"),
    Row(name: "edited, tombstone", disk: .edited, heads: .tombstone, authored: [.file], seesPeer: true, plan: "nothing"),
    Row(name: "edited, no head any more", disk: .edited, heads: .dropped, authored: [.file], plan: "nothing"),
    Row(name: "touched, tombstone", disk: .touched, heads: .tombstone, authored: [], plan: "remove, history"),
    Row(name: "chmodded, no head any more", disk: .chmodded, heads: .dropped, authored: [], plan: "remove, history"),
    Row(name: "the same bytes moved here, same", disk: .movedHere, heads: .same, authored: [.file], plan: "nothing"),
    Row(name: "the same bytes moved here, tombstone", disk: .movedHere, heads: .tombstone, authored: [.file], seesPeer: true, plan: "nothing"),
    Row(name: "the same bytes put here, same", disk: .replaced, heads: .same, authored: [], plan: "nothing"),
    Row(name: "the same bytes put here, other content", disk: .replaced, heads: .newer, authored: [], plan: "file, history"),
    Row(name: "the same bytes put here, tombstone", disk: .replaced, heads: .tombstone, authored: [.file], seesPeer: true, plan: "nothing"),
    Row(name: "the same bytes put here, directory", disk: .replaced, heads: .kind(.directory), authored: [.file], plan: "directory, copy, merge"),
    Row(name: "edited, directory", disk: .edited, heads: .kind(.directory), authored: [.file], plan: "directory, copy, merge"),
    Row(name: "became a directory, other content", disk: .became(.directory), heads: .newer, authored: [.directory], plan: "loser awaited"),
    Row(name: "became a symlink, newer content", disk: .became(.symlink), heads: .newer, authored: [.symlink], plan: "file, copy, merge"),
    Row(name: "deleted, same", disk: .deleted, heads: .same, authored: [.tombstone], plan: "nothing"),
    Row(name: "deleted, other content", disk: .deleted, heads: .newer, authored: [.tombstone], plan: "file, nothing"),
    Row(name: "deleted, tombstone", disk: .deleted, heads: .tombstone, authored: [], plan: "nothing"),
    Row(name: "never agreed, equal content", disk: .edited, heads: .equal, isAgreed: false, authored: [], plan: "metadata"),
    Row(name: "never agreed, newer content", disk: .edited, heads: .newer, isAgreed: false, authored: [.file], plan: "file, copy, merge"),
    Row(name: "never agreed, what a tombstone replaced", disk: .same, heads: .tombstone, isAgreed: false, authored: [], plan: "remove, history"),
    Row(name: "never agreed, another tombstone", disk: .edited, heads: .tombstone, isAgreed: false, authored: [.file], plan: "adopt"),
    Row(name: "ignored, edited", disk: .edited, heads: .newer, isIgnored: true, authored: [], plan: "nothing"),
    Row(name: "ignored, deleted", disk: .deleted, heads: .same, isIgnored: true, authored: [], plan: "nothing"),
  ]

  @Test(arguments: rows)
  func `what follows`(row: Row) throws {
    let bench = Bench()
    let first = bench.version(1, content: "base", modified: 10)
    var history = [first]
    if row.isAgreed { try bench.agree(first) }
    if let next = bench.next(row.heads, after: first) { history.append(next) }
    for version in history { try bench.run { try $0.learn(version, record: version.record) } }
    if case .dropped = row.heads { try bench.dropAll() }
    let rules = ModelDevice.Rules(paths: row.isIgnored ? [Self.path] : [])
    if row.isIgnored { try bench.run(rules) { try $0.rulesChanged(from: NoIgnoreRules()) { _ in true } } }
    var source: RelativePath?
    if case .movedHere = row.disk { source = RelativePath(trusted: Array("s".utf8)) }
    let authored = try bench.run(rules) { try $0.observe(Self.path, bench.observation(row.disk), movedFrom: source) }
    #expect(authored.map(\.kind) == row.authored)
    if let last = history.last, history.count > 1 { #expect(authored.allSatisfy { $0.vector.covers(last.dot) == row.seesPeer }) }
    #expect(bench.summary(try bench.ledger(rules).plan(Self.path, sources: bench)) == row.plan)
  }

  /// Other content stands at the path by now, of somebody who had not heard that this was deleted.
  @Test(arguments: ["t", "t.conflict-20200101-000000-desk-1234"])
  func `what was never agreed and was deleted elsewhere, be it as a copy, goes to history`(path: String) throws {
    let bench = Bench()
    let base = try #require(bench.observation(.same))
    let tombstone = bench.version(2, kind: .tombstone, content: "", modified: 0, replaced: base.root, path: RelativePath(trusted: Array(path.utf8)))
    for version in [bench.version(1, content: "theirs", modified: 20, log: LogID(8)), tombstone] {
      try bench.run { try $0.learn(version, record: version.record) }
    }
    bench.index.state.isFresh = true
    try bench.run { try $0.observe(Self.path, base) }
    bench.index.state.isFresh = false
    #expect(try bench.run { try $0.authorPending(Self.path) }.isEmpty)
    #expect(bench.summary(try bench.ledger().plan(Self.path, sources: bench)) == "file, history")
  }

  @Test func `what its user puts beside other content is no such thing`() throws {
    let bench = Bench()
    let base = try #require(bench.observation(.same))
    let tombstone = bench.version(2, kind: .tombstone, content: "", modified: 0, replaced: base.root)
    for version in [bench.version(1, content: "theirs", modified: 20, log: LogID(8)), tombstone] {
      try bench.run { try $0.learn(version, record: version.record) }
    }
    #expect(try bench.run { try $0.observe(Self.path, base) }.map(\.kind) == [.file])
  }

  @Test func `nothing is authored or changed before first contact has ended, and everything after`() throws {
    let bench = Bench()
    bench.index.state.isFresh = true
    #expect(try bench.run { try $0.observe(Self.path, bench.observation(.edited)) }.isEmpty)
    #expect(bench.summary(try bench.ledger().plan(Self.path, sources: bench)) == "first contact")
    let end = RoundEnd(
      knowledge: Knowledge(vector: VersionVector(), batchHashes: [:]), dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:])
    try bench.run { let hasEnded = try $0.endRound(end); #expect(hasEnded) }
    #expect(try bench.run { _ = try $0.authorPending(after: nil, limit: 10) }.map(\.kind) == [.file])
  }
}

/// One path, one device, one peer.
final class Bench: ContentSources {
  let index = InMemoryIndex(state: FolderState(log: LogID(1), isFresh: false))

  /// What other steps are about to touch.
  var spokenFor: Set<RelativePath> = []

  func canHave(_ root: Root) -> Bool { true }
  func mayMove(_ source: RelativePath, to path: RelativePath) -> Bool { !spokenFor.contains(source) }
  func ignoredHolderHas(_ root: Root) -> Bool { false }

  func ledger(_ rules: any IgnoreRules = NoIgnoreRules()) -> Ledger {
    Ledger(index: index, device: DeviceID(key: .zero), deviceName: "desk", rules: rules)
  }

  @discardableResult
  func run(_ rules: any IgnoreRules = NoIgnoreRules(), _ body: (inout Ledger) throws -> Void) throws -> [Version] {
    var ledger = ledger(rules)
    try body(&ledger)
    return ledger.authored
  }

  func version(
    _ sequence: UInt64, kind: Kind = .file, content: String, modified: Int64, replaced: Root = .none, path: RelativePath = PlanTableTests.path,
    log: LogID = PlanTableTests.peer
  ) -> Version {
    let time = Timestamp(seconds: modified, nanoseconds: 0)
    let dot = Dot(log: log, sequence: sequence)
    let isLive = kind != .tombstone
    let target = kind == .symlink ? Array(content.utf8) : []
    return Version(
      path: path, kind: kind, size: kind == .file ? Int64(content.utf8.count) : 0,
      mode: kind == .file ? 0o644 : kind == .directory ? 0o755 : 0, modified: kind == .file || kind == .symlink ? time : .zero,
      root: kind == .file ? Root(smallContent: content.utf8) : kind == .symlink ? Root(linkTarget: target) : .none, target: target,
      dot: dot, vector: VersionVector((1...sequence).map { Dot(log: log, sequence: $0) }), contentDot: isLive ? dot : nil,
      metadataDot: isLive ? dot : nil, origin: Origin(modified: time, device: "peer"), replaced: replaced)
  }

  func next(_ heads: PlanTableTests.Heads, after first: Version) -> Version? {
    switch heads {
    case .same, .dropped: nil
    case .newer: version(2, content: "theirs", modified: 90, replaced: first.root)
    case .older: version(2, content: "theirs", modified: 5, replaced: first.root)
    case .equal: version(2, content: "mine", modified: 90, replaced: first.root)
    case .tombstone: version(2, kind: .tombstone, content: "", modified: 0, replaced: first.root)
    case .kind(let kind): version(2, kind: kind, content: "elsewhere", modified: 90, replaced: first.root)
    }
  }

  /// The version is known, on the disk, and agreed.
  func agree(_ version: Version) throws {
    try run { try $0.learn(version, record: version.record) }
    guard case .step(let step) = try ledger().plan(version.path, sources: self) else { return }
    try run { try $0.carriedOut(step, now: observation(.same)) }
  }

  func dropAll() throws {
    let device = DeviceID(key: .zero)
    let version = version(2, kind: .tombstone, content: "", modified: 0)
    try run { try $0.learn(version, record: version.record) }
    index.state.acknowledged[device] = VersionVector([version.dot])
    try run { _ = try $0.acknowledgeAndDrop(members: [device], after: nil, limit: 10) }
    #expect(index.heads(of: version.path).isEmpty)
  }

  func observation(_ disk: PlanTableTests.Disk) -> Observation? {
    var base = Observation(
      kind: .file, size: 4, modified: Timestamp(seconds: 10, nanoseconds: 0), changed: .zero, inode: 1, mode: 0o644,
      root: Root(smallContent: "base".utf8))
    switch disk {
    case .same, .movedHere: break
    case .replaced: base.inode = 2
    case .deleted: return nil
    case .touched: base.modified = Timestamp(seconds: 20, nanoseconds: 0)
    case .chmodded: base.mode = 0o600
    case .edited:
      base.root = Root(smallContent: "mine".utf8)
      base.modified = Timestamp(seconds: 20, nanoseconds: 0)
    case .became(let kind):
      base.kind = kind
      base.size = 0
      base.modified = Timestamp(seconds: 20, nanoseconds: 0)
      base.target = kind == .symlink ? Array("to".utf8) : []
      base.root = kind == .symlink ? Root(linkTarget: base.target) : .none
    }
    return base
  }

  /// The plan in a few words.
  func summary(_ plan: Plan) -> String {
    switch plan {
    case .nothing: return "nothing"
    case .wait(.losersAwaited): return "loser awaited"
    case .wait(.firstContact): return "first contact"
    case .wait(let reason): return "wait: \(reason)"
    case .step(let step):
      let merge = step.merge == nil ? "" : ", merge"
      switch step.action {
      case .placeFile(let displaced): return "file, \(summary(displaced))\(merge)"
      case .placeSymlink(let displaced): return "symlink, \(summary(displaced))\(merge)"
      case .makeDirectory(_, let displaced): return "directory, \(summary(displaced))\(merge)"
      case .remove(let displaced): return "remove, \(summary(displaced))\(merge)"
      case .setMetadata: return "metadata"
      default: return "\(step.action)"
      }
    }
  }

  private func summary(_ displaced: PlannedStep.Displaced) -> String {
    switch displaced {
    case .nothing: "nothing"
    case .history: "history"
    case .copy: "copy"
    }
  }
}
