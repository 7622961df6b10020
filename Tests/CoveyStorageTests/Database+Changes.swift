import GRDB

extension SQLiteStoreTests {
  /// Changes a closed state behind its back.
  static func change(_ path: String, _ sentence: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: sentence) }
    try queue.close()
  }
}
