/// Why bytes are no canonical form.
package enum CanonicalError: Error, Hashable, Sendable {
  case truncated
  case trailingBytes
  /// A number or length is not in its shortest form, or a field has a value that its kind excludes.
  case notCanonical
  /// A count or length is above its limit.
  case tooLarge
}

/// Writes the form that is signed and hashed: numbers as LEB128 in their shortest form, byte strings behind their length.
package struct CanonicalWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  /// Room for most versions at once.
  package init() { bytes.reserveCapacity(192) }

  package mutating func byte(_ value: UInt8) { bytes.append(value) }

  package mutating func number(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 { bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80); rest >>= 7 }
    bytes.append(UInt8(rest))
  }

  /// Zigzag: small numbers of either sign are short.
  package mutating func signed(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

  package mutating func fixed64(_ value: UInt64) { for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) } }

  /// Bytes of a length that the reader knows.
  package mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }
  package mutating func raw(_ value: Bytes32) { value.withUnsafeBytes { bytes.append(contentsOf: $0) } }

  package mutating func string(_ value: [UInt8]) { number(UInt64(value.count)); bytes.append(contentsOf: value) }

  package mutating func dot(_ dot: Dot) { fixed64(dot.log.value); number(dot.sequence) }

  package mutating func vector(_ vector: VersionVector) {
    number(UInt64(vector.dots.count))
    for dot in vector.dots { self.dot(dot) }
  }
}

/// Reads what ``CanonicalWriter`` writes and nothing else; never trusts a count before the bytes are there.
package struct CanonicalReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int
  package init(_ bytes: some Collection<UInt8>) { self.init(Array(bytes)) }
  package init(_ bytes: [UInt8]) { self.bytes = bytes[...]; position = 0 }

  package var remaining: Int { bytes.endIndex - position }

  package mutating func byte() throws(CanonicalError) -> UInt8 {
    guard remaining >= 1 else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }

  package mutating func number() throws(CanonicalError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || (shift == 63 && next <= 1) else { throw .notCanonical }
      value |= UInt64(next & 0x7F) << shift
      if next & 0x80 == 0 {
        guard next != 0 || shift == 0 else { throw .notCanonical }
        return value
      }
      shift += 7
    }
  }

  package mutating func signed() throws(CanonicalError) -> Int64 {
    let value = try number()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  package mutating func fixed64() throws(CanonicalError) -> UInt64 { try raw(8).reduce(0) { $0 << 8 | UInt64($1) } }

  package mutating func raw(_ count: Int) throws(CanonicalError) -> ArraySlice<UInt8> {
    guard count <= remaining else { throw .truncated }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  package mutating func bytes32() throws(CanonicalError) -> Bytes32 {
    let value = try raw(32).withUnsafeBytes { Bytes32($0) }
    guard let value else { throw .truncated }
    return value
  }

  package mutating func string(atMost limit: Int) throws(CanonicalError) -> [UInt8] {
    let count = try number()
    guard count <= UInt64(limit) else { throw .tooLarge }
    return Array(try raw(Int(count)))
  }

  package mutating func dot() throws(CanonicalError) -> Dot {
    let dot = Dot(log: LogID(try fixed64()), sequence: try number())
    guard dot.sequence > 0 else { throw .notCanonical }
    return dot
  }

  package mutating func vector(atMost limit: Int) throws(CanonicalError) -> VersionVector {
    let count = try number()
    guard count <= UInt64(limit) else { throw .tooLarge }
    var vector = VersionVector()
    var last: LogID?
    for _ in 0..<Int(count) {
      let dot = try dot()
      if let last, last >= dot.log { throw .notCanonical }
      last = dot.log
      vector.include(dot)
    }
    return vector
  }

  package func end() throws(CanonicalError) { guard remaining == 0 else { throw .trailingBytes } }
}
