import CoveyCore
import Glibc

/// A `config.toml` on disk.
package struct ConfigurationFile: Sendable {
  package let path: String
  package let surroundings: ConfigurationSurroundings

  package init(_ home: Home, userDirectory: String?) {
    path = home.config
    surroundings = ConfigurationSurroundings(
      directory: home.configDirectory, userDirectory: userDirectory, privateDirectories: [home.stateDirectory])
  }

  /// Reads the config; nil where there is no file.
  /// - Throws: ``ConfigurationError`` with the file, the line and the reason.
  package func load() throws(ConfigurationError) -> Configuration? {
    guard let text = try read() else { return nil }
    return try parsed(text)
  }

  /// Applies edits to what the file says now and writes it by rename, flushed; makes the file where there is none.
  ///
  /// The directory is locked meanwhile, so that two commands do not overwrite each other's edits. Nothing is written when nothing changes.
  /// - Returns: what the file says afterwards.
  /// - Throws: ``ConfigurationError`` when the file cannot be read or written, or is written in a way that cannot be edited line by line.
  @discardableResult
  package func update(_ edits: [ConfigurationEdit]) throws(ConfigurationError) -> Configuration {
    let target = resolvedPath
    let directory = open(String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)]) + "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure("cannot be written (\(systemMessage())): check its directory") }
    defer { close(directory) }
    guard flock(directory, LOCK_EX) == 0 else { throw failure("cannot be written (\(systemMessage())): check its directory") }
    let old = try read()
    var document = old.map(ConfigurationDocument.init) ?? .empty
    var wanted = try parsed(document.text)
    for edit in edits {
      let next = wanted.applying(edit)
      if next == wanted { continue }
      wanted = next
      document.apply(edit)
    }
    guard document.text != old else { return wanted }
    let written: Configuration
    do { written = try parsed(document.text) } catch { throw ConfigurationError(line: nil, reason: error.reason, path: path) }
    guard written == wanted else { throw failure("is written in a way that cannot be edited by a command: change it by hand") }
    try write(Array(document.text.utf8), to: target, in: directory)
    return written
  }

  private func parsed(_ text: String) throws(ConfigurationError) -> Configuration {
    do { return try Configuration(text: text, surroundings: surroundings) } catch {
      throw ConfigurationError(line: error.line, reason: error.reason, path: path)
    }
  }

  /// Where the file itself lies: people keep configs elsewhere and link to them.
  private var resolvedPath: String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private func read() throws(ConfigurationError) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("cannot be read (\(systemMessage())): check its permissions")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= Configuration.byteCountMax {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot be read (\(systemMessage())): check the disk") }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    guard bytes.withUnsafeBufferPointer({ $0.isValidUTF8 }) else { throw failure("is not valid UTF-8: save it as UTF-8") }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(_ bytes: [UInt8], to target: String, in directory: Int32) throws(ConfigurationError) {
    let name = String(target[(target.lastIndex(of: "/").map(target.index(after:)) ?? target.startIndex)...])
    let temporary = ".\(name).\(getpid()).new"
    var found = stat()
    let mode = fstatat(directory, name, &found, 0) == 0 ? found.st_mode & 0o777 : 0o600
    unlinkat(directory, temporary, 0)
    let descriptor = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure("cannot be written (\(systemMessage())): check the permissions of its directory") }
    defer { close(descriptor) }
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      done += count
    }
    // The umask of this process is stricter than what its owner may have chosen.
    guard done == bytes.count, fchmod(descriptor, mode) == 0, fsync(descriptor) == 0,
      renameat(directory, temporary, directory, name) == 0, fsync(directory) == 0
    else {
      let reason = systemMessage()
      unlinkat(directory, temporary, 0)
      throw failure("cannot be written (\(reason)): make room or check the disk")
    }
  }

  private func failure(_ reason: String) -> ConfigurationError { ConfigurationError(line: nil, reason: "the config " + reason, path: path) }
}
