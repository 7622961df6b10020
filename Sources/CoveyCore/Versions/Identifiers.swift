/// Thirty-two bytes as a value without allocation: a SHA-256 digest or an Ed25519 public key.
package struct Bytes32: Hashable, Sendable {
  package var words: (UInt64, UInt64, UInt64, UInt64)

  package static let zero = Bytes32(words: (0, 0, 0, 0))

  package init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Nil unless there are exactly 32 bytes.
  package init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 32 else { return nil }
    words = bytes.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self)
  }

  /// Nil unless there are exactly 32 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self = .zero
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
  }

  package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Swift.withUnsafeBytes(of: words, body)
  }

  package var hex: String { bytes.hex }

  package static func == (a: Bytes32, b: Bytes32) -> Bool { a.words == b.words }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension Bytes32: Comparable {
  /// The order of the bytes, first byte first.
  package static func < (a: Bytes32, b: Bytes32) -> Bool {
    (a.words.0.bigEndian, a.words.1.bigEndian, a.words.2.bigEndian, a.words.3.bigEndian)
      < (b.words.0.bigEndian, b.words.1.bigEndian, b.words.2.bigEndian, b.words.3.bigEndian)
  }
}

extension Sequence<UInt8> {
  /// Lower-case hexadecimal digits, two a byte.
  package var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(2 * underestimatedCount)
    for byte in self { out.append(digits[Int(byte >> 4)]); out.append(digits[Int(byte & 15)]) }
    return String(decoding: out, as: UTF8.self)
  }
}

/// One installation, named by its Ed25519 public key. Compared whole, never by a prefix.
package struct DeviceID: Hashable, Sendable, Comparable {
  package let key: Bytes32
  package init(key: Bytes32) { self.key = key }
  package static func < (a: DeviceID, b: DeviceID) -> Bool { a.key < b.key }
}

/// One shared tree, on every device the same 16 random bytes.
package struct FolderID: Hashable, Sendable, Comparable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) { self.high = high; self.low = low }

  /// Nil unless there are exactly 16 bytes.
  package init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  package var bytes: [UInt8] { [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } } }
  package var hex: String { bytes.hex }
  package static func < (a: FolderID, b: FolderID) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// The random name of a log: the numbered sequence of versions that one device authored in one folder.
package struct LogID: Hashable, Sendable, Comparable {
  package let value: UInt64
  package init(_ value: UInt64) { self.value = value }
  package static func < (a: LogID, b: LogID) -> Bool { a.value < b.value }
}

/// The name of a version: its place in the log of the device that authored it. Numbers begin at 1.
package struct Dot: Hashable, Sendable, Comparable {
  package let log: LogID
  package let sequence: UInt64
  package init(log: LogID, sequence: UInt64) { self.log = log; self.sequence = sequence }
  package static func < (a: Dot, b: Dot) -> Bool { (a.log, a.sequence) < (b.log, b.sequence) }
}

/// The name of a whole content: SHA-256 of the bytes when small, of the manifest when large, of the target for a symlink.
/// A directory and a tombstone have the zero root.
package struct Root: Hashable, Sendable, Comparable {
  package let digest: Bytes32
  package static let none = Root(digest: .zero)
  package init(digest: Bytes32) { self.digest = digest }
  package static func < (a: Root, b: Root) -> Bool { a.digest < b.digest }
}

/// Nanoseconds since 1970 on some device's clock; negative before. Never decides whether a byte is kept.
package struct Timestamp: Hashable, Sendable, Comparable {
  package let nanoseconds: Int64
  package static let zero = Timestamp(nanoseconds: 0)
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  package init(seconds: Int64, nanoseconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflow2) = product.addingReportingOverflow(nanoseconds)
    self.nanoseconds = overflow || overflow2 ? (seconds < 0 ? .min : .max) : sum
  }
  /// Whole seconds, rounded down, so that the rest is never negative.
  package var seconds: Int64 { nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0) }
  package var subsecond: Int64 { let rest = nanoseconds % 1_000_000_000; return rest < 0 ? rest + 1_000_000_000 : rest }
  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }
}

/// A moment on this device's monotonic clock, in nanoseconds from an arbitrary start. Only machines and their tests make them.
package struct Instant: Hashable, Sendable, Comparable {
  package let nanoseconds: UInt64
  package static let start = Instant(nanoseconds: 0)
  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
  package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
  package func advanced(by duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    let delta = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue &+ attoseconds / 1_000_000_000
    return Instant(nanoseconds: delta >= 0 ? nanoseconds &+ UInt64(delta) : nanoseconds &- UInt64(-delta))
  }
  package func duration(since earlier: Instant) -> Duration {
    nanoseconds >= earlier.nanoseconds ? .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds)) : .zero
  }
}
