/// The difference of two texts, line by line, in the unified format of `diff -u`.
///
/// Lines are compared as bytes. The shortest edit is searched within a bound of work; beyond it the differing middle is
/// shown as removed and added whole, which is longer but as true.
/// - Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986).
package struct UnifiedDiff: Sendable {
  /// Edits beyond this are not searched for: the trace of the search takes memory in the square of it.
  package static let editCountMax = 2_000

  private enum Line { case same(Int, Int), removed(Int), added(Int) }

  private let old: [ArraySlice<UInt8>]
  private let new: [ArraySlice<UInt8>]
  private let script: [Line]

  package init(old: [UInt8], new: [UInt8], editCountMax: Int = Self.editCountMax) {
    self.old = Self.lines(old)
    self.new = Self.lines(new)
    script = Self.script(self.old, self.new, editCountMax: editCountMax)
  }

  /// Whether bytes are text that a diff makes sense for: valid UTF-8 without NUL.
  package static func isText(_ bytes: [UInt8]) -> Bool {
    !bytes.contains(0) && bytes.withUnsafeBufferPointer { $0.isValidUTF8 }
  }

  /// The lines of the diff, names first, without line ends; empty when nothing differs. Control characters are not escaped here.
  package func rendered(oldName: String, newName: String, context: Int = 3) -> [String] {
    var out: [String] = []
    for hunk in hunks(context: context) {
      if out.isEmpty { out = ["--- \(oldName)", "+++ \(newName)"] }
      out.append(header(of: hunk))
      for index in hunk {
        switch script[index] {
        case .same(let line, _): append(" ", old[line], isLast: line == old.count - 1, to: &out)
        case .removed(let line): append("-", old[line], isLast: line == old.count - 1, to: &out)
        case .added(let line): append("+", new[line], isLast: line == new.count - 1, to: &out)
        }
      }
    }
    return out
  }

  private func append(_ mark: String, _ line: ArraySlice<UInt8>, isLast: Bool, to out: inout [String]) {
    let ends = line.last == UInt8(ascii: "\n")
    out.append(mark + String(decoding: ends ? line.dropLast() : line, as: UTF8.self))
    if isLast, !ends { out.append("\\ No newline at end of file") }
  }

  /// Ranges of the script that hold the changes with their context; those that touch are one.
  private func hunks(context: Int) -> [Range<Int>] {
    var out: [Range<Int>] = []
    for (index, line) in script.enumerated() {
      if case .same = line { continue }
      let range = max(0, index - context)..<min(script.count, index + context + 1)
      if let last = out.last, last.upperBound >= range.lowerBound {
        out[out.count - 1] = last.lowerBound..<range.upperBound
      } else {
        out.append(range)
      }
    }
    return out
  }

  private func header(of hunk: Range<Int>) -> String {
    var oldBefore = 0, newBefore = 0, oldCount = 0, newCount = 0
    for (index, line) in script[..<hunk.upperBound].enumerated() {
      let isInside = index >= hunk.lowerBound
      if case .added = line {} else if isInside { oldCount += 1 } else { oldBefore += 1 }
      if case .removed = line {} else if isInside { newCount += 1 } else { newBefore += 1 }
    }
    // An empty side is named by the line before it.
    func range(_ before: Int, _ count: Int) -> String {
      count == 1 ? "\(before + 1)" : "\(count == 0 ? before : before + 1),\(count)"
    }
    return "@@ -\(range(oldBefore, oldCount)) +\(range(newBefore, newCount)) @@"
  }

  /// Lines with their line ends.
  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var out: [ArraySlice<UInt8>] = []
    var start = 0
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      out.append(bytes[start...index])
      start = index + 1
    }
    if start < bytes.count { out.append(bytes[start...]) }
    return out
  }

  private static func script(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>], editCountMax: Int) -> [Line] {
    // Comparing numbers is cheaper than comparing lines.
    var numbers: [ArraySlice<UInt8>: Int] = [:]
    func number(_ line: ArraySlice<UInt8>) -> Int {
      if let known = numbers[line] { return known }
      numbers[line] = numbers.count
      return numbers.count - 1
    }
    let a = old.map(number)
    let b = new.map(number)
    var start = 0
    while start < min(a.count, b.count), a[start] == b[start] { start += 1 }
    var tail = 0
    while tail < min(a.count, b.count) - start, a[a.count - 1 - tail] == b[b.count - 1 - tail] { tail += 1 }
    var out = (0..<start).map { Line.same($0, $0) }
    let middleA = Array(a[start..<(a.count - tail)])
    let middleB = Array(b[start..<(b.count - tail)])
    if let middle = shortest(middleA, middleB, editCountMax: editCountMax) {
      out += middle.map { line in
        switch line {
        case .same(let x, let y): .same(x + start, y + start)
        case .removed(let x): .removed(x + start)
        case .added(let y): .added(y + start)
        }
      }
    } else {
      out += middleA.indices.map { .removed($0 + start) }
      out += middleB.indices.map { .added($0 + start) }
    }
    out += (0..<tail).map { .same(a.count - tail + $0, b.count - tail + $0) }
    return out
  }

  /// Myers' greedy search, its trace walked back; nil when more than `editCountMax` edits are needed.
  private static func shortest(_ a: [Int], _ b: [Int], editCountMax: Int) -> [Line]? {
    let limit = min(a.count + b.count, editCountMax)
    var furthest = [Int](repeating: 0, count: 2 * limit + 3)
    var trace: [[Int]] = []
    let middle = limit + 1
    for depth in 0...limit {
      // Only the diagonals that this depth reads are kept.
      trace.append(Array(furthest[(middle - depth - 1)...(middle + depth + 1)]))
      for diagonal in stride(from: -depth, through: depth, by: 2) {
        let goesDown = diagonal == -depth
          || (diagonal != depth && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1])
        var x = goesDown ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1
        while x < a.count, x - diagonal < b.count, x - diagonal >= 0, a[x] == b[x - diagonal] { x += 1 }
        furthest[middle + diagonal] = x
        if x >= a.count, x - diagonal >= b.count { return walkBack(trace, a.count, b.count) }
      }
    }
    return nil
  }

  private static func walkBack(_ trace: [[Int]], _ oldCount: Int, _ newCount: Int) -> [Line] {
    var out: [Line] = []
    var x = oldCount
    var y = newCount
    for depth in trace.indices.reversed() {
      let diagonal = x - y
      let row = trace[depth]
      func reached(_ diagonal: Int) -> Int { row[diagonal + depth + 1] }
      let goesDown = diagonal == -depth || (diagonal != depth && reached(diagonal - 1) < reached(diagonal + 1))
      let previousX = depth == 0 ? 0 : goesDown ? reached(diagonal + 1) : reached(diagonal - 1)
      let previousY = depth == 0 ? 0 : previousX - (goesDown ? diagonal + 1 : diagonal - 1)
      while x > previousX, y > previousY {
        x -= 1
        y -= 1
        out.append(.same(x, y))
      }
      if depth > 0 {
        if goesDown { y -= 1; out.append(.added(y)) } else { x -= 1; out.append(.removed(x)) }
      }
    }
    return out.reversed()
  }
}
