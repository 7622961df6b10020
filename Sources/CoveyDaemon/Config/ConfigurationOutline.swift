/// Which lines of a TOML text belong to which table and key: what a parser forgets, and what errors and edits need.
///
/// It understands strings, comments and values over several lines. What it does not know (inline tables, dotted keys) it leaves
/// without a place; the parser has the last word about every text.
struct ConfigurationOutline {
  struct Section {
    /// Empty for what stands before the first table.
    var name: String
    /// Whether it is one of several, written `[[name]]`.
    var isElement: Bool
    /// Nil for what stands before the first table.
    var header: Int?
    var keys: [Key] = []
    /// One beyond the last line that says something: the header or the end of a value.
    var end: Int { keys.last.map { $0.lines.upperBound } ?? header.map { $0 + 1 } ?? 0 }
  }

  struct Key {
    var name: String
    var lines: Range<Int>
  }

  private(set) var sections: [Section] = [Section(name: "", isElement: false, header: nil)]

  /// - Parameter lines: without line ends; numbers count from 0.
  init(_ lines: [String]) {
    var index = 0
    while index < lines.count {
      let line = lines[index].drop { $0 == " " || $0 == "\t" }
      if line.hasPrefix("[") {
        let isElement = line.hasPrefix("[[")
        let name = line.drop { $0 == "[" }.prefix { $0 != "]" }
        sections.append(Section(name: Self.unquoted(name), isElement: isElement, header: index))
        index += 1
      } else if let equals = Self.equals(in: line) {
        var value = ValueScan()
        value.read(line[line.index(after: equals)...])
        var end = index + 1
        while !value.isComplete, end < lines.count {
          value.read(lines[end][...])
          end += 1
        }
        sections[sections.count - 1].keys.append(Key(name: Self.unquoted(line[..<equals]), lines: index..<end))
        index = end
      } else {
        index += 1
      }
    }
  }

  /// The section with this name; of elements the one at `index`.
  func section(_ name: String, at index: Int = 0) -> Section? {
    let all = sections.filter { $0.name == name && $0.header != nil }
    return all.indices.contains(index) ? all[index] : nil
  }

  /// The line, counted from 1, where a key is set; else that of its section; else nil.
  func line(of key: String?, in name: String, at index: Int = 0) -> Int? {
    guard let section = name.isEmpty ? sections.first : section(name, at: index) else { return nil }
    if let key, let found = section.keys.first(where: { $0.name == key || $0.name.hasPrefix(key + ".") }) { return found.lines.lowerBound + 1 }
    return section.header.map { $0 + 1 }
  }

  /// Where the value of a one-line `key = value # comment` ends, the spaces before the comment not counted.
  static func valueEnd(of line: String) -> String.Index {
    guard let equals = equals(in: line[...]) else { return line.endIndex }
    var value = ValueScan()
    value.read(line[line.index(after: equals)...])
    var end = value.comment ?? line.endIndex
    while end > line.startIndex, line[line.index(before: end)] == " " || line[line.index(before: end)] == "\t" { end = line.index(before: end) }
    return end
  }

  private static func equals(in line: Substring) -> Substring.Index? {
    guard let first = line.first, first != "#", first != "=" else { return nil }
    var quote: Character?
    for index in line.indices {
      let character = line[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "=" {
        return index
      } else if character == "#" {
        return nil
      }
    }
    return nil
  }

  private static func unquoted(_ name: Substring) -> String {
    var name = name
    while let last = name.last, last == " " || last == "\t" { name.removeLast() }
    while let first = name.first, first == " " || first == "\t" { name.removeFirst() }
    if name.count >= 2, let first = name.first, first == "\"" || first == "'", name.last == first { name = name.dropFirst().dropLast() }
    return String(name)
  }
}

/// Reads a value line by line, until it is whole.
private struct ValueScan {
  private var depth = 0
  private var longQuote: Character?
  private(set) var comment: Substring.Index?

  var isComplete: Bool { depth == 0 && longQuote == nil }

  mutating func read(_ line: Substring) {
    var index = line.startIndex
    while index < line.endIndex {
      let character = line[index]
      if let quote = longQuote {
        if character == "\\", quote == "\"" {
          index = line.index(index, offsetBy: 2, limitedBy: line.endIndex) ?? line.endIndex
          continue
        }
        if line[index...].hasPrefix(String(repeating: quote, count: 3)) {
          longQuote = nil
          index = line.index(index, offsetBy: 3)
          continue
        }
      } else if character == "\"" || character == "'" {
        if line[index...].hasPrefix(String(repeating: character, count: 3)) {
          longQuote = character
          index = line.index(index, offsetBy: 3)
          continue
        }
        index = Self.end(of: character, in: line, from: line.index(after: index))
        continue
      } else if character == "#" {
        comment = index
        return
      } else if character == "[" || character == "{" {
        depth += 1
      } else if character == "]" || character == "}" {
        depth = max(0, depth - 1)
      }
      index = line.index(after: index)
    }
  }

  /// One beyond the closing quote of a string on one line.
  private static func end(of quote: Character, in line: Substring, from start: Substring.Index) -> Substring.Index {
    var index = start
    while index < line.endIndex {
      if line[index] == "\\", quote == "\"" {
        index = line.index(index, offsetBy: 2, limitedBy: line.endIndex) ?? line.endIndex
        continue
      }
      if line[index] == quote { return line.index(after: index) }
      index = line.index(after: index)
    }
    return line.endIndex
  }
}
