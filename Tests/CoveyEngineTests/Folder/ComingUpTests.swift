import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Testing

/// What a folder says, and takes in, while it comes up or when its disk is in trouble.
@Suite struct ComingUpTests {
  private static let folder = FolderID(high: 1, low: 2)
  private static let log = LogID(7)
  private static let peer = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
  private static let greeting = FolderHandshake(
    folder: folder, knowledge: Knowledge(vector: VersionVector(), batchHashes: [:]), dropped: VersionVector(), isFresh: false, shown: .zero)
  private static let roundEnd = RoundEnd(
    knowledge: Knowledge(vector: VersionVector([Dot(log: LogID(99), sequence: 5)]), batchHashes: [:]), dropped: VersionVector(), isFresh: false,
    shown: .zero, acknowledged: [:])
  private static let full = DiskError(code: .noSpace, path: "", message: "the disk is full")

  private let store = InMemoryStore(clock: { .zero })
  private let device: DeviceID

  init() throws { device = try #require(DeviceKey(seed: Array(repeating: 9, count: 32))).device }

  private func machine(isFresh: Bool) throws -> FolderMachine {
    let key = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
    store.addFolder(Self.folder, state: FolderState(log: Self.log, isFresh: isFresh))
    return FolderMachine(
      setup: FolderMachine.Setup(
        folder: Self.folder, device: key.device, deviceName: "laptop", team: TeamID(genesis: .zero), store: store, signer: key,
        newLog: { LogID(8) }, wallClock: { .zero }, flushes: true, rescanInterval: .seconds(3600), reserveCount: 10_000),
      isPaused: false, members: [key.device, Self.peer], membershipHeads: [.zero])
  }

  private var opened: FolderEvent {
    .opened(marker: FolderMarker(folder: Self.folder, device: device, log: Self.log, reserved: 0, machine: "here"), machine: "here", wasClean: true)
  }

  /// A machine that is open and has numbers.
  private func openMachine(isFresh: Bool = false) throws -> FolderMachine {
    var machine = try machine(isFresh: isFresh)
    for event in [opened, .reserved(upTo: 10_000), .recovered([])] { _ = try machine.handle(event, at: .start) }
    return machine
  }

  private func greets(_ effects: [FolderEffect]) -> Bool {
    effects.contains { if case .send(.folderHandshake, to: Self.peer) = $0 { true } else { false } }
  }
  private func opensRounds(_ effects: [FolderEffect]) -> Bool { effects.contains { if case .openRounds = $0 { true } else { false } } }
  private func resets(_ effects: [FolderEffect]) -> Bool { effects.contains { if case .resetSessions = $0 { true } else { false } } }
  private func scanned(_ effects: [FolderEffect]) -> ScanRequest? { effects.lazy.compactMap { if case .scan(let request, _, _) = $0 { request } else { nil } }.first }

  @Test func `a new folder learns nothing before its marker stands`() throws {
    var machine = try machine(isFresh: true)
    for event in [FolderEvent.unavailable("the disk has trouble"), .peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer)] {
      let effects = try machine.handle(event, at: .start)
      #expect(!greets(effects) && !opensRounds(effects))
    }
    for event in [FolderEvent.opened(marker: nil, machine: "here", wasClean: false), .recovered([])] {
      let effects = try machine.handle(event, at: .start)
      #expect(!greets(effects) && !opensRounds(effects))
    }
    let effects = try machine.handle(.reserved(upTo: 10_000), at: .start)
    #expect(greets(effects) && opensRounds(effects))
  }

  @Test func `a new folder whose marker could not be written is tried again`() throws {
    var machine = try machine(isFresh: true)
    for event in [FolderEvent.opened(marker: nil, machine: "here", wasClean: false), .recovered([]), .peerJoined(Self.peer), .reserveFailed(Self.full)] {
      _ = try machine.handle(event, at: .start)
    }
    #expect(try machine.status().state == .blocked)
    let effects = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    #expect(effects.contains { if case .reserve = $0 { true } else { false } })
  }

  @Test func `what a peer says while the folder has no part in it begins anew with the next part`() throws {
    var machine = try openMachine()
    #expect(!resets(try machine.handle(.roundEnd(Self.roundEnd, from: Self.peer), at: .start)))
    #expect(resets(try machine.handle(.peerJoined(Self.peer), at: .start)))
    // Once, and not where the connection has ended meanwhile.
    #expect(!resets(try machine.handle(.peerJoined(Self.peer), at: .start)))
    _ = try machine.handle(.peerLeft(Self.peer), at: .start)
    _ = try machine.handle(.batches([], from: Self.peer), at: .start)
    _ = try machine.handle(.connected([], paused: []), at: .start)
    #expect(!resets(try machine.handle(.peerJoined(Self.peer), at: .start)))
  }

