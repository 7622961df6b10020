import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
import Testing

/// What a scan may conclude while the folder changes under it.
@Suite struct ScannerTests {
  private static let folder = FolderID(high: 1, low: 2)

  @Test func `what was put in place after the listing was read is not gone`() throws {
    let disk = InMemoryDisk()
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(Self.folder, state: FolderState(log: LogID(7), isFresh: false))
    disk.setMarker(FolderMarker(folder: Self.folder, device: DeviceID(key: .zero), log: LogID(7), reserved: 10, machine: ""))
    let path = try RelativePath("new")
    disk.write(try RelativePath("old"), [1])
    let isPlaced = Mutex(false)
    disk.setHook { moment in
      guard moment == .name, isPlaced.withLock({ let was = $0; $0 = true; return !was }) else { return nil }
      // A commit ends between the listing and the record's page.
      disk.write(path, [2])
      guard let stat = try? disk.stat(path) else { return nil }
      try? store.write(Self.folder, flush: false) { records in
        try records.setEntry(Entry(path: path, observation: Observation(stat, root: Root(smallContent: [2]))))
      }
      return nil
    }
    let scanner = Scanner(disk: disk, store: store, folder: Self.folder, rules: NoIgnoreRules(), width: 1)
    var gone: [RelativePath] = []
    _ = try scanner.scan(ScanRequest(id: 1, roots: [.init(path: nil, isDeep: true)])) { changes in
      gone += changes.filter { $0.now == nil }.map(\.path)
    }
    #expect(gone.isEmpty)
  }

  @Test func `what cannot have been renamed is told while the walk goes on`() throws {
    let disk = InMemoryDisk()
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(Self.folder, state: FolderState(log: LogID(7), isFresh: false))
    disk.setMarker(FolderMarker(folder: Self.folder, device: DeviceID(key: .zero), log: LogID(7), reserved: 10, machine: ""))
    // Directories are told with what stands beside them: alone they would be a portion, and the next is read while one is taken in.
    for index in 0..<2_450 { disk.write(try RelativePath("f\(index)"), [1]) }
    for index in 0..<50 { disk.makeDirectory(try RelativePath("f\(index * 48).d")) }
    let seen = Mutex<Int64>(0)
    let scanner = Scanner(disk: disk, store: store, folder: Self.folder, rules: NoIgnoreRules(), width: 1) { work in
      if case .scanned(let count) = work { seen.withLock { $0 += count } }
    }
    var told: [(changes: Int, seen: Int64)] = []
    _ = try scanner.scan(ScanRequest(id: 1, roots: [.init(path: nil, isDeep: true)])) { told.append(($0.count, seen.withLock { $0 })) }
    #expect(told.map { $0.changes } == [1_000, 1_000, 500])
    #expect(told.map { $0.seen } == [1_000, 2_000, 2_500])
  }
}
