import CoveyCore
import CoveyEngine
import CoveyProtocol
import Testing

/// What is learnt from several devices while the folder is met.
@Suite struct FirstContactTests {
  private static let log = LogID(99)

  /// A bench that is new to the folder, a peer that has told of a file but not yet that it was deleted, and another that had done with both.
  private func bench() throws -> (FolderBench, other: DeviceID) {
    let other = try #require(DeviceKey(seed: Array(repeating: 7, count: 32))).device
    let first = try #require(DeviceKey(seed: Array(repeating: 8, count: 32))).device
    let bench = try FolderBench(members: [first, other])
    try bench.write { $0.state.isFresh = true }
    try bench.peerComes()
    try bench.tell(bench.versions([("f", "old", nil)]), end: false)
    try bench.handle(.peerJoined(other))
    try bench.handle(
      .handshake(
        FolderHandshake(folder: FolderBench.folder, knowledge: Self.known(2), dropped: VersionVector(), isFresh: false, shown: .zero), from: other))
    return (bench, other)
  }

  private static func known(_ number: UInt64) -> Knowledge {
    Knowledge(vector: VersionVector([Dot(log: log, sequence: number)]), batchHashes: [:])
  }

  private static func end(_ number: UInt64) -> RoundEnd {
    RoundEnd(knowledge: known(number), dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:])
  }

  @Test func `a tombstone that comes when another's knowledge covers it leaves nothing of what it deleted`() throws {
    let (bench, other) = try bench()
    try bench.handle(.roundEnd(Self.end(2), from: other))
    try bench.tell(bench.versions([("f", nil, nil)]))
    try bench.pass(.seconds(10))
    #expect(try !bench.shown(RelativePath("f")).isLive)
    #expect(bench.files == [:])
  }

  @Test func `nor does a round that was broken off`() throws {
    let (bench, other) = try bench()
    try bench.peerLeaves()
    try bench.handle(.roundEnd(Self.end(2), from: other))
    try bench.pass(.seconds(10))
    #expect(try !bench.shown(RelativePath("f")).isLive)
    #expect(bench.files == [:])
  }

  @Test func `what the other does not know yet stays`() throws {
    let (bench, other) = try bench()
    try bench.tell(bench.versions([("g", "new", nil), ("h", "newer", nil)]), end: false)
    try bench.handle(.roundEnd(Self.end(2), from: other))
    try bench.endRound()
    try bench.pass(.seconds(10))
    #expect(bench.files == ["h": "newer"])
  }

  @Test func `what both tell stays, whoever ends first`() throws {
    let (bench, other) = try bench()
    try bench.handle(.batches([try bench.batch(bench.peerLog, first: 1)], from: other))
    try bench.handle(.roundEnd(Self.end(1), from: other))
    try bench.endRound()
    try bench.pass(.seconds(10))
    #expect(bench.files == ["f": "old"])
  }
}
