import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// Contents that are to be put in place and cannot be had.
@Suite struct UnavailableTests {
  private static func status(of bench: FolderBench, pending: Int64, isSettled: Bool) -> FolderEvent {
    .peerStatus(
      PeerFolderStatus(shown: .zero, pendingFileCount: pending, pendingByteCount: 0, isSettled: isSettled, knowledge: .zero), from: bench.peer.device)
  }

  @Test func `a peer that only looks around is not asked again for what it does not have`() throws {
    let bench = try FolderBench.withPeer()
    let versions = try bench.versions([("f", "nobody has this", nil)])
    bench.remote = [:]
    try bench.tell(versions)
    let asked = bench.fetchCount
    #expect(asked > 0)
    try bench.handle(Self.status(of: bench, pending: 0, isSettled: true))
    let first = bench.fetchCount
    // Being asked, it looks at its own disk, and says that it is not settled, and then that it is.
    for _ in 0..<10 {
      try bench.handle(Self.status(of: bench, pending: 0, isSettled: false))
      try bench.handle(Self.status(of: bench, pending: 0, isSettled: true))
    }
    #expect(bench.fetchCount == first)
    // That it lacks something else now is news.
    try bench.handle(Self.status(of: bench, pending: 1, isSettled: false))
    #expect(bench.fetchCount == first + 1)
  }

  @Test func `a content that was refused is asked for again in growing pauses, and stands once a peer can read it`() throws {
    let bench = try FolderBench.withPeer()
    let versions = try bench.versions([("f", "unreadable for a while", nil)])
    let remote = bench.remote
    bench.remote = [:]
    try bench.tell(versions)
    try bench.pass(.seconds(3_000))
    #expect(bench.files == [:])
    let asked = bench.fetchCount
    try bench.pass(.seconds(3_000))
    #expect(bench.fetchCount <= asked + 2)
    bench.remote = remote
    try bench.pass(.seconds(3_700))
    #expect(bench.files == ["f": "unreadable for a while"])
    #expect(try bench.isSettled && bench.problems == [])
  }

  @Test func `a record that names a file of history which is gone waits for a peer that has it`() throws {
    let bench = try FolderBench.withPeer()
    try bench.tell(bench.versions([("f", "first", nil)]))
    try bench.tell(bench.versions([("f", "second", nil)]))
    #expect(bench.kept == ["first"])
    for name in try bench.history().onDisk { try bench.disk.discardHistory(name) }
    let versions = try bench.versions([("f", "first", nil)])
    bench.remote = [:]
    // Without an end of its own this never comes to rest.
    try bench.tell(versions)
    try bench.pass(.seconds(120))
    #expect(bench.files == ["f": "second"])
    #expect(try !bench.isSettled && bench.problems.count == 1)
    // Asked again after 2, 4, 8, ... seconds.
    let asked = bench.fetchCount
    #expect((5...9).contains(asked))
    try bench.pass(.seconds(60))
    #expect(bench.fetchCount <= asked + 1)
    let again = bench.fetchCount
    // A scan may have found it again: it is tried once more.
    try bench.scan()
    #expect(bench.fetchCount == again + 1)
    bench.remote[Root(smallContent: Array("first".utf8))] = Array("first".utf8)
    try bench.handle(Self.status(of: bench, pending: 0, isSettled: true))
    #expect(bench.files == ["f": "first"])
    #expect(try bench.isSettled && bench.problems == [])
  }

  @Test func `what staging holds of a version that nobody wants any more goes once nothing is to do`() throws {
    let bench = try FolderBench.withPeer()
    let name = try #require(StagedName("f-" + String(repeating: "ab", count: 20) + "-" + String(repeating: "cd", count: 8)))
    // Half of a large content was fetched; the device was killed, and meanwhile the version was superseded.
    try bench.disk.openStaged(name, byteCount: 10 << 20)
    try bench.restart(wasClean: false)
    #expect(try bench.disk.stagedNames() == [])
  }

  @Test func `what staging holds of a version that is still to come stays for its transfer`() throws {
    let bench = try FolderBench.withPeer()
    let versions = try bench.versions([("f", "nobody has this yet", nil)])
    bench.remote = [:]
    try bench.tell(versions)
    let name = try #require(StagedName("f-" + String(repeating: "ab", count: 20) + "-" + String(repeating: "cd", count: 8)))
    try bench.disk.openStaged(name, byteCount: 10 << 20)
    try bench.restart(wasClean: false)
    #expect(try bench.disk.stagedNames() == [name])
  }
}
