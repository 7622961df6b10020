import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

/// What a folder does first, and what it never concludes.
@Suite struct FolderMachineTests {
  private static let folder = FolderID(high: 1, low: 2)
  private static let log = LogID(7)

  private static func key() throws -> DeviceKey { try #require(DeviceKey(seed: Array(repeating: 9, count: 32))) }

  private static func machine(isFresh: Bool) throws -> FolderMachine { try machineAndStore(isFresh: isFresh).0 }

  private static func machineAndStore(isFresh: Bool, peers: Set<DeviceID> = []) throws -> (FolderMachine, InMemoryStore) {
    let key = try key()
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(folder, state: FolderState(log: log, isFresh: isFresh))
    let machine = FolderMachine(
      setup: FolderMachine.Setup(
        folder: folder, device: key.device, deviceName: "laptop", team: TeamID(genesis: .zero), store: store, signer: key,
        newLog: { LogID(8) }, wallClock: { .zero }, flushes: true, rescanInterval: .seconds(3600), reserveCount: 10_000),
      isPaused: false, members: peers.union([key.device]), membershipHeads: [.zero])
    return (machine, store)
  }

  private static func marker(_ folder: FolderID, device: DeviceID, log: LogID, reserved: UInt64 = 0) -> FolderMarker {
    FolderMarker(folder: folder, device: device, log: log, reserved: reserved, machine: "here")
  }

  private func scans(_ effects: [FolderEffect]) -> Int { effects.count { if case .scan = $0 { true } else { false } } }

  @Test func `a folder shared just now is marked before it is scanned`() throws {
    var machine = try Self.machine(isFresh: false)
    let opening = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    #expect(opening.contains { if case .reserve(let marker, _) = $0 { marker.folder == Self.folder } else { false } })
    #expect(scans(opening) == 0)
    // Nothing is authored before the marker holds its numbers.
    #expect(scans(try machine.handle(.recovered([]), at: .start)) == 0)
    #expect(scans(try machine.handle(.reserved(upTo: 10_000), at: .start)) == 1)
  }

  @Test func `a directory without its marker, or with another's, is blocked and says why`() throws {
    let device = try Self.key().device
    var machine = try Self.machine(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(FolderID(high: 5, low: 5), device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    #expect(try machine.status().state == .blocked)
    #expect(try machine.status().problems.contains { $0.reason.contains(".covey/folder") })
    #expect(try machine.status().isInSync == false)
  }

  @Test func `a start without the mark of a clean stop goes on under a new log`() throws {
    let device = try Self.key().device
    for (wasClean, log) in [(true, Self.log), (false, LogID(8))] {
      var machine = try Self.machine(isFresh: false)
      let effects = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: wasClean), at: .start)
      let reserved = effects.compactMap { if case .reserve(let marker, _) = $0 { marker.log } else { nil } }
      #expect(reserved == [log])
    }
  }

  @Test func `a round of a peer that has not shaken hands ends the connections`() throws {
    let device = try Self.key().device
    let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
    var machine = try Self.machine(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.reserved(upTo: 10_000), at: .start)
    _ = try machine.handle(.recovered([]), at: .start)
    _ = try machine.handle(.peerJoined(peer), at: .start)
    let end = RoundEnd(
      knowledge: Knowledge(vector: VersionVector([Dot(log: LogID(99), sequence: 5)]), batchHashes: [:]), dropped: VersionVector(), isFresh: false,
      shown: .zero, acknowledged: [:])
    let effects = try machine.handle(.roundEnd(end, from: peer), at: .start)
    #expect(effects.contains { if case .resetSessions = $0 { true } else { false } })
  }

  @Test func `what a scan brings while numbers are awaited is taken in before the scan ends`() throws {
    let device = try Self.key().device
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.reserved(upTo: 2_500), at: .start)
    _ = try machine.handle(.recovered([]), at: .start)
    func change(_ name: String) throws -> ObservedChange {
      let seen = Observation(
        kind: .directory, size: 0, modified: .zero, changed: .zero, inode: UInt64(name.utf8.count), mode: 0o755, root: .none)
      return ObservedChange(path: try RelativePath(name), previous: nil, now: seen)
    }
    // The first uses the last number that may be used.
    _ = try machine.handle(.observed(scan: 1, [change("a")]), at: .start)
    _ = try machine.handle(.observed(scan: 1, [change("bb")]), at: .start)
    _ = try machine.handle(.scanned(1, ScanSummary(end: .complete, problems: [], unsteady: [])), at: .start)
    #expect(try store.read(Self.folder) { $0.state.sequence } == 1)
    _ = try machine.handle(.reserved(upTo: 20_000), at: .start)
    #expect(try store.read(Self.folder) { $0.state.sequence } == 2)
  }

