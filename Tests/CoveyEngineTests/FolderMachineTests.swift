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

  private static func machine(isFresh: Bool) throws -> FolderMachine {
    let key = try key()
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(folder, state: FolderState(log: log, isFresh: isFresh))
    return FolderMachine(
      setup: FolderMachine.Setup(
        folder: folder, device: key.device, deviceName: "laptop", team: TeamID(genesis: .zero), store: store, signer: key,
        newLog: { LogID(8) }, wallClock: { .zero }, flushes: true, rescanInterval: .seconds(3600)),
      isPaused: false, members: [key.device], membershipHeads: [.zero])
  }

  private static func marker(_ folder: FolderID, device: DeviceID, log: LogID) -> FolderMarker {
    FolderMarker(folder: folder, device: device, log: log, reserved: 10_000, machine: "here")
  }

  private func scans(_ effects: [FolderEffect]) -> Int { effects.count { if case .scan = $0 { true } else { false } } }

  @Test func `a folder shared just now is marked before it is scanned`() throws {
    var machine = try Self.machine(isFresh: false)
    let opening = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    #expect(opening.contains { if case .reserve(let marker) = $0 { marker.folder == Self.folder } else { false } })
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
      let reserved = effects.compactMap { if case .reserve(let marker) = $0 { marker.log } else { nil } }
      #expect(reserved == (wasClean ? [] : [log]))
    }
  }

  @Test func `a round of a peer that has not shaken hands ends the connections`() throws {
    let device = try Self.key().device
    let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
    var machine = try Self.machine(isFresh: false)
    _ = try machine.handle(.opened(marker: Self.marker(Self.folder, device: device, log: Self.log), machine: "here", wasClean: true), at: .start)
    _ = try machine.handle(.recovered([]), at: .start)
    _ = try machine.handle(.peerJoined(peer), at: .start)
    let end = RoundEnd(
      knowledge: Knowledge(vector: VersionVector([Dot(log: LogID(99), sequence: 5)]), batchHashes: [:]), dropped: VersionVector(), isFresh: false,
      shown: .zero, acknowledged: [:])
    let effects = try machine.handle(.roundEnd(end, from: peer), at: .start)
    #expect(effects.contains { if case .resetSessions = $0 { true } else { false } })
  }

  /// What a peer says of one file, signed by it.
  private static func batch(_ path: RelativePath, content: [UInt8], by author: DeviceKey) throws -> VerifiedBatch {
    let dot = Dot(log: LogID(99), sequence: 1)
    let record = Version(
      path: path, kind: .file, size: Int64(content.count), mode: 0o644, modified: .zero, root: Root(smallContent: content), target: [], dot: dot,
      vector: VersionVector([dot]), contentDot: dot, metadataDot: dot, origin: Origin(modified: .zero, device: "desk"), replaced: .none
    ).record
    let (team, none) = (TeamID(genesis: .zero), Bytes32.zero)
    let batch = try Batch.make(
      team: team, folder: folder, author: author.device, log: dot.log, firstSequence: 1, previous: none, authHeads: [none], records: [record])
    let slice = BatchSlice(header: batch.header, signature: try author.sign(SigningPrefix.batch + batch.header), records: [record])
    return try VerifiedBatch(slice: slice, team: team, folder: folder)
  }

  @Test func `a path that is being looked at is not planned, so that look and plan do not chase each other`() throws {
    let (key, peer) = (try Self.key(), try #require(DeviceKey(seed: Array(repeating: 5, count: 32))))
    let path = try RelativePath("f")
    var machine = try Self.machine(isFresh: false)
    func handle(_ event: FolderEvent) throws -> [FolderEffect] { try machine.handle(event, at: .start) }
    _ = try handle(.opened(marker: Self.marker(Self.folder, device: key.device, log: Self.log), machine: "here", wasClean: true))
    _ = try handle(.recovered([]))
    _ = try handle(.scanned(1, ScanSummary(end: .complete, problems: [], unsteady: [])))
    _ = try handle(.peerJoined(peer.device))
    let knowledge = Knowledge(vector: VersionVector([Dot(log: LogID(99), sequence: 1)]), batchHashes: [:])
    _ = try handle(
      .handshake(
        FolderHandshake(folder: Self.folder, knowledge: knowledge, dropped: VersionVector(), isFresh: false, shown: .zero), from: peer.device))
    let planned = try handle(.batches([try Self.batch(path, content: [1], by: peer)], from: peer.device))
    let job = try #require(planned.lazy.compactMap { if case .fetch(let job) = $0 { job.id } else { nil } }.first)
    _ = try handle(.fetched(job: job, [.staged(inode: 5, chunks: nil)]))
    _ = try handle(.stagedFlushed(job: job, nil))
    // Somebody made a file of that name meanwhile.
    _ = try handle(.watched([.touched(path)]))
    _ = try handle(.performed(job: job, [.changed]))
    let after = try handle(.directoriesFlushed(job: job, nil))
    let scan = try #require(after.lazy.compactMap { if case .scan(let request, _, _) = $0 { request } else { nil } }.first)
    #expect(scan.roots.map(\.path) == [path])
    #expect(!after.contains { if case .fetch = $0 { true } else { false } })
    let mine = Observation(
      kind: .file, size: 2, modified: .zero, changed: .zero, inode: 7, mode: 0o644, root: Root(smallContent: [2, 2]), target: [])
    let observed = try handle(.observed(scan: scan.id, [ObservedChange(path: path, previous: nil, now: mine)]))
    #expect(observed.contains { if case .announce = $0 { true } else { false } })
  }
}
