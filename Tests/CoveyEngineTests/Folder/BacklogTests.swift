import CoveyCore
import CoveyEngine
import CoveyTesting
import Logging
import Testing

/// What a member that is away is known to lack.
@Suite(.timeLimit(.minutes(1))) struct BacklogTests {
  private static let folder = FolderID(high: 1, low: 2)
  private static let own = LogID(7)
  private static let other = LogID(8)
  private static let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
  private static let stranger = DeviceID(key: Bytes32(words: (4, 3, 2, 1)))

  private static func file(_ name: String, _ log: LogID, _ sequence: UInt64, size: Int64) throws -> Version {
    let dot = Dot(log: log, sequence: sequence)
    return Version(
      path: try RelativePath(name), kind: .file, size: size, mode: 0o644, modified: .zero, root: Root(digest: Bytes32(words: (sequence, 0, 0, 0))),
      target: [], dot: dot, vector: VersionVector([dot]), contentDot: nil, metadataDot: nil, origin: Origin(modified: .zero, device: "x"),
      replaced: .none)
  }

  private static func runner() throws -> (FolderRunner, InMemoryStore) {
    let key = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
    let store = InMemoryStore(clock: { .zero })
    var state = FolderState(log: own, isFresh: false)
    state.knowledge = VersionVector([Dot(log: own, sequence: 3), Dot(log: other, sequence: 1)])
    state.acknowledged[peer] = VersionVector([Dot(log: own, sequence: 1)])
    store.addFolder(folder, state: state)
    try store.write(folder, flush: false) { records in
      for version in [try file("a", own, 1, size: 1), try file("b", own, 2, size: 10), try file("c", own, 3, size: 100), try file("d", other, 1, size: 1_000)] {
        try records.insertHead(version, record: version.record)
      }
    }
    let machine = FolderMachine(
      setup: FolderMachine.Setup(
        folder: folder, device: key.device, deviceName: "laptop", team: TeamID(genesis: .zero), store: store, signer: key, newLog: { LogID(9) },
        wallClock: { .zero }, flushes: true, rescanInterval: .seconds(3600)),
      isPaused: false, members: [key.device, peer], membershipHeads: [.zero])
    let world = FolderWorld(
      store: store, disks: FolderDisks(), work: BlockingWork(label: "test"), pace: TransferPace(send: 0, receive: 0, now: { .start }), machineID: "here",
      logger: .init(label: "test"), now: { .start }, wallClock: { .zero }, session: { _ in nil }, announce: { _ in }, openRounds: { _, _, _ in },
      resetSessions: { _ in }, changed: { _ in }, progress: { _, _ in })
    struct NoDisk: Error {}
    return (FolderRunner(machine: machine, label: "F", place: FolderPlace(path: "/nowhere") { throw NoDisk() }, world: world), store)
  }

  @Test func `heads beyond what it acknowledged are counted, and nothing of who never shared the folder`() async throws {
    let (runner, store) = try Self.runner()
    #expect(try await runner.backlogs(of: [Self.peer, Self.stranger]) == [Self.peer: FolderBacklog(fileCount: 3, byteCount: 1_110)])
    // What it acknowledged meanwhile is not lacking any more.
    try store.write(Self.folder, flush: false) { $0.state.acknowledged[Self.peer]?.include(Dot(log: Self.own, sequence: 3)) }
    #expect(try await runner.backlogs(of: [Self.peer]) == [Self.peer: FolderBacklog(fileCount: 1, byteCount: 1_000)])
  }

  @Test func `what it had not fetched when it left is lacking still`() async throws {
    let (runner, store) = try Self.runner()
    try store.write(Self.folder, flush: false) { $0.state.acknowledged[Self.peer] = $0.state.knowledge }
    await runner.handle(.peerJoined(Self.peer))
    await runner.handle(.peerStatus(PeerFolderStatus(shown: .zero, pendingFileCount: 4, pendingByteCount: 50, isSettled: false, knowledge: .zero), from: Self.peer))
    await runner.handle(.peerLeft(Self.peer))
    #expect(try await runner.backlogs(of: [Self.peer]) == [Self.peer: FolderBacklog(fileCount: 4, byteCount: 50)])
  }
}
