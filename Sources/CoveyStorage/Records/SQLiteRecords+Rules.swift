import CoveyCore
import CoveyEngine

/// The ignore rules by which a folder's digests count.
extension SQLiteRecords {
  func rules() throws -> RulesSource {
    var source = RulesSource()
    try database.each("SELECT shared, local FROM rules WHERE folder = ?", folder) { source = RulesSource(shared: $0.bytes(0), local: $0.bytes(1)) }
    return source
  }

  func setRules(_ source: RulesSource) throws {
    try database.run("INSERT OR REPLACE INTO rules (folder, shared, local) VALUES (?, ?, ?)", folder, .blob(source.shared), .blob(source.local))
  }
}
