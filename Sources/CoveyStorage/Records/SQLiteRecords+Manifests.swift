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

  /// An entry names what was observed at its path: content that is neither there nor in history nor a head's has no use for a manifest.
  func pruneManifests() throws {
    try database.run(
      """
      DELETE FROM manifest WHERE folder = ?1
        AND NOT EXISTS (
          SELECT 1 FROM path WHERE substr(path.root, 1, 8) = substr(manifest.root, 1, 8) AND path.root = manifest.root
            AND path.folder = ?1)
        AND NOT EXISTS (
          SELECT 1 FROM version JOIN path ON path.id = version.path
          WHERE version.large = substr(manifest.root, 1, 8) AND version.standing > 0 AND path.folder = ?1)
        AND NOT EXISTS (SELECT 1 FROM history WHERE history.root = manifest.root AND history.folder = ?1)
      """, folder)
  }
}
