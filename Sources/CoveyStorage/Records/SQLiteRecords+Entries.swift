import CoveyCore

extension SQLiteRecords {
  /// The columns of `path` that make an entry, its name aside.
  static let entryColumns = "kind, size, modified, changed, inode, mode, root, target, agreed, held"

  /// The entry in the columns from `first` on.
  func entry(_ row: SQLRow, of path: RelativePath, from first: Int32) throws -> Entry {
    try decoding("path") {
      var observation: Observation?
      if !row.isNull(first) {
        guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: row.integer(first))) else { throw CanonicalError.notCanonical }
        observation = Observation(
          kind: kind, size: row.integer(first + 1), modified: row.time(first + 2), changed: row.time(first + 3),
          inode: UInt64(bitPattern: row.integer(first + 4)), mode: UInt16(truncatingIfNeeded: row.integer(first + 5)),
          root: try row.root(first + 6), target: row.bytes(first + 7))
      }
      var entry = Entry(path: path, observation: observation)
      if let bytes = row.optionalBytes(first + 8) {
        let agreed = try AgreedVersion(bytes: bytes, observed: observation)
        entry.agreed = agreed.shown
        entry.kept = agreed.kept
      }
      if let bytes = row.optionalBytes(first + 9) {
        var input = CanonicalReader(bytes)
        entry.held = Content(kind: try input.kind(), root: Root(digest: try input.bytes32()))
        try input.end()
      }
      return entry
    }
  }

  /// Adds what ``entry(_:of:from:)`` reads.
  func addColumns(of entry: Entry?, to values: inout [SQLValue]) {
    guard let entry else { return values.append(contentsOf: repeatElement(.null, count: 10)) }
    let observation = entry.observation
    let agreed = AgreedVersion(shown: entry.agreed, kept: entry.kept)
    let held = entry.held.map { content in
      var out = CanonicalWriter()
      out.byte(content.kind.rawValue)
      out.raw(content.root.digest)
      return out.bytes
    }
    if let observation {
      values.append(.integer(Int64(observation.kind.rawValue)))
      values.append(.integer(observation.size))
      values.append(.time(observation.modified))
      values.append(.time(observation.changed))
      values.append(.bits(observation.inode))
      values.append(.integer(Int64(observation.mode)))
      values.append(.root(observation.root))
      values.append(observation.target.isEmpty ? .null : .blob(observation.target))
    } else {
      values.append(contentsOf: repeatElement(.null, count: 8))
    }
    values.append(agreed.shown != .absent || agreed.kept != nil ? .blob(agreed.bytes(observed: observation)) : .null)
    values.append(.blob(orNull: held))
  }

  func entry(_ path: RelativePath) throws -> Entry? {
    try trim()
    return try pathRow(path).entry
  }

  func setEntry(_ entry: Entry) throws {
    try trim()
    let row = try pathRow(entry.path)
    guard row.entry != nil || !entry.isVacant else { return }
    let wasObserved = row.isObserved
    row.entry = entry.isVacant ? nil : entry
    row.isEntryDirty = true
    markDirty(row)
    if wasObserved != row.isObserved { try countAbove(row.path) { $0.observedBelow += wasObserved ? -1 : 1 } }
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
    if let alike, alike.root == root, alike.limit >= limit || alike.entries.count < alike.limit { return Array(alike.entries.prefix(limit)) }
    // Sorted here: with ORDER BY in the statement every row of this root is read, and an empty file may have very many alike.
    let found = try entries(
      "SELECT name, \(Self.entryColumns) FROM path WHERE substr(root, 1, 8) = ?2 AND root = ?3 AND +folder = ?1 LIMIT ?4",
      .blob(Array(root.digest.bytes.prefix(8))), .root(root), .integer(Int64(limit))
    ).sorted { $0.path < $1.path }
    alike = (root, limit, found)
    return found
  }

  private func entries(_ sentence: String, _ values: SQLValue...) throws -> [Entry] {
    try flush()
    var entries: [Entry] = []
    try database.rows(sentence, [folder] + values) { row in
      entries.append(try entry(row, of: row.path(0), from: 1))
      return true
    }
    return entries
  }
}
