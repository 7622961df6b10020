/// Reads lists of ignore rules and builds the program that matches them.
struct GitIgnoreCompiler {
  private(set) var program = GitIgnoreProgram()
  private var classNumbers: [GitIgnoreProgram.ByteSet: Int] = [:]

  /// Adds the rules of one list behind those that are there.
  mutating func add(_ list: [UInt8], isLocal: Bool) throws(IgnoreSyntaxError) {
    var line = 1
    func fail(_ reason: String) -> IgnoreSyntaxError { IgnoreSyntaxError(line: line, reason: reason, isLocal: isLocal) }
    guard list.count <= GitIgnore.byteCountMax else { throw fail("the list has \(list.count) bytes: shorten it to at most 1 MiB") }
    var ruleCount = 0
    // Some editors begin a file with a byte order mark.
    var start = list.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < list.count {
      let newline = list[start...].firstIndex(of: UInt8(ascii: "\n")) ?? list.count
      var end = newline
      guard end - start <= GitIgnore.lineByteCountMax else {
        throw fail("the line has \(end - start) bytes: shorten it to at most \(GitIgnore.lineByteCountMax)")
      }
      guard !list[start..<end].contains(0) else { throw fail("the line contains a NUL byte: remove it") }
      if end > start, list[end - 1] == UInt8(ascii: "\r") { end -= 1 }
      if end > start, list[start] != UInt8(ascii: "#") {
        let rule: GitIgnoreProgram.Rule?
        do throws(Mistake) { rule = try compile(list[start..<endOfPattern(list[start..<end])]) } catch { throw fail(error.reason) }
        if var rule {
          ruleCount += 1
          guard ruleCount <= GitIgnore.ruleCountMax else { throw fail("there are more than \(GitIgnore.ruleCountMax) rules: remove some") }
          rule.line = Int32(line)
          rule.textStart = Int32(start)
          rule.textEnd = Int32(end)
          rule.isLocal = isLocal
          program.rules.append(rule)
        }
      }
      start = newline + 1
      line += 1
    }
  }

  private struct Mistake: Error { var reason: String }

  /// Spaces at the end do not count, unless a backslash stands before them.
  private func endOfPattern(_ line: ArraySlice<UInt8>) -> Int {
    var end = line.startIndex
    var index = line.startIndex
    while index < line.endIndex {
      let isEscape = line[index] == UInt8(ascii: "\\")
      let isSpace = line[index] == UInt8(ascii: " ")
      index = min(index + (isEscape ? 2 : 1), line.endIndex)
      if !isSpace { end = index }
    }
    return end
  }

  /// The rule that a line without its end spells; nil where it can match nothing.
  private mutating func compile(_ line: ArraySlice<UInt8>) throws(Mistake) -> GitIgnoreProgram.Rule? {
    var pattern = line
    let isNegated = pattern.first == UInt8(ascii: "!")
    if isNegated { pattern.removeFirst() }
    let isDirectoryOnly = pattern.last == UInt8(ascii: "/")
    if isDirectoryOnly { pattern.removeLast() }
    let isAnchored = pattern.contains(UInt8(ascii: "/"))
    if pattern.first == UInt8(ascii: "/") { pattern.removeFirst() }
    guard !pattern.isEmpty else { return nil }
    let firstSegment = program.segments.count
    try compileSegments(pattern, isAnchored: isAnchored)
    let segments = program.segments[firstSegment...]
    let beforeGlobstar = segments.firstIndex { $0.shape == .globstar } ?? segments.endIndex
    return GitIgnoreProgram.Rule(
      firstSegment: Int32(firstSegment), segmentCount: Int32(segments.count),
      openDepth: isNegated && isAnchored ? Int32(min(beforeGlobstar - firstSegment, segments.count - 1)) : 0, line: 0, textStart: 0,
      textEnd: 0, isNegated: isNegated, isDirectoryOnly: isDirectoryOnly, isAnchored: isAnchored,
      hasGlobstar: beforeGlobstar < segments.endIndex, isLocal: false)
  }

