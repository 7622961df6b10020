/// The name of a conflict copy: `STEM.conflict-YYYYMMDD-HHMMSS-DEVICE-RRRR.EXT` beside the file.
///
/// Time and device are those of the version that wrote the bytes in the copy, RRRR the first hex digits of their root; so every
/// device gives one loser the same name. Where other bytes hold it, `.N` comes before `.EXT`.
package enum ConflictCopyName {
  private static let mark = Array(".conflict-".utf8)
  private static let dot = UInt8(ascii: ".")
  private static let hyphen = UInt8(ascii: "-")
  /// Longer extensions count as part of the stem, so that there is room for the rest.
  private static let extensionByteCountMax = 32

  /// The names to try for the copy of a losing version, best first. A loser that is a copy itself gets a sibling of its original.
  package static func candidates(for loser: Version, safeguards: Safeguards = .all) -> [RelativePath] {
    let digits = safeguards.contains(.rootInCopyName) ? loser.root.hexDigits : Array("0000".utf8)
    let label = mark + stamp(loser.origin.modified).utf8 + [hyphen] + deviceName(loser.origin.device) + [hyphen] + digits
    let dot = loser.contentDot ?? loser.dot
    // The content dot is the same on every device that makes the copy.
    let numbers = safeguards.contains(.rootInCopyName) ? [dot.sequence, dot.log.value] : []
    return ([label] + numbers.map { label + ".\($0)".utf8 }).compactMap { path(beside: loser.path, label: $0) }
  }

  /// The path whose loser this copy holds; nil where the name is none of a copy.
  package static func original(of path: RelativePath) -> RelativePath? {
    var name = path.name
    var found = false
    while let shorter = strip(name) { (name, found) = (shorter[...], true) }
    return found ? try? path.sibling(named: Array(name)) : nil
  }

  /// What the paths of all copies of a file begin with; in order it comes before them. Nil for a copy, and where there is no room for one.
  static func beginning(ofCopiesOf path: RelativePath) -> RelativePath? {
    original(of: path) == nil ? try? path.sibling(named: split(path.name).stem + mark) : nil
  }

  /// Whether the name is that of a copy of these very bytes, as only the making of a copy gives it.
  package static func isName(_ path: RelativePath, ofCopyOf root: Root) -> Bool {
    guard original(of: path) != nil else { return false }
    let (name, digits) = (Array(path.name), [hyphen] + root.hexDigits)
    return name.indices.contains { at in
      name[at...].starts(with: digits) && (at + digits.count == name.count || name[at + digits.count] == dot)
    }
  }

  /// The sibling of a path, or of the path it is a copy of, with a label between stem and extension; nil where the path has no room for it.
  static func path(beside path: RelativePath, label: [UInt8]) -> RelativePath? {
    let base = original(of: path) ?? path
    let (stem, rest) = split(base.name)
    let directory = base.parent.map { $0.bytes + [UInt8(ascii: "/")] } ?? []
    let room = min(RelativePath.componentByteCountMax, RelativePath.byteCountMax - directory.count) - label.count - rest.count
    var short = stem.prefix(max(0, room))
    // Not in the middle of a character: what is cut off begins with a lead byte.
    while short.count < stem.count, let next = stem[short.endIndex...].first, next & 0xC0 == 0x80, !short.isEmpty { short.removeLast() }
    return try? RelativePath(directory + short + label + rest)
  }

  /// A name as stem and extension, the dot with the extension. Leading dots belong to the stem.
  private static func split(_ name: ArraySlice<UInt8>) -> (stem: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
    let start = name.firstIndex { $0 != dot } ?? name.endIndex
    guard let last = name[start...].lastIndex(of: dot), name.endIndex - last <= extensionByteCountMax else { return (name, []) }
    return (name[..<last], name[last...])
  }

  /// The name without its first mark; nil where there is none.
  private static func strip(_ name: ArraySlice<UInt8>) -> [UInt8]? {
    guard name.count > mark.count + 16 else { return nil }
    var start = name.startIndex + 1
    while let at = name[start...].firstIndex(of: dot) {
      if name[at...].starts(with: mark), let rest = rest(after: name[(at + mark.count)...]) { return Array(name[..<at]) + rest }
      start = at + 1
    }
    return nil
  }

  /// What follows time, device and digits, the number left out; nil where they are not there.
  private static func rest(after text: ArraySlice<UInt8>) -> [UInt8]? {
    let end = text.firstIndex(of: dot) ?? text.endIndex
    let fields = text[..<end]
    // YYYYMMDD-HHMMSS-D-RRRR is the shortest.
    guard fields.count >= 22 else { return nil }
    let bytes = Array(fields)
    let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
    guard bytes[0..<8].allSatisfy(isDigit), bytes[8] == hyphen, bytes[9..<15].allSatisfy(isDigit), bytes[15] == hyphen,
      bytes[bytes.count - 5] == hyphen, bytes.suffix(4).allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) }),
      bytes[16..<(bytes.count - 5)].allSatisfy(isDeviceByte)
    else { return nil }
    let rest = text[end...]
    // Of `.N.EXT` the number goes; a number alone is the extension of the original.
    guard let second = rest.dropFirst().firstIndex(of: dot) else { return Array(rest) }
    let number = rest[(rest.startIndex + 1)..<second]
    guard !number.isEmpty, number.allSatisfy(isDigit), !rest[(second + 1)...].contains(dot) else { return nil }
    return Array(rest[second...])
  }

  private static func isDeviceByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == hyphen
  }

  private static func deviceName(_ name: String) -> [UInt8] {
    let clean = name.unicodeScalars.prefix(Version.deviceNameByteCountMax).map { scalar in
      scalar.isASCII && isDeviceByte(UInt8(scalar.value)) ? UInt8(scalar.value) : hyphen
    }
    return clean.isEmpty ? Array("unnamed".utf8) : clean
  }

  /// `YYYYMMDD-HHMMSS` in UTC; years outside 0 to 9999 count as the first or last moment inside.
  private static func stamp(_ time: Timestamp) -> String {
    let seconds = min(max(time.seconds, -62_167_219_200), 253_402_300_799)
    var days = seconds / 86_400
    var rest = seconds % 86_400
    if rest < 0 { days -= 1; rest += 86_400 }
    // Proleptic Gregorian calendar in eras of 400 years, each year beginning in March.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * march + 2) / 5 + 1
    let month = march < 10 ? march + 3 : march - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return padded(year, 4) + padded(month, 2) + padded(day, 2) + "-" + padded(rest / 3_600, 2) + padded(rest / 60 % 60, 2) + padded(rest % 60, 2)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

/// The name under which a held file steps aside for content that comes for its path: `STEM.held-RRRR.EXT`.
package enum HeldName {
  package static func path(for path: RelativePath, root: Root) -> RelativePath? {
    ConflictCopyName.path(beside: path, label: Array(".held-".utf8) + root.hexDigits)
  }
}

extension Root {
  /// The first four hex digits, as they stand in the names of copies.
  package var hexDigits: [UInt8] { Array(digest.bytes.prefix(2).hex.utf8) }
}
