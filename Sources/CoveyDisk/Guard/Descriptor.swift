import CLinux
import CoveyCore
import Glibc

/// An open file descriptor, closed with its last reference. A class, so that a table may let go of one that is still in use.
final class Descriptor: Sendable {
  /// Only for calls inside ``use(_:)``.
  private let number: Int32
  init(owning number: Int32) { self.number = number }
  deinit { close(number) }

  /// Runs one or more calls on the descriptor, which stays open meanwhile.
  @inline(__always) func use<R>(_ body: (Int32) throws(Errno) -> R) throws(Errno) -> R {
    defer { withExtendedLifetime(self) {} }
    return try body(number)
  }

  func stat() throws(Errno) -> stat {
    var out = Glibc.stat()
    _ = try use { (descriptor) throws(Errno) in try call { fstat(descriptor, &out) } }
    return out
  }

  func sync() throws(Errno) { _ = try use { (descriptor) throws(Errno) in try call { fsync(descriptor) } } }

  /// Reads up to `byteCount` bytes at `offset`; fewer only at the end of the file.
  func read(offset: Int64, byteCount: Int) throws(Errno) -> [UInt8] {
    var failure: Errno?
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      do throws(Errno) {
        while count < byteCount {
          let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
          let read = try use { (descriptor) throws(Errno) in
            try call { pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(count)) }
          }
          if read == 0 { break }
          count += read
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  func write(_ bytes: [UInt8], offset: Int64) throws(Errno) {
    var done = 0
    while done < bytes.count {
      done += try use { (descriptor) throws(Errno) in
        try call { bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(offset) + off_t(done)) } }
      }
    }
  }

  /// Mode and modification time of an open file.
  func setMetadata(mode: UInt16, modified: Timestamp) throws(Errno) {
    _ = try use { (descriptor) throws(Errno) in try call { fchmod(descriptor, mode_t(mode)) } }
    try setModified(modified)
  }

  func setModified(_ modified: Timestamp) throws(Errno) {
    let times = [timespec(tv_sec: 0, tv_nsec: Int(UTIME_OMIT)), timespec(modified)]
    _ = try use { (descriptor) throws(Errno) in try call { futimens(descriptor, times) } }
  }
}

extension timespec {
  init(_ time: Timestamp) { self.init(tv_sec: Int(time.seconds), tv_nsec: Int(time.subsecond)) }
}

/// `UTIME_OMIT` is a macro that Swift does not import.
private let UTIME_OMIT = (1 << 30) - 2
