import CoveyCore
import Glibc

/// The lock that keeps a second daemon off a home; given back when the process ends, however it ends.
package final class HomeLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock without waiting.
  /// - Throws: ``HomeError`` naming the process that has it.
  package init(_ directory: HomeDirectory) throws(HomeError) {
    let opened = openat(directory.descriptor, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw HomeError("cannot open \(directory.path.escaped)/lock (\(systemMessage())): remove it and try again") }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      defer { close(opened) }
      guard errno == EWOULDBLOCK else {
        throw HomeError("cannot lock \(directory.path.escaped) (\(systemMessage())): use a disk that can lock files")
      }
      throw HomeError("another covey runs on this home (pid \(Self.holder(opened))): stop it first")
    }
    descriptor = opened
    let text = Array("\(getpid())\n".utf8)
    // The number is for people; the lock holds without it.
    if ftruncate(opened, 0) == 0 { _ = pwrite(opened, text, text.count, 0) }
  }

  deinit { close(descriptor) }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
    return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
  }
}
