import CoveyCore
import Testing

private typealias Plan = ReassemblyPlan<String>

private func chunk(_ letter: Character, _ byteCount: UInt32) -> Chunk {
  Chunk(hash: Bytes32(words: (UInt64(letter.unicodeScalars.first?.value ?? 0), 0, 0, 0)), byteCount: byteCount)
}

private func chunks(_ letters: String, byteCount: UInt32 = 100) -> [Chunk] { letters.map { chunk($0, byteCount) } }

@Suite struct ReassemblyPlanTests {
  @Test func `What is here is copied in long ranges, the rest is asked for`() {
    let plan = Plan(wanted: chunks("abXYcd"), sources: [("old", chunks("abcd"))])
    #expect(plan.local == [
      .init(source: "old", sourceOffset: 0, offset: 0, byteCount: 200), .init(source: "old", sourceOffset: 200, offset: 400, byteCount: 200),
    ])
    #expect(plan.missing == [.init(offset: 200, byteCount: 200, chunks: 2..<4)])
    #expect(plan.repeated.isEmpty)
    #expect(plan.missingByteCount == 200)
  }

  @Test func `The first source is preferred, and a range goes on where it began`() {
    let plan = Plan(wanted: chunks("abc"), sources: [("one", chunks("xa")), ("two", chunks("abc"))])
    #expect(plan.local == [
      .init(source: "one", sourceOffset: 100, offset: 0, byteCount: 100), .init(source: "two", sourceOffset: 100, offset: 100, byteCount: 200),
    ])
    let repeats = Plan(wanted: chunks("abaca"), sources: [("s", chunks("acab"))])
    #expect(repeats.local.map(\.byteCount) == [100, 100, 300])
  }

  @Test func `Equal chunks are asked for once`() {
    let plan = Plan(wanted: chunks("abxabab"), sources: [])
    #expect(plan.missing == [.init(offset: 0, byteCount: 300, chunks: 0..<3)])
    #expect(plan.repeated == [.init(sourceOffset: 0, offset: 300, byteCount: 200), .init(sourceOffset: 0, offset: 500, byteCount: 200)])
  }

  @Test func `An item is whole chunks up to 256 KiB, or one that is longer`() {
    let plan = Plan(wanted: chunks("abcde", byteCount: 100 << 10) + [chunk("f", 900 << 10)] + chunks("g"), sources: [])
    #expect(plan.missing.map(\.chunks) == [0..<2, 2..<4, 4..<5, 5..<6, 6..<7])
    #expect(plan.missing.map(\.byteCount) == [200 << 10, 200 << 10, 100 << 10, 900 << 10, 100])
  }

  @Test func `What is missing may be made of what stood between the same neighbours`() {
    func bases(_ wanted: String, _ sources: (String, String)...) -> [Plan.Base?] {
      Plan(wanted: chunks(wanted), sources: sources.map { ($0.0, chunks($0.1)) }).missing.map(\.base)
    }
    #expect(bases("aXc", ("old", "abc")) == [.init(source: "old", offset: 100, byteCount: 100)])
    #expect(bases("Xbc", ("old", "abc")) == [.init(source: "old", offset: 0, byteCount: 100)])
    #expect(bases("abXY", ("old", "abc")) == [.init(source: "old", offset: 200, byteCount: 100)])
    #expect(bases("aXcYe", ("old", "abcde")) == [.init(source: "old", offset: 100, byteCount: 100), .init(source: "old", offset: 300, byteCount: 100)])
    // Nothing stood there, or the neighbours stand in two contents, or the other way round.
    #expect(bases("abXc", ("old", "abc")) == [nil])
    #expect(bases("aXd", ("one", "abc"), ("two", "de")) == [nil])
    #expect(bases("cXa", ("old", "abc")) == [nil])
    #expect(bases("XY") == [nil])
  }

  @Test func `A long stretch that kept its length is told of piece by piece`() {
    let (old, new) = (chunks("abcdefgh", byteCount: 256 << 10), chunks("aBCDEFGh", byteCount: 256 << 10))
    let plan = Plan(wanted: new, sources: [("old", old)])
    #expect(plan.missing.count == 6)
    #expect(plan.missing.allSatisfy { $0.base == .init(source: "old", offset: $0.offset, byteCount: 256 << 10) })
    let longer = Plan(wanted: new.dropLast() + chunks("H") + [old[7]], sources: [("old", old)])
    #expect(longer.missing.allSatisfy { $0.base == nil })
  }

  @Test func `A chunk longer than a request is asked for in parts of its own`() {
    let mebibyte: Int64 = 1 << 20
    let plan = Plan(wanted: [chunk("a", 100), chunk("b", 5 << 19), chunk("c", 100), chunk("d", 100)], sources: [])
    let offsets: [Int64] = [0, 100, 100 + mebibyte, 100 + 2 * mebibyte, 100 + mebibyte / 2 * 5]
    #expect(plan.missing.map(\.offset) == offsets)
    #expect(plan.missing.map(\.byteCount) == [100, mebibyte, mebibyte, mebibyte / 2, 200])
    #expect(plan.missing.map(\.chunks) == [0..<1, 1..<2, 1..<2, 1..<2, 2..<4])
  }

  @Test func `Random plans put every content together`() {
    // Contents in units of 16 KiB, each unit known by the chunk it belongs to and its place in it.
    let unit: Int64 = 16 << 10
    struct Unit: Equatable { var chunk: Int; var index: Int }
    for seed: UInt64 in 1...300 {
      var random = SplitMix(seed: seed)
      let unitCounts = (0..<12).map { _ in Int.random(in: 1...100, using: &random) }
      func content() -> [Int] { (0..<Int.random(in: 0...15, using: &random)).map { _ in Int.random(in: 0..<12, using: &random) } }
      func units(_ content: [Int]) -> [Unit] { content.flatMap { chunk in (0..<unitCounts[chunk]).map { Unit(chunk: chunk, index: $0) } } }
      func manifest(_ content: [Int]) -> [Chunk] {
        content.map { Chunk(hash: Bytes32(words: (UInt64($0), 0, 0, 0)), byteCount: UInt32(unitCounts[$0]) * UInt32(unit)) }
      }
      let wanted = content()
      let sources = [content(), content()]
      let plan = ReassemblyPlan<Int>(wanted: manifest(wanted), sources: sources.enumerated().map { ($0.offset, manifest($0.element)) })
      let expected = units(wanted)
      var out = [Unit?](repeating: nil, count: expected.count)
      var isCoveredOnce = true
      func write(_ piece: some Collection<Unit?>, at offset: Int64) {
        for (index, item) in zip(Int(offset / unit)..., piece) {
          isCoveredOnce = isCoveredOnce && out[index] == nil && item != nil
          out[index] = item
        }
      }
      func range(_ offset: Int64, _ byteCount: Int64) -> Range<Int> { Int(offset / unit)..<Int((offset + byteCount) / unit) }
      for item in plan.local { write(units(sources[item.source])[range(item.sourceOffset, item.byteCount)].map { $0 }, at: item.offset) }
      for item in plan.missing { write(expected[range(item.offset, item.byteCount)].map { $0 }, at: item.offset) }
      for item in plan.repeated { write(Array(out[range(item.sourceOffset, item.byteCount)]), at: item.offset) }
      #expect(isCoveredOnce, "seed \(seed)")
      #expect(out == expected.map { Optional($0) }, "seed \(seed)")
      #expect(plan.missing.allSatisfy { $0.byteCount <= 1 << 20 }, "seed \(seed)")
    }
  }
}
