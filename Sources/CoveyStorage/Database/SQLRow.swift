import CoveyCore
import GRDBSQLite

/// The row a statement stands on; valid until the statement moves on.
struct SQLRow {
  let statement: OpaquePointer

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
  func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
  func time(_ column: Int32) -> Timestamp { Timestamp(nanoseconds: integer(column)) }

  /// The bytes of a blob or a text; empty for NULL.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column))))
  }

  func optionalBytes(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : bytes(column) }
  func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
  func path(_ column: Int32) -> RelativePath { RelativePath(trusted: bytes(column)) }

  /// Thirty-two bytes; the schema allows no other length.
  func bytes32(_ column: Int32) throws(CanonicalError) -> Bytes32 {
    guard let start = sqlite3_column_blob(statement, column), sqlite3_column_bytes(statement, column) == 32,
      let value = Bytes32(UnsafeRawBufferPointer(start: start, count: 32))
    else { throw .truncated }
    return value
  }

  func root(_ column: Int32) throws(CanonicalError) -> Root { isNull(column) ? .none : Root(digest: try bytes32(column)) }
}
