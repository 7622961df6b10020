import CoveyCore
import CoveyEngine
import CoveyStorage
import CoveyTesting
import Testing

/// The fake and the real store keep the same promises.
@Suite struct StoreContractTests {
  @Test(arguments: StoreContract.checks)
  func `memory keeps the contract`(_ check: StoreContract.Check) throws {
    try check.run(InMemoryStore(clock: fixedClock))
  }

  @Test(arguments: StoreContract.checks)
  func `SQLite on a disk keeps the contract`(_ check: StoreContract.Check) throws {
    let directory = try TemporaryDirectory()
    let store = try SQLiteStore(directory: directory.path, clock: fixedClock)
    try check.run(store)
    try store.close()
  }

  @Test(arguments: StoreContract.checks)
  func `SQLite in memory keeps the contract`(_ check: StoreContract.Check) throws {
    try check.run(SQLiteStore(inMemoryWithClock: fixedClock))
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `random histories have the same outcome in memory and in SQLite`(seed: UInt64) throws {
    var comparison = try StoreComparison(
      InMemoryStore(clock: fixedClock), SQLiteStore(inMemoryWithClock: fixedClock), seed: seed)
    try comparison.run(transactionCount: 60)
  }

  @Test func `a power cut takes back what was not flushed`() throws {
    let store = InMemoryStore(clock: fixedClock)
    store.addFolder(StoreSamples.folder, state: FolderState(log: StoreSamples.log, isFresh: true))
    try store.write(StoreSamples.folder, flush: true) { $0.state.sequence = 1 }
    try store.write(StoreSamples.folder, flush: false) { $0.state.sequence = 2 }
    store.losePower()
    let sequence = try store.read(StoreSamples.folder) { $0.state.sequence }
    #expect(sequence == 1)
  }
}

/// A clock that always says the same.
let fixedClock: @Sendable () -> Timestamp = { Timestamp(seconds: 1_700_000_000, nanoseconds: 1) }
