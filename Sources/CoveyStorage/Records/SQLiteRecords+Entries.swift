import CoveyCore

extension SQLiteRecords {
  /// The columns of `path` that make an entry.
  static let entryColumns = "name, kind, size, modified, changed, inode, mode, root, target, agreed, held"

  private func entry(_ row: SQLRow) throws -> Entry {
    try decoding("path") {
      var observation: Observation?
      if !row.isNull(1) {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: row.integer(1))) else { throw CanonicalError.notCanonical }
        observation = Observation(
          kind: kind, size: row.integer(2), modified: row.time(3), changed: row.time(4), inode: UInt64(bitPattern: row.integer(5)),
          mode: UInt16(truncatingIfNeeded: row.integer(6)), root: try row.root(7), target: row.bytes(8))
      }
      var entry = Entry(path: row.path(0), observation: observation)
      if let bytes = row.optionalBytes(9) {
        let agreed = try AgreedVersion(bytes: bytes, observed: observation)
        entry.agreed = agreed.shown
        entry.kept = agreed.kept
      }
      if let bytes = row.optionalBytes(10) {
        var input = CanonicalReader(bytes)
        entry.held = Content(kind: try input.kind(), root: Root(digest: try input.bytes32()))
        try input.end()
      }
      return entry
    }
  }

  func entry(_ path: RelativePath) throws -> Entry? {
    try trim()
    let row = try pathRow(path)
    guard row.hasEntry else { return nil }
    return try database.first("SELECT \(Self.entryColumns) FROM path WHERE id = ?", .integer(row.id)) { try entry($0) }
  }

  func setEntry(_ entry: Entry) throws {
    try trim()
    let row = try pathRow(entry.path)
    guard row.hasEntry || !entry.isVacant else { return }
    let observation = entry.observation
    let agreed = AgreedVersion(shown: entry.agreed, kept: entry.kept)
    let hasAgreed = !entry.isVacant && (agreed.shown != .absent || agreed.kept != nil)
    let held = entry.held.map { content in
      var out = CanonicalWriter()
      out.byte(content.kind.rawValue)
      out.raw(content.root.digest)
      return out.bytes
    }
    try database.run(
      """
      UPDATE path SET kind = ?2, size = ?3, modified = ?4, changed = ?5, inode = ?6, mode = ?7, root = ?8, target = ?9, agreed = ?10,
        held = ?11 WHERE id = ?1
      """,
      identify(row), observation.map { .integer(Int64($0.kind.rawValue)) } ?? .null, .integer(observation?.size),
      .integer(observation?.modified.nanoseconds), .integer(observation?.changed.nanoseconds),
      observation.map { .bits($0.inode) } ?? .null, .integer(observation.map { Int64($0.mode) }), .root(observation?.root ?? .none),
      observation.map { $0.target.isEmpty ? .null : .blob($0.target) } ?? .null,
      hasAgreed ? .blob(agreed.bytes(observed: observation)) : .null, .blob(orNull: held))
    row.hasEntry = !entry.isVacant
    if row.isObserved != (observation != nil) {
      try addToAncestors(of: row.path, \.observedBelow, row.isObserved ? -1 : 1)
      row.isObserved.toggle()
    }
    if row.isVacant { markDirty(row) }
  }

  func entries(below directory: RelativePath?, after path: RelativePath?, limit: Int) throws -> [Entry] {
    let range = directory?.rangeBelow ?? (lower: [], upper: [0xFF])
    var lower = range.lower
    if let path, range.lower.lexicographicallyPrecedes(path.bytes) { lower = path.bytes }
    return try entries(
      PageQuery.entries.sentence, .blob(lower), .blob(range.upper), .integer(Int64(limit)))
  }

  func hasObservation(below path: RelativePath) throws -> Bool { try pathRow(path).observedBelow > 0 }

  func heldEntries(after path: RelativePath?, limit: Int) throws -> [Entry] {
    try entries(PageQuery.heldEntries.sentence, .blob(path?.bytes ?? []), .integer(Int64(limit)))
  }

  /// The first few of equal contents that the index meets, in the order of their paths: a content that a hundred thousand paths
  /// share must not cost a sort of them all. The plus keeps SQLite from walking the folder instead of the index of roots.
  func entries(withRoot root: Root, limit: Int) throws -> [Entry] {
    guard root != .none else { return [] }
    return try entries(
      """
      SELECT \(Self.entryColumns) FROM (SELECT * FROM path WHERE substr(root, 1, 8) = ?2 AND root = ?3 AND +folder = ?1 LIMIT ?4)
      ORDER BY name
      """, .blob(Array(root.digest.bytes.prefix(8))), .root(root), .integer(Int64(limit)))
  }

  private func entries(_ sentence: String, _ values: SQLValue...) throws -> [Entry] {
    try flush()
    var entries: [Entry] = []
    try database.rows(sentence, [folder] + values) { entries.append(try entry($0)); return true }
    return entries
  }
}
