import Glibc
import Synchronization

/// The files of the state on the disk: made for their owner alone, locked against a second process, and looked at before SQLite
/// opens them, since SQLite would write to a foreign file.
final class StateFiles: Sendable {
  let database: String
  let wasClosedCleanly: Bool
  private let lock: Mutex<Int32?>

  init(directory: String) throws(StoreError) {
    let database = directory + "/" + SQLiteStore.fileName
    guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
      throw StoreError(errno: errno, path: directory, doing: "the directory cannot be made")
    }
    let lock = open(directory + "/state.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw StoreError(errno: errno, path: directory + "/state.lock", doing: "the lock cannot be opened") }
    do throws(StoreError) {
      guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
        throw StoreError(code: .locked, path: database, message: "another Covey has the state open: stop it, or use its home")
      }
      // SQLite leaves the write-ahead log behind only when it was not closed.
      wasClosedCleanly = Self.byteCount(of: database + "-wal") == 0
      try Self.prepare(database, wasClosedCleanly: wasClosedCleanly)
    } catch {
      close(lock)
      throw error
    }
    self.database = database
    self.lock = Mutex(lock)
  }

  deinit { unlock() }

  func unlock() {
    lock.withLock { lock in
      if let descriptor = lock { close(descriptor) }
      lock = nil
    }
  }

  private static func byteCount(of path: String) -> Int64 {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : 0
  }

  /// Makes the file or reads its head. Done before SQLite has it open: closing a descriptor would drop SQLite's own locks.
  private static func prepare(_ path: String, wasClosedCleanly: Bool) throws(StoreError) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw StoreError(errno: errno, path: path, doing: "the state cannot be opened") }
    defer { close(file) }
    // SQLite gives the files beside the database the database's own mode.
    guard fchmod(file, 0o600) == 0 else { throw StoreError(errno: errno, path: path, doing: "the state cannot be kept private") }
    let size = lseek(file, 0, SEEK_END)
    guard size > 0 else { return }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = pread(file, &bytes, bytes.count, 0)
    guard count >= 0 else { throw StoreError(errno: errno, path: path, doing: "the state cannot be read") }
    let head = DatabaseHead(bytes)
    guard head.isSQLite, head.applicationID == Schema.applicationID else {
      throw StoreError(code: .foreign, path: path, message: "the file is no state of Covey: move it away")
    }
    // A write-ahead log may still hold what the file lacks.
    if wasClosedCleanly, let expected = head.byteCount, size < expected {
      throw StoreError(
        code: .damaged, path: path,
        message: "the file has \(size) of \(expected) bytes: set it aside and let Covey build a new one from the folders")
    }
  }
}

/// The first hundred bytes of an SQLite database.
/// - Source: "Database File Format", section 1.3, sqlite.org.
struct DatabaseHead {
  private let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isSQLite: Bool { bytes.starts(with: Array("SQLite format 3\0".utf8)) }
  var applicationID: Int32 { Int32(bitPattern: UInt32(number(at: 68, byteCount: 4))) }

  /// How long the file says it is; nil where the writer did not keep the count current.
  var byteCount: Int64? {
    guard number(at: 24, byteCount: 4) == number(at: 92, byteCount: 4) else { return nil }
    let pageSize = number(at: 16, byteCount: 2)
    return number(at: 28, byteCount: 4) * (pageSize == 1 ? 65536 : pageSize)
  }

  private func number(at offset: Int, byteCount: Int) -> Int64 {
    bytes[offset..<(offset + byteCount)].reduce(0) { $0 << 8 | Int64($1) }
  }
}

extension StoreError {
  init(errno code: Int32, path: String, doing: String) {
    let reason = String(cString: strerror(code))
    switch code {
    case EACCES, EPERM, ELOOP:
      self.init(code: .permissionDenied, path: path, message: "\(doing) (\(reason)): give it to the user that runs Covey")
    case ENOSPC, EDQUOT: self.init(code: .full, path: path, message: "\(doing) (\(reason)): free some space")
    case EROFS: self.init(code: .readOnly, path: path, message: "\(doing) (\(reason)): remount the file system for writing")
    case ENOENT, ENOTDIR: self.init(code: .io, path: path, message: "\(doing) (\(reason)): make the directory above it first")
    default: self.init(code: .io, path: path, message: "\(doing) (\(reason)): check the disk")
    }
  }
}
