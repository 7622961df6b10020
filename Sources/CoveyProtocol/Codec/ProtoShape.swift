/// How often each field may stand in a protobuf message, checked on the bytes before the message is decoded.
///
/// The decoder makes a value of every element it meets; this refuses to show it more elements than ``WireLimits`` allows. It also
/// refuses what no sender of ours writes: a single field twice, a field of another type, groups. Fields that are not known are skipped.
struct ProtoShape: Sendable {
  indirect enum Field: Sendable {
    /// A number, at most once.
    case number
    /// A string or byte string, at most once.
    case bytes
    /// Strings or byte strings.
    case list(Int)
    /// Packed numbers of variable length.
    case numbers(Int)
    /// Packed numbers of eight bytes.
    case words(Int)
    /// A message, at most once.
    case message(ProtoShape)
    case messages(ProtoShape, Int)

    var countMax: Int {
      switch self {
      case .number, .bytes, .message: 1
      case .list(let limit), .numbers(let limit), .words(let limit), .messages(_, let limit): limit
      }
    }
  }

  private let fields: [Field]
  /// At most one field may be there, whichever it is.
  private let isOneOf: Bool

  /// Fields by number, the first one's being 1, without gaps.
  init(_ fields: Field...) { self.fields = fields; isOneOf = false }

  init(oneOf fields: Field...) { self.fields = fields; isOneOf = true }

  /// - Throws: ``WireError/malformed(_:)`` or ``WireError/tooMany(_:limit:)``.
  func check(_ bytes: [UInt8]) throws(WireError) {
    var elementCount = 0
    try check(bytes, in: 0..<bytes.count, elementCount: &elementCount)
  }

  private func check(_ bytes: [UInt8], in range: Range<Int>, elementCount: inout Int) throws(WireError) {
    var counts = [Int](repeating: 0, count: fields.count)
    var scan = ProtoScan(bytes: bytes, position: range.lowerBound, end: range.upperBound)
    while scan.position < scan.end {
      let tag = try scan.number()
      let number = tag >> 3
      guard number > 0, tag <= UInt64(UInt32.max) else { throw .malformed("a field has number \(number)") }
      let value = try scan.value(ofType: UInt8(tag & 7))
      if value.isDelimited {
        elementCount += 1
        guard elementCount <= WireLimits.elementCountMax else { throw .tooMany("elements", limit: WireLimits.elementCountMax) }
      }
      guard number <= UInt64(fields.count) else { continue }
      let index = Int(number) - 1
      let field = fields[index]
      guard let count = scan.count(value, as: field) else { throw .malformed("field \(number) has another type") }
      if isOneOf, counts.contains(1) { throw .malformed("it holds two messages") }
      counts[index] += count
      guard counts[index] <= field.countMax else { throw .tooMany("values of field \(number)", limit: field.countMax) }
      switch field {
      case .message(let shape), .messages(let shape, _): try shape.check(bytes, in: value.range, elementCount: &elementCount)
      case .number, .bytes, .list, .numbers, .words: break
      }
    }
  }
}

/// A walk over the fields of one protobuf message.
private struct ProtoScan {
  enum WireType { case varint, fixed64, delimited, fixed32 }

  struct Value {
    var type: WireType
    var range: Range<Int>
    var isDelimited: Bool { type == .delimited }
  }

  let bytes: [UInt8]
  var position: Int
  let end: Int

  mutating func number() throws(WireError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw .malformed("it ends inside a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .malformed("a number has more than ten bytes")
  }

  /// Steps over a value.
  mutating func value(ofType wireType: UInt8) throws(WireError) -> Value {
    switch wireType {
    case 0:
      let start = position
      _ = try number()
      return Value(type: .varint, range: start..<position)
    case 1: return Value(type: .fixed64, range: try step(over: 8))
    case 2: return Value(type: .delimited, range: try step(over: number()))
    case 5: return Value(type: .fixed32, range: try step(over: 4))
    default: throw .malformed("a field has wire type \(wireType)")
    }
  }

  private mutating func step(over count: UInt64) throws(WireError) -> Range<Int> {
    guard count <= UInt64(end - position) else { throw .malformed("it ends inside a field") }
    defer { position += Int(count) }
    return position..<(position + Int(count))
  }

  /// How many elements a value adds to a field; nil if it is of another type.
  func count(_ value: Value, as field: ProtoShape.Field) -> Int? {
    switch (field, value.type) {
    case (.number, .varint), (.bytes, .delimited), (.list, .delimited), (.message, .delimited), (.messages, .delimited): 1
    // The last byte of each number has its top bit clear.
    case (.numbers, .delimited): value.range.reduce(0) { $0 + (bytes[$1] & 0x80 == 0 ? 1 : 0) }
    case (.words, .delimited): value.range.count.isMultiple(of: 8) ? value.range.count / 8 : nil
    default: nil
    }
  }
}
