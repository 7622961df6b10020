import CoveyCore
import Testing

/// The cuts by the definition: for every byte the hash is computed anew from the 64 bytes up to it.
private func slowCuts(_ bytes: [UInt8], _ sizes: ChunkSizes) -> [Int] {
  var state: UInt64 = 0x43_6F76_6579
  let gear: [UInt64] = (0..<256).map { _ in
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
  func hash(before end: Int) -> UInt64 {
    (0..<64).reduce(0) { sum, age in sum &+ gear[Int(bytes[end - 1 - age])] << UInt64(age) }
  }
  let bits = sizes.average.trailingZeroBitCount
  var ends: [Int] = []
  var start = 0
  while start < bytes.count {
    var end = min(start + sizes.minimum, bytes.count)
    while end < bytes.count, end - start < sizes.maximum {
      if hash(before: end) >> UInt64(64 - (end - start < sizes.average ? bits + 2 : bits - 2)) == 0 { break }
      end += 1
    }
    ends.append(end)
    start = end
  }
  return ends
}

/// Cuts by the chunker, the input split into pieces as `pieceByteCount` says.
private func cuts(_ bytes: [UInt8], _ sizes: ChunkSizes, pieceByteCount: () -> Int) -> [Int] {
  var chunker = Chunker(sizes: sizes)
  var ends: [Int] = []
  bytes.withUnsafeBytes { bytes in
    var start = 0
    while start < bytes.count {
      var piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + pieceByteCount(), bytes.count)])
      while let cut = chunker.cut(in: piece) {
        start += cut
        ends.append(start)
        piece = UnsafeRawBufferPointer(rebasing: piece[cut...])
      }
      start += piece.count
    }
  }
  if ends.last ?? 0 < bytes.count { ends.append(bytes.count) }
  return ends
}

private func cuts(_ bytes: [UInt8], _ sizes: ChunkSizes = ChunkSizes(forByteCount: 0)) -> [Int] {
  cuts(bytes, sizes) { bytes.count }
}

private func lengths(_ ends: [Int]) -> [Int] { zip(ends, [0] + ends).map { $0 - $1 } }

@Suite struct ChunkerTests {
  static let sizes = ChunkSizes(forByteCount: 0)

  @Test func `Cuts are those of the definition`() {
    for seed: UInt64 in 1...3 {
      let bytes = SplitMix(seed: seed).bytes(900_000)
      #expect(cuts(bytes) == slowCuts(bytes, Self.sizes), "seed \(seed)")
    }
    let larger = ChunkSizes(forByteCount: 100 << 20)
    let bytes = SplitMix(seed: 4).bytes(900_000)
    #expect(cuts(bytes, larger) == slowCuts(bytes, larger))
  }

  @Test func `Cuts stay what they were when the first version was published`() {
    let bytes = SplitMix(seed: 42).bytes(200_000)
    #expect(cuts(bytes) == [17917, 33743, 51662, 71637, 89414, 109_097, 128_801, 145_622, 162_528, 185_109, 189_455, 200_000])
  }

  @Test func `Cuts do not depend on how the input is split`() {
    let bytes = SplitMix(seed: 5).bytes(600_000)
    let whole = cuts(bytes)
    #expect(cuts(bytes, Self.sizes) { 1 } == whole)
    for piece in [2, 63, 64, 65, 4095, 4096, 4097, 65_536] { #expect(cuts(bytes, Self.sizes) { piece } == whole, "pieces of \(piece)") }
    for seed: UInt64 in 1...20 {
      var random = SplitMix(seed: seed)
      #expect(cuts(bytes, Self.sizes) { Int.random(in: 1...20_000, using: &random) } == whole, "seed \(seed)")
    }
  }

  @Test(arguments: [Int64(0), 64 << 20, 512 << 20, 8 << 30, 64 << 30])
  func `Every chunk but the last is within the limits, and the average is near`(size: Int64) {
    let sizes = ChunkSizes(forByteCount: size)
    let lengths = lengths(cuts(SplitMix(seed: 6).bytes(min(sizes.average * 300, 32 << 20)), sizes))
    for length in lengths.dropLast() { #expect((sizes.minimum...sizes.maximum).contains(length)) }
    let average = lengths.reduce(0, +) / lengths.count
    #expect((sizes.average * 3 / 4...sizes.average * 3 / 2).contains(average))
  }

  @Test func `An inserted byte moves few cuts`() {
    let bytes = SplitMix(seed: 7).bytes(8 << 20)
    let before = Set(lengthsWithBytes(bytes))
    let after = lengthsWithBytes([99] + bytes)
    let equal = after.count { before.contains($0) }
    #expect(equal * 100 > after.count * 99)
  }

  @Test func `Equal bytes are cut at the maximum`() {
    for value: UInt8 in [0, 1, 255] {
      #expect(Set(lengths(cuts([UInt8](repeating: value, count: Self.sizes.maximum * 3)))) == [Self.sizes.maximum], "byte \(value)")
    }
  }

  @Test func `Contents around the limits`() {
    for count in [0, 1, 64, Self.sizes.minimum - 1, Self.sizes.minimum, Self.sizes.minimum + 1, Self.sizes.maximum - 1, Self.sizes.maximum] {
      #expect(cuts([UInt8](repeating: 0, count: count)) == (count == 0 ? [] : [count]), "\(count) bytes")
    }
    let over = [UInt8](repeating: 0, count: Self.sizes.maximum + 1)
    #expect(cuts(over) == [Self.sizes.maximum, Self.sizes.maximum + 1])
  }

  private func lengthsWithBytes(_ bytes: [UInt8]) -> [[UInt8]] {
    let ends = cuts(bytes)
    return zip(ends, [0] + ends).map { Array(bytes[$1..<$0]) }
  }
}
