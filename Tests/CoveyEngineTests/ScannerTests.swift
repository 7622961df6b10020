import CoveyCore
import CoveyEngine
import CoveyTesting
import Synchronization
import Testing

/// What a scan may conclude while the folder changes under it.
@Suite struct ScannerTests {
  private static let folder = FolderID(high: 1, low: 2)

  /// A folder whose record says what stands there now.
  private static func recorded(_ disk: InMemoryDisk) throws -> InMemoryStore {
    let store = InMemoryStore(clock: { .zero })
    store.addFolder(folder, state: FolderState(log: LogID(7), isFresh: false))
    disk.setMarker(FolderMarker(folder: folder, device: DeviceID(key: .zero), log: LogID(7), reserved: 10, machine: ""))
    try store.write(folder, flush: false) { records in
      for (path, _, bytes) in disk.tree() {
        guard let stat = try disk.stat(path) else { continue }
        let observation = Observation(stat, root: stat.kind == .file ? Root(smallContent: bytes) : .none)
        var entry = Entry(path: path, observation: observation)
        (entry.agreed.kind, entry.agreed.root, entry.agreed.size) = (observation.kind, observation.root, observation.size)
        (entry.agreed.mode, entry.agreed.modified) = (observation.mode, observation.modified)
        try records.setEntry(entry)
      }
    }
    return store
  }

  private static func changes(_ disk: InMemoryDisk, _ store: InMemoryStore) throws -> [[ObservedChange]] {
    var told: [[ObservedChange]] = []
    let scanner = Scanner(disk: disk, store: store, folder: folder, rules: NoIgnoreRules(), width: 1)
    _ = try scanner.scan(ScanRequest(id: 1, roots: [.init(path: nil, isDeep: true)])) { told.append($0) }
    return told
  }

  @Test func `both halves of a rename are told together, part by part`() throws {
    let disk = InMemoryDisk()
    for index in 0..<1_200 { disk.write(try RelativePath("old/sub/f\(index)"), Array("\(index)".utf8)) }
    disk.write(try RelativePath("other"), [1])
    let store = try Self.recorded(disk)
    disk.rename(try RelativePath("old"), to: try RelativePath("new"))
    disk.remove(try RelativePath("other"))
    disk.write(try RelativePath("zz"), [2])
    let told = try Self.changes(disk, store)

    // Whatever was told by an empty portion is whole: nobody who hears of no more takes a moved file for deleted.
    let parts = told.split(whereSeparator: \.isEmpty).map { $0.flatMap(\.self) }
    #expect(parts.count == 4)
    for part in parts {
      let left = part.filter { $0.now == nil && $0.previous?.kind == .file && $0.isMoved }.compactMap(\.previous?.inode)
      let came = part.filter { $0.now?.kind == .file && $0.movedFrom != nil }.compactMap(\.now?.inode)
      #expect(left.sorted() == came.sorted() && left.count <= 500)
    }
    let paths = parts.joined().map(\.path.string)
    #expect(paths.count == 1_200 * 2 + 2 * 2 + 2)
    #expect(paths.first == "other" && paths.last == "zz")
    #expect(paths.firstIndex(of: "new/sub") == paths.firstIndex(of: "new").map { $0 + 1 })
    // What was in a directory goes before it, and what comes into one comes after it.
    #expect(paths.suffix(3) == ["old/sub", "old", "zz"])
    #expect(Set(parts.joined().filter(\.isMoved).map(\.path.string)) == Set(paths.filter { $0.hasPrefix("old") }))
  }

