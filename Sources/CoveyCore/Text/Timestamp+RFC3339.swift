/// Timestamps as text in the form of RFC 3339, and the calendar behind it: proleptic Gregorian, no leap seconds.
extension Timestamp {
  /// `2026-11-22T18:42:17Z`; a fraction follows the seconds where there is one, in groups of three digits.
  package var rfc3339: String {
    let (year, month, day) = Self.civil(days: Self.floorDivide(seconds, 86_400))
    let rest = seconds - Self.floorDivide(seconds, 86_400) * 86_400
    var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))T"
    text += "\(Self.padded(rest / 3600, 2)):\(Self.padded(rest / 60 % 60, 2)):\(Self.padded(rest % 60, 2))"
    if subsecond != 0 {
      var digits = Self.padded(subsecond, 9)
      while digits.hasSuffix("000") { digits.removeLast(3) }
      text += ".\(digits)"
    }
    return text + "Z"
  }

  /// Reads `2026-11-22T18:42:17Z`, with any fraction (digits after the ninth are dropped) and any offset. Nil for anything else.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 64, let date = Self(date: bytes[0..<10]) else { return nil }
    guard [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]) else { return nil }
    guard bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let hour = Self.number(bytes[11..<13]), let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if bytes[index] == UInt8(ascii: ".") {
      let digits = bytes[(index + 1)...].prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      let nine = Array(digits.prefix(9)) + Array(repeating: 0x30, count: 9 - min(9, digits.count))
      fraction = Self.number(nine[...]) ?? 0
      index += 1 + digits.count
    }
    guard let offset = Self.offset(bytes[index...]) else { return nil }
    self.init(seconds: date.seconds + hour * 3600 + minute * 60 + second - offset, nanoseconds: fraction)
  }

  /// Midnight UTC of `YYYY-MM-DD`.
  private init?(date bytes: ArraySlice<UInt8>) {
    let start = bytes.startIndex
    guard bytes.count == 10, bytes[start + 4] == UInt8(ascii: "-"), bytes[start + 7] == UInt8(ascii: "-"),
      let year = Self.number(bytes[start..<(start + 4)]), let month = Self.number(bytes[(start + 5)..<(start + 7)]),
      let day = Self.number(bytes[(start + 8)..<(start + 10)]), (1...12).contains(month)
    else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    // A day that the month does not have comes back as another one.
    guard Self.civil(days: days) == (year, month, day) else { return nil }
    self.init(seconds: days * 86_400, nanoseconds: 0)
  }

  private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
    let start = bytes.startIndex
    if bytes.count == 1, bytes[start] == UInt8(ascii: "Z") || bytes[start] == UInt8(ascii: "z") { return 0 }
    guard bytes.count == 6, bytes[start + 3] == UInt8(ascii: ":"), let hours = number(bytes[(start + 1)..<(start + 3)]),
      let minutes = number(bytes[(start + 4)...]), hours < 24, minutes < 60
    else { return nil }
    switch bytes[start] {
    case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
    case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
    default: return nil
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  /// Days since 1970-01-01 of a date, counted in eras of 400 years that begin in March, so that leap days come last.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
