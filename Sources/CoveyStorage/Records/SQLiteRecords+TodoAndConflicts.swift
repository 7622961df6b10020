import CoveyCore

extension SQLiteRecords {
  func setTodo(_ byteCount: Int64?, at path: RelativePath) throws {
    try trim()
    let path = try pathRow(path)
    guard path.todo != byteCount else { return }
    row.totals.todoCount += (byteCount == nil ? 0 : 1) - (path.todo == nil ? 0 : 1)
    row.totals.todoBytes += (byteCount ?? 0) - (path.todo ?? 0)
    path.todo = byteCount
    markDirty(path)
  }

  func todo(after path: RelativePath?, limit: Int) throws -> [RelativePath] {
    try names(.todo, after: path, limit: limit)
  }

  func todoTotals() throws -> (count: Int64, byteCount: Int64) { (row.totals.todoCount, row.totals.todoBytes) }
}

extension SQLiteRecords {
  func setConflict(_ path: RelativePath, open: Bool) throws {
    if open {
      try database.run("INSERT INTO conflict (folder, path) VALUES (?, ?) ON CONFLICT DO NOTHING", folder, .path(path))
    } else {
      try database.run("DELETE FROM conflict WHERE folder = ? AND path = ?", folder, .path(path))
    }
  }

  func conflicts(after id: Int64?, limit: Int) throws -> [(id: Int64, path: RelativePath)] {
    var conflicts: [(id: Int64, path: RelativePath)] = []
    try database.each(
      PageQuery.conflicts.sentence, folder, .integer(id ?? 0), .integer(Int64(limit))
    ) { conflicts.append(($0.integer(0), $0.path(1))) }
    return conflicts
  }

  func conflictCount() throws -> Int64 {
    try database.first("SELECT count(*) FROM conflict WHERE folder = ?", folder) { $0.integer(0) } ?? 0
  }
}
