import CoveyCore

extension SQLiteRecords {
  func manifest(_ root: Root) throws -> [Chunk]? {
    try database.first("SELECT chunks FROM manifest WHERE folder = ? AND root = ?", folder, .root(root)) { row in
      try decoding("manifest") { try ManifestBytes.decode(row.bytes(0)) }
    }
  }

  func setManifest(_ chunks: [Chunk], for root: Root) throws {
    try database.run(
      "INSERT INTO manifest (folder, root, chunks) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET chunks = excluded.chunks", folder,
      .root(root), .blob(ManifestBytes.encode(chunks)))
  }
}
