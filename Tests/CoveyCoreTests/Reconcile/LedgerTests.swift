import CoveyCore
import CoveyTesting
import Testing

@Suite struct LedgerTests {
  private static let path = PlanTableTests.path

  @Test func `a mode and time this disk cannot keep are no change, and neither travels`() throws {
    let bench = Bench()
    var version = bench.version(1, content: "base", modified: 11)
    version.mode = 0o600
    try bench.run { try $0.learn(version, record: version.record) }
    guard case .step(let step) = try bench.ledger().plan(Self.path, sources: bench) else { Issue.record("no step"); return }
    // This disk shows 0644 and an even second whatever it is told.
    try bench.run { try $0.carriedOut(step, now: bench.observation(.same)) }
    #expect(try bench.run { try $0.observe(Self.path, bench.observation(.same)) }.isEmpty)
    #expect(try bench.ledger().plan(Self.path, sources: bench) == .nothing)
    #expect(bench.index.state.held == bench.index.state.wanted)
    // A touch sends the time; the mode it never kept stays what it was for the others.
    let authored = try bench.run { try $0.observe(Self.path, bench.observation(.touched)) }
    #expect(authored.map(\.mode) == [0o600])
    #expect(authored.map(\.modified) == [Timestamp(seconds: 20, nanoseconds: 0)])
  }

  /// A file that was closed to others must not be open again because somebody wrote to it meanwhile.
  @Test(arguments: [(0o644, 0o600), (0o640, 0o640)] as [(UInt16, UInt16)])
  func `who writes without setting the mode leaves it to who sets it`(edited: UInt16, shown: UInt16) throws {
    let bench = Bench()
    let base = bench.version(1, content: "base", modified: 10)
    try bench.agree(base)
    var edit = try #require(bench.observation(.edited))
    edit.mode = edited
    try bench.run { try $0.observe(Self.path, edit) }
    var closed = bench.version(2, content: "base", modified: 10, replaced: base.root)
    (closed.mode, closed.contentDot) = (0o600, base.contentDot)
    try bench.run { try $0.learn(closed, record: closed.record) }
    let now = Ledger.see(bench.index.heads(of: Self.path)).shown
    #expect(now.root == edit.root)
    #expect(now.mode == shown)
  }

  /// Such as in a folder that was not mounted when its record began anew.
  @Test(arguments: [(-1, false), (1, true)] as [(Int64, Bool)])
  func `at first contact what stood there before the record saw something else is no edit of that`(seconds: Int64, isEdit: Bool) throws {
    let bench = Bench()
    try bench.agree(bench.version(1, content: "base", modified: 10))
    try bench.run { try $0.renewLog(LogID(2), because: .age) }
    var found = try #require(bench.observation(.edited))
    found.changed = Timestamp(seconds: seconds, nanoseconds: 0)
    try bench.run { try $0.observe(Self.path, found) }
    #expect(bench.index.entry(Self.path)?.agreed.isLive == isEdit)
  }

  @Test func `special bits are this disk's own`() throws {
    let bench = Bench()
    try bench.agree(bench.version(1, content: "base", modified: 10))
    var observation = try #require(bench.observation(.same))
    observation.mode |= 0o4000
    #expect(try bench.run { try $0.observe(Self.path, observation) }.isEmpty)
  }

  @Test func `a conflict is counted until its copy is kept as an ordinary file`() throws {
    let bench = Bench()
    let (step, theirs) = try Self.conflict(bench)
    let merge = try #require(step.merge)
    var placed = try #require(bench.observation(.edited))
    (placed.root, placed.size, placed.modified) = (theirs.root, theirs.size, theirs.modified)
    let authored = try bench.run { try $0.carriedOut(step, now: placed, copy: bench.observation(.edited)) }
    #expect(authored.map(\.path) == [merge.copy, Self.path])
    #expect(bench.index.conflicts(after: nil, limit: 10).map(\.path) == [merge.copy])
    let settled = try bench.run { try $0.clearConflictFlag(merge.copy) }
    #expect(settled.map(\.isConflictCopy) == [false])
    #expect(bench.index.conflictCount() == 0)
    #expect(bench.index.todoTotals().count == 0)
    #expect(bench.index.state.held == bench.index.state.wanted)
  }

  @Test func `a conflict copy that moves with its directory stays an open conflict, one that gets a name of its own is settled`() throws {
    for (name, isOpen) in [(String?.none, true), ("mine", false)] {
      let bench = Bench()
      let (step, theirs) = try Self.conflict(bench)
      let merge = try #require(step.merge)
      var placed = try #require(bench.observation(.edited))
      (placed.root, placed.size, placed.modified) = (theirs.root, theirs.size, theirs.modified)
      let copy = try #require(bench.observation(.edited))
      _ = try bench.run { try $0.carriedOut(step, now: placed, copy: copy) }
      let moved = ModelWorld.path("elsewhere/" + (name ?? String(decoding: merge.copy.name, as: UTF8.self)))
      try bench.run {
        try $0.observe(merge.copy, nil)
        try $0.observe(moved, copy, movedFrom: merge.copy)
      }
      #expect(bench.index.conflicts(after: nil, limit: 10).map(\.path) == (isOpen ? [moved] : []))
    }
  }

