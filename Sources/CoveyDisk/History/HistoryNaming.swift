package import CoveyCore
package import CoveyEngine
import Glibc

/// The names that files get in history: their old path, with the UTC time in front of the extension.
package enum HistoryNaming {
  /// `docs/t.txt` at 18:42:17 becomes `docs/t.20261122-184217.txt`; `number` above zero makes it `docs/t.20261122-184217.1.txt`.
  ///
  /// A stem that would make the name too long is cut between characters. Where the path as a whole becomes too long, the name
  /// stands at the top of the history.
  package static func name(for path: RelativePath, at time: Timestamp, number: Int) -> HistoryName {
    let suffix = Array(".\(stamp(time))\(number > 0 ? ".\(number)" : "")".utf8)
    let name = Array(path.name)
    var dot = name.lastIndex(of: UInt8(ascii: ".")) ?? name.count
    // A leading dot begins a stem, and what is longer than half a name is no extension.
    if dot == 0 || name.count - dot > 100 { dot = name.count }
    let ending = suffix + name[dot...]
    var stem = Array(name[..<dot])
    while stem.count + ending.count > RelativePath.componentByteCountMax {
      stem.removeLast()
      while let last = stem.last, last & 0xC0 == 0x80 || last >= 0xC0, !stem.withUnsafeBufferPointer({ $0.isValidUTF8 }) { stem.removeLast() }
    }
    let whole = (try? path.sibling(named: stem + ending)) ?? RelativePath(trusted: stem + ending)
    // In the history `.covey` at the top is a name like any other, but no path; it never comes, for the suffix is in it.
    return HistoryName(path: whole)
  }

  /// The same at the top of the history, for when the directories cannot be made.
  static func topName(for path: RelativePath, at time: Timestamp, number: Int) -> HistoryName {
    name(for: RelativePath(trusted: Array(path.name)), at: time, number: number)
  }

  /// `YYYYMMDD-HHMMSS` in UTC.
  package static func stamp(_ time: Timestamp) -> String {
    var seconds = time_t(time.seconds)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func digits(_ value: Int32, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2) + "-" + digits(parts.tm_hour, 2)
      + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2)
  }
}