  @Test func `where a file moved to the place of a directory, all that is gone is told first`() throws {
    let disk = InMemoryDisk()
    for index in 0..<1_200 { disk.write(try RelativePath("old/f\(index)"), Array("\(index)".utf8)) }
    disk.write(try RelativePath("new/inside"), [1])
    let store = try Self.recorded(disk)
    disk.remove(try RelativePath("new/inside"))
    disk.remove(try RelativePath("new"))
    disk.rename(try RelativePath("old/f7"), to: try RelativePath("new"))
    disk.rename(try RelativePath("old"), to: try RelativePath("young"))
    let told = try Self.changes(disk, store)
    #expect(told.allSatisfy { !$0.isEmpty })
    let changes = told.flatMap(\.self)
    #expect(changes.prefix(1_202).allSatisfy { $0.now == nil } && changes.dropFirst(1_202).allSatisfy { $0.now != nil })
  }

  @Test func `what was moved over another file is told with what it left`() throws {
    let disk = InMemoryDisk()
    let names = (0..<600).map { "f\($0)" }
    for name in names {
      disk.write(try RelativePath("a/" + name), Array(name.utf8))
      disk.write(try RelativePath("b/" + name), Array("before".utf8))
    }
    let store = try Self.recorded(disk)
    for name in names {
      disk.remove(try RelativePath("b/" + name))
      disk.rename(try RelativePath("a/" + name), to: try RelativePath("b/" + name))
    }
    let parts = try Self.changes(disk, store).split(whereSeparator: \.isEmpty).map { $0.flatMap(\.self) }
    #expect(parts.count == 2)
    for part in parts { #expect(Set(part.filter { $0.now == nil }.map(\.path)) == Set(part.compactMap(\.movedFrom))) }
  }

  @Test func `what left for a path that cannot be read yet is told later, with it`() throws {
    let disk = InMemoryDisk()
    let (old, new) = (try RelativePath("old"), try RelativePath("new"))
    disk.write(old, [1])
    disk.write(try RelativePath("gone"), [2])
    let store = try Self.recorded(disk)
    disk.remove(try RelativePath("gone"))
    disk.rename(old, to: new)
    let isWalked = Mutex(false)
    disk.setHook { moment in
      if moment == .name { isWalked.withLock { $0 = true } } else if isWalked.withLock({ $0 }) { disk.remove(new) }
      return nil
    }
    let scanner = Scanner(disk: disk, store: store, folder: Self.folder, rules: NoIgnoreRules(), width: 1)
    var told: [RelativePath] = []
    let summary = try scanner.scan(ScanRequest(id: 1, roots: [.init(path: nil, isDeep: true)])) { told += $0.map(\.path) }
    #expect(told.map(\.string) == ["gone"])
    #expect(summary.unsteady == [new, old])
  }

  @Test func `what was known in a directory that was not is gone with it`() throws {
    let disk = InMemoryDisk()
    let (directory, file) = (try RelativePath("d"), try RelativePath("d/f"))
    disk.write(file, [1])
    let store = try Self.recorded(disk)
    try store.write(Self.folder, flush: false) { try $0.setEntry(Entry(path: directory)) }
    disk.remove(file)
    disk.remove(directory)
    disk.write(directory, [2])
    let scanner = Scanner(disk: disk, store: store, folder: Self.folder, rules: NoIgnoreRules(), width: 1)
    var told: [ObservedChange] = []
    _ = try scanner.scan(ScanRequest(id: 1, roots: [.init(path: directory, isDeep: true), .init(path: file, isDeep: false)])) { told += $0 }
    #expect(told.map(\.path) == [file, directory] && told.map { $0.now?.kind } == [nil, .file])
  }

  @Test func `of hard links that are gone one counts as moved`() throws {
    let disk = InMemoryDisk()
    disk.write(try RelativePath("one"), [1])
    let store = try Self.recorded(disk)
    let one = try #require(try store.read(Self.folder) { try $0.entry(RelativePath("one")) })
    var two = one
    two.path = try RelativePath("two")
    try store.write(Self.folder, flush: false) { try $0.setEntry(two) }
    disk.rename(try RelativePath("one"), to: try RelativePath("three"))
    let changes = try Self.changes(disk, store).flatMap(\.self)
    #expect(Set(changes.map(\.path.string)) == ["one", "two", "three"])
  }

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
