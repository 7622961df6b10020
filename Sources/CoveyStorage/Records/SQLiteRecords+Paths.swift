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
    let row =
      try database.first(
        """
        SELECT id, live, dead, live_below, observed_below, todo, kind, agreed IS NOT NULL OR held IS NOT NULL
        FROM path WHERE folder = ? AND name = ?
        """, folder, .path(path)
      ) { columns in
        let row = PathRow(path, id: columns.integer(0))
        row.live = columns.integer(1)
        row.dead = columns.integer(2)
        row.liveBelow = columns.integer(3)
        row.observedBelow = columns.integer(4)
        row.todo = columns.optionalInteger(5)
        row.isObserved = !columns.isNull(6)
        row.hasEntry = row.isObserved || columns.integer(7) != 0
        return row
      } ?? PathRow(path, id: 0)
    paths[path] = row
    return row
  }

  /// The row's number; makes the row if there is none yet.
  func identify(_ row: PathRow) throws -> SQLValue {
    if row.id == 0 {
      try database.run("INSERT INTO path (folder, name) VALUES (?, ?)", folder, .path(row.path))
      row.id = database.lastInsertedRowID
    }
    return .integer(row.id)
  }

  func markDirty(_ row: PathRow) {
    guard !row.isDirty else { return }
    row.isDirty = true
    dirty.append(row)
  }

  /// Counts a path in or out of all directories above it.
  func addToAncestors(of path: RelativePath, _ counter: ReferenceWritableKeyPath<PathRow, Int64>, _ change: Int64) throws {
    for directory in path.ancestors {
      let row = try pathRow(directory)
      row[keyPath: counter] += change
      markDirty(row)
    }
  }

  /// Writes the rows that differ, and takes those away that nothing needs any more.
  func flush() throws {
    guard !dirty.isEmpty else { return }
    for row in dirty {
      row.isDirty = false
      if row.isVacant {
        if row.id != 0 { try removeIfUnused(row) }
        continue
      }
      let id = try identify(row)
      try database.run(
        "UPDATE path SET live = ?2, dead = ?3, live_below = ?4, observed_below = ?5, todo = ?6 WHERE id = ?1",
        id, .integer(row.live), .integer(row.dead), .integer(row.liveBelow), .integer(row.observedBelow), .integer(row.todo))
    }
    dirty.removeAll(keepingCapacity: true)
  }

  /// Superseded versions keep a row that is otherwise vacant.
  private func removeIfUnused(_ row: PathRow) throws {
    let id = SQLValue.integer(row.id)
    if try database.exists("SELECT 1 FROM version WHERE path = ?", id) {
      try database.run(
        "UPDATE path SET live = 0, dead = 0, live_below = 0, observed_below = 0, todo = NULL WHERE id = ?", id)
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
