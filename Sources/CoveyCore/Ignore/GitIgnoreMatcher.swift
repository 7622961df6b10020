/// Stands a program against one path. Lives no longer than the pointers it is given.
struct GitIgnoreMatcher {
  typealias Program = GitIgnoreProgram

  let rules: UnsafeBufferPointer<Program.Rule>
  let segments: UnsafeBufferPointer<Program.Segment>
  let tokens: UnsafeBufferPointer<Program.Token>
  let classes: UnsafeBufferPointer<Program.ByteSet>
  let path: UnsafeBufferPointer<UInt8>
  /// Where components begin, and one more behind the end: component `n` is `starts[n]..<starts[n + 1] - 1`.
  let starts: UnsafeBufferPointer<Int32>

  /// Walks from the top of the folder down to the path, as git does, for what lies in an ignored directory is ignored with it.
  func verdict(isDirectory: Bool) -> Program.Verdict {
    let depthMax = starts.count - 1
    // The rule that ignores the directory above, which is open only for what a later negated rule names.
    var inherited = -1
    // Rules that a negated rule overruled for everything below what it names.
    var suspended: [Int] = []
    for depth in 1...depthMax {
      let isLast = depth == depthMax
      let isDirectory = isDirectory || !isLast
      let match = lastMatch(depth: depth, isDirectory: isDirectory, after: inherited, except: suspended)
      if match >= 0, rules[match].isNegated {
        if isLast { return .init(isIgnored: false, rule: match) }
        if inherited >= 0 { suspended.append(inherited) }
        inherited = -1
        continue
      }
      let ignoring = max(match, inherited)
      guard ignoring >= 0 else {
        if isLast { return .init(isIgnored: false, rule: nil) }
        continue
      }
      let opening = isDirectory ? ruleOpening(depth: depth, after: ignoring) : -1
      if opening < 0 { return .init(isIgnored: true, rule: ignoring) }
      if isLast { return .init(isIgnored: false, rule: opening) }
      inherited = ignoring
    }
    return .init(isIgnored: false, rule: nil)
  }

  /// The last rule that matches the first `depth` components; -1: none behind `floor`.
  private func lastMatch(depth: Int, isDirectory: Bool, after floor: Int, except suspended: [Int]) -> Int {
    var number = rules.count - 1
    while number > floor {
      if matches(rules[number], depth: depth, isDirectory: isDirectory), suspended.isEmpty || !suspended.contains(number) { return number }
      number -= 1
    }
    return -1
  }

  /// A negated rule behind `floor` that names something below the directory of `depth` components; -1: none.
  private func ruleOpening(depth: Int, after floor: Int) -> Int {
    var number = rules.count - 1
    while number > floor {
      let rule = rules[number]
      if Int(rule.openDepth) >= depth, (0..<depth).allSatisfy({ matches(segments[Int(rule.firstSegment) + $0], component: $0) }) {
        return number
      }
      number -= 1
    }
    return -1
  }

  @inline(__always)
  private func matches(_ rule: Program.Rule, depth: Int, isDirectory: Bool) -> Bool {
    if rule.isDirectoryOnly, !isDirectory { return false }
    if !rule.isAnchored { return matches(segments[Int(rule.firstSegment)], component: depth - 1) }
    if rule.hasGlobstar { return matchesWithGlobstar(rule, depth: depth) }
    guard Int(rule.segmentCount) == depth else { return false }
    for index in 0..<depth where !matches(segments[Int(rule.firstSegment) + index], component: index) { return false }
    return true
  }

  /// Only the last `**` is ever tried again with one more component: what stood before it has matched as early as it could.
  private func matchesWithGlobstar(_ rule: Program.Rule, depth: Int) -> Bool {
    let first = Int(rule.firstSegment)
    let end = first + Int(rule.segmentCount)
    var segment = first
    var component = 0
    var retry = (segment: -1, component: 0)
    while component < depth {
      if segment < end {
        if segments[segment].shape == .globstar {
          if segment + 1 == end { return true }
          segment += 1
          retry = (segment, component)
          continue
        }
        if matches(segments[segment], component: component) {
          segment += 1
          component += 1
          continue
        }
      }
      guard retry.segment >= 0 else { return false }
      retry.component += 1
      (segment, component) = retry
    }
    return segment == end
  }

  @inline(__always)
  private func matches(_ segment: Program.Segment, component: Int) -> Bool {
    let start = Int(starts[component])
    let end = Int(starts[component + 1]) - 1
    let count = Int(segment.count)
    switch segment.shape {
    case .literal: return end - start == count && hasTokens(segment, at: start)
    case .suffix: return end - start >= count && hasTokens(segment, at: end - count)
    case .glob: return matchesGlob(segment, start, end)
    case .globstar: return true
    }
  }

  @inline(__always)
  private func hasTokens(_ segment: Program.Segment, at start: Int) -> Bool {
    var index = 0
    while index < Int(segment.count) {
      if Program.Token(path[start + index]) != tokens[Int(segment.first) + index] { return false }
      index += 1
    }
    return true
  }

  /// Only the last star is ever tried again with one more byte: no pattern costs more than its length times the name's.
  private func matchesGlob(_ segment: Program.Segment, _ start: Int, _ end: Int) -> Bool {
    let tokenEnd = Int(segment.first) + Int(segment.count)
    var token = Int(segment.first)
    var index = start
    var retry = (token: -1, index: 0)
    while index < end {
      if token < tokenEnd {
        let wanted = tokens[token]
        if wanted == Program.anyBytes {
          token += 1
          retry = (token, index)
          continue
        }
        if wanted == Program.Token(path[index]) || wanted == Program.anyByte
          || wanted >= Program.firstClass && classes[Int(wanted - Program.firstClass)].contains(path[index]) {
          token += 1
          index += 1
          continue
        }
      }
      guard retry.token >= 0 else { return false }
      retry.index += 1
      (token, index) = retry
    }
    while token < tokenEnd, tokens[token] == Program.anyBytes { token += 1 }
    return token == tokenEnd
  }
}
