import CoveyCore
import CoveyEngine
import CoveyStorage
import CoveyTesting
import Foundation
import Testing

/// What only a store on a disk can show: it opens again, alone, and never on a file it cannot trust.
@Suite struct SQLiteStoreTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func open() throws -> SQLiteStore { try SQLiteStore(directory: directory.path, clock: fixedClock) }

  /// A store with one folder of `count` heads and entries.
  private func filled(_ count: Int, in path: String? = nil) throws -> SQLiteStore {
    let store = try SQLiteStore(directory: path ?? directory.path, clock: fixedClock)
    try store.addFolder(StoreSamples.folder, state: FolderState(log: StoreSamples.log, isFresh: true))
    try store.write(StoreSamples.folder, flush: true) { records in
      for number in 1...count {
        let version = StoreSamples.file(try RelativePath("directory/file \(number)"), StoreSamples.dot(UInt64(number)))
        try records.insertHead(version, record: version.record)
        try records.setEntry(StoreSamples.entry(of: version))
      }
      records.state.sequence = UInt64(count)
    }
    return store
  }

  private func expectFilled(_ store: SQLiteStore, _ count: Int) throws {
    try store.read(StoreSamples.folder) { records in
      let headCount = try records.pathsWithHeads(after: nil, limit: .max).count
      let entryCount = try records.entries(below: nil, after: nil, limit: .max).count
      let isLive = try records.hasLiveHead(below: RelativePath("directory"))
      #expect(records.state.sequence == UInt64(count))
      #expect(headCount == count)
      #expect(entryCount == count)
      #expect(isLive)
    }
  }

  /// The code of the error that opening throws.
  private func openingFails() throws -> StoreError? {
    do {
      try open().close()
      return nil
    } catch let error as StoreError {
      #expect(error.path.hasPrefix(directory.path))
      return error
    }
  }

  @Test func `paths that are expected among very many others are found as if they were not`() throws {
    let store = try filled(500)
    defer { try? store.close() }
    let there = try [1, 77, 250, 499].map { try RelativePath("directory/file \($0)") }
    let absent = try ["a", "directory/file 2a", "z"].map { try RelativePath($0) } + (0..<12).map { try RelativePath("directory/none \($0)") }
    let found = try store.read(StoreSamples.folder) { records in
      try records.expect(there + absent + there)
      return try (there + absent).map { try (records.entry($0)?.path, records.heads(of: $0).count) }
    }
    #expect(found.map(\.0) == there + absent.map { _ in nil })
    #expect(found.map(\.1) == there.map { _ in 1 } + absent.map { _ in 0 })
  }

  @Test func `what was written is there after closing and opening`() throws {
    let first = try filled(500)
    #expect(first.wasClosedCleanly)
    try first.close()
    let log = try? FileManager.default.attributesOfItem(atPath: directory.file("state.db-wal"))[.size] as? Int
    #expect(log ?? 0 == 0)
    let second = try open()
    #expect(second.wasClosedCleanly)
    try expectFilled(second, 500)
    try second.close()
  }

  @Test func `after a crash the state is checked and whole`() throws {
    let store = try filled(500)
    let copy = try TemporaryDirectory()
    for name in ["state.db", "state.db-wal"] {
      try FileManager.default.copyItem(atPath: directory.file(name), toPath: copy.file(name))
    }
    let survivor = try SQLiteStore(directory: copy.path, clock: fixedClock)
    #expect(!survivor.wasClosedCleanly)
    try expectFilled(survivor, 500)
    try survivor.close()
    try store.close()
  }

  @Test func `a second process is turned away until the first is done`() throws {
    let first = try open()
    #expect(try openingFails()?.code == .locked)
    try first.addFolder(StoreSamples.folder, state: FolderState(log: StoreSamples.log, isFresh: true))
    try first.close()
    #expect(try openingFails() == nil)
  }

  @Test func `a closed store answers with an error`() throws {
    let store = try filled(1)
    try store.close()
    #expect(throws: StoreError.self) { try store.folders() }
    #expect(throws: StoreError.self) { try store.write(StoreSamples.folder, flush: true) { _ in } }
    #expect(throws: StoreError.self) { try store.snapshot(StoreSamples.folder) }
  }

  @Test func `nobody else can read the state`() throws {
    let inner = directory.file("home")
    let store = try filled(10, in: inner)
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(inner) == 0o700)
    let names = try FileManager.default.contentsOfDirectory(atPath: inner)
    #expect(names.contains("state.db-wal"))
    for name in names { #expect(try mode(inner + "/" + name) == 0o600, "\(name)") }
    try store.close()
  }

  @Test(arguments: ["some text", "", String(repeating: "x", count: 5000)])
  func `a file of somebody else is not touched`(text: String) throws {
    let path = directory.file("state.db")
    try Data(text.utf8).write(to: URL(filePath: path))
    if text.isEmpty {
      // What a crash right after the first start leaves.
      #expect(try openingFails() == nil)
    } else {
      #expect(try openingFails()?.code == .foreign)
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(text.utf8))
    }
  }

  @Test func `another program's database is not touched`() throws {
    try filled(1).close()
    var bytes = try Data(contentsOf: URL(filePath: directory.file("state.db")))
    bytes[68] ^= 1
    try bytes.write(to: URL(filePath: directory.file("state.db")))
    #expect(try openingFails()?.code == .foreign)
    #expect(try Data(contentsOf: URL(filePath: directory.file("state.db"))) == bytes)
  }

  @Test func `a state that is a link leads nowhere`() throws {
    try Data("precious".utf8).write(to: URL(filePath: directory.file("target")))
    try FileManager.default.createSymbolicLink(atPath: directory.file("state.db"), withDestinationPath: directory.file("target"))
    #expect(try openingFails()?.code == .permissionDenied)
    #expect(try String(contentsOfFile: directory.file("target"), encoding: .utf8) == "precious")
  }

  @Test(arguments: [100, 4096, 50_000])
  func `a file cut short is damaged`(byteCount: Int) throws {
    try filled(2000).close()
    let handle = try #require(FileHandle(forWritingAtPath: directory.file("state.db")))
    try handle.truncate(atOffset: UInt64(byteCount))
    try handle.close()
    let error = try #require(try openingFails())
    #expect(error.code == .damaged)
    #expect(error.message.contains("set it aside"))
  }

  @Test func `overwritten pages are found when they are read, and at the start after a crash`() throws {
    try filled(2000).close()
    let handle = try #require(FileHandle(forWritingAtPath: directory.file("state.db")))
    let pageCount = try handle.seekToEnd() / 4096
    for page in (pageCount / 2)..<pageCount {
      try handle.seek(toOffset: page * 4096)
      try handle.write(contentsOf: Data(repeating: 0xAB, count: 4096))
    }
    try handle.close()

    let store = try open()
    let error = #expect(throws: StoreError.self) {
      try store.read(StoreSamples.folder) { records in
        for number in 1...2000 {
          let path = try RelativePath("directory/file \(number)")
          _ = try records.heads(of: path)
          _ = try records.entry(path)
        }
      }
    }
    #expect(error?.code == .damaged)
    try store.close()

    try Data(repeating: 1, count: 32).write(to: URL(filePath: directory.file("state.db-wal")))
    #expect(try openingFails()?.code == .damaged)
  }

  @Test func `a row that means nothing names its table`() throws {
    try filled(1).close()
    try Self.change(directory.file("state.db"), "UPDATE version SET body = x'FFFF'")
    let path = try RelativePath("directory/file 1")
    let first = try open()
    let head = #expect(throws: StoreError.self) { try first.read(StoreSamples.folder) { try $0.heads(of: path) } }
    #expect(head?.code == .damaged && head?.message.contains("'version'") == true)
    try first.close()
    try Self.change(directory.file("state.db"), "UPDATE path SET agreed = x'00'")
    let store = try open()
    let entry = #expect(throws: StoreError.self) { try store.read(StoreSamples.folder) { try $0.entry(path) } }
    #expect(entry?.message.contains("'path'") == true)
    try store.close()
  }

  @Test func `a malformed intent names its table`() throws {
    try filled(1).close()
    try Self.change(directory.file("state.db"), "INSERT INTO intent (folder, step, plan) SELECT id, x'0200', x'' FROM folder")
    let store = try open()
    let error = #expect(throws: StoreError.self) { try store.read(StoreSamples.folder) { try $0.intents() } }
    #expect(error?.code == .damaged && error?.message.contains("'intent'") == true)
    try store.close()
  }

  @Test func `the state of a later version is left alone`() throws {
    try filled(1).close()
    try Self.change(directory.file("state.db"), "INSERT INTO grdb_migrations (identifier) VALUES ('from the future')")
    #expect(try openingFails()?.code == .newer)
  }

  @Test func `a record that is not the version's own is refused`() throws {
    let store = try filled(1)
    let version = StoreSamples.file(try RelativePath("a"), StoreSamples.dot(9))
    let error = #expect(throws: StoreError.self) {
      try store.write(StoreSamples.folder, flush: false) { try $0.insertHead(version, record: version.record + [0]) }
    }
    #expect(error?.code == .refused)
    try store.close()
  }

  @Test func `what a transaction kept in memory goes with it when it fails, and with its folder`() throws {
    struct Regret: Error {}
    let store = try filled(1)
    let version = StoreSamples.file(try RelativePath("directory/new"), StoreSamples.dot(9))
    #expect(throws: Regret.self) {
      try store.write(StoreSamples.folder, flush: false) { records in
        try records.insertHead(version, record: version.record)
        try records.setEntry(StoreSamples.entry(of: version))
        throw Regret()
      }
    }
    func expectNothing(at path: RelativePath) throws {
      try store.write(StoreSamples.folder, flush: false) { records in
        let (heads, entry) = (try records.heads(of: path), try records.entry(path))
        #expect(heads.isEmpty)
        #expect(entry == nil)
      }
    }
    try expectNothing(at: version.path)
    try store.removeFolder(StoreSamples.folder)
    try store.addFolder(StoreSamples.folder, state: FolderState(log: StoreSamples.log, isFresh: true))
    try expectNothing(at: RelativePath("directory/file 1"))
    try store.close()
  }

  @Test func `snapshots released and taken again show what was written meanwhile`() throws {
    let store = try filled(1)
    for number in 2...10 as ClosedRange<UInt64> {
      let before = try store.snapshot(StoreSamples.folder)
      try store.write(StoreSamples.folder, flush: false) { records in
        let version = StoreSamples.file(try RelativePath("directory/file \(number)"), StoreSamples.dot(number))
        try records.insertHead(version, record: version.record)
        records.state.sequence = number
      }
      #expect(before.state.sequence == number - 1)
      #expect(try store.snapshot(StoreSamples.folder).state.sequence == number)
    }
    try store.close()
  }

  @Test func `readers see whole transactions while others are written`() async throws {
    let store = try filled(1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for number in 2...200 as ClosedRange<UInt64> {
          try store.write(StoreSamples.folder, flush: number % 20 == 0) { records in
            let version = StoreSamples.file(try RelativePath("directory/file \(number)"), StoreSamples.dot(number))
            try records.insertHead(version, record: version.record)
            try records.setEntry(StoreSamples.entry(of: version))
            records.state.sequence = number
          }
        }
      }
      for _ in 0..<3 {
        group.addTask {
          for _ in 0..<100 {
            let (headCount, sequence) = try store.read(StoreSamples.folder) { records in
              (try records.pathsWithHeads(after: nil, limit: .max).count, records.state.sequence)
            }
            #expect(headCount == Int(sequence))
          }
        }
      }
      try await group.waitForAll()
    }
    try expectFilled(store, 200)
    try store.close()
  }
}
