/// The sentences behind every cursor. Each is answered from an index, in order, however large the folder is: none collects rows
/// before the first comes out.
package enum PageQuery: CaseIterable, Sendable {
  case paths
  case pathsWithHeads
  case pathsWithTombstones
  case pathsWithSeveralHeads
  case headsOfLog
  case entries
  case heldEntries
  case todo
  case conflicts
  case newestHistory
  case oldestHistory
  case superseded
  case manifests
  case batches

  package var sentence: String {
    switch self {
    case .paths:
      "SELECT \(SQLiteRecords.pathColumns), name FROM path WHERE folder = ?1 AND name >= ?2 AND name <= ?3 ORDER BY name LIMIT ?4"
    case .pathsWithHeads:
      "SELECT name FROM path WHERE folder = ?1 AND name > ?2 AND live + dead > 0 ORDER BY name LIMIT ?3"
    case .pathsWithTombstones:
      "SELECT name FROM path INDEXED BY path_dead WHERE folder = ?1 AND name > ?2 AND dead > 0 ORDER BY name LIMIT ?3"
    case .pathsWithSeveralHeads:
      "SELECT name FROM path INDEXED BY path_several WHERE folder = ?1 AND name > ?2 AND live + dead > 1 ORDER BY name LIMIT ?3"
    case .headsOfLog:
      """
      SELECT \(SQLiteRecords.versionColumns), path.name FROM version CROSS JOIN path ON path.id = version.path
      WHERE version.log = ?1 AND version.sequence > ?2 AND version.standing > 0 ORDER BY version.sequence LIMIT ?3
      """
    case .entries:
      """
      SELECT name, \(SQLiteRecords.entryColumns) FROM path WHERE folder = ?1 AND name > ?2 AND name < ?3
        AND (kind IS NOT NULL OR agreed IS NOT NULL OR held IS NOT NULL) ORDER BY name LIMIT ?4
      """
    case .heldEntries:
      """
      SELECT name, \(SQLiteRecords.entryColumns) FROM path INDEXED BY path_held WHERE folder = ?1 AND name > ?2 AND held IS NOT NULL
      ORDER BY name LIMIT ?3
      """
    case .todo:
      "SELECT name FROM path INDEXED BY path_todo WHERE folder = ?1 AND name > ?2 AND todo IS NOT NULL ORDER BY name LIMIT ?3"
    case .conflicts: "SELECT id, path FROM conflict WHERE +folder = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
    case .newestHistory:
      "SELECT \(SQLiteRecords.historyColumns) FROM history WHERE folder = ?1 ORDER BY kept DESC, id DESC LIMIT ?2"
    case .oldestHistory:
      "SELECT \(SQLiteRecords.historyColumns) FROM history WHERE folder = ?1 AND kept < ?2 ORDER BY kept, id LIMIT ?3"
    case .superseded:
      """
      SELECT version.id, version.arrived, path.name FROM version INDEXED BY version_superseded CROSS JOIN path ON path.id = version.path
      WHERE version.standing = 0 AND version.arrived < ?2 AND version.arrived >= ?3 AND (version.arrived > ?3 OR version.id > ?4)
        AND path.folder = ?1 ORDER BY version.arrived, version.id LIMIT ?5
      """
    case .manifests: "SELECT root FROM manifest WHERE folder = ?1 AND root > ?2 ORDER BY root LIMIT ?3"
    case .batches:
      "SELECT batch.id FROM batch CROSS JOIN log ON log.id = batch.log WHERE batch.id > ?2 AND log.folder = ?1 ORDER BY batch.id LIMIT ?3"
    }
  }
}
