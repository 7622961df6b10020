import CoveyCore
import CoveyEngine

/// What the record need not keep, a page at a time.
extension SQLiteRecords {
  func superseded(before time: Timestamp, after last: Superseded?, limit: Int) throws -> [Superseded] {
    try flush()
    var found: [Superseded] = []
    try database.each(
      PageQuery.superseded.sentence, folder, .time(time), last.map { .time($0.arrived) } ?? .integer(.min), .integer(last?.number ?? 0),
      .integer(Int64(limit))
    ) { found.append(Superseded(number: $0.integer(0), path: $0.path(2), arrived: $0.time(1))) }
    return found
  }

  func removeSuperseded(_ versions: [Superseded]) throws {
    try flush()
    for version in versions { try database.run("DELETE FROM version WHERE id = ? AND standing = 0", .integer(version.number)) }
    for path in Set(versions.map(\.path)) {
      try database.run("DELETE FROM path WHERE folder = ? AND name = ? AND \(Self.isUnusedPath)", folder, .path(path))
    }
    forgetPaths()
  }

  func pruneBatches(after position: Int64?, limit: Int) throws -> Int64? {
    try flush()
    var page: [Int64] = []
    try database.each(PageQuery.batches.sentence, folder, .integer(position ?? 0), .integer(Int64(limit))) { page.append($0.integer(0)) }
    for id in page {
      try database.run(
        """
        DELETE FROM batch WHERE id = ?
          AND NOT EXISTS (
            SELECT 1 FROM version WHERE version.log = batch.log AND version.sequence BETWEEN batch.first AND batch.last)
          AND EXISTS (SELECT 1 FROM batch AS later WHERE later.log = batch.log AND later.first > batch.first)
        """, .integer(id))
    }
    return page.count == limit ? page.last : nil
  }

  /// An entry names what was observed at its path: content that is neither there nor in history nor a head's has no use for a manifest.
  func pruneManifests(after root: Root?, limit: Int) throws -> Root? {
    try flush()
    var page: [Root] = []
    try database.each(PageQuery.manifests.sentence, folder, .blob(root?.digest.bytes ?? []), .integer(Int64(limit))) { row in
      page.append(try decoding("manifest") { try row.root(0) })
    }
    for root in page {
      try database.run(
        """
        DELETE FROM manifest WHERE folder = ?1 AND root = ?2
          AND NOT EXISTS (SELECT 1 FROM path WHERE substr(path.root, 1, 8) = ?3 AND path.root = ?2 AND path.folder = ?1)
          AND NOT EXISTS (
            SELECT 1 FROM version JOIN path ON path.id = version.path
            WHERE version.large = ?3 AND version.standing > 0 AND path.folder = ?1)
          AND NOT EXISTS (SELECT 1 FROM history WHERE history.root = ?2 AND history.folder = ?1)
        """, folder, .root(root), .blob(Array(root.digest.bytes.prefix(8))))
    }
    return page.count == limit ? page.last : nil
  }

  func headCount(in log: LogID) throws -> Int64 {
    try flush()
    guard let log = try logRow(log) else { return 0 }
    return try database.first("SELECT COUNT(*) FROM version WHERE log = ? AND standing > 0", .integer(log.id)) { $0.integer(0) } ?? 0
  }

  func logs(by author: DeviceID) throws -> [LogID] {
    var logs: [LogID] = []
    try database.each("SELECT name FROM log WHERE folder = ? AND author = ? ORDER BY name", folder, .device(author)) {
      logs.append(Self.log(column: $0.integer(0)))
    }
    return logs
  }
}