  @Test func `what a peer says while the folder comes up again ends the connections`() throws {
    var machine = try openMachine()
    for event in [FolderEvent.peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .unavailable("gone"), opened] {
      _ = try machine.handle(event, at: .start)
    }
    #expect(resets(try machine.handle(.roundEnd(Self.roundEnd, from: Self.peer), at: .start)))
  }

  @Test func `what follows something that was passed over is passed over, too, until the connection has ended`() throws {
    var machine = try openMachine()
    let events = [
      FolderEvent.peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .unavailable("gone"), opened,
      .batches([], from: Self.peer), .recovered([]), .roundEnd(Self.roundEnd, from: Self.peer),
    ]
    for event in events { _ = try machine.handle(event, at: .start) }
    // Else the versions that came in between would never be sent again.
    #expect(try store.read(Self.folder) { $0.state.knowledge.isEmpty })
    let again = [FolderEvent.peerLeft(Self.peer), .peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .roundEnd(Self.roundEnd, from: Self.peer)]
    // A pause does not end it.
    for event in [.connected([Self.peer], paused: [Self.peer])] + again { _ = try machine.handle(event, at: .start) }
    #expect(try store.read(Self.folder) { $0.state.knowledge.isEmpty })
    for event in [.peerLeft(Self.peer), .connected([], paused: [])] + again { _ = try machine.handle(event, at: .start) }
    #expect(try store.read(Self.folder) { !$0.state.knowledge.isEmpty })
  }

  @Test func `what was passed over in a pause is missed until the connection has ended`() throws {
    var machine = try openMachine()
    let events = [
      FolderEvent.batches([], from: Self.peer), .connected([Self.peer], paused: [Self.peer]),
      .peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .roundEnd(Self.roundEnd, from: Self.peer),
    ]
    let effects = try events.flatMap { try machine.handle($0, at: .start) }
    #expect(resets(effects) && !opensRounds(effects))
    #expect(try store.read(Self.folder) { $0.state.knowledge.isEmpty })
  }

  @Test func `a directory with another marker than the one that was there is met as at first contact`() throws {
    let path = try RelativePath("gone")
    var machine = try openMachine()
    try store.write(Self.folder, flush: true) { records in
      var ledger = Ledger(index: records, device: device, deviceName: "laptop")
      try ledger.observe(path, Observation(FileStat(kind: .directory, size: 0, modified: .zero, changed: .zero, inode: 1, mode: 0o755, linkCount: 1), root: .none))
    }
    let other = FolderMarker(folder: Self.folder, device: device, log: LogID(99), reserved: 100, machine: "here")
    var effects: [FolderEffect] = []
    for event in [FolderEvent.unavailable("gone"), .opened(marker: other, machine: "here", wasClean: false)] { effects += try machine.handle(event, at: .start) }
    #expect(resets(effects))
    #expect(try store.read(Self.folder) { $0.state.isFresh && $0.state.log != Self.log })
    for event in [FolderEvent.reserved(upTo: 10_000), .recovered([])] { effects += try machine.handle(event, at: .start) }
    let request = try #require(scanned(effects))
    let gone = ObservedChange(path: path, previous: try store.read(Self.folder) { try $0.entry(path)?.observation }, now: nil)
    _ = try machine.handle(.observed(scan: request.id, [gone]), at: .start)
    #expect(try store.read(Self.folder) { try $0.heads(of: path).allSatisfy(\.isLive) })
  }

