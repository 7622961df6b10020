import CoveyCore
import CoveyEngine
import CoveyStorage
import CoveyTesting
import Foundation
import GRDB
import Synchronization
import Testing

/// What a large folder costs.
@Suite struct StoreSizeTests {
  /// A path of forty bytes, twenty files to a directory, and a root as random as a hash.
  private static func version(_ number: Int, _ generator: inout SeededGenerator) throws -> Version {
    let directory = String(1_000_000 + number / 20), name = String(1_000_000 + number)
    let root = Root(digest: Bytes32(words: (generator.next(), generator.next(), generator.next(), generator.next())))
    var version = StoreSamples.file(
      try RelativePath("sources/\(directory)/a-file-named-\(name).txt"), StoreSamples.dot(UInt64(number + 1)),
      size: 4096 + Int64(number % 5000), root: root)
    version.modified = Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(generator.next() >> 8))
    version.origin = Origin(modified: version.modified, device: "laptop")
    return version
  }

  /// Everything that learning, planning, fetching and agreeing asks of the store for `count` files.
  private static func fill(_ store: SQLiteStore, count: Int) throws {
    try store.addFolder(StoreSamples.folder, state: FolderState(log: StoreSamples.log, isFresh: true))
    var generator = SeededGenerator(seed: 1)
    for first in stride(from: 0, to: count, by: 1000) {
      let versions = try (first..<min(first + 1000, count)).map { try Self.version($0, &generator) }
      try store.write(StoreSamples.folder, flush: false) { records in
        try records.insertBatch(StoreSamples.batch(versions))
        for version in versions {
          _ = try records.heads(of: version.path)
          _ = try records.hasLiveHead(below: version.path)
          try records.insertHead(version, record: version.record)
          _ = try records.entry(version.path)
          try records.setTodo(version.size, at: version.path)
          records.state.shown.add(version.path, StoreSamples.shown(version))
        }
      }
      try store.write(StoreSamples.folder, flush: false) { records in
        for version in versions {
          _ = try records.entry(version.path)
          _ = try records.heads(of: version.path)
          // Where it may be moved from, and where it may be copied from.
          _ = try records.entries(withRoot: version.root, limit: 4)
          _ = try records.entries(withRoot: version.root, limit: 3)
          _ = try records.history(withRoot: version.root, limit: 2)
        }
      }
      try store.write(StoreSamples.folder, flush: false) { records in
        for (number, version) in versions.enumerated() {
          _ = try records.heads(of: version.path)
          _ = try records.entry(version.path)
          var entry = StoreSamples.entry(of: version, inode: UInt64(3_000_000 + first + number))
          entry.observation?.changed = Timestamp(nanoseconds: version.modified.nanoseconds &+ 12_345_678)
          try records.setEntry(entry)
          try records.setTodo(nil, at: version.path)
          records.state.held.add(version.path, entry.agreed)
        }
      }
    }
  }

  @Test func `a file costs at most 400 bytes on the disk, and reading all of them little memory`() throws {
    let directory = try TemporaryDirectory()
    let count = 100_000
    let store = try SQLiteStore(directory: directory.path, clock: fixedClock)
    let clock = ContinuousClock()
    let writing = try clock.measure { try Self.fill(store, count: count) }
    var generator = SeededGenerator(seed: 1)
    #expect(try Self.version(0, &generator).path.bytes.count == 40)

    let memory = try Self.residentByteCount()
    var read = 0
    let scanning = try clock.measure {
      try store.read(StoreSamples.folder) { records in
        var last: RelativePath?
        while true {
          let page = try records.entries(below: nil, after: last, limit: 1000)
          guard let end = page.last else { break }
          read += page.count
          last = end.path
        }
      }
    }
    var sent = 0
    let sending = try clock.measure {
      let snapshot = try store.snapshot(StoreSamples.folder)
      var next: Dot?
      repeat {
        let page = try snapshot.slices(beyond: VersionVector(), after: next, byteCountMax: 1 << 20)
        sent += page.slices.reduce(0) { $0 + $1.records.count }
        next = page.next
      } while next != nil
    }
    #expect(read == count)
    #expect(sent == count)
    let growth = try Self.residentByteCount() - memory
    #expect(growth < 24 << 20, "\(growth) bytes")

    try store.close()
    let size = try #require(try FileManager.default.attributesOfItem(atPath: directory.file("state.db"))[.size] as? Int)
    #expect(size <= 400 * count, "\(size / count) bytes a file")
    print("state: \(size / count) bytes a file; \(count) files written in \(writing), read in \(scanning), sent in \(sending)")
  }

  @Test func `a file that is learnt, planned and agreed on takes five statements`() throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(directory: directory.path, clock: fixedClock)
    let statementCount = Mutex(0)
    store.database.writeWithoutTransaction { $0.trace { _ in statementCount.withLock { $0 += 1 } } }
    try Self.fill(store, count: 2_000)
    // Twenty share the row of a directory, a thousand a transaction.
    let count = statementCount.withLock { $0 }
    #expect(count < 2_000 * 11 / 2, "\(count) statements")
  }

  @Test func `what is alike is looked for again when something changed`() throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(directory: directory.path, clock: fixedClock)
    try store.addFolder(StoreSamples.folder, state: FolderState(log: StoreSamples.log, isFresh: true))
    var generator = SeededGenerator(seed: 1)
    let version = try Self.version(1, &generator)
    try store.write(StoreSamples.folder, flush: false) { records in
      #expect(try records.entries(withRoot: version.root, limit: 4).isEmpty)
      try records.setEntry(StoreSamples.entry(of: version, inode: 1))
      #expect(try records.entries(withRoot: version.root, limit: 4).map(\.path) == [version.path])
      #expect(try records.entries(withRoot: version.root, limit: 1).map(\.path) == [version.path])
      try records.setEntry(Entry(path: version.path))
      #expect(try records.entries(withRoot: version.root, limit: 1).isEmpty)
    }
  }

  private static func residentByteCount() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4096
  }

  @Test(arguments: PageQuery.allCases)
  func `pages are read from an index and never sorted`(query: PageQuery) throws {
    let directory = try TemporaryDirectory()
    try SQLiteStore(directory: directory.path, clock: fixedClock).close()
    let queue = try DatabaseQueue(path: directory.file(SQLiteStore.fileName))
    let plan = try queue.read { database in
      let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN \(query.sentence)")
      statement.setUncheckedArguments(StatementArguments(Array(repeating: 1, count: 3)))
      return try Row.fetchAll(statement).map { $0["detail"] as String }
    }
    #expect(!plan.isEmpty)
    for step in plan {
      #expect(step.hasPrefix("SEARCH") && step.contains("USING"), "\(plan)")
    }
  }
}
