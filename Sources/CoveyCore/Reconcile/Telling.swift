/// What a peer has told of its heads since the end of a round of it was joined last.
///
/// A version that the peer knows of, could not take for known here and did not tell is no head there any more: it was superseded or dropped.
/// Kept as runs, for a round may tell a million versions, and most of them follow each other.
package struct Telling: Hashable, Sendable {
  /// What this device knew as the first of it came, so at least all that the peer could take for known.
  let base: VersionVector
  private var runs: [LogID: [ClosedRange<UInt64>]] = [:]

  package init(base: VersionVector) { self.base = base }

  /// The same, told beyond other knowledge.
  package func rebased(on base: VersionVector) -> Telling {
    var telling = Telling(base: base)
    telling.runs = runs
    return telling
  }

  package mutating func add(_ dot: Dot) {
    var own = runs.removeValue(forKey: dot.log) ?? []
    defer { runs[dot.log] = own }
    let number = dot.sequence
    let index = Self.firstIndex(reaching: number, in: own)
    if index < own.count, own[index].contains(number) { return }
    // Within a round the numbers of a log rise, so mostly at the end.
    if index > 0, own[index - 1].upperBound + 1 == number {
      own[index - 1] = own[index - 1].lowerBound...number
    } else {
      own.insert(number...number, at: index)
    }
  }

  package func contains(_ dot: Dot) -> Bool {
    guard let own = runs[dot.log] else { return false }
    let index = Self.firstIndex(reaching: dot.sequence, in: own)
    return index < own.count && own[index].contains(dot.sequence)
  }

  /// The first run that does not end before the number.
  private static func firstIndex(reaching number: UInt64, in runs: [ClosedRange<UInt64>]) -> Int {
    if let last = runs.last, last.upperBound < number { return runs.count }
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
