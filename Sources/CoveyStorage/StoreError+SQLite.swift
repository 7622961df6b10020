import GRDB
import GRDBSQLite

extension StoreError {
  /// What a result code of SQLite means for whoever runs the daemon.
  package init(resultCode: Int32, detail: String?, path: String) {
    let (code, message) = Self.meaning(of: resultCode)
    self.init(code: code, path: path, message: detail.map { "\(message) (SQLite \(resultCode): \($0))" } ?? message)
  }

  init(_ error: DatabaseError, path: String) {
    // GRDB reports a closed connection as misuse, of which our own statements are never guilty.
    if error.resultCode == .SQLITE_MISUSE {
      self.init(code: .closed, path: path, message: "the state is closed: start Covey again")
    } else {
      self.init(resultCode: error.extendedResultCode.rawValue, detail: error.message, path: path)
    }
  }

  static func malformed(_ table: String, path: String) -> StoreError {
    StoreError(
      code: .damaged, path: path,
      message: "a row of the table '\(table)' is malformed: set the file aside and let Covey build a new one from the folders")
  }

  private static func meaning(of resultCode: Int32) -> (Code, String) {
    // A shared-memory file that cannot grow is how a full disk shows before the first byte is written.
    if resultCode == SQLITE_IOERR | (19 << 8) { return (.full, Self.fullMessage) }
    switch resultCode & 0xFF {
    case SQLITE_CORRUPT:
      return (.damaged, "the file is damaged: set it aside and let Covey build a new one from the folders")
    case SQLITE_NOTADB: return (.foreign, "the file is no state of Covey: move it away")
    case SQLITE_FULL: return (.full, Self.fullMessage)
    case SQLITE_READONLY:
      return (.readOnly, "the file cannot be written: remount the file system for writing or restore the permissions")
    case SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN:
      return (.permissionDenied, "the file cannot be opened: give the directory and its files back to the user that runs Covey")
    case SQLITE_BUSY, SQLITE_LOCKED: return (.locked, "another process has the state open: stop it")
    case SQLITE_CONSTRAINT: return (.refused, "a rule of the state would have been broken, nothing was changed: please report this")
    case SQLITE_IOERR: return (.io, "the disk failed, or the quota is used up: look at quota(1) and the kernel's log, and check the file system")
    default: return (.io, "the state could not be read or written: check the disk, then start Covey again")
    }
  }

  private static let fullMessage = "the disk is full: free some space; Covey goes on by itself"
}
