import CoveyCore
import GRDB

/// The rows of logs, looked up once a transaction.
extension SQLiteRecords {
  /// The column `name` of a log: shifted, so that signed order is the order of the names.
  static func column(of log: LogID) -> SQLValue { .bits(log.value ^ (1 << 63)) }
  static func log(column: Int64) -> LogID { LogID(UInt64(bitPattern: column) ^ (1 << 63)) }

  func logRow(_ log: LogID) throws -> LogRow? {
    if let row = logsByName[log] { return row }
    return try remember(
      database.first("SELECT id, name, author FROM log WHERE folder = ? AND name = ?", folder, Self.column(of: log)) { try logRow($0) })
  }

  func logRow(id: Int64) throws -> LogRow {
    if let row = logsByID[id] { return row }
    let found = try database.first("SELECT id, name, author FROM log WHERE id = ?", .integer(id)) { try logRow($0) }
    guard let row = try remember(found) else { throw malformed("version") }
    return row
  }

  func insertedLogRow(_ log: LogID, author: DeviceID?) throws -> LogRow {
    if let row = try logRow(log) {
      guard row.author == nil, let author else { return row }
      try database.run("UPDATE log SET author = ?2 WHERE id = ?1", .integer(row.id), .device(author))
      return remember(LogRow(id: row.id, name: log, author: author))
    }
    try database.run(
      "INSERT INTO log (folder, name, author) VALUES (?, ?, ?)", folder, Self.column(of: log), author.map { .device($0) } ?? .null)
    return remember(LogRow(id: database.lastInsertedRowID, name: log, author: author))
  }

  private func logRow(_ columns: SQLRow) throws -> LogRow {
    let author = try decoding("log") { columns.isNull(2) ? nil : DeviceID(key: try columns.bytes32(2)) }
    return LogRow(id: columns.integer(0), name: Self.log(column: columns.integer(1)), author: author)
  }

  private func remember(_ row: LogRow) -> LogRow {
    logsByName[row.name] = row
    logsByID[row.id] = row
    return row
  }

  private func remember(_ row: LogRow?) throws -> LogRow? { row.map { remember($0) } }

  /// A number of a log as a column. Above 2^63 no device ever comes.
  func column(_ sequence: UInt64) throws -> SQLValue {
    guard let value = Int64(exactly: sequence) else {
      throw StoreError(code: .refused, path: database.location, message: "the number \(sequence) of a log is too large to be genuine")
    }
    return .integer(value)
  }
}
