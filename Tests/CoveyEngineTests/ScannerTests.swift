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
    try disk.writeMarker(FolderMarker(folder: Self.folder, device: DeviceID(key: .zero), log: LogID(7), reserved: 10, machine: ""))
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
}
