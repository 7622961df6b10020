import GRDB

extension SQLiteStore {
  static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "covey.state"
    configuration.maximumReaderCount = 4
    // Transactions are begun and ended by our own statements; that of a snapshot stays open between its reads.
    configuration.allowsUnsafeTransactions = true
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      let isReader = database.configuration.readonly
      // Before the first page is written, so that the file is known as ours from its first byte.
      if !isReader, try Int.fetchOne(database, sql: "PRAGMA page_count") == 0 {
        try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
      }
      // Pages in memory: 16 MiB for the connection that writes, 4 MiB for each that reads.
      try database.execute(
        sql: """
          PRAGMA cache_size = \(isReader ? -4096 : -16384);
          PRAGMA temp_store = MEMORY;
          PRAGMA cell_size_check = ON;
          PRAGMA trusted_schema = OFF;
          PRAGMA wal_autocheckpoint = 4000;
          PRAGMA journal_size_limit = 67108864;
          """)
    }
    return configuration
  }

  /// Reads the whole file for pages that do not fit together.
  static func check(_ database: Database) throws {
    let finding = try String.fetchOne(database, sql: "PRAGMA quick_check(1)")
    guard finding == "ok" else {
      throw StoreError(
        code: .damaged, path: database.location,
        message: "the file is damaged (\(finding ?? "no finding")): set it aside and let Covey build a new one from the folders")
    }
  }

  static func migrate(_ writer: some DatabaseWriter) throws {
    let migrator = Schema.migrator
    let path = try writer.read { database in
      guard try !migrator.hasBeenSuperseded(database) else {
        throw StoreError(
          code: .newer, path: database.location,
          message: "a later Covey wrote the state: install that version again, or set the file aside")
      }
      return database.location
    }
    do {
      try migrator.migrate(writer)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      // A table that is there already, or none that should be: the file is not what its mark says.
      throw StoreError.malformed("grdb_migrations", path: path)
    }
  }
}
