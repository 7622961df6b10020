import CoveyCore

/// What has to be said of a vector to somebody who has another one: the logs in which they differ, with the numbers of the former.
///
/// Members hold mostly the same, so the acknowledgements of a whole team cost little more than their names.
struct VectorDifference: Hashable, Sendable {
  /// Ascending.
  var logs: [UInt64] = []
  /// Zero: the log is absent.
  var sequences: [UInt64] = []

  init(logs: [UInt64], sequences: [UInt64]) { self.logs = logs; self.sequences = sequences }

  init(from base: VersionVector, to vector: VersionVector) {
    guard base != vector else { return }
    let (old, new) = (base.dots, vector.dots)
    var (next, other) = (0, 0)
    while next < old.count || other < new.count {
      let isOld = other == new.count || (next < old.count && old[next].log <= new[other].log)
      let isNew = next == old.count || (other < new.count && new[other].log <= old[next].log)
      let log = isOld ? old[next].log : new[other].log
      let (before, after) = (isOld ? old[next].sequence : 0, isNew ? new[other].sequence : 0)
      if before != after { logs.append(log.value); sequences.append(after) }
      if isOld { next += 1 }
      if isNew { other += 1 }
    }
  }

  /// The vector that differs so from `base`; `base` itself, sharing its storage, if nothing differs.
  /// - Throws: ``WireError`` unless the logs ascend and each number is another than in `base`.
  func applied(to base: VersionVector) throws(WireError) -> VersionVector {
    guard logs.count == sequences.count else {
      throw .invalid("an acknowledgement", reason: "it has \(logs.count) logs and \(sequences.count) numbers")
    }
    guard !logs.isEmpty else { return base }
    var dots: [Dot] = []
    var old = base.dots[...]
    for (log, sequence) in zip(logs, sequences) {
      while let first = old.first, first.log.value < log { dots.append(old.removeFirst()) }
      if let last = dots.last, last.log.value >= log { throw .invalid("an acknowledgement", reason: "its logs do not ascend") }
      let before = old.first?.log.value == log ? old.removeFirst().sequence : 0
      guard before != sequence else { throw .invalid("an acknowledgement", reason: "it repeats what is known") }
      if sequence > 0 { dots.append(Dot(log: LogID(log), sequence: sequence)) }
    }
    return VersionVector(dots + old)
  }
}
