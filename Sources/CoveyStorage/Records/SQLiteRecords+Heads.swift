import CoveyCore

extension SQLiteRecords {
  /// The columns of `version` that ``version(_:at:)`` reads.
  static let versionColumns = "version.log, version.sequence, version.body"

  func version(_ columns: SQLRow, at path: RelativePath) throws -> Version {
    try decoding("version") {
      let dot = Dot(log: try logRow(id: columns.integer(0)).name, sequence: UInt64(columns.integer(1)))
      return try Version(body: columns.bytes(2), path: path, dot: dot)
    }
  }

  func heads(of path: RelativePath) throws -> [Version] {
    try trim()
    return try heads(at: pathRow(path))
  }

  private func heads(at row: PathRow) throws -> [Version] {
    if let heads = row.heads { return heads }
    var heads: [Version] = []
    if row.live + row.dead > 0 {
      try database.each("SELECT \(Self.versionColumns) FROM version WHERE path = ? AND standing > 0", .integer(row.id)) {
        heads.append(try version($0, at: row.path))
      }
      if heads.count > 1 { heads.sort { $0.dot < $1.dot } }
    }
    row.heads = heads
    return heads
  }

  func insertHead(_ version: Version, record: [UInt8]) throws {
    // The record is not kept but written anew when it is asked for, so it must be the canonical one.
    guard version.record == record else {
      throw StoreError(code: .refused, path: database.location, message: "\(version.path): the record is not the version's own")
    }
    _ = try column(version.dot.sequence)
    try trim()
    let row = try pathRow(version.path)
    var heads = try heads(at: row)
    heads.append(version)
    if heads.count > 1 { heads.sort { $0.dot < $1.dot } }
    row.heads = heads
    arrivals.append((version, row))
    row.arrived.append(version.dot)
    try count(version.isLive, at: row, by: 1)
  }

  /// Adds the row of a version; that of its path is there.
  func insert(_ version: Version, at row: PathRow) throws {
    let log = try insertedLogRow(version.dot.log, author: nil)
    let isLarge = version.kind == .file && version.size > ChunkSizes.smallByteCountMax
    try database.run(
      "INSERT INTO version (path, log, sequence, standing, arrived, large, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
      .integer(row.id), .integer(log.id), column(version.dot.sequence), .integer(version.isLive ? 1 : 2), .time(now),
      isLarge ? .blob(Array(version.root.digest.bytes.prefix(8))) : .null, .blob(version.body))
  }

  func supersedeHead(_ dot: Dot, of path: RelativePath) throws {
    try trim()
    let row = try pathRow(path)
    // A version that arrived a moment ago has no row yet. Mostly it is what took the place of this one, and can wait.
    if row.arrived.contains(dot) { try flush() }
    let heads = try heads(at: row)
    let taken = heads.filter { $0.dot == dot }
    guard !taken.isEmpty, let log = try logRow(dot.log) else { return }
    // One by one by their numbers: a statement that changes the index it walks opens a table for what it finds, which costs more
    // than all else.
    var numbers: [Int64] = []
    try database.each(
      "SELECT id FROM version WHERE path = ? AND standing > 0 AND log = ? AND sequence = ?", .integer(row.id), .integer(log.id),
      column(dot.sequence)
    ) { numbers.append($0.integer(0)) }
    for number in numbers { try database.run("UPDATE version SET standing = 0 WHERE id = ?", .integer(number)) }
    row.heads = heads.filter { $0.dot != dot }
    for head in taken { try count(head.isLive, at: row, by: -1) }
  }

  private func count(_ isLive: Bool, at row: PathRow, by change: Int64) throws {
    let wasLive = row.live > 0
    if isLive { row.live += change } else { row.dead += change }
    markDirty(row)
    if wasLive != (row.live > 0) { try countAbove(row.path) { $0.liveBelow += wasLive ? -1 : 1 } }
  }

  func dropAllHeads() throws {
    try flush()
    try database.run("DELETE FROM version WHERE path IN (SELECT id FROM path WHERE folder = ?)", folder)
    try database.run(
      "UPDATE path SET live = 0, dead = 0, live_below = 0 WHERE folder = ? AND (live > 0 OR dead > 0 OR live_below > 0)", folder)
    try removeUnusedPaths()
  }

  func superseded(of path: RelativePath) throws -> VersionVector {
    let row = try pathRow(path)
    guard row.id != 0 else { return VersionVector() }
    var newest: [Int64: UInt64] = [:]
    try database.each("SELECT log, sequence FROM version WHERE path = ? AND standing = 0", .integer(row.id)) {
      newest[$0.integer(0)] = max(newest[$0.integer(0)] ?? 0, UInt64(clamping: $0.integer(1)))
    }
    return VersionVector(try newest.map { Dot(log: try logRow(id: $0.key).name, sequence: $0.value) })
  }

  func hasLiveHead(below path: RelativePath) throws -> Bool { try pathRow(path).liveBelow > 0 }

  func pathsWithHeads(after path: RelativePath?, limit: Int) throws -> [RelativePath] {
    try names(.pathsWithHeads, after: path, limit: limit)
  }

  func pathsWithTombstones(after path: RelativePath?, limit: Int) throws -> [RelativePath] {
    try names(.pathsWithTombstones, after: path, limit: limit)
  }

  func pathsWithSeveralHeads(after path: RelativePath?, limit: Int) throws -> [RelativePath] {
    try names(.pathsWithSeveralHeads, after: path, limit: limit)
  }

  func heads(in log: LogID, after sequence: UInt64, limit: Int) throws -> [Version] {
    try flush()
    guard let log = try logRow(log) else { return [] }
    var heads: [Version] = []
    try database.each(
      PageQuery.headsOfLog.sentence, .integer(log.id), .integer(Int64(clamping: sequence)), .integer(Int64(limit))
    ) { heads.append(try version($0, at: $0.path(3))) }
    return heads
  }

  /// A page of paths.
  func names(_ query: PageQuery, after path: RelativePath?, limit: Int) throws -> [RelativePath] {
    try flush()
    var names: [RelativePath] = []
    try database.each(query.sentence, folder, .blob(path?.bytes ?? []), .integer(Int64(limit))) { names.append($0.path(0)) }
    return names
  }
}
