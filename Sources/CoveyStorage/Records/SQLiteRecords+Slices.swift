import CoveyCore

extension SQLiteRecords {
  /// The folder's logs in the order of their names.
  func logs() throws -> [LogRow] {
    var ids: [Int64] = []
    try database.each("SELECT id FROM log WHERE folder = ? ORDER BY name", folder) { ids.append($0.integer(0)) }
    return try ids.map { try logRow(id: $0) }
  }

  /// Hands the heads of a log above `sequence` to `collector`, by number, until it is full.
  func collectHeads(of log: LogRow, after sequence: UInt64, into collector: inout SliceCollector) throws {
    var current: (id: Int64, until: UInt64)?
    try database.rows(
      PageQuery.headsOfLog.sentence, [.integer(log.id), .integer(Int64(clamping: sequence)), .integer(-1)]
    ) { row in
      let version = try version(row, at: row.path(3))
      guard collector.takes(version.dot) else { return false }
      let record = version.record
      let batch: Int64
      if let current, version.dot.sequence <= current.until {
        batch = current.id
      } else {
        (batch, current) = try batchID(of: version, record: record, in: log)
      }
      try collector.add(record, version.dot, batch: batch) {
        let sentence = "SELECT header, signature FROM batch WHERE id = ?"
        let found = try database.first(sentence, .integer(batch)) { ($0.bytes(0), $0.bytes(1)) }
        guard let found else { throw malformed("batch") }
        return found
      }
      return true
    }
  }

  /// The batch under which a version travels, and up to which number it is the only one, if it is. Where a log was forked, several
  /// hold a number: it is the one that names the version's hash.
  private func batchID(of version: Version, record: [UInt8], in log: LogRow) throws -> (Int64, only: (id: Int64, until: UInt64)?) {
    var found: [(id: Int64, last: UInt64)] = []
    try database.each("SELECT id, last \(Self.batchesContaining)", .integer(log.id), column(version.dot.sequence)) {
      found.append(($0.integer(0), UInt64($0.integer(1))))
    }
    if found.count > 1 {
      let hash = Version.leaf(record).bytes
      for batch in found {
        let header = try database.first("SELECT header FROM batch WHERE id = ?", .integer(batch.id)) { $0.bytes(0) }
        if header?.contains(hash) == true { return (batch.id, nil) }
      }
    }
    guard let batch = found.first else {
      throw StoreError(
        code: .damaged, path: database.location,
        message: "\(version.path): the batch that proves this version is missing; set the file aside and let Covey build a new one")
    }
    if found.count > 1 { return (batch.id, nil) }
    let next = try database.first(
      "SELECT first FROM batch WHERE log = ? AND first > ? ORDER BY first LIMIT 1", .integer(log.id), column(version.dot.sequence)
    ) { UInt64($0.integer(0)) }
    return (batch.id, (batch.id, min(batch.last, next.map { $0 - 1 } ?? batch.last)))
  }
}
