import CoveyCore
import CoveyEngine

extension SQLiteRecords {
  /// Batches of a log that hold a number, the latest begun first. Two only where a log was forked. No batch that holds the number
  /// begins more than ``Schema/batchCountMax`` before it.
  static let batchesContaining =
    "FROM batch WHERE log = ?1 AND first > ?2 - \(Schema.batchCountMax) AND first <= ?2 AND last >= ?2 ORDER BY first DESC"

  func hasBatch(containing dot: Dot) throws -> Bool {
    guard let log = try logRow(dot.log) else { return false }
    return try database.exists("SELECT 1 \(Self.batchesContaining)", .integer(log.id), column(dot.sequence))
  }

  func insertBatch(_ batch: StoredBatch) throws {
    let log = try insertedLogRow(batch.log, author: batch.author)
    let first = try column(batch.firstSequence)
    let hash = SQLValue.blob(batch.hash.bytes)
    guard
      try !database.exists("SELECT 1 FROM batch WHERE log = ? AND first = ? AND hash = ?", .integer(log.id), first, hash)
    else { return }
    let (last, overflow) = batch.firstSequence.addingReportingOverflow(UInt64(max(batch.count, 1) - 1))
    try database.run(
      "INSERT INTO batch (log, first, last, author, hash, header, signature) VALUES (?, ?, ?, ?, ?, ?, ?)", .integer(log.id), first,
      column(overflow ? .max : last), log.author == batch.author ? .null : .device(batch.author), hash, .blob(batch.header),
      .blob(batch.signature))
  }

  func batch(containing dot: Dot) throws -> StoredBatch? {
    guard let log = try logRow(dot.log) else { return nil }
    return try database.first(
      "SELECT first, last, author, hash, header, signature \(Self.batchesContaining) LIMIT 1", .integer(log.id), column(dot.sequence)
    ) { row in
      try decoding("batch") {
        guard let author = row.isNull(2) ? log.author : DeviceID(key: try row.bytes32(2)) else { throw CanonicalError.notCanonical }
        return StoredBatch(
          author: author, log: dot.log, firstSequence: UInt64(row.integer(0)), count: Int(row.integer(1) - row.integer(0)) + 1,
          hash: try row.bytes32(3), header: row.bytes(4), signature: row.bytes(5))
      }
    }
  }

  func author(of log: LogID) throws -> DeviceID? { try logRow(log)?.author }
}
