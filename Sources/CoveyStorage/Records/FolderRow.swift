import CoveyCore
import GRDB

/// One row of the table `folder` with the decoded state: what every transaction on the folder begins with.
struct FolderRow {
  let id: Int64
  var revision: Int64
  var state: FolderState
  var totals: Totals

  /// Counts that are read often and kept current by whoever changes what they count.
  struct Totals: Hashable {
    var todoCount: Int64 = 0
    var todoBytes: Int64 = 0
    var historyCount: Int64 = 0
    var historyBytes: Int64 = 0
  }
}

extension FolderRow {
  /// Reads the row; the state is decoded only where `known` is of another revision.
  init(_ folder: FolderID, in database: Database, known: FolderRow?) throws {
    let sentence = "SELECT id, revision, todo_count, todo_bytes, history_count, history_bytes FROM folder WHERE name = ?"
    let found = try database.first(sentence, .blob(folder.bytes)) { row in
      (
        id: row.integer(0), revision: row.integer(1),
        totals: Totals(
          todoCount: row.integer(2), todoBytes: row.integer(3), historyCount: row.integer(4), historyBytes: row.integer(5))
      )
    }
    guard let found else {
      throw StoreError(
        code: .unknownFolder, path: database.location, message: "the folder \(folder.hex) is not known here: share or accept it first")
    }
    if let known, known.id == found.id, known.revision == found.revision {
      self = known
      totals = found.totals
      return
    }
    do {
      var acknowledged: [DeviceID: VersionVector] = [:]
      try database.each("SELECT device, vector FROM acknowledgement WHERE folder = ?", .integer(found.id)) { row in
        var input = CanonicalReader(row.bytes(1))
        acknowledged[DeviceID(key: try row.bytes32(0))] = try input.vector(atMost: FolderState.vectorCountMax)
        try input.end()
      }
      let bytes = try database.first("SELECT state FROM folder WHERE id = ?", .integer(found.id)) { $0.bytes(0) }
      let state = try FolderState(bytes: bytes ?? [], acknowledged: acknowledged)
      self.init(id: found.id, revision: found.revision, state: state, totals: found.totals)
    } catch is CanonicalError {
      throw StoreError.malformed("folder", path: database.location)
    }
  }

  static func insert(_ folder: FolderID, state: FolderState, into database: Database) throws {
    try database.run("INSERT INTO folder (name, state) VALUES (?, ?)", .blob(folder.bytes), .blob(state.bytes))
    try writeAcknowledgements(of: database.lastInsertedRowID, state.acknowledged, over: [:], into: database)
  }

  /// Writes what differs from `old`, and answers with the row as it is then.
  func written(over old: FolderRow, into database: Database) throws -> FolderRow {
    var new = self
    if state != old.state {
      new.revision += 1
      try database.run(
        "UPDATE folder SET revision = ?2, state = ?3 WHERE id = ?1", .integer(id), .integer(new.revision), .blob(state.bytes))
      if state.acknowledged != old.state.acknowledged {
        try Self.writeAcknowledgements(of: id, state.acknowledged, over: old.state.acknowledged, into: database)
      }
    }
    if totals != old.totals {
      try database.run(
        "UPDATE folder SET todo_count = ?2, todo_bytes = ?3, history_count = ?4, history_bytes = ?5 WHERE id = ?1",
        .integer(id), .integer(totals.todoCount), .integer(totals.todoBytes), .integer(totals.historyCount),
        .integer(totals.historyBytes))
    }
    return new
  }

  private static func writeAcknowledgements(
    of id: Int64, _ new: [DeviceID: VersionVector], over old: [DeviceID: VersionVector], into database: Database
  ) throws {
    for device in old.keys where new[device] == nil {
      try database.run("DELETE FROM acknowledgement WHERE folder = ? AND device = ?", .integer(id), .device(device))
    }
    for (device, vector) in new where old[device] != vector {
      var out = CanonicalWriter()
      out.vector(vector)
      try database.run(
        "INSERT OR REPLACE INTO acknowledgement (folder, device, vector) VALUES (?, ?, ?)", .integer(id), .device(device),
        .blob(out.bytes))
    }
  }
}
