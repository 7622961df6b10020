import CoveyCore
import CoveyEngine

extension SQLiteRecords {
  private static let lineColumns = "\(versionColumns), version.id, version.arrived, version.standing, path.name"

  func log(_ query: LogQuery) throws -> [LogLine] {
    try flush()
    var values = [folder]
    func parameter(_ value: SQLValue) -> String {
      values.append(value)
      return "?\(values.count)"
    }
    var sentence: String
    if let directory = query.below {
      // From the path through everything that could be below it: one range of the index on paths.
      let range = directory.rangeBelow
      sentence = """
        SELECT \(Self.lineColumns) FROM path CROSS JOIN version ON version.path = path.id
        WHERE path.folder = ?1 AND path.name >= \(parameter(.path(directory))) AND path.name < \(parameter(.blob(range.upper)))
          AND (path.name = \(parameter(.path(directory))) OR path.name > \(parameter(.blob(range.lower))))
        """
    } else {
      // In the order of arrival; the plus keeps SQLite from collecting and sorting whole logs.
      sentence = """
        SELECT \(Self.lineColumns) FROM version CROSS JOIN path ON path.id = version.path
        WHERE +version.log IN (SELECT id FROM log WHERE folder = ?1)
        """
    }
    if let author = query.author {
      sentence += " AND +version.log IN (SELECT id FROM log WHERE folder = ?1 AND author = \(parameter(.device(author))))"
    }
    if let since = query.since { sentence += " AND version.arrived >= \(parameter(.time(since)))" }
    if let number = query.afterNumber { sentence += " AND version.id > \(parameter(.integer(number)))" }
    sentence += " ORDER BY version.id \(query.afterNumber == nil ? "DESC" : "ASC") LIMIT \(parameter(.integer(Int64(query.limit))))"
    return try lines(sentence, values)
  }

  func versions(of path: RelativePath, limit: Int) throws -> [LogLine] {
    try flush()
    let row = try pathRow(path)
    guard row.id != 0 else { return [] }
    return try lines(
      """
      SELECT \(Self.lineColumns) FROM version CROSS JOIN path ON path.id = version.path
      WHERE version.path = ? ORDER BY version.id DESC LIMIT ?
      """, [.integer(row.id), .integer(Int64(limit))])
  }

  private func lines(_ sentence: String, _ values: [SQLValue]) throws -> [LogLine] {
    var lines: [LogLine] = []
    try database.rows(sentence, values) { row in
      lines.append(
        LogLine(
          number: row.integer(3), version: try version(row, at: row.path(6)), author: try logRow(id: row.integer(0)).author,
          arrived: row.time(4), isHead: row.integer(5) > 0))
      return true
    }
    return lines
  }
}
