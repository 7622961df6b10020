/// Sizes and durations as a config writes them.
package enum Quantity {
  /// `0`, `500kB`, `10MB`, `1.5 GiB`: a number, then a unit of a thousand (kB, MB, GB, TB) or of 1,024 (KiB, MiB, GiB, TiB); bytes without one.
  package static func byteCount(_ text: String) -> Int64? {
    guard let (number, unit) = split(text) else { return nil }
    let factors: [String: Double] = [
      "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
      "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
    ]
    guard let factor = factors[unit.lowercased()], number * factor < 1e18 else { return nil }
    return Int64((number * factor).rounded())
  }

  /// `90s`, `15m`, `1h`, `30d`, `2w`: a number and a unit, at most a hundred years.
  package static func duration(_ text: String) -> Duration? {
    let factors: [String: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let (number, unit) = split(text), let factor = factors[unit], number * factor <= 36_525 * 86_400 else { return nil }
    return .milliseconds(Int64((number * factor * 1000).rounded()))
  }

  /// The shortest of the forms above that says the same.
  package static func text(of duration: Duration) -> String {
    let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    for (unit, length) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
    where milliseconds % length == 0 && milliseconds >= length {
      return "\(milliseconds / length)\(unit)"
    }
    return "\(Double(milliseconds) / 1000)s"
  }

  private static func split(_ text: String) -> (number: Double, unit: String)? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard !digits.isEmpty, digits.count <= 15, let number = Double(digits), number.isFinite else { return nil }
    var unit = text.dropFirst(digits.count)
    if unit.first == " " { unit = unit.dropFirst() }
    guard unit.allSatisfy({ $0.isASCII && $0.isLetter }) else { return nil }
    return (number, String(unit))
  }
}
