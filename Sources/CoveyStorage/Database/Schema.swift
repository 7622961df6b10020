import GRDB

/// The tables of `state.db`, and how older files become current ones.
///
/// A path's bytes stand in `path` alone: one row for everything known of the path, so that versions, todo and counters name it by a
/// small number. `live_below` and `observed_below` count, for a directory, the paths somewhere below it that have a live head or an
/// observation: questions about a whole subtree are answered without walking it.
enum Schema {
  /// "Covy": tells our files from any other SQLite database.
  static let applicationID: Int32 = 0x436F_7679

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { try $0.execute(sql: first) }
    migrator.registerMigration("2") { try $0.execute(sql: second) }
    migrator.registerMigration("3") { try $0.execute(sql: third) }
    return migrator
  }

  private static let first = """
    CREATE TABLE folder (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name BLOB NOT NULL UNIQUE CHECK (length(name) = 16),
      -- Grows whenever the state changes: whoever has decoded this revision need not do it again.
      revision INTEGER NOT NULL DEFAULT 0,
      state BLOB NOT NULL,
      todo_count INTEGER NOT NULL DEFAULT 0 CHECK (todo_count >= 0),
      todo_bytes INTEGER NOT NULL DEFAULT 0 CHECK (todo_bytes >= 0),
      history_count INTEGER NOT NULL DEFAULT 0 CHECK (history_count >= 0),
      history_bytes INTEGER NOT NULL DEFAULT 0 CHECK (history_bytes >= 0)
    ) STRICT;

    CREATE TABLE acknowledgement (
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      device BLOB NOT NULL CHECK (length(device) = 32),
      vector BLOB NOT NULL,
      PRIMARY KEY (folder, device)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE log (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      -- The 64 bits of the log's name, shifted so that signed order is their unsigned order.
      name INTEGER NOT NULL,
      author BLOB CHECK (length(author) = 32),
      UNIQUE (folder, name)
    ) STRICT;

    CREATE TABLE batch (
      id INTEGER PRIMARY KEY,
      log INTEGER NOT NULL REFERENCES log ON DELETE CASCADE,
      first INTEGER NOT NULL CHECK (first > 0),
      last INTEGER NOT NULL CHECK (last >= first AND last - first < \(batchCountMax)),
      -- Only where it is not the log's.
      author BLOB CHECK (length(author) = 32),
      hash BLOB NOT NULL CHECK (length(hash) = 32),
      header BLOB NOT NULL,
      signature BLOB NOT NULL
    ) STRICT;
    CREATE INDEX batch_log ON batch (log, first, last);

    CREATE TABLE path (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      name BLOB NOT NULL CHECK (length(name) BETWEEN 1 AND 4096),
      -- Heads at this path.
      live INTEGER NOT NULL DEFAULT 0 CHECK (live >= 0),
      dead INTEGER NOT NULL DEFAULT 0 CHECK (dead >= 0),
      live_below INTEGER NOT NULL DEFAULT 0 CHECK (live_below >= 0),
      observed_below INTEGER NOT NULL DEFAULT 0 CHECK (observed_below >= 0),
      todo INTEGER CHECK (todo >= 0),
      -- The observation.
      kind INTEGER CHECK (kind BETWEEN 1 AND 3),
      size INTEGER CHECK ((size IS NULL) = (kind IS NULL)),
      modified INTEGER CHECK ((modified IS NULL) = (kind IS NULL)),
      changed INTEGER CHECK ((changed IS NULL) = (kind IS NULL)),
      inode INTEGER CHECK ((inode IS NULL) = (kind IS NULL)),
      mode INTEGER CHECK ((mode IS NULL) = (kind IS NULL)),
      root BLOB CHECK (root IS NULL OR (kind IS NOT NULL AND length(root) = 32)),
      target BLOB,
      agreed BLOB,
      held BLOB,
      UNIQUE (folder, name)
    ) STRICT;
    CREATE INDEX path_dead ON path (folder, name) WHERE dead > 0;
    CREATE INDEX path_several ON path (folder, name) WHERE live + dead > 1;
    CREATE INDEX path_todo ON path (folder, name) WHERE todo IS NOT NULL;
    CREATE INDEX path_held ON path (folder, name) WHERE held IS NOT NULL;
    CREATE INDEX path_root ON path (substr(root, 1, 8)) WHERE root IS NOT NULL;

    CREATE TABLE version (
      -- The number of the arrival; never given twice.
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      path INTEGER NOT NULL REFERENCES path ON DELETE CASCADE,
      log INTEGER NOT NULL REFERENCES log ON DELETE CASCADE,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      -- 0: superseded, 1: a live head, 2: a tombstone that is a head.
      standing INTEGER NOT NULL CHECK (standing BETWEEN 0 AND 2),
      arrived INTEGER NOT NULL,
      -- The beginning of the root of a content that has a manifest.
      large BLOB CHECK (length(large) = 8),
      body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX version_path ON version (path, standing);
    CREATE INDEX version_log ON version (log, sequence, standing);
    CREATE INDEX version_large ON version (large) WHERE large IS NOT NULL;

    CREATE TABLE conflict (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      path BLOB NOT NULL,
      UNIQUE (folder, path)
    ) STRICT;

    CREATE TABLE manifest (
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      root BLOB NOT NULL CHECK (length(root) = 32),
      chunks BLOB NOT NULL CHECK (length(chunks) % 36 = 0),
      UNIQUE (folder, root)
    ) STRICT;

    CREATE TABLE intent (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      step BLOB NOT NULL,
      plan BLOB NOT NULL
    ) STRICT;
    CREATE INDEX intent_folder ON intent (folder);

    CREATE TABLE history (
      id INTEGER PRIMARY KEY,
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      name BLOB NOT NULL,
      path BLOB NOT NULL,
      kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
      root BLOB CHECK (length(root) = 32),
      size INTEGER NOT NULL CHECK (size >= 0),
      mode INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      kept INTEGER NOT NULL,
      origin_modified INTEGER NOT NULL,
      origin_device TEXT NOT NULL,
      UNIQUE (folder, name)
    ) STRICT;
    CREATE INDEX history_path ON history (folder, path, kept);
    CREATE INDEX history_kept ON history (folder, kept);
    CREATE INDEX history_root ON history (root) WHERE root IS NOT NULL;

    CREATE TABLE late (
      folder INTEGER NOT NULL REFERENCES folder ON DELETE CASCADE,
      name TEXT NOT NULL,
      path BLOB NOT NULL,
      agreed BLOB NOT NULL,
      root BLOB CHECK (length(root) = 32),
      PRIMARY KEY (folder, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE membership (
      id INTEGER PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
      bytes BLOB NOT NULL,
      signature BLOB NOT NULL
    ) STRICT;

    CREATE TABLE peer (
      device BLOB PRIMARY KEY CHECK (length(device) = 32),
      name TEXT NOT NULL,
      addresses BLOB NOT NULL,
      last_seen INTEGER,
      is_paused INTEGER NOT NULL CHECK (is_paused IN (0, 1))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE value (
      key TEXT PRIMARY KEY,
      bytes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  /// Superseded versions by age, which go one day.
  private static let second = "CREATE INDEX version_superseded ON version (arrived) WHERE standing = 0"

  /// The ignore rules by which the digests count.
  private static let third = """
    CREATE TABLE rules (
      folder INTEGER PRIMARY KEY REFERENCES folder ON DELETE CASCADE,
      shared BLOB NOT NULL,
      local BLOB NOT NULL
    ) STRICT
    """

  /// Versions that one batch holds at most.
  static let batchCountMax: Int64 = 1000
}
