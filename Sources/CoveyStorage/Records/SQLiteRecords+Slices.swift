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
    try database.rows(
      PageQuery.headsOfLog.sentence, [.integer(log.id), .integer(Int64(clamping: sequence)), .integer(-1)]
    ) { row in
      let version = try version(row, at: row.path(3))
      guard collector.takes(version.dot) else { return false }
      let record = version.record
      let batch = try batchID(of: version, record: record, in: log)
      try collector.add(record, version.dot, batch: batch) {
        let sentence = "SELECT header, signature FROM batch WHERE id = ?"
        let found = try database.first(sentence, .integer(batch)) { ($0.bytes(0), $0.bytes(1)) }
        guard let found else { throw malformed("batch") }
        return found
      }
      return true
    }
  }

  /// The batch under which a version travels. Where a log was forked, several hold its number: it is the one that names its hash.
  private func batchID(of version: Version, record: [UInt8], in log: LogRow) throws -> Int64 {
    var ids: [Int64] = []
    try database.each("SELECT id \(Self.batchesContaining)", .integer(log.id), column(version.dot.sequence)) {
      ids.append($0.integer(0))
    }
    if ids.count > 1 {
      let hash = Root(smallContent: record).digest.bytes
      for id in ids {
        let header = try database.first("SELECT header FROM batch WHERE id = ?", .integer(id)) { $0.bytes(0) }
        if header?.contains(hash) == true { return id }
      }
    }
    guard let id = ids.first else {
      throw StoreError(
        code: .damaged, path: database.location,
        message: "\(version.path): the batch that proves this version is missing; set the file aside and let Covey build a new one")
    }
    return id
  }
}