  @Test func `numbers are reserved before they run out`() throws {
    let device = try Self.key().device
    var machine = try Self.machine(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    let effects = try machine.handle(.reserved(upTo: 4_000), at: .start)
    let reserved: [UInt64] = effects.compactMap { if case .reserve(let marker, _) = $0 { marker.reserved } else { nil } }
    #expect(reserved == [10_000])
  }

  @Test func `a record that stopped well before the marker did is an old copy`() throws {
    let device = try Self.key().device
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    try store.write(Self.folder, flush: true) { $0.state.sequence = 3 }
    _ = try machine.handle(
      .opened(marker: Self.marker(Self.folder, device: device, log: Self.log, reserved: 7), machine: "here", wasClean: true), at: .start)
    #expect(try store.read(Self.folder) { $0.state.isFresh && $0.state.log == LogID(8) })
  }

  @Test func `a record is compared with the marker once its directory is there`() throws {
    let device = try Self.key().device
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    try store.write(Self.folder, flush: true) { $0.state.sequence = 3 }
    _ = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    _ = try machine.handle(
      .opened(marker: Self.marker(Self.folder, device: device, log: Self.log, reserved: 10_000), machine: "here", wasClean: false), at: .start)
    #expect(try store.read(Self.folder) { $0.state.log == LogID(8) })
  }

  @Test func `no command puts a marker into a directory that has none`() throws {
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    try store.write(Self.folder, flush: true) { $0.state.sequence = 3 }
    _ = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    for command in [FolderCommand.scan, .pause, .resume, .look([try RelativePath("a")]), .keepBoth(try RelativePath("a")), .stop] {
      let effects = try machine.handle(.command(command), at: .start)
      #expect(!effects.contains { if case .reserve = $0 { true } else { false } }, "\(command)")
    }
  }

  @Test func `a folder that stops without its directory does not say that it stopped well`() throws {
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    try store.write(Self.folder, flush: true) { $0.state.sequence = 3 }
    _ = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    let effects = try machine.handle(.command(.stop), at: .start)
    #expect(!effects.contains { if case .closeRecord = $0 { true } else { false } })
    #expect(effects.contains { if case .stopped = $0 { true } else { false } })
  }

  @Test func `what is due later is not asked for again by everything that comes before`() throws {
    let device = try Self.key().device
    var machine = try Self.machine(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.reserved(upTo: 10_000), at: .start)
    var wakes: [Instant] = []
    func take(_ event: FolderEvent, at now: Instant) throws {
      wakes += try machine.handle(event, at: now).compactMap { if case .wake(let moment) = $0 { moment } else { nil } }
    }
    try take(.recovered([]), at: .start)
    try take(.scanned(1, ScanSummary(end: .complete, problems: [], unsteady: [])), at: .start)
    for round in 1...20 {
      let now = Instant.start.advanced(by: .seconds(round))
      try take(.watched([.writing(try RelativePath("a"))]), at: now)
      try take(.tick, at: now.advanced(by: .milliseconds(100)))
      try take(.scanned(UInt64(round + 1), ScanSummary(end: .complete, problems: [], unsteady: [])), at: now.advanced(by: .milliseconds(200)))
    }
    // Each of the twenty looks asks once for its own moment; the rest are steps of keeping and pruning, and the next whole scan.
    #expect(wakes.count { $0 > Instant.start.advanced(by: .seconds(60)) } <= 3)
    #expect(wakes.count <= 30)
  }

  private static func roundEnd(_ dot: Dot, isFresh: Bool = false) -> RoundEnd {
    RoundEnd(
      knowledge: Knowledge(vector: VersionVector([dot]), batchHashes: [:]), dropped: VersionVector(), isFresh: isFresh, shown: .zero, acknowledged: [:])
  }

  private static func handshake(dropped: VersionVector = VersionVector()) -> FolderHandshake {
    FolderHandshake(
      folder: folder, knowledge: Knowledge(vector: dropped, batchHashes: [:]), dropped: dropped, isFresh: false, shown: .zero)
  }

  @Test func `what a round still brings after the folder was met anew does not count as known`() throws {
    let device = try Self.key().device
    let (first, second) = (DeviceID(key: Bytes32(words: (1, 2, 3, 4))), DeviceID(key: Bytes32(words: (5, 6, 7, 8))))
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.reserved(upTo: 10_000), at: .start)
    _ = try machine.handle(.recovered([]), at: .start)
    for peer in [first, second] { _ = try machine.handle(.peerJoined(peer), at: .start) }
    _ = try machine.handle(.handshake(Self.handshake(), from: first), at: .start)
    // The second has dropped what this device never heard of, while a round of the first is under way.
    let effects = try machine.handle(.handshake(Self.handshake(dropped: VersionVector([Dot(log: LogID(50), sequence: 9)])), from: second), at: .start)
    #expect(effects.contains { if case .resetSessions = $0 { true } else { false } })
    _ = try machine.handle(.scanned(1, ScanSummary(end: .complete, problems: [], unsteady: [])), at: .start)
    _ = try machine.handle(.roundEnd(Self.roundEnd(Dot(log: LogID(99), sequence: 5)), from: first), at: .start)
    #expect(try store.read(Self.folder) { $0.state.knowledge.isEmpty })
  }

