import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

/// What a peer tells beyond what it knows whole: heads from a round of another device that died before its end.
@Suite struct NewsTests {
  private func announceCount(_ bench: FolderBench) -> Int { bench.open.count { if case .announce = $0 { true } else { false } } }

  private func tell(_ bench: FolderBench, _ batch: VerifiedBatch) throws {
    try bench.handle(.batches([batch], from: bench.peer.device))
    let nothing = Knowledge(vector: VersionVector(), batchHashes: [:])
    let end = RoundEnd(knowledge: nothing, dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:])
    try bench.handle(.roundEnd(end, from: bench.peer.device))
  }

  @Test func `what the end of a round does not cover is told on, once`() throws {
    let bench = try FolderBench.withPeer()
    let batch = try bench.batch(bench.versions([("f", nil, nil)]), first: 1)
    let before = announceCount(bench)
    try tell(bench, batch)
    let told = announceCount(bench)
    #expect(told > before)
    // Told back by whoever heard of it, it is no news.
    try tell(bench, batch)
    #expect(announceCount(bench) == told)
  }
}
