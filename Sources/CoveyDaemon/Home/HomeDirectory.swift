import CoveyCore
import Glibc

/// An opened directory that only this user can enter, checked through its descriptor and not by its name.
///
/// A class, for the descriptor is one thing that lives as long as somebody needs it.
package final class HomeDirectory: Sendable {
  package let path: String
  package let descriptor: Int32

  /// Opens the state directory of `home`, making it and what leads to it where there is none.
  ///
  /// A directory of ours that others may look into is closed to them as long as nothing secret lies in it; afterwards it is refused,
  /// for then others could have read the keys.
  /// - Throws: ``HomeError`` when it is a symlink, belongs to another user, or is open to others.
  package convenience init(making home: Home) throws(HomeError) {
    try Self.make(home.configDirectory)
    try self.init(opening: home.stateDirectory, isMade: true)
    guard home.configDirectory != home.stateDirectory else { return }
    try Self.checkNobodyElseWrites(home.configDirectory)
  }

  /// Opens the state directory of `home` as it is.
  /// - Throws: ``HomeError`` as for making, and ``HomeError/notThere`` where there is none.
  package convenience init(existing home: Home) throws(HomeError) {
    try self.init(opening: home.stateDirectory, isMade: false)
  }

  deinit { close(descriptor) }

  private init(opening path: String, isMade: Bool) throws(HomeError) {
    if isMade { try Self.make(path) }
    let opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else {
      switch errno {
      case ENOENT: throw .notThere
      case _ where Self.isSymlink(path): throw HomeError("\(path.escaped) is a symlink: name the directory it leads to")
      case ENOTDIR: throw HomeError("\(path.escaped) is no directory: name another with --home")
      default: throw HomeError("cannot open \(path.escaped) (\(systemMessage())): make it yours, or name another with --home")
      }
    }
    self.path = path
    descriptor = opened
    try check(mayTighten: isMade)
  }

  private func check(mayTighten: Bool) throws(HomeError) {
    var found = stat()
    guard fstat(descriptor, &found) == 0 else { throw HomeError("cannot look at \(path.escaped) (\(systemMessage())): check the disk") }
    guard found.st_uid == geteuid() else {
      throw HomeError("\(path.escaped) belongs to another user: use a directory of your own with --home")
    }
    guard found.st_mode & 0o077 != 0 else { return }
    let isWritableByOthers = found.st_mode & 0o022 != 0
    if mayTighten, isWritableByOthers ? isEmpty : !holdsSecrets, fchmod(descriptor, 0o700) == 0 { return }
    throw HomeError("\(path.escaped) is open to other users: close it with 'chmod 700 \(path.escaped)'")
  }

  private var holdsSecrets: Bool {
    faccessat(descriptor, "identity", F_OK, AT_SYMLINK_NOFOLLOW) == 0 || faccessat(descriptor, "state.db", F_OK, AT_SYMLINK_NOFOLLOW) == 0
  }

  private var isEmpty: Bool {
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return false }
    guard let stream = fdopendir(copy) else {
      close(copy)
      return false
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { return false }
    }
    return true
  }

  /// Makes a directory with mode 0700, and what leads to it.
  private static func make(_ path: String) throws(HomeError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try make(String(path[..<slash]))
      if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    }
    throw HomeError("cannot make \(path.escaped) (\(systemMessage())): name a directory you may write to with --home")
  }

  private static func checkNobodyElseWrites(_ path: String) throws(HomeError) {
    var found = stat()
    guard stat(path, &found) == 0 else { throw HomeError("cannot look at \(path.escaped) (\(systemMessage())): check its permissions") }
    guard found.st_uid == geteuid(), found.st_mode & 0o022 == 0 else {
      throw HomeError("other users may write to \(path.escaped): make it yours and close it with 'chmod 700 \(path.escaped)'")
    }
  }

  private static func isSymlink(_ path: String) -> Bool {
    var found = stat()
    return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFLNK
  }
}

extension HomeError {
  /// There is no such directory: nothing was ever made there.
  package static let notThere = HomeError("there is no device here yet: make one with 'covey init' or 'covey run'")
}

/// What the last failed system call of this thread says.
func systemMessage(_ code: Int32 = errno) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