  @Test func `first contact does not end before the folder was looked through`() throws {
    let device = try Self.key().device
    let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
    var (machine, store) = try Self.machineAndStore(isFresh: true, peers: [peer])
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.reserved(upTo: 10_000), at: .start)
    _ = try machine.handle(.recovered([]), at: .start)
    _ = try machine.handle(.peerJoined(peer), at: .start)
    _ = try machine.handle(.handshake(Self.handshake(), from: peer), at: .start)
    _ = try machine.handle(.roundEnd(Self.roundEnd(Dot(log: LogID(99), sequence: 5)), from: peer), at: .start)
    #expect(try store.read(Self.folder) { $0.state.isFresh })
    _ = try machine.handle(.scanned(1, ScanSummary(end: .complete, problems: [], unsteady: [])), at: .start)
    #expect(try store.read(Self.folder) { !$0.state.isFresh && $0.state.knowledge[LogID(99)] == 5 })
  }

  @Test func `what stands where a crash interrupted a step is read before it is believed`() throws {
    let device = try Self.key().device
    let path = try RelativePath("a")
    let root = Root(smallContent: [1])
    let shown = Shown(
      kind: .file, root: root, target: [], size: 1, mode: 0o644, modified: Timestamp(nanoseconds: 5), vector: VersionVector(),
      contentDot: Dot(log: LogID(9), sequence: 1), metadataDot: Dot(log: LogID(9), sequence: 1), origin: Origin(modified: .zero, device: "x"))
    let old = Observation(kind: .file, size: 1, modified: .zero, changed: .zero, inode: 1, mode: 0o644, root: Root(smallContent: [0]))
    let step = PlannedStep(path: path, shown: shown, expected: old, action: .placeFile(displaced: .history))
    var (machine, store) = try Self.machineAndStore(isFresh: false)
    try store.write(Self.folder, flush: true) { try $0.setEntry(Entry(path: path, observation: old)) }
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.reserved(upTo: 10_000), at: .start)
    // A user has written to it since: another size, another time.
    let found = FileStat(kind: .file, size: 7, modified: Timestamp(nanoseconds: 99), changed: Timestamp(nanoseconds: 99), inode: 2, mode: 0o644)
    let diskStep = DiskStep(path: path, expected: old.stat, action: .remove(displaced: .nothing))
    _ = try machine.handle(
      .recovered([Recovered(intent: Intent(id: 1, step: diskStep, plan: step.canonical), outcome: .done(.done(now: found, history: nil, copy: nil)))]),
      at: .start)
    let entry = try #require(try store.read(Self.folder) { try $0.entry(path) })
    #expect(entry.agreed.root == root)
    #expect(entry.observation?.isUnchanged(found) == false)
    #expect(entry.kept == nil)
  }

  @Test func `what is acknowledged is still known after a power cut`() throws {
    let bench = try FolderBench.withPeer()
    try bench.tell(bench.versions([(path: "gone", content: nil, movedFrom: nil)]))
    let acknowledged = try #require(try bench.read { $0.state.acknowledged[bench.key.device] })
    try #require(acknowledged.covers(bench.knowledge.vector))
    bench.store.losePower()
    #expect(try bench.read { $0.state.acknowledged[bench.key.device] } == acknowledged)
    #expect(try bench.read { $0.state.knowledge.covers(acknowledged) })
  }

  @Test func `what a peer has dropped since the handshake, and this device never heard of, lets the folder be met anew`() throws {
    let bench = try FolderBench.withPeer()
    try bench.tell(bench.versions([(path: "a", content: "1", movedFrom: nil)]))
    func end(dropped: VersionVector) throws {
      let end = RoundEnd(knowledge: bench.knowledge, dropped: dropped, isFresh: false, shown: .zero, acknowledged: [:])
      try bench.handle(.roundEnd(end, from: bench.peer.device))
    }
    try end(dropped: bench.knowledge.vector)
    #expect(!bench.notices.contains(.metAnew))
    let unknown = VersionVector([Dot(log: LogID(55), sequence: 3)])
    try end(dropped: unknown)
    #expect(bench.notices.contains(.metAnew))
    #expect(try bench.read { $0.state.isFresh && $0.state.dropped.covers(unknown) })
  }

  @Test func `a blocked directory is asked for again when the last time is answered`() throws {
    var machine = try Self.machine(isFresh: false)
    func asks(_ effects: [FolderEffect]) -> Bool { effects.contains { if case .open = $0 { true } else { false } } }
    for second in stride(from: 0, to: 30, by: 10) {
      _ = try machine.handle(.unavailable("not mounted"), at: .start.advanced(by: .seconds(second)))
      #expect(asks(try machine.handle(.tick, at: .start.advanced(by: .seconds(second + 3)))))
      #expect(!asks(try machine.handle(.tick, at: .start.advanced(by: .seconds(second + 6)))))
    }
  }
}
