import CoveyCore
import Glibc

/// The membership records of this home, beside its key: a lost `state.db` must not take the team along.
///
/// A list of records and signatures in canonical form, parents first. Written by rename and flushed.
struct TeamFile: Sendable {
  static let byteCountMax = 256 << 20
  let path: String

  init(identityDirectory: String) { path = identityDirectory + "/team" }

  /// Nil where there is no file.
  func load() throws -> [SignedRecord]? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw HomeError("\(path.escaped) cannot be read (\(systemMessage())): check its permissions")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= Self.byteCountMax {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw HomeError("\(path.escaped) cannot be read (\(systemMessage())): check the disk") }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    do throws(CanonicalError) {
      var reader = CanonicalReader(bytes)
      var records: [SignedRecord] = []
      while reader.remaining > 0 {
        let record = try reader.string(atMost: 1 << 20)
        records.append(SignedRecord(bytes: record, signature: try reader.string(atMost: 64)))
      }
      return records
    } catch {
      throw HomeError("\(path.escaped) is damaged: put back a copy of it, or move it away and pair this device anew")
    }
  }

  func save(_ records: [SignedRecord]) throws {
    var writer = CanonicalWriter()
    for record in records {
      writer.string(record.bytes)
      writer.string(record.signature)
    }
    let temporary = path + ".new"
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw HomeError("\(path.escaped) cannot be written (\(systemMessage())): check its directory") }
    defer { close(descriptor) }
    var done = 0
    let bytes = writer.bytes
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      done += count
    }
    guard done == bytes.count, fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      let reason = systemMessage()
      unlink(temporary)
      throw HomeError("\(path.escaped) cannot be written (\(reason)): make room or check the disk")
    }
    let directory = open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }
}
