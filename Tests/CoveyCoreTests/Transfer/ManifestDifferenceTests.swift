import CoveyCore
import Testing

/// A chunk that stands for a letter.
private func chunk(_ letter: Character, byteCount: UInt32 = 10_000) -> Chunk {
  Chunk(hash: Bytes32(words: (UInt64(letter.unicodeScalars.first?.value ?? 0), 1, 2, 3)), byteCount: byteCount)
}

private func chunks(_ letters: String) -> [Chunk] { letters.map { chunk($0) } }
private func byteCount(_ chunks: [Chunk]) -> Int64 { chunks.reduce(0) { $0 + Int64($1.byteCount) } }

@Suite struct ManifestDifferenceTests {
  typealias Run = ManifestAnswer.Run

  struct Case: Sendable { let base, wanted: String; let runs: [Run] }

  @Test(arguments: [
    Case(base: "", wanted: "", runs: []),
    Case(base: "abc", wanted: "", runs: []),
    Case(base: "", wanted: "ab", runs: [.chunks(chunks("ab"))]),
    Case(base: "abcd", wanted: "abcd", runs: [.copy(first: 0, count: 4)]),
    Case(base: "abcd", wanted: "abXcd", runs: [.copy(first: 0, count: 2), .chunks(chunks("X")), .copy(first: 2, count: 2)]),
    Case(base: "abcd", wanted: "cdab", runs: [.copy(first: 2, count: 2), .copy(first: 0, count: 2)]),
    Case(base: "abcd", wanted: "XaY", runs: [.chunks(chunks("X")), .copy(first: 0, count: 1), .chunks(chunks("Y"))]),
    // The longest of several places.
    Case(base: "abxaby", wanted: "abyab", runs: [.copy(first: 3, count: 3), .copy(first: 0, count: 2)]),
    Case(base: "azzz", wanted: "zzzzz", runs: [.copy(first: 1, count: 3), .copy(first: 1, count: 2)]),
  ])
  func `Runs copy what the base has`(item: Case) {
    #expect(ManifestDifference.runs(for: chunks(item.wanted), base: chunks(item.base)) == item.runs)
  }

  @Test func `Random differences come out as they went in, whole and in parts`() {
    for seed: UInt64 in 1...300 {
      var random = SplitMix(seed: seed)
      let letters = Array("abcdefghijklmnopqrstuvwxyz".prefix(Int.random(in: 1...26, using: &random)))
      var base: [Chunk] = (0..<Int.random(in: 0...60, using: &random)).map { _ in chunk(letters.randomElement(using: &random) ?? "a") }
      var wanted = base
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        let from = Int.random(in: 0...wanted.count, using: &random)
        let to = Int.random(in: from...wanted.count, using: &random)
        let moved = Array(wanted[from..<to])
        wanted.removeSubrange(from..<to)
        if Bool.random(using: &random) { wanted.insert(contentsOf: moved, at: Int.random(in: 0...wanted.count, using: &random)) }
        wanted.insert(chunk("Z", byteCount: 9_999), at: Int.random(in: 0...wanted.count, using: &random))
      }
      while byteCount(wanted) <= ChunkSizes.smallByteCountMax { wanted.append(chunk("Y")) }
      if Bool.random(using: &random) { base.reverse() }
      let runs = ManifestDifference.runs(for: wanted, base: base)
      let size = byteCount(wanted)
      #expect(ManifestDifference.apply(runs, base: base, byteCount: size) == wanted, "seed \(seed)")
      for limit in [1, 60, 100, 500] {
        let parts = ManifestDifference.parts(of: runs, byteCountMax: limit)
        #expect(ManifestDifference.apply(Array(parts.joined()), base: base, byteCount: size) == wanted, "seed \(seed), limit \(limit)")
        #expect(parts.allSatisfy { !$0.isEmpty } || runs.isEmpty)
      }
    }
  }

  @Test func `A long manifest is cut into answers of less than 512 KiB`() {
    let wanted = (0..<40_000).map { Chunk(hash: Bytes32(words: ($0, 0, 0, 0)), byteCount: 16 << 10) }
    let parts = ManifestDifference.parts(of: ManifestDifference.runs(for: wanted, base: []))
    let counts = parts.map { $0.reduce(0) { sum, run in if case .chunks(let list) = run { sum + list.count } else { sum } } }
    #expect(counts.reduce(0, +) == wanted.count)
    #expect(counts.allSatisfy { $0 * 40 <= 512 << 10 } && parts.count == 4)
    #expect(ManifestDifference.parts(of: []) == [[]])
  }

  @Test func `Many equal chunks cost no more than different ones`() {
    let zeros = [Chunk](repeating: chunk("0"), count: 200_000)
    let wanted = zeros + [chunk("x")] + zeros
    let runs = ManifestDifference.runs(for: wanted, base: zeros + [chunk("y")] + zeros)
    #expect(runs == [.copy(first: 0, count: 200_000), .chunks([chunk("x")]), .copy(first: 0, count: 200_000)])
  }

  struct Hostile: Sendable { let name: String; let runs: [Run]; var byteCount: Int64 = 100_000 }

  @Test(arguments: [
    Hostile(name: "too little", runs: [.copy(first: 0, count: 9)]),
    Hostile(name: "too much", runs: [.copy(first: 0, count: 10), .copy(first: 0, count: 1)]),
    Hostile(name: "beyond the base", runs: [.copy(first: 1, count: 10)]),
    Hostile(name: "far beyond the base", runs: [.copy(first: .max, count: .max)]),
    Hostile(name: "an empty copy", runs: [.copy(first: 0, count: 10), .copy(first: 0, count: 0)]),
    Hostile(name: "an empty list", runs: [.copy(first: 0, count: 10), .chunks([])]),
    Hostile(name: "a chunk of no bytes", runs: [.copy(first: 0, count: 10), .chunks([chunk("x", byteCount: 0)])]),
    Hostile(name: "a chunk above the maximum", runs: [.copy(first: 0, count: 2), .chunks([chunk("x", byteCount: 80_000)])]),
    Hostile(name: "more chunks than the size allows", runs: [.chunks([Chunk](repeating: chunk("x", byteCount: 1), count: 100_000))]),
    Hostile(name: "a small content", runs: [.copy(first: 0, count: 6)], byteCount: 60_000),
    Hostile(name: "a negative size", runs: [], byteCount: -1),
    Hostile(name: "a size beyond all", runs: [], byteCount: .max),
  ])
  func `What is no manifest of the size is refused`(item: Hostile) {
    #expect(ManifestDifference.apply(item.runs, base: chunks("abcdefghij"), byteCount: item.byteCount) == nil, "\(item.name)")
  }

  @Test func `What is one is accepted`() {
    #expect(ManifestDifference.apply([.copy(first: 0, count: 10)], base: chunks("abcdefghij"), byteCount: 100_000) == chunks("abcdefghij"))
  }
}
