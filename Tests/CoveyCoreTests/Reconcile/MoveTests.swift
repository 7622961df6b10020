import CoveyCore
import CoveyTesting
import Testing

/// A rename told by a peer is a rename on this disk, if nothing stands in its way.
@Suite struct MoveTests {
  private static let old = PlanTableTests.path
  private static let new = ModelWorld.path("u")

  /// The file is agreed at its old path; the peer has renamed it since.
  private static func renamed(_ bench: Bench, hint: RelativePath? = old, mode: UInt16 = 0o644) throws -> [Version] {
    try bench.agree(bench.version(1, content: "base", modified: 10))
    let tombstone = bench.version(2, kind: .tombstone, content: "", modified: 0, replaced: Root(smallContent: "base".utf8))
    var moved = bench.version(3, content: "base", modified: 10)
    (moved.path, moved.movedFrom, moved.mode) = (new, hint, mode)
    return [tombstone, moved]
  }

  private static func learn(_ versions: [Version], _ bench: Bench) throws {
    for version in versions { try bench.run { try $0.learn(version, record: version.record) } }
  }

  private static func move(_ bench: Bench) throws -> PlannedStep? {
    guard case .step(let step) = try bench.ledger().plan(new, sources: bench), case .move = step.action else { return nil }
    return step
  }

  @Test(arguments: [old, nil]) func `content that vanishes at one path and is wanted at another is moved, and both are agreed at once`(hint: RelativePath?) throws {
    let bench = Bench()
    try Self.learn(Self.renamed(bench, hint: hint), bench)
    let step = try #require(try Self.move(bench))
    guard case .move(let source) = step.action else { return }
    #expect(source.path == Self.old && source.expected == bench.observation(.same) && step.expected == nil)
    #expect(try bench.run { try $0.carriedOut(step, now: bench.observation(.same)) }.isEmpty)
    #expect(bench.index.entry(Self.old)?.observation == nil)
    #expect(bench.index.todoTotals().count == 0)
    #expect(bench.index.state.held == bench.index.state.wanted)
    for path in [Self.old, Self.new] { #expect(try bench.ledger().plan(path, sources: bench) == .nothing) }
    // What a scan sees then is what was agreed.
    #expect(try bench.run { try $0.observe(Self.old, nil); try $0.observe(Self.new, bench.observation(.same)) }.isEmpty)
  }

  @Test func `a mode that came with the rename is set after it`() throws {
    let bench = Bench()
    try Self.learn(Self.renamed(bench, mode: 0o600), bench)
    let step = try #require(try Self.move(bench))
    try bench.run { try $0.carriedOut(step, now: bench.observation(.same)) }
    #expect(bench.summary(try bench.ledger().plan(Self.new, sources: bench)) == "metadata")
  }

  @Test(arguments: [PlanTableTests.Disk.edited, .deleted])
  func `what its user changed meanwhile is not moved`(disk: PlanTableTests.Disk) throws {
    let bench = Bench()
    let versions = try Self.renamed(bench)
    try bench.run { try $0.observe(Self.old, bench.observation(disk)) }
    try Self.learn(versions, bench)
    #expect(bench.summary(try bench.ledger().plan(Self.new, sources: bench)) == "file, nothing")
  }

  @Test func `what stays where it is, is held, or is spoken for is not moved`() throws {
    let bench = Bench()
    let versions = try Self.renamed(bench)
    // A copy, not a rename.
    try Self.learn([versions[1]], bench)
    #expect(bench.summary(try bench.ledger().plan(Self.new, sources: bench)) == "file, nothing")
    try Self.learn([versions[0]], bench)
    bench.spokenFor = [Self.old]
    #expect(bench.summary(try bench.ledger().plan(Self.new, sources: bench)) == "file, nothing")
    bench.spokenFor = []
    var entry = try #require(bench.index.entry(Self.old))
    entry.agreed = .absent
    entry.held = entry.observation?.content
    bench.index.setEntry(entry)
    #expect(bench.summary(try bench.ledger().plan(Self.new, sources: bench)) == "file, nothing")
  }

  @Test func `nothing is moved over what stands there`() throws {
    let bench = Bench()
    let versions = try Self.renamed(bench)
    var there = try #require(bench.observation(.edited))
    there.inode = 9
    try bench.run { try $0.observe(Self.new, there) }
    var moved = versions[1]
    moved.vector.include(Dot(log: LogID(1), sequence: 1))
    try Self.learn([versions[0], moved], bench)
    #expect(bench.summary(try bench.ledger().plan(Self.new, sources: bench)) == "file, history")
  }
}
