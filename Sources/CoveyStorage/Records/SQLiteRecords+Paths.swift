import CoveyCore
import GRDB

/// The rows of paths in memory.
extension SQLiteRecords {
  /// Makes room in memory. Only between operations: whoever holds a row must not lose it.
  func trim() throws {
    guard paths.count > Self.pathRowCountMax else { return }
    try flush()
    forgetPaths()
  }

  func forgetPaths() { paths.removeAll(keepingCapacity: true) }

  func pathRow(_ path: RelativePath) throws -> PathRow {
    if let row = paths[path] { return row }
    let sentence = "SELECT \(Self.pathColumns) FROM path WHERE folder = ? AND name = ?"
    let row = try database.first(sentence, folder, .path(path)) { try pathRow($0, at: path) } ?? PathRow(path, id: 0)
    paths[path] = row
    return row
  }

  /// What ``pathRow(_:at:)`` reads.
  static let pathColumns = "id, live, dead, live_below, observed_below, todo, \(entryColumns)"
  static let pathColumnCount: Int32 = 16

  private func pathRow(_ columns: SQLRow, at path: RelativePath) throws -> PathRow {
    let row = PathRow(path, id: columns.integer(0))
    row.live = columns.integer(1)
    row.dead = columns.integer(2)
    row.liveBelow = columns.integer(3)
    row.observedBelow = columns.integer(4)
    row.todo = columns.optionalInteger(5)
    let entry = try entry(columns, of: path, from: 6)
    row.entry = entry.isVacant ? nil : entry
    return row
  }

  func expect(_ wanted: [RelativePath]) throws {
    guard wanted.count >= Self.expectedCountMin else { return }
    if paths.count + wanted.count > Self.pathRowCountMax {
      try flush()
      forgetPaths()
    }
    let unknown = wanted.prefix(Self.pathRowCountMax).filter { paths[$0] == nil }.sorted()
    guard unknown.count >= Self.expectedCountMin, let first = unknown.first, let last = unknown.last else { return }
    // What lies between them is read along: with much of it, single looks cost less.
    let limit = 2 * unknown.count
    var next = 0
    var count = 0
    let values: [SQLValue] = [folder, .path(first), .path(last), .integer(Int64(limit))]
    try database.rows(PageQuery.paths.sentence, values) { columns in
      count += 1
      let path = columns.path(Self.pathColumnCount)
      while next < unknown.count, unknown[next] < path { keepVacant(unknown[next]); next += 1 }
      if next < unknown.count, unknown[next] == path { paths[path] = try pathRow(columns, at: path); next += 1 }
      return true
    }
    if count < limit { for path in unknown[next...] { keepVacant(path) } }
  }

  /// A path may have been asked for twice.
  private func keepVacant(_ path: RelativePath) { if paths[path] == nil { paths[path] = PathRow(path, id: 0) } }

  /// Fewer paths are looked up one by one.
  private static let expectedCountMin = 16

  func markDirty(_ row: PathRow) {
    alike = nil
    guard !row.isDirty else { return }
    row.isDirty = true
    dirty.append(row)
  }

  /// Counts a path in or out of all directories above it.
  func countAbove(_ path: RelativePath, _ count: (PathRow) -> Void) throws {
    for directory in path.ancestors {
      let row = try pathRow(directory)
      count(row)
      markDirty(row)
    }
  }

  /// Writes the rows that differ, takes those away that nothing needs any more, and then adds the versions that arrived, in their order.
  func flush() throws {
    guard !dirty.isEmpty || !arrivals.isEmpty else { return }
    for row in dirty {
      try write(row)
      row.isDirty = false
      row.isEntryDirty = false
    }
    dirty.removeAll(keepingCapacity: true)
    for (version, row) in arrivals {
      try insert(version, at: row)
      row.arrived.removeAll()
    }
    arrivals.removeAll(keepingCapacity: true)
  }

  private func write(_ row: PathRow) throws {
    if row.isVacant {
      if row.id != 0 { try removeIfUnused(row) }
    } else if row.id == 0 {
      row.id = try nextPathID()
      var values: [SQLValue] = [.integer(row.id), folder, .path(row.path)]
      values.reserveCapacity(18)
      addCounts(of: row, to: &values)
      addColumns(of: row.entry, to: &values)
      try database.run(
        """
        INSERT INTO path (id, folder, name, live, dead, live_below, observed_below, todo, \(Self.entryColumns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """, values)
    } else if row.isEntryDirty {
      var values: [SQLValue] = []
      values.reserveCapacity(16)
      addCounts(of: row, to: &values)
      addColumns(of: row.entry, to: &values)
      values.append(.integer(row.id))
      try database.run(
        """
        UPDATE path SET live = ?, dead = ?, live_below = ?, observed_below = ?, todo = ?, kind = ?, size = ?, modified = ?, changed = ?,
          inode = ?, mode = ?, root = ?, target = ?, agreed = ?, held = ? WHERE id = ?
        """, values)
    } else {
      var values: [SQLValue] = []
      addCounts(of: row, to: &values)
      values.append(.integer(row.id))
      try database.run("UPDATE path SET live = ?, dead = ?, live_below = ?, observed_below = ?, todo = ? WHERE id = ?", values)
    }
  }

  private func addCounts(of row: PathRow, to values: inout [SQLValue]) {
    for count in [row.live, row.dead, row.liveBelow, row.observedBelow] { values.append(.integer(count)) }
    values.append(.integer(row.todo))
  }

  /// Only this connection writes, so that numbers may be given before their rows are inserted.
  private func nextPathID() throws -> Int64 {
    let last = try lastPathID ?? database.first("SELECT max(id) FROM path") { $0.integer(0) } ?? 0
    lastPathID = last + 1
    return last + 1
  }

  /// Superseded versions keep a row that is otherwise vacant.
  private func removeIfUnused(_ row: PathRow) throws {
    let id = SQLValue.integer(row.id)
    if try database.exists("SELECT 1 FROM version WHERE path = ?", id) {
      try database.run(
        """
        UPDATE path SET live = 0, dead = 0, live_below = 0, observed_below = 0, todo = NULL, kind = NULL, size = NULL, modified = NULL,
          changed = NULL, inode = NULL, mode = NULL, root = NULL, target = NULL, agreed = NULL, held = NULL WHERE id = ?
        """, id)
    } else {
      try database.run("DELETE FROM path WHERE id = ?", id)
      row.id = 0
    }
  }

  /// Nothing needs the row.
  static let isUnusedPath = """
    live = 0 AND dead = 0 AND live_below = 0 AND observed_below = 0 AND todo IS NULL AND kind IS NULL AND agreed IS NULL AND held IS NULL
      AND NOT EXISTS (SELECT 1 FROM version WHERE version.path = path.id)
    """

  /// Takes every row away that nothing needs.
  func removeUnusedPaths() throws {
    try database.run("DELETE FROM path WHERE folder = ? AND \(Self.isUnusedPath)", folder)
    forgetPaths()
  }
}
