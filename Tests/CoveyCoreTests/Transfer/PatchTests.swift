import CoveyCore
import Testing

@Suite struct PatchTests {
  private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix(seed: seed)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private func expectPatch(_ new: [UInt8], from old: [UInt8], atMost byteCount: Int, _ what: Comment? = nil) throws {
    let patch = try #require(Patch.make(new, from: PatchBase(of: old)), what)
    #expect(patch.count <= byteCount, what)
    #expect(Patch.apply(patch, to: old, byteCount: new.count) == new, what)
  }

  @Test(arguments: [512, 513, 65_536, 80_001])
  func `What stays costs next to nothing, wherever it stands`(byteCount: Int) throws {
    let old = bytes(byteCount, seed: 1)
    try expectPatch(old, from: old, atMost: 8)
    try expectPatch([1, 2, 3] + old, from: old, atMost: 16)
    try expectPatch(old + [1, 2, 3], from: old, atMost: 16 + old.count % 512)
  }

  @Test func `A changed, added or missing byte costs its block`() throws {
    let old = bytes(80_001, seed: 2)
    for position in [0, 511, 512, 40_000, 79_999, 80_000] {
      var changed = old
      changed[position] ^= 0xFF
      try expectPatch(changed, from: old, atMost: 530, "changed at \(position)")
      changed = old
      changed.insert(7, at: position)
      try expectPatch(changed, from: old, atMost: 530, "added at \(position)")
      changed = old
      changed.remove(at: position)
      try expectPatch(changed, from: old, atMost: 530, "missing at \(position)")
    }
  }

  @Test func `Blocks that are all alike are one run`() throws {
    let old = [UInt8](repeating: 0, count: 100_000)
    try expectPatch(Array(old[..<70_000]), from: old, atMost: 500)
    try expectPatch(old, from: old, atMost: 10)
  }

  @Test func `Other content has no patch`() {
    let old = bytes(10_000, seed: 3)
    #expect(Patch.make(bytes(10_000, seed: 4), from: PatchBase(of: old)) == nil)
    #expect(Patch.make(old, from: PatchBase(of: [])) == nil)
    #expect(Patch.make([], from: PatchBase(of: old)) == [])
  }

  @Test func `Random edits come out as they were`() throws {
    for seed: UInt64 in 1...300 {
      var random = SplitMix(seed: seed)
      let old = bytes(Int.random(in: 1...5_000, using: &random), seed: seed)
      var new = old
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let start = Int.random(in: 0...new.count, using: &random)
        let end = Int.random(in: start...min(start + 300, new.count), using: &random)
        new.replaceSubrange(start..<end, with: bytes(Int.random(in: 0...300, using: &random), seed: random.next()))
      }
      guard let patch = Patch.make(new, from: PatchBase(of: old)) else { continue }
      #expect(Patch.apply(patch, to: old, byteCount: new.count) == new, "seed \(seed)")
    }
  }

  /// Old: three blocks and a rest of 100 bytes.
  @Test(arguments: [
    ("a block that is not there", [3, 4]), ("more blocks than there are", [11, 0]), ("no blocks", [1, 0]), ("no bytes", [0]),
    ("bytes that end too soon", [8, 1, 2, 3]), ("a number that ends too soon", [0x80]), ("a number without end", [0x81, 0x81, 0x81, 0x81, 1]),
    ("less than there should be", [3, 0]), ("more than there should be", [9, 0, 2, 1]), ("nothing", []),
  ] as [(String, [UInt8])])
  func `A damaged patch makes nothing`(what: String, patch: [UInt8]) {
    let old = bytes(3 * 512 + 100, seed: 5)
    #expect(Patch.apply(patch, to: old, byteCount: old.count) == nil, "\(what)")
  }

  @Test func `Random patches make nothing or what was asked for`() {
    var random = SplitMix(seed: 6)
    let old = bytes(3_000, seed: 7)
    for _ in 0..<20_000 {
      let patch = (0..<Int.random(in: 0...12, using: &random)).map { _ in UInt8.random(in: 0...(random.next() % 2 == 0 ? 15 : 255), using: &random) }
      let new = Patch.apply(patch, to: old, byteCount: 1_024)
      #expect(new == nil || new?.count == 1_024)
    }
  }

  @Test func `Sums that do not fit their length have no patch`() {
    let old = bytes(1_000, seed: 8)
    var base = PatchBase(of: old)
    base.sums.append(1)
    #expect(Patch.make(old, from: base) == nil)
  }
}