  @Test func `a copy and its merge share a batch`() throws {
    let bench = Bench()
    let (step, theirs) = try Self.conflict(bench)
    var placed = try #require(bench.observation(.edited))
    (placed.root, placed.size, placed.modified) = (theirs.root, theirs.size, theirs.modified)
    var ledger = bench.ledger()
    try ledger.observe(ModelWorld.path("u"), bench.observation(.same))
    try ledger.carriedOut(step, now: placed, copy: bench.observation(.edited))
    #expect(ledger.batches(ofAtMost: 2).map(\.count) == [1, 2])
    #expect(ledger.batches(ofAtMost: 3).map(\.count) == [3])
  }

  /// A local edit that loses against a newer one, and the step that follows.
  private static func conflict(_ bench: Bench) throws -> (PlannedStep, theirs: Version) {
    let first = bench.version(1, content: "base", modified: 10)
    try bench.agree(first)
    let theirs = try #require(bench.next(.newer, after: first))
    try bench.run { try $0.learn(theirs, record: theirs.record) }
    try bench.run { try $0.observe(path, bench.observation(.edited)) }
    let plan = try bench.ledger().plan(path, sources: bench)
    let step: PlannedStep? = if case .step(let step) = plan { step } else { nil }
    return (try #require(step), theirs)
  }

  @Test func `a loser whose bytes never come can be given up`() throws {
    let bench = Bench()
    let first = bench.version(1, content: "base", modified: 10)
    try bench.agree(first)
    let theirs = try #require(bench.next(.older, after: first))
    try bench.run { try $0.learn(theirs, record: theirs.record) }
    try bench.run { try $0.observe(Self.path, bench.observation(.edited)) }
    #expect(try !bench.ledger().view(Self.path).losers.isEmpty)
    let authored = try bench.run { try $0.mergeWithoutBytes(Self.path, sources: bench) }
    #expect(authored.map { $0.vector.covers(theirs.dot) } == [true])
    #expect(try bench.ledger().plan(Self.path, sources: bench) == .nothing)
    #expect(bench.index.todoTotals().count == 0)
  }

  @Test func `only what was planned is agreed when more heads came meanwhile`() throws {
    let bench = Bench()
    let first = bench.version(1, content: "base", modified: 10)
    try bench.run { try $0.learn(first, record: first.record) }
    guard case .step(let step) = try bench.ledger().plan(Self.path, sources: bench) else { Issue.record("no step"); return }
    let theirs = try #require(bench.next(.newer, after: first))
    try bench.run { try $0.learn(theirs, record: theirs.record) }
    try bench.run { try $0.carriedOut(step, now: bench.observation(.same)) }
    #expect(bench.index.entry(Self.path)?.agreed == Shown(first))
    #expect(bench.index.todo(after: nil, limit: 10) == [Self.path])
    #expect(bench.summary(try bench.ledger().plan(Self.path, sources: bench)) == "file, history")
  }

  @Test func `a rename keeps where the bytes came from`() throws {
    let bench = Bench()
    try bench.agree(bench.version(1, content: "base", modified: 10))
    let authored = try bench.run {
      try $0.observe(Self.path, nil)
      try $0.observe(ModelWorld.path("u"), bench.observation(.same), movedFrom: Self.path)
    }
    #expect(authored.map(\.kind) == [.tombstone, .file])
    #expect(authored.map(\.movedFrom) == [nil, Self.path])
  }

  @Test func `a peer that knows more of my log than I do betrays an old state`() throws {
    let bench = Bench()
    try bench.run { try $0.observe(Self.path, bench.observation(.edited)) }
    bench.index.state.batchHashes[LogID(1)] = 5
    func knowledge(_ sequence: UInt64, hash: UInt64?) -> Knowledge {
      Knowledge(vector: VersionVector([Dot(log: LogID(1), sequence: sequence)]), batchHashes: hash.map { [LogID(1): $0] } ?? [:])
    }
    #expect(!bench.ledger().detectsForkedLog(knowledge(1, hash: 5)))
    #expect(!bench.ledger().detectsForkedLog(knowledge(1, hash: nil)))
    #expect(bench.ledger().detectsForkedLog(knowledge(1, hash: 6)))
    #expect(bench.ledger().detectsForkedLog(knowledge(2, hash: nil)))
  }

  @Test func `names of devices too long for a record are cut`() throws {
    let bench = Bench()
    var ledger = Ledger(index: bench.index, device: DeviceID(key: .zero), deviceName: String(repeating: "ü", count: 60))
    try ledger.observe(Self.path, bench.observation(.edited))
    let version = try #require(ledger.authored.first)
    #expect(try Version(record: version.record) == version)
  }
}
