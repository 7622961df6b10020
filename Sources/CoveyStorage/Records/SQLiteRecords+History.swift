import CoveyCore
import CoveyEngine
import GRDB

extension SQLiteRecords {
  /// The columns of `history` that make an item.
  static let historyColumns = "name, path, kind, root, size, mode, modified, kept, origin_modified, origin_device"

  func insertHistory(_ item: HistoryItem) throws {
    let sentence = """
      INSERT INTO history (folder, \(Self.historyColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """
    let values: [SQLValue] = [
      folder, .path(item.name.path), .path(item.path), .integer(Int64(item.kind.rawValue)), .root(item.root), .integer(item.size),
      .integer(Int64(item.mode)), .time(item.modified), .time(item.kept), .time(item.origin.modified), .text(item.origin.device),
    ]
    try database.run(sentence, values)
    if database.changesCount == 0 {
      // Told again, after a crash.
      try removeHistory(item.name)
      try database.run(sentence, values)
    }
    row.totals.historyCount += 1
    row.totals.historyBytes += item.size
  }

  func hasHistory(_ name: HistoryName) throws -> Bool {
    try database.exists("SELECT 1 FROM history WHERE folder = ? AND name = ?", folder, .path(name.path))
  }

  func removeHistory(_ name: HistoryName) throws {
    let sentence = "DELETE FROM history WHERE folder = ? AND name = ? RETURNING size"
    guard let size = try database.first(sentence, folder, .path(name.path), row: { $0.integer(0) }) else { return }
    row.totals.historyCount -= 1
    row.totals.historyBytes -= size
  }

  func history(of path: RelativePath, limit: Int) throws -> [HistoryItem] {
    try items("\(Self.selection) folder = ? AND path = ? ORDER BY kept DESC, id DESC LIMIT ?", .path(path), .integer(Int64(limit)))
  }

  func history(below path: RelativePath?, limit: Int) throws -> [HistoryItem] {
    guard let path else { return try items(PageQuery.newestHistory.sentence, .integer(Int64(limit))) }
    let range = path.rangeBelow
    return try items(
      "\(Self.selection) folder = ? AND path > ? AND path < ? ORDER BY kept DESC, id DESC LIMIT ?", .blob(range.lower),
      .blob(range.upper), .integer(Int64(limit)))
  }

  func history(withRoot root: Root, limit: Int) throws -> [HistoryItem] {
    guard row.totals.historyCount > 0 else { return [] }
    return try items("\(Self.selection) +folder = ? AND root = ? ORDER BY kept DESC, id DESC LIMIT ?", .root(root), .integer(Int64(limit)))
  }

  func history(before time: Timestamp, limit: Int) throws -> [HistoryItem] {
    try items(PageQuery.oldestHistory.sentence, .time(time), .integer(Int64(limit)))
  }

  func historyTotals() throws -> (count: Int64, byteCount: Int64) { (row.totals.historyCount, row.totals.historyBytes) }

  func historyHolds(_ root: Root) throws -> Bool {
    guard row.totals.historyCount > 0 else { return false }
    return try database.exists("SELECT 1 FROM history WHERE +folder = ? AND root = ?", folder, .root(root))
  }

  private static let selection = "SELECT \(historyColumns) FROM history WHERE"

  private func items(_ sentence: String, _ values: SQLValue...) throws -> [HistoryItem] {
    var items: [HistoryItem] = []
    try database.rows(sentence, [folder] + values) { row in
      try decoding("history") {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: row.integer(2))) else { throw CanonicalError.notCanonical }
        items.append(
          HistoryItem(
            name: HistoryName(path: row.path(0)), path: row.path(1), kind: kind, root: try row.root(3), size: row.integer(4),
            mode: UInt16(truncatingIfNeeded: row.integer(5)), modified: row.time(6), kept: row.time(7),
            origin: Origin(modified: row.time(8), device: row.text(9))))
      }
      return true
    }
    return items
  }
}