  /// Brought while the folder runs, as an older one than its record before it starts, by another device, or marked first under another log.
  @Test(arguments: [(true, LogID(99), nil, nil), (false, log, nil, nil), (false, LogID(99), peer, nil), (false, LogID(99), nil, LogID(5))] as [(Bool, LogID, DeviceID?, LogID?)])
  func `what stands in another directory is no edit of what was agreed, nor was a step begun there`(isRunning: Bool, log: LogID, stranger: DeviceID?, firstLog: LogID?) throws {
    let path = try RelativePath("file")
    func observation(_ byte: UInt8) -> Observation {
      let stat = FileStat(kind: .file, size: 1, modified: .zero, changed: .zero, inode: UInt64(byte), mode: 0o644, linkCount: 1)
      return Observation(stat, root: Root(smallContent: [byte]))
    }
    var machine = try isRunning ? openMachine() : machine(isFresh: false)
    if let firstLog { try MarkerCheck.firstLog.set(firstLog, of: Self.folder, in: store) }
    try store.write(Self.folder, flush: true) { records in
      var ledger = Ledger(index: records, device: device, deviceName: "laptop")
      try ledger.observe(path, observation(1))
      _ = try records.insertIntents([Intent(id: 0, step: DiskStep(path: path, expected: nil, action: .makeDirectory(mode: 0o755)), plan: [])])
    }
    let marker = FolderMarker(folder: Self.folder, device: stranger ?? device, log: log, reserved: 0, machine: "here")
    let events: [FolderEvent] = [.unavailable("gone"), .opened(marker: marker, machine: "here", wasClean: false), .reserved(upTo: 10_000), .recovered([])]
    let effects = try events.flatMap { try machine.handle($0, at: .start) }
    #expect(effects.contains { if case .recover([]) = $0 { true } else { false } })
    let request = try #require(scanned(effects))
    let complete = ScanSummary(end: .complete, problems: [], unsteady: [])
    let found: [FolderEvent] = [
      .observed(scan: request.id, [ObservedChange(path: path, previous: observation(1), now: observation(2))]), .scanned(request.id, complete),
      .peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .roundEnd(Self.roundEnd, from: Self.peer),
    ]
    let again = try #require(scanned(try found.flatMap { try machine.handle($0, at: .start) }))
    _ = try machine.handle(.scanned(again.id, complete), at: .start)
    #expect(Set(try store.read(Self.folder) { try $0.heads(of: path).map(\.root) }) == [observation(1).root, observation(2).root])
  }

  @Test func `the first marker names a log of its own, so that one in a folder not yet mounted is another`() throws {
    var machine = try machine(isFresh: false)
    let effects = try machine.handle(.opened(marker: nil, machine: "here", wasClean: false), at: .start)
    #expect(try store.read(Self.folder) { $0.state.log == LogID(8) })
    #expect(effects.contains { if case .reserve(let marker, _) = $0 { (marker.log, marker.firstLog) == (LogID(8), LogID(8)) } else { false } })
  }

  @Test func `every later marker names the log under which its directory was marked first`() throws {
    var machine = try machine(isFresh: false)
    let marker = FolderMarker(folder: Self.folder, device: device, log: Self.log, reserved: 0, machine: "here", firstLog: LogID(5))
    let effects = try machine.handle(.opened(marker: marker, machine: "here", wasClean: false), at: .start)
    #expect(effects.contains { if case .reserve(let marker, _) = $0 { (marker.log, marker.firstLog) == (LogID(8), LogID(5)) } else { false } })
  }

  @Test(arguments: [
    (log: LogID(7), reserved: UInt64(0), isExpected: true), (LogID(9), 100, false), (LogID(6), 0, true),
  ])
  func `only the directory whose marker the record knows is scanned and written to`(marker: (log: LogID, reserved: UInt64, isExpected: Bool)) throws {
    let disk = InMemoryDisk()
    store.addFolder(Self.folder, state: FolderState(log: Self.log, isFresh: false))
    // The log before, of which the marker has not been told yet.
    try MarkerCheck.previousLog.set(LogID(6), of: Self.folder, in: store)
    disk.setMarker(FolderMarker(folder: Self.folder, device: device, log: marker.log, reserved: marker.reserved, machine: "here"))
    #expect(try (MarkerCheck(disk: disk, store: store, folder: Self.folder).trouble() == nil) == marker.isExpected)
    let effects = DiskEffects(disk: disk, store: store, folder: Self.folder, wallClock: { .zero })
    let path = try RelativePath("d")
    guard case .performed(_, let outcomes) = effects.perform([DiskStep(path: path, expected: nil, action: .makeDirectory(mode: 0o755))], job: 1, drain: {}) else {
      Issue.record("no outcome")
      return
    }
    let isDone = if case .done? = outcomes.first { true } else { false }
    #expect(isDone == marker.isExpected)
    let scan = effects.scan(ScanRequest(id: 1, roots: [.init(path: nil, isDeep: true)]), known: RulesSource(), rules: try GitIgnore(parsing: [], local: [])) { _ in }
    let isScanned = if case .complete = scan.end { true } else { false }
    #expect(isScanned == marker.isExpected)
  }