  private mutating func compileSegments(_ pattern: ArraySlice<UInt8>, isAnchored: Bool) throws(Mistake) {
    var tokens: [GitIgnoreProgram.Token] = []
    var index = pattern.startIndex
    var segmentStart = index
    while index < pattern.endIndex {
      var byte = pattern[index]
      index += 1
      switch byte {
      case UInt8(ascii: "*"):
        let isFirst = index - 1 == segmentStart
        let first = index
        while index < pattern.endIndex, pattern[index] == UInt8(ascii: "*") { index += 1 }
        if isAnchored, isFirst, index > first, endsSegment(pattern[index...]) {
          program.segments.append(.init(shape: .globstar, first: 0, count: 0))
          guard index < pattern.endIndex else { return }
          index += pattern[index] == UInt8(ascii: "/") ? 1 : 2
          segmentStart = index
        } else {
          tokens.append(GitIgnoreProgram.anyBytes)
        }
      case UInt8(ascii: "?"):
        tokens.append(GitIgnoreProgram.anyByte)
      case UInt8(ascii: "["):
        tokens.append(try compileClass(pattern, &index))
      default:
        if byte == UInt8(ascii: "\\") {
          guard index < pattern.endIndex else { throw Mistake(reason: "the backslash at the end escapes nothing: write \\\\ for a backslash") }
          byte = pattern[index]
          index += 1
        }
        if byte == UInt8(ascii: "/") {
          addSegment(tokens)
          tokens = []
          segmentStart = index
        } else {
          tokens.append(GitIgnoreProgram.Token(byte))
        }
      }
    }
    addSegment(tokens)
  }

  private func endsSegment(_ rest: ArraySlice<UInt8>) -> Bool {
    rest.isEmpty || rest.first == UInt8(ascii: "/") || rest.starts(with: Array(#"\/"#.utf8))
  }

  private mutating func addSegment(_ tokens: [GitIgnoreProgram.Token]) {
    var literal = tokens[...]
    let hasStar = literal.first == GitIgnoreProgram.anyBytes
    if hasStar { literal.removeFirst() }
    let isLiteral = literal.allSatisfy { $0 < 0x100 }
    let kept = isLiteral ? literal : tokens[...]
    program.segments.append(.init(
      shape: !isLiteral ? .glob : hasStar ? .suffix : .literal, first: Int32(program.tokens.count), count: Int32(kept.count)))
    program.tokens.append(contentsOf: kept)
  }

  /// Reads a bracket expression behind its `[`.
  private mutating func compileClass(_ pattern: ArraySlice<UInt8>, _ index: inout Int) throws(Mistake) -> GitIgnoreProgram.Token {
    var set = GitIgnoreProgram.ByteSet()
    func next() throws(Mistake) -> UInt8 {
      guard index < pattern.endIndex else { throw Mistake(reason: "the bracket is never closed: write \\[ for a bracket") }
      index += 1
      return pattern[index - 1]
    }
    var byte = try next()
    let isNegated = byte == UInt8(ascii: "!") || byte == UInt8(ascii: "^")
    if isNegated { byte = try next() }
    // The first byte of a range, if a `-` follows.
    var rangeStart: UInt8?
    repeat {
      if byte == UInt8(ascii: "-"), let start = rangeStart, index < pattern.endIndex, pattern[index] != UInt8(ascii: "]") {
        var end = try next()
        if end == UInt8(ascii: "\\") { end = try next() }
        if start <= end { for member in start...end { set.insert(member) } }
        rangeStart = nil
      } else if byte == UInt8(ascii: "["), index < pattern.endIndex, pattern[index] == UInt8(ascii: ":"),
        let name = className(pattern[(index + 1)...]) {
        guard let ranges = Self.namedClasses[name] else { throw Mistake(reason: "there is no class [:\(name):]") }
        for member in ranges.joined() { set.insert(member) }
        index += name.utf8.count + 3
        rangeStart = nil
      } else {
        if byte == UInt8(ascii: "\\") { byte = try next() }
        set.insert(byte)
        rangeStart = byte
      }
      byte = try next()
    } while byte != UInt8(ascii: "]")
    if isNegated { set.invert() }
    let number = classNumbers[set] ?? program.classes.count
    if number == program.classes.count {
      program.classes.append(set)
      classNumbers[set] = number
    }
    return GitIgnoreProgram.firstClass + GitIgnoreProgram.Token(number)
  }

  /// The name before `:]`, where the next `]` closes one.
  private func className(_ rest: ArraySlice<UInt8>) -> String? {
    guard let end = rest.firstIndex(of: UInt8(ascii: "]")), end > rest.startIndex, rest[end - 1] == UInt8(ascii: ":") else { return nil }
    return String(decoding: rest[..<(end - 1)], as: UTF8.self)
  }

  /// The classes of POSIX, for ASCII.
  private static let namedClasses: [String: [ClosedRange<UInt8>]] = [
    "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A],
    "alpha": [0x41...0x5A, 0x61...0x7A],
    "blank": [0x09...0x09, 0x20...0x20],
    "cntrl": [0x00...0x1F, 0x7F...0x7F],
    "digit": [0x30...0x39],
    "graph": [0x21...0x7E],
    "lower": [0x61...0x7A],
    "print": [0x20...0x7E],
    "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E],
    "space": [0x09...0x0D, 0x20...0x20],
    "upper": [0x41...0x5A],
    "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
  ]
}
