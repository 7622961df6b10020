/// How far a version has seen each log (causality), or how far a device has received each log (knowledge).
///
/// Two vectors are ordered or *concurrent*: neither has seen the other.
/// - Invariant: sorted by log, no log twice, no number zero; an absent log counts as zero.
/// - Source: Parker et al., "Detection of Mutual Inconsistency in Distributed Systems", IEEE TSE 9(3), 1983.
package struct VersionVector: Hashable, Sendable {
  package private(set) var dots: [Dot]

  package init() { dots = [] }

  /// Takes dots in any order; of a log that stands twice the greatest number counts.
  package init(_ dots: some Sequence<Dot>) {
    self.dots = []
    let sorted = dots.sorted()
    self.dots.reserveCapacity(sorted.count)
    for dot in sorted where dot.sequence > 0 {
      if self.dots.last?.log == dot.log { self.dots.removeLast() }
      self.dots.append(dot)
    }
  }

  package var isEmpty: Bool { dots.isEmpty }

  /// How far this has seen `log`; zero if not at all.
  package subscript(log: LogID) -> UInt64 {
    let index = lowerBound(log)
    return index < dots.count && dots[index].log == log ? dots[index].sequence : 0
  }

  /// Whether this has seen the version named `dot`.
  package func covers(_ dot: Dot) -> Bool { self[dot.log] >= dot.sequence }

  /// Nothing is covered by nobody: an absent dot never counts as seen.
  package func covers(_ dot: Dot?) -> Bool { dot.map { covers($0) } ?? false }

  /// Whether this has seen everything that `other` has seen.
  /// - Complexity: O(*n* log *m*) in stored numbers.
  package func covers(_ other: VersionVector) -> Bool { other.dots.allSatisfy { covers($0) } }

  package mutating func include(_ dot: Dot) {
    guard dot.sequence > 0 else { return }
    let index = lowerBound(dot.log)
    if index < dots.count, dots[index].log == dot.log {
      if dots[index].sequence < dot.sequence { dots[index] = dot }
    } else {
      dots.insert(dot, at: index)
    }
  }

  package func including(_ dot: Dot) -> VersionVector { var out = self; out.include(dot); return out }

  /// The least vector that has seen everything either has seen.
  package mutating func join(_ other: VersionVector) {
    if dots.isEmpty { dots = other.dots; return }
    guard other.dots.count > Self.fewCount else {
      for dot in other.dots { include(dot) }
      return
    }
    // Many are merged in one pass: put in one by one, they would move the rest each time.
    var merged: [Dot] = []
    merged.reserveCapacity(max(dots.count, other.dots.count))
    var (own, theirs) = (dots[...], other.dots[...])
    while let mine = own.first, let other = theirs.first {
      if mine.log <= other.log { own.removeFirst() }
      if other.log <= mine.log { theirs.removeFirst() }
      merged.append(mine.log == other.log ? max(mine, other) : mine.log < other.log ? mine : other)
    }
    dots = merged + own + theirs
  }

  private static let fewCount = 16

  package func joined(_ other: VersionVector) -> VersionVector { var out = self; out.join(other); return out }

  /// This with `log` cut back to at most `sequence`.
  package mutating func limit(_ log: LogID, to sequence: UInt64) {
    let index = lowerBound(log)
    guard index < dots.count, dots[index].log == log, dots[index].sequence > sequence else { return }
    if sequence == 0 { dots.remove(at: index) } else { dots[index] = Dot(log: log, sequence: sequence) }
  }

  private func lowerBound(_ log: LogID) -> Int {
    var low = 0
    var high = dots.count
    while low < high {
      let middle = (low + high) / 2
      if dots[middle].log < log { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
