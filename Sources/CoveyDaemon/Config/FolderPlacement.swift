package import CoveyCore

/// Where a folder may lie.
package enum FolderPlacement {
  /// Why `path` cannot be shared, whatever else is; nil when it can.
  package static func objection(to path: String, privateDirectories: [String]) -> String? {
    if path == "/" { return "the whole file system cannot be shared: name a directory in it" }
    for directory in privateDirectories where LexicalPath.inner(directory, of: path) != nil || LexicalPath.inner(path, of: directory) != nil {
      return "this device's keys lie in \(directory.escaped): share a directory that does not hold them and is not in there"
    }
    return nil
  }

  /// Why `path` cannot be shared beside `known`; nil when it can.
  package static func objection(to path: String, beside known: FolderSettings) -> String? {
    if path == known.path { return "the folder '\(known.label.escaped)' is there already: choose another directory" }
    if LexicalPath.inner(path, of: known.path) != nil {
      return "it lies inside the folder '\(known.label.escaped)' (\(known.path.escaped)): folders do not overlap, choose another directory"
    }
    if LexicalPath.inner(known.path, of: path) != nil {
      return "the folder '\(known.label.escaped)' (\(known.path.escaped)) lies inside it: folders do not overlap, choose another directory"
    }
    return nil
  }
}

/// What a folder's label and a device's name may be.
package enum NameRule {
  package static let byteCountMax = 63

  /// Why `name` will not do; nil when it will.
  package static func objection(to name: String) -> String? {
    if name.isEmpty { return "the name is empty: give one" }
    if name.utf8.count > byteCountMax { return "the name has \(name.utf8.count) bytes: shorten it to at most \(byteCountMax)" }
    if name.utf8.contains(UInt8(ascii: "/")) { return "a name cannot hold '/': leave it out" }
    if name.escaped != name { return "the name holds a control character: leave it out" }
    if name == "." || name == ".." { return "'.' and '..' are no names: choose another" }
    return nil
  }

  /// A name made of `text` by leaving out what will not do, cut to length; nil when nothing is left.
  package static func made(from text: String) -> String? {
    var name = ""
    for character in text where character != "/" && String(character).escaped == String(character) {
      guard name.utf8.count + String(character).utf8.count <= byteCountMax else { break }
      name.append(character)
    }
    return objection(to: name) == nil ? name : nil
  }
}

extension FolderID {
  /// Nil unless there are exactly 32 hexadecimal digits.
  package init?(hex text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 32 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 32, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    self.init(bytes)
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
