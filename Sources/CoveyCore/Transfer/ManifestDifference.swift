/// What a wanted manifest has in common with one the receiver already holds, as the runs of a ``ManifestAnswer``.
package enum ManifestDifference {
  /// Bytes that the runs of one answer may take on the wire, by the estimate of ``parts(of:byteCountMax:)``.
  package static let partByteCountMax = 500 << 10
  /// Places of one chunk in the base that are tried for the longest run.
  private static let candidateCountMax = 8
  /// Upper estimates of what is sent for a run and for a chunk spelled out.
  private static let runByteCount = 16
  private static let chunkByteCount = 40

  /// Runs that spell out `wanted`, copying from `base` what stands there: always the longest run that begins at one of the first
  /// places where its first chunk stands.
  /// - Complexity: O(*n* + *m*) expected.
  package static func runs(for wanted: [Chunk], base: [Chunk]) -> [ManifestAnswer.Run] {
    let (first, next) = places(in: base)
    var runs: [ManifestAnswer.Run] = []
    var literalStart = 0
    var index = 0
    func spellOut(upTo end: Int) { if literalStart < end { runs.append(.chunks(Array(wanted[literalStart..<end]))) } }
    while index < wanted.count {
      var best = (start: 0, count: 0)
      var place = first[wanted[index]] ?? -1
      var tries = 0
      while place >= 0, tries < candidateCountMax {
        var count = 1
        while place + count < base.count, index + count < wanted.count, base[place + count] == wanted[index + count] { count += 1 }
        if count > best.count { best = (place, count) }
        place = Int(next[place])
        tries += 1
      }
      if best.count == 0 { index += 1; continue }
      spellOut(upTo: index)
      runs.append(.copy(first: UInt32(best.start), count: UInt32(best.count)))
      index += best.count
      literalStart = index
    }
    spellOut(upTo: wanted.count)
    return runs
  }

  /// The manifest that the runs spell out; nil when they are not one of a content of `byteCount` bytes. See ``ManifestAssembly``.
  package static func apply(_ runs: [ManifestAnswer.Run], base: [Chunk], byteCount: Int64) -> [Chunk]? {
    guard var assembly = ManifestAssembly(base: base, byteCount: byteCount), assembly.append(runs) else { return nil }
    return assembly.chunks
  }

  /// The runs in parts of about `byteCountMax` bytes on the wire, cutting long runs of chunks; one empty part when there are none.
  package static func parts(of runs: [ManifestAnswer.Run], byteCountMax: Int = partByteCountMax) -> [[ManifestAnswer.Run]] {
    var parts: [[ManifestAnswer.Run]] = [[]]
    var room = byteCountMax
    func beginPart() { parts.append([]); room = byteCountMax }
    for run in runs {
      guard case .chunks(let chunks) = run else {
        if room < runByteCount, parts[parts.count - 1].isEmpty == false { beginPart() }
        parts[parts.count - 1].append(run)
        room -= runByteCount
        continue
      }
      var start = 0
      while start < chunks.count {
        if room < runByteCount + chunkByteCount, parts[parts.count - 1].isEmpty == false { beginPart() }
        let count = min(chunks.count - start, max((room - runByteCount) / chunkByteCount, 1))
        parts[parts.count - 1].append(.chunks(Array(chunks[start..<(start + count)])))
        room -= runByteCount + count * chunkByteCount
        start += count
      }
    }
    return parts
  }

  /// For each chunk its first place in the manifest, and for each place the next one with the same chunk (-1: none). Of a stretch of
  /// equal chunks only the beginning counts, for the longest run begins there.
  private static func places(in base: [Chunk]) -> (first: [Chunk: Int], next: [Int32]) {
    var first: [Chunk: Int] = [:]
    first.reserveCapacity(base.count)
    var next = [Int32](repeating: -1, count: base.count)
    for place in base.indices.reversed() where place == 0 || base[place - 1] != base[place] {
      if let later = first[base[place]] { next[place] = Int32(later) }
      first[base[place]] = place
    }
    return (first, next)
  }
}
