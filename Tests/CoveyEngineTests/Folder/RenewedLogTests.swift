import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
import Testing

/// What goes with the log when a folder begins a new one.
@Suite struct RenewedLogTests {
  @Test func `steps of another directory are forgotten in the very transaction that renews the log`() throws {
    let bench = try FolderBench()
    let step = DiskStep(path: try RelativePath("file"), expected: nil, action: .makeDirectory(mode: 0o755))
    try bench.write { _ = try $0.insertIntents([Intent(id: 0, step: step, plan: [])]) }
    let old = try bench.read { $0.state.log }
    bench.disk.setMarker(
      FolderMarker(folder: FolderBench.folder, device: bench.peer.device, log: LogID(99), reserved: 0, machine: "here"))
    let left = Mutex<[(log: LogID, intentCount: Int)]>([])
    try bench.restart(wasClean: false) { setup in
      setup.store = ToldStore(store: bench.store) { records in
        let found = (records.state.log, try records.intents().count)
        left.withLock { $0.append(found) }
      }
    }
    let found = left.withLock { $0 }
    #expect(found.contains { $0.log != old })
    // Wherever a crash comes.
    for one in found { #expect((one.intentCount == 0) == (one.log != old)) }
  }

  @Test func `a folder that is shared again finds the history it had`() throws {
    let before = try FolderBench()
    let item = try before.keep([1, 2, 3], of: try RelativePath("file"), age: .seconds(60))
    before.disk.removeMarker()
    let bench = try FolderBench(disk: before.disk)
    try bench.pass(.seconds(10))
    #expect(try bench.history().recorded == [item.name])
    #expect(try bench.read { try $0.historyHolds(item.root) })
  }
}

/// Tells what is in the record after each transaction, as a crash would leave it.
private struct ToldStore: DeviceStore {
  let store: InMemoryStore
  let tell: @Sendable (any FolderRecords) throws -> Void

  func write<T>(_ folder: FolderID, flush: Bool, _ body: (any FolderRecords) throws -> T) throws -> T {
    let result = try store.write(folder, flush: flush, body)
    try store.read(folder, tell)
    return result
  }

  func read<T>(_ folder: FolderID, _ body: (any FolderRecords) throws -> T) throws -> T { try store.read(folder, body) }
  func snapshot(_ folder: FolderID) throws -> any FolderSnapshot { try store.snapshot(folder) }
  func folders() throws -> [FolderID] { store.folders() }
  func addFolder(_ folder: FolderID, state: FolderState) throws { store.addFolder(folder, state: state) }
  func removeFolder(_ folder: FolderID) throws { store.removeFolder(folder) }
  func membershipRecords() throws -> [SignedRecord] { store.membershipRecords() }
  func insertMembership(_ records: [SignedRecord]) throws { store.insertMembership(records) }
  func value(forKey key: String) throws -> [UInt8]? { store.value(forKey: key) }
  func setValue(_ value: [UInt8]?, forKey key: String) throws { store.setValue(value, forKey: key) }
  func peers() throws -> [KnownPeer] { store.peers() }
  func setPeer(_ peer: KnownPeer) throws { store.setPeer(peer) }
  func places(of root: Root, limit: Int) throws -> [(folder: FolderID, source: ContentSource)] { store.places(of: root, limit: limit) }
}
