import GRDB
import GRDBSQLite

/// Statements prepared once a connection, with values bound and columns read by hand: the hot paths run tens of thousands of them
/// a second, where records decoded by column name would cost more than SQLite itself.
///
/// The same sentence must not be begun again while one of its rows is being looked at.
extension Database {
  /// Where the database lies on this disk.
  var location: String {
    guard let name = sqlite3_db_filename(sqliteConnection, "main") else { return ":memory:" }
    let path = String(cString: name)
    return path.isEmpty ? ":memory:" : path
  }

  /// What becomes of a transaction at its end.
  enum Ending { case reading, unflushed, flushed }

  /// Runs `body` in a transaction of its own, begun and ended by prepared statements: there are several for each event of a folder.
  func transaction<T>(_ ending: Ending, _ body: () throws -> T) throws -> T {
    if ending != .reading { try setSynchronous(ending == .flushed) }
    try run(ending == .reading ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE")
    do {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // SQLite may have done it already.
      if isInsideTransaction { try? rollback() }
      throw error
    }
  }

  /// Whether what is committed from here on is flushed with the commit, and with it everything before.
  private func setSynchronous(_ isFull: Bool) throws {
    // It acts when it is compiled, so that it cannot be prepared for later.
    let code = sqlite3_exec(sqliteConnection, isFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", nil, nil, nil)
    guard code == SQLITE_OK else { throw StoreError(resultCode: code, detail: lastErrorMessage, path: location) }
  }

  /// Calls `row` with every row until it answers false.
  func rows(_ sql: String, _ values: [SQLValue], while row: (SQLRow) throws -> Bool) throws {
    let statement = try cachedStatement(sql: sql).sqliteStatement
    defer { sqlite3_reset(statement) }
    for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1), of: statement) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: guard try row(SQLRow(statement: statement)) else { return }
      case SQLITE_DONE: return
      case let code: throw StoreError(resultCode: code, detail: lastErrorMessage, path: location)
      }
    }
  }

  func each(_ sql: String, _ values: SQLValue..., row: (SQLRow) throws -> Void) throws {
    try rows(sql, values) { try row($0); return true }
  }

  func first<T>(_ sql: String, _ values: SQLValue..., row: (SQLRow) throws -> T) throws -> T? {
    var result: T?
    try rows(sql, values) { result = try row($0); return false }
    return result
  }

  func exists(_ sql: String, _ values: SQLValue...) throws -> Bool {
    var found = false
    try rows(sql, values) { _ in found = true; return false }
    return found
  }

  func run(_ sql: String, _ values: SQLValue...) throws { try run(sql, values) }

  func run(_ sql: String, _ values: [SQLValue]) throws { try rows(sql, values) { _ in true } }

  private func bind(_ value: SQLValue, at index: Int32, of statement: OpaquePointer) throws {
    // The values may be gone before the statement is bound anew: SQLite copies them.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    let code: Int32
    switch value {
    case .null: code = sqlite3_bind_null(statement, index)
    case .integer(let number): code = sqlite3_bind_int64(statement, index, number)
    case .blob(let bytes) where bytes.isEmpty: code = sqlite3_bind_zeroblob(statement, index, 0)
    case .blob(let bytes): code = sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), copied)
    case .text(let text):
      var text = text
      code = text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) {
          // Without an address the text would be NULL instead of empty.
          let start = $0.baseAddress ?? UnsafePointer(bitPattern: 1)
          return sqlite3_bind_text64(statement, index, start, UInt64($0.count), copied, UInt8(SQLITE_UTF8))
        }
      }
    }
    guard code == SQLITE_OK else { throw StoreError(resultCode: code, detail: lastErrorMessage, path: location) }
  }
}
