import CoveyCore
import CoveyDaemon
import Glibc

/// Times as people write and read them.
enum TimeArgument {
  /// RFC 3339, `2026-11-22`, `2026-11-22 18:42[:17]` in local time, or how long ago: `90s`, `2h`, `30d`.
  /// - Returns: RFC 3339 for the daemon; nil when it is none of these.
  static func rfc3339(_ text: String) -> String? {
    if let exact = Timestamp(rfc3339: text) { return exact.rfc3339 }
    if let ago = Quantity.duration(text) { return Timestamp(seconds: Int64(time(nil)) - ago.components.seconds, nanoseconds: 0).rfc3339 }
    return local(text)?.rfc3339
  }

  private static func local(_ text: String) -> Timestamp? {
    let numbers = text.split(whereSeparator: { "-: T".contains($0) }).map { Int32($0) }
    guard [3, 5, 6].contains(numbers.count), text.count == [3: 10, 5: 16, 6: 19][numbers.count], !numbers.contains(nil) else { return nil }
    let values = numbers.compactMap { $0 } + [0, 0, 0]
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (values[0] - 1900, values[1] - 1, values[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (values[3], values[4], values[5])
    parts.tm_isdst = -1
    let asked = (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min)
    let seconds = mktime(&parts)
    // What the calendar does not have comes back as another day.
    guard seconds != -1, asked == (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_hour, parts.tm_min) else { return nil }
    return Timestamp(seconds: Int64(seconds), nanoseconds: 0)
  }

  /// `2026-11-22 18:42:17` in local time, for a time in RFC 3339; the text itself if it is none.
  static func shown(_ text: String) -> String {
    guard let exact = Timestamp(rfc3339: text) else { return text.escaped }
    var seconds = time_t(exact.seconds)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return text.escaped }
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
