import CoveyCore
import CoveyEngine
import GRDB

/// The record of one folder inside one transaction on SQLite; valid until the block it was made for ends.
///
/// What belongs to paths goes through ``PathRow``s in memory, which ``flush()`` writes back: before a query that walks the table,
/// when there are many, and at the end. Those of a transaction that writes are handed on to the next.
final class SQLiteRecords: FolderRecords {
  let database: Database
  /// The moment that versions inserted now arrive at.
  let now: Timestamp
  private let loaded: FolderRow
  /// Apart from the row it belongs to, so that it is changed in place.
  var state: FolderState
  var row: FolderRow
  var paths: [RelativePath: PathRow]
  var dirty: [PathRow] = []
  /// Versions that are no rows yet, with the rows of their paths.
  var arrivals: [(version: Version, row: PathRow)] = []
  /// What was found last under a root, until something changes: a plan asks twice.
  var alike: (root: Root, limit: Int, entries: [Entry])?
  /// The greatest number of a path's row, once it was asked for.
  var lastPathID: Int64?
  var logsByName: [LogID: LogRow] = [:]
  var logsByID: [Int64: LogRow] = [:]

  struct LogRow {
    let id: Int64
    let name: LogID
    let author: DeviceID?
  }

  /// Rows kept in memory at most.
  static let pathRowCountMax = 16_384

  init(_ row: FolderRow, in database: Database, now: Timestamp, paths: [RelativePath: PathRow] = [:]) {
    self.paths = paths
    self.database = database
    self.now = now
    self.row = row
    state = row.state
    loaded = row
  }

  var folder: SQLValue { .integer(row.id) }

  /// Writes everything that is still in memory; answers with the folder's row as the transaction leaves it.
  func finish() throws -> FolderRow {
    try flush()
    row.state = state
    return try row.written(over: loaded, into: database)
  }

  /// The rows in memory, for the next transaction.
  func takePaths() -> [RelativePath: PathRow] {
    defer { paths = [:] }
    return paths
  }

  /// Runs what decodes columns of `table` and says which table it was when they are malformed.
  func decoding<T>(_ table: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch is CanonicalError { throw StoreError.malformed(table, path: database.location) }
  }

  func malformed(_ table: String) -> StoreError { .malformed(table, path: database.location) }
}
