package import CoveyCore
package import CoveyEngine
package import GRDB
import Synchronization

/// The state of one device in `state.db`: SQLite with a write-ahead log, one connection that writes and a few that read.
///
/// A transaction with `flush` is on the disk when ``write(_:flush:_:)`` returns, and so is everything written before it; one without
/// survives a crash of the process, but may be lost, whole, with the power. Calls block; a block must not call the store again.
package final class SQLiteStore: DeviceStore {
  /// The database inside the directory it is opened in.
  package static let fileName = "state.db"

  /// Whether the last process that had the state open closed it; false after a crash or a power cut.
  package let wasClosedCleanly: Bool

  package let database: any DatabaseWriter
  let path: String
  private let files: StateFiles?
  private let clock: @Sendable () -> Timestamp
  private let isClosed = Atomic<Bool>(false)
  /// Connections of snapshots that were released.
  private let readers = Mutex<[DatabaseQueue]>([])
  private static let readerCountMax = 4
  /// The newest decoded row of each folder.
  private let rows = Mutex<[FolderID: FolderRow]>([:])
  /// Rows of paths that the last writing transaction left, while it was whole and of this folder.
  private let paths = Mutex<(folder: FolderID, rows: [RelativePath: PathRow])?>(nil)

  /// Opens or makes the state in a directory, which is made for its owner alone if it does not exist.
  /// - Parameter clock: tells when a version arrives.
  /// - Throws: ``StoreError``.
  package init(directory: String, clock: @escaping @Sendable () -> Timestamp) throws {
    let files = try StateFiles(directory: directory)
    path = files.database
    wasClosedCleanly = files.wasClosedCleanly
    self.clock = clock
    database = try Self.translatingErrors(at: path) {
      let pool = try DatabasePool(path: files.database, configuration: Self.configuration)
      if !files.wasClosedCleanly { try pool.writeWithoutTransaction(Self.check) }
      try Self.migrate(pool)
      return pool
    }
    self.files = files
  }

  /// A state that lives in memory: SQLite in every respect but the disk.
  package init(inMemoryWithClock clock: @escaping @Sendable () -> Timestamp) throws {
    path = ":memory:"
    wasClosedCleanly = true
    self.clock = clock
    database = try Self.translatingErrors(at: path) {
      let queue = try DatabaseQueue(configuration: Self.configuration)
      try Self.migrate(queue)
      return queue
    }
    files = nil
  }

  /// Closes the files. Whatever is asked of the store afterwards fails. A snapshot that is still open keeps them locked.
  package func close() throws {
    try translatingErrors {
      // An empty write-ahead log is the sign of a clean end; SQLite leaves it behind when a statement is still prepared somewhere.
      for reader in readers.withLock({ readers in defer { readers = [] }; return readers }) { try reader.close() }
      if let pool = database as? DatabasePool, !isClosed.exchange(true, ordering: .relaxed) {
        try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
      }
      try database.close()
    }
    files?.unlock()
  }

  package func write<T>(_ folder: FolderID, flush: Bool, _ body: (any FolderRecords) throws -> T) throws -> T {
    try translatingErrors {
      try checkOpen()
      return try database.writeWithoutTransaction { database in
        let outcome = try database.transaction(flush ? .flushed : .unflushed) {
          let row = try FolderRow(folder, in: database, known: known(folder))
          // Taken out, not only read: a transaction that fails leaves rows that say what never became true, and a table of which
          // another copy is kept is copied whole at the first change.
          let records = SQLiteRecords(row, in: database, now: clock(), paths: takePaths(of: folder))
          let result = try body(records)
          return (result: result, row: try records.finish(), records: records)
        }
        rows.withLock { $0[folder] = outcome.row }
        paths.withLock { $0 = (folder, outcome.records.takePaths()) }
        return outcome.result
      }
    }
  }

  package func read<T>(_ folder: FolderID, _ body: (any FolderRecords) throws -> T) throws -> T {
    try translatingErrors {
      try checkOpen()
      return try database.unsafeRead { database in
        try database.transaction(.reading) {
          try body(SQLiteRecords(try FolderRow(folder, in: database, known: known(folder)), in: database, now: .zero))
        }
      }
    }
  }

  package func snapshot(_ folder: FolderID) throws -> any FolderSnapshot {
    try translatingErrors {
      try checkOpen()
      if files != nil { return try SQLiteSnapshot(folder, in: takeReader(), of: self) }
      // In memory there is one connection only: a copy is what stays as it is.
      let copy = try DatabaseQueue(configuration: Self.configuration)
      try database.backup(to: copy)
      return try SQLiteSnapshot(folder, in: copy, of: self)
    }
  }

  package func folders() throws -> [FolderID] {
    try translatingErrors {
      try database.read { database in
        var folders: [FolderID] = []
        try database.each("SELECT name FROM folder ORDER BY name") { row in
          guard let folder = FolderID(row.bytes(0)) else { throw StoreError.malformed("folder", path: path) }
          folders.append(folder)
        }
        return folders
      }
    }
  }

  package func addFolder(_ folder: FolderID, state: FolderState) throws {
    try writeTransaction { database in
      guard try !database.exists("SELECT 1 FROM folder WHERE name = ?", .blob(folder.bytes)) else { return }
      try FolderRow.insert(folder, state: state, into: database)
    }
  }

  package func removeFolder(_ folder: FolderID) throws {
    try writeTransaction { database in
      _ = takePaths(of: folder)
      try database.run("DELETE FROM folder WHERE name = ?", .blob(folder.bytes))
    }
    _ = rows.withLock { $0.removeValue(forKey: folder) }
  }

  private func takePaths(of folder: FolderID) -> [RelativePath: PathRow] {
    paths.withLock { paths in
      defer { paths = nil }
      return paths?.folder == folder ? paths?.rows ?? [:] : [:]
    }
  }

  private func checkOpen() throws {
    if isClosed.load(ordering: .relaxed) { throw StoreError(code: .closed, path: path, message: "the state is closed: start Covey again") }
  }

  // MARK: Connections for snapshots

  /// A connection of its own for one snapshot. To open one costs more than most rounds, so that a few are kept.
  private func takeReader() throws -> DatabaseQueue {
    if let reader = readers.withLock({ $0.popLast() }) { return reader }
    var configuration = Self.configuration
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  func giveBack(_ reader: DatabaseQueue) {
    guard files != nil, !isClosed.load(ordering: .relaxed) else { return }
    readers.withLock { if $0.count < Self.readerCountMax { $0.append(reader) } }
  }

  func known(_ folder: FolderID) -> FolderRow? { rows.withLock { $0[folder] } }

  /// One flushed transaction on what belongs to no folder alone.
  func writeTransaction(_ body: (Database) throws -> Void) throws {
    try translatingErrors {
      try checkOpen()
      try database.writeWithoutTransaction { database in try database.transaction(.flushed) { try body(database) } }
    }
  }

  func translatingErrors<T>(_ body: () throws -> T) throws -> T { try Self.translatingErrors(at: path, body) }

  static func translatingErrors<T>(at path: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error, path: path) }
  }
}
