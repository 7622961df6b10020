package import CoveyCore
package import CoveyEngine
import GRDB

/// What the device as a whole remembers.
extension SQLiteStore {
  package func membershipRecords() throws -> [SignedRecord] {
    try readRows("SELECT bytes, signature FROM membership ORDER BY id") { SignedRecord(bytes: $0.bytes(0), signature: $0.bytes(1)) }
  }

  package func insertMembership(_ records: [SignedRecord]) throws {
    try writeTransaction { database in
      for record in records {
        try database.run(
          "INSERT INTO membership (digest, bytes, signature) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
          .blob(Root(smallContent: record.bytes).digest.bytes), .blob(record.bytes), .blob(record.signature))
      }
    }
  }

  package func value(forKey key: String) throws -> [UInt8]? {
    try readRows("SELECT bytes FROM value WHERE key = ?", .text(key)) { $0.bytes(0) }.first
  }

  package func setValue(_ value: [UInt8]?, forKey key: String) throws {
    try writeTransaction { database in
      if let value {
        try database.run("INSERT OR REPLACE INTO value (key, bytes) VALUES (?, ?)", .text(key), .blob(value))
      } else {
        try database.run("DELETE FROM value WHERE key = ?", .text(key))
      }
    }
  }

  package func peers() throws -> [KnownPeer] {
    try readRows("SELECT device, name, addresses, last_seen, is_paused FROM peer ORDER BY device") { row in
      do {
        var input = CanonicalReader(row.bytes(2))
        let count = try input.number()
        guard count <= UInt64(Self.addressCountMax) else { throw CanonicalError.tooLarge }
        var addresses: [String] = []
        for _ in 0..<count { addresses.append(try input.text(atMost: Self.addressByteCountMax)) }
        try input.end()
        return KnownPeer(
          device: DeviceID(key: try row.bytes32(0)), name: row.text(1), addresses: addresses, lastSeen: row.optionalInteger(3),
          isPaused: row.integer(4) != 0)
      } catch is CanonicalError {
        throw StoreError.malformed("peer", path: path)
      }
    }
  }

  package func setPeer(_ peer: KnownPeer) throws {
    let addresses = peer.addresses.filter { $0.utf8.count <= Self.addressByteCountMax }.prefix(Self.addressCountMax)
    var out = CanonicalWriter()
    out.number(UInt64(addresses.count))
    for address in addresses { out.text(address) }
    try writeTransaction { database in
      try database.run(
        "INSERT OR REPLACE INTO peer (device, name, addresses, last_seen, is_paused) VALUES (?, ?, ?, ?, ?)", .device(peer.device),
        .text(peer.name), .blob(out.bytes), .integer(peer.lastSeen), .integer(peer.isPaused))
    }
  }

  private static let addressCountMax = 16
  private static let addressByteCountMax = 300

  package func places(of root: Root, limit: Int) throws -> [(folder: FolderID, source: ContentSource)] {
    guard root != .none else { return [] }
    let standing: [(folder: FolderID, source: ContentSource)] = try readRows(
      """
      SELECT folder.name, path.name FROM path JOIN folder ON folder.id = path.folder
      WHERE substr(path.root, 1, 8) = ? AND path.root = ? LIMIT ?
      """, .blob(Array(root.digest.bytes.prefix(8))), .root(root), .integer(Int64(limit))
    ) { (try folder($0), .file($0.path(1))) }
    guard standing.count < limit else { return standing }
    return try standing
      + readRows(
        "SELECT folder.name, history.name FROM history JOIN folder ON folder.id = history.folder WHERE history.root = ? LIMIT ?",
        .root(root), .integer(Int64(limit - standing.count))
      ) { (try folder($0), .history(HistoryName(path: $0.path(1)))) }
  }

  private func folder(_ row: SQLRow) throws -> FolderID {
    guard let folder = FolderID(row.bytes(0)) else { throw StoreError.malformed("folder", path: path) }
    return folder
  }

  private func readRows<T>(_ sentence: String, _ values: SQLValue..., row: (SQLRow) throws -> T) throws -> [T] {
    try translatingErrors {
      try database.read { database in
        var found: [T] = []
        try database.rows(sentence, values) { found.append(try row($0)); return true }
        return found
      }
    }
  }
}
