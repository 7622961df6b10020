import CoveyCore
import CoveyTesting
import Testing

@Suite struct VersionVectorTests {
  @Test func `joining commutes, associates, repeats without effect, and covers both`() {
    var g = SeededGenerator(seed: 1)
    for _ in 0..<50_000 {
      let (a, b, c) = (VersionVector.random(&g), VersionVector.random(&g), VersionVector.random(&g))
      #expect(a.joined(b) == b.joined(a))
      #expect(a.joined(b).joined(c) == a.joined(b.joined(c)))
      #expect(a.joined(a) == a)
      #expect(a.joined(b).covers(a) && a.joined(b).covers(b))
      #expect(a.covers(b) == (a.joined(b) == a))
    }
  }

  @Test func `joining many logs at once is joining them one by one`() {
    var g = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let (a, b) = ((0..<60).map { _ in Dot.random(&g, of: 90) }, (0..<60).map { _ in Dot.random(&g, of: 90) })
      var one = VersionVector()
      for dot in a + b { one.include(dot) }
      #expect(VersionVector(a).joined(VersionVector(b)) == one)
      #expect(VersionVector(a + b) == one)
    }
  }

  @Test func `limiting cuts one log and no other`() {
    var g = SeededGenerator(seed: 2)
    for _ in 0..<10_000 {
      let vector = VersionVector.random(&g)
      let dot = Dot.random(&g)
      var cut = vector
      cut.limit(dot.log, to: dot.sequence - 1)
      #expect(!cut.covers(dot))
      #expect(vector.covers(cut))
      #expect(vector.dots.filter { $0.log != dot.log } == cut.dots.filter { $0.log != dot.log })
    }
  }
}

extension Dot {
  static func random(_ g: inout SeededGenerator, of logCount: UInt64 = 4) -> Dot {
    Dot(log: LogID(UInt64.random(in: 1...logCount, using: &g)), sequence: UInt64.random(in: 1...5, using: &g))
  }
}

extension VersionVector {
  static func random(_ g: inout SeededGenerator) -> VersionVector {
    VersionVector((0..<Int.random(in: 0...4, using: &g)).map { _ in Dot.random(&g) })
  }
}
