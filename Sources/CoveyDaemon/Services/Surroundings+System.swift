import CoveyCore
import Glibc

/// What the system tells: time, randomness, which machine this is.
enum SystemFacts {
  static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Instant(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
  }

  static func wallClock() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
  }

  static func newLog() -> LogID { LogID(UInt64.random(in: 1 ... .max)) }

  static func newFolder() -> FolderID { FolderID(high: UInt64.random(in: .min ... .max), low: UInt64.random(in: .min ... .max)) }

  /// The id that the system was given at its installation; a copied disk on another machine has another.
  static func machineID() -> String {
    guard let file = fopen("/etc/machine-id", "re") else { return "unknown" }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 64)
    guard fgets(&buffer, Int32(buffer.count), file) != nil else { return "unknown" }
    let text = String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.isEmpty ? "unknown" : text
  }
}
