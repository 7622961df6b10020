import CoveyCore
import CoveyTesting
import Testing

@Suite struct HeadsTests {
  /// Versions of one path that a few devices really could have written: each on what some earlier ones showed.
  static func family(_ g: inout SeededGenerator) -> [Version] {
    var known: [Version] = []
    var numbers: [UInt64: UInt64] = [:]
    for _ in 0..<Int.random(in: 1...6, using: &g) {
      let log = UInt64.random(in: 1...3, using: &g)
      numbers[log, default: 0] += 1
      let dot = Dot(log: LogID(log), sequence: numbers[log] ?? 1)
      let seen = known.filter { $0.dot.log == dot.log || Bool.random(using: &g) }.reduce(into: [Version]()) { $0 = Heads.joined($0, $1) }
      var version = successor(of: Ledger.see(seen).shown, dot: dot, &g)
      // A higher number has seen whatever the lower ones of its log had.
      for earlier in known where earlier.dot.log == dot.log { version.vector.join(earlier.vector) }
      known.append(version)
    }
    return known
  }

  private static func successor(of shown: Shown, dot: Dot, _ g: inout SeededGenerator) -> Version {
    var version = Version.random(&g)
    version.path = RelativePath(trusted: Array("a".utf8))
    version.dot = dot
    version.vector = shown.vector.including(dot)
    version.contentDot = version.isLive ? dot : nil
    version.metadataDot = version.contentDot
    version.origin.modified = Timestamp(nanoseconds: Int64.random(in: 0...2, using: &g))
    version.replaced = shown.root
    guard shown.isLive, Bool.random(using: &g) else { return version }
    // A change of metadata carries the content on.
    (version.kind, version.root, version.target, version.size) = (shown.kind, shown.root, shown.target, shown.size)
    if version.kind == .symlink { version.mode = 0 }
    (version.contentDot, version.metadataDot, version.origin) = (shown.contentDot, dot, shown.origin)
    return version
  }

  private static func join(_ versions: [Version]) -> [Version] { versions.reduce(into: []) { $0 = Heads.joined($0, $1) } }

  @Test func `joining is independent of order and repetition`() {
    var g = SeededGenerator(seed: 7)
    for _ in 0..<30_000 {
      let family = Self.family(&g)
      let heads = Self.join(family)
      #expect(Self.join(family.shuffled(using: &g)) == heads)
      #expect(Self.join(family + family.shuffled(using: &g)) == heads)
      let cut = Int.random(in: 0...family.count, using: &g)
      #expect(Self.join(Self.join(Array(family[..<cut])) + Self.join(Array(family[cut...]))) == heads)
      #expect(heads.allSatisfy { head in !heads.contains { $0.dot != head.dot && $0.vector.covers(head.dot) } })
    }
  }

  @Test func `equal contents that have seen each other do not settle each other`() {
    // Two devices wrote one copy, and each changed its metadata when it had seen that of the other.
    func head(_ own: UInt64, _ other: UInt64) -> Version {
      let dots = [Dot(log: LogID(own), sequence: 1), Dot(log: LogID(own), sequence: 2), Dot(log: LogID(other), sequence: 1)]
      let time = Timestamp(seconds: 1, nanoseconds: 0)
      return Version(
        path: RelativePath(trusted: Array("a".utf8)), kind: .file, size: 1, mode: 0o644, modified: time, root: Root(smallContent: [1]), target: [],
        dot: dots[1], vector: VersionVector(dots), contentDot: dots[0], metadataDot: dots[1], origin: Origin(modified: time, device: "d"),
        replaced: .none)
    }
    let view = Ledger.see([head(1, 2), head(2, 1)])
    #expect(view.shown.isLive)
    #expect(view.losers == [])
  }

  @Test func `what is shown does not depend on the order of the heads`() {
    var g = SeededGenerator(seed: 8)
    for _ in 0..<30_000 {
      let heads = Self.join(Self.family(&g))
      let here = Ledger.see(heads)
      let there = Ledger.see(heads.shuffled(using: &g))
      #expect(here.shown == there.shown)
      #expect(Set(here.losers) == Set(there.losers))
    }
  }

  @Test func `what is shown has seen every head but the losers`() {
    var g = SeededGenerator(seed: 9)
    for _ in 0..<30_000 {
      let heads = Self.join(Self.family(&g))
      for view in [Ledger.see(heads), Ledger.see(heads, can: { $0.digest.words.0 % 2 == 0 })] {
        for head in heads where !view.losers.contains(head) { #expect(view.shown.vector.covers(head.dot)) }
        #expect(view.losers.allSatisfy { $0.content != view.shown.content && $0.isLive })
      }
    }
  }

  @Test func `versions of a forked log with one dot both stay`() {
    var g = SeededGenerator(seed: 10)
    for _ in 0..<2_000 {
      let dot = Dot.random(&g)
      let (a, b) = (Self.successor(of: .absent, dot: dot, &g), Self.successor(of: .absent, dot: dot, &g))
      guard a != b else { continue }
      #expect(Set(Self.join([a, b])) == [a, b])
      #expect(Self.join([a, b]) == Self.join([b, a]))
    }
  }
}