  @Test func `a marker that covers fewer numbers than are used is an old one`() {
    let marker = FolderMarker(folder: Self.folder, device: device, log: Self.log, reserved: 80, machine: "here")
    #expect(MarkerCheck.isExpected(marker, log: Self.log, sequence: 80, previous: nil))
    #expect(!MarkerCheck.isExpected(marker, log: Self.log, sequence: 81, previous: nil))
  }

  @Test func `what is to be held after meeting the folder anew is decided when all of it was looked through`() throws {
    let path = try RelativePath("old")
    var machine = try openMachine()
    try store.write(Self.folder, flush: true) { records in
      records.state.holdsUnknown = true
      try records.setEntry(Entry(path: path, observation: Observation(FileStat(kind: .file, size: 1, modified: .zero, changed: .zero, inode: 1, mode: 0o644, linkCount: 1), root: Root(smallContent: [1]))))
    }
    let complete = ScanSummary(end: .complete, problems: [], unsteady: [])
    for event in [FolderEvent.scanned(1, complete), .tick] { _ = try machine.handle(event, at: .start) }
    #expect(try store.read(Self.folder) { try !$0.state.holdsUnknown && $0.entry(path)?.held != nil })
  }

  @Test func `late files are settled once their new names are flushed`() throws {
    store.addFolder(Self.folder, state: FolderState(log: Self.log, isFresh: false))
    let disk = InMemoryDisk()
    let effects = DiskEffects(disk: disk, store: store, folder: Self.folder, wallClock: { .zero })
    let (name, path) = (try #require(StagedName("late")), try RelativePath("a"))
    try disk.stage(.file(bytes: [2], mode: 0o644, modified: .zero), as: name)
    let late = LateFile(name: name, path: path, agreed: .absent, root: Root(smallContent: [1]))
    // What is absent from an empty mount point is not settled.
    #expect(effects.settleLate([late], deviceName: "laptop").isEmpty)
    let log = try store.read(Self.folder) { $0.state.log }
    disk.setMarker(FolderMarker(folder: Self.folder, device: device, log: log, reserved: 80, machine: "here"))
    #expect(effects.settleLate([late], deviceName: "laptop").count == 1)
    disk.cutPower(survives: { false }, torn: { _ in [] })
    #expect(try disk.stagedNames().isEmpty)
  }

  @Test func `nobody to tell is no reason to wake`() throws {
    var machine = try openMachine()
    for event in [FolderEvent.peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .peerLeft(Self.peer)] {
      _ = try machine.handle(event, at: .start)
    }
    let later = Instant.start.advanced(by: .seconds(1))
    let wakes = try machine.handle(.tick, at: later).compactMap { if case .wake(let moment) = $0 { moment } else { nil } }
    #expect(wakes.allSatisfy { $0 > later })
  }

  @Test func `the plan follows the end of first contact by itself`() throws {
    var machine = try openMachine(isFresh: true)
    let complete = ScanSummary(end: .complete, problems: [], unsteady: [])
    for event in [FolderEvent.peerJoined(Self.peer), .handshake(Self.greeting, from: Self.peer), .scanned(1, complete)] {
      _ = try machine.handle(event, at: .start)
    }
    let request = try #require(scanned(try machine.handle(.roundEnd(Self.roundEnd, from: Self.peer), at: .start)))
    let effects = try machine.handle(.scanned(request.id, complete), at: .start)
    #expect(effects.contains { if case .wake(at: .start) = $0 { true } else { false } })
  }

  @Test func `a path that cannot be read is tried again`() throws {
    var machine = try openMachine()
    let problem = Problem(path: Array("d".utf8), reason: "permission denied", blocks: true)
    _ = try machine.handle(.scanned(1, ScanSummary(end: .complete, problems: [problem], unsteady: [])), at: .start)
    let effects = try machine.handle(.tick, at: Instant.start.advanced(by: .seconds(61)))
    #expect(scanned(effects)?.roots.map(\.path) == [try RelativePath("d")])
  }

  @Test func `nothing is put into a directory without the folder's marker, nor agreed there`() throws {
    let disk = InMemoryDisk()
    let effects = DiskEffects(disk: disk, store: store, folder: Self.folder, wallClock: { .zero })
    let step = DiskStep(path: try RelativePath("d"), expected: nil, action: .makeDirectory(mode: 0o755))
    guard case .performed(_, let outcomes) = effects.perform([step], job: 1, drain: {}), case .failed? = outcomes.first else {
      Issue.record("it was put into an unmarked directory")
      return
    }
    guard case .directoriesFlushed(_, .some) = effects.flushDirectories(job: 1) else {
      Issue.record("it was agreed in an unmarked directory")
      return
    }
  }
}
