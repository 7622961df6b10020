import GRDB
import CoveyCore
import CoveyEngine

extension SQLiteRecords {
  func insertIntents(_ intents: [Intent]) throws -> [Int64] {
    try intents.map { intent in
      try database.run(
        """
        INSERT INTO intent (id, folder, step, plan) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET step = excluded.step, plan = excluded.plan WHERE folder = excluded.folder
        """, intent.id == 0 ? .null : .integer(intent.id), folder, .blob(intent.step.bytes), .blob(intent.plan))
      return intent.id == 0 ? database.lastInsertedRowID : intent.id
    }
  }

  func intents() throws -> [Intent] {
    var intents: [Intent] = []
    try database.each("SELECT id, step, plan FROM intent WHERE folder = ? ORDER BY id", folder) { row in
      try decoding("intent") {
        intents.append(Intent(id: row.integer(0), step: try DiskStep(bytes: row.bytes(1)), plan: row.bytes(2)))
      }
    }
    return intents
  }

  func removeIntents(_ ids: [Int64]) throws {
    for id in ids { try database.run("DELETE FROM intent WHERE id = ? AND folder = ?", .integer(id), folder) }
  }
}

extension SQLiteRecords {
  func setLate(_ late: LateFile) throws {
    let agreed = AgreedVersion(shown: late.agreed, kept: nil).bytes(observed: nil)
    try database.run(
      "INSERT OR REPLACE INTO late (folder, name, path, agreed, root) VALUES (?, ?, ?, ?, ?)", folder, .text(late.name.text),
      .path(late.path), .blob(agreed), .root(late.root))
  }

  func lateFiles() throws -> [LateFile] {
    var files: [LateFile] = []
    try database.each("SELECT name, path, agreed, root FROM late WHERE folder = ? ORDER BY name", folder) { row in
      try decoding("late") {
        guard let name = StagedName(row.text(0)) else { throw CanonicalError.notCanonical }
        let agreed = try AgreedVersion(bytes: row.bytes(2), observed: nil)
        files.append(LateFile(name: name, path: row.path(1), agreed: agreed.shown, root: try row.root(3)))
      }
    }
    return files
  }

  func removeLate(_ name: StagedName) throws {
    try database.run("DELETE FROM late WHERE folder = ? AND name = ?", folder, .text(name.text))
  }
}
