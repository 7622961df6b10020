import CoreFoundation
package import Crypto
import Glibc
import SwiftASN1

/// The file that holds this device's Ed25519 key, in PKCS #8 and PEM as `openssl pkey` writes it.
package enum IdentityFile {
  package static let name = "device.key"

  /// Reads the key in `directory`, or makes one where there is none.
  ///
  /// A new key is written under another name, flushed and then linked into place, so that a half-written key is never found
  /// and an existing one never replaced. System calls: `open`, `fstat`, `read`, `write`, `fsync`, `link`, `unlink`.
  /// - Throws: ``NetworkError`` with code `badIdentity` when the file is not private to this user or cannot be read or made.
  package static func loadOrCreate(directory: String) throws -> Curve25519.Signing.PrivateKey {
    let path = directory + "/" + name
    if let key = try load(path) { return key }
    try create(directory: directory, path: path)
    guard let key = try load(path) else { throw refused(path, "it vanished while it was made; start again") }
    return key
  }

  /// RFC 8410: version 0, algorithm 1.3.101.112, and the seed as an octet string within one.
  static let pkcs8Prefix: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]

  private static func load(_ path: String) throws -> Curve25519.Signing.PrivateKey? {
    // A fifo of that name must not block the start.
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    if file < 0 {
      if errno == ENOENT { return nil }
      throw refused(path, errno == ELOOP ? "it is a symbolic link; put the key itself there" : describe(errno))
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw refused(path, describe(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refused(path, "it is not a regular file; move it away") }
    guard status.st_uid == geteuid() else {
      throw refused(path, "it belongs to user \(status.st_uid), but covey runs as user \(geteuid()); run: chown \(geteuid()) \(path)")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw refused(path, "other users can open it (mode \(String(status.st_mode & 0o777, radix: 8))); run: chmod 600 \(path)")
    }
    var bytes = [UInt8](repeating: 0, count: 4096)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, $0.count - count) }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw refused(path, describe(errno)) }
      if got == 0 { break }
      count += got
    }
    guard let document = try? PEMDocument(pemString: String(decoding: bytes.prefix(count), as: UTF8.self)),
      document.discriminator == "PRIVATE KEY", document.derBytes.count == 48, document.derBytes.starts(with: pkcs8Prefix),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: document.derBytes.suffix(32))
    else {
      throw refused(path, "it is no Ed25519 key; put back a copy of it, or move it away to begin as a new device")
    }
    return key
  }

  private static func create(directory: String, path: String) throws {
    let pem = PEMDocument(type: "PRIVATE KEY", derBytes: pkcs8Prefix + Curve25519.Signing.PrivateKey().rawRepresentation)
    let draft = directory + "/.\(name).\(UInt64.random(in: 0 ... .max))"
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw refused(draft, describe(errno)) }
    defer {
      close(file)
      unlink(draft)
    }
    var rest = Array((pem.pemString + "\n").utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(file, $0.baseAddress!, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw refused(draft, describe(errno)) }
      rest = rest.dropFirst(written)
    }
    guard fsync(file) == 0 else { throw refused(draft, describe(errno)) }
    // Another process may have been faster; then its key stands.
    guard link(draft, path) == 0 || errno == EEXIST else { throw refused(path, describe(errno)) }
    let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw refused(directory, describe(errno)) }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw refused(directory, describe(errno)) }
  }

  private static func describe(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func refused(_ path: String, _ why: String) -> NetworkError {
    NetworkError(.badIdentity, "\(path): the device's key cannot be used: \(why)")
  }
}
