import CoveyProtocol
import Testing

@Suite struct DeflateTests {
  private static let text = Array(String(repeating: "Two devices pair with a short one-time code; ", count: 30_000).utf8)

  @Test(arguments: [256, 257, 511, 512, 4095, 4096, 32_767, 32_769, 200_000, 1 << 20], [1, 6, 9] as [Int32])
  func whatIsDeflatedComesBack(byteCount: Int, level: Int32) throws {
    let bytes = Array(Self.text.prefix(byteCount))
    let deflated = try #require(Deflate.compress(bytes, level: level))
    #expect(deflated.count < byteCount)
    #expect(try Inflate.inflate(deflated, exactly: byteCount) == bytes)
  }

  @Test func randomBytesAreNotDeflated() {
    for seed in 0..<200 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let bytes = generator.bytes(256...20_000)
      #expect(!Deflate.looksCompressible(bytes), "seed \(seed)")
      #expect(Deflate.compress(bytes, level: 1) == nil, "seed \(seed)")
    }
  }

  @Test func whatWasDeflatedOnceIsNotDeflatedAgain() throws {
    var generator = SeededGenerator(seed: 1)
    let bytes = (0..<200_000).map { _ in UInt8.random(in: 0..<40, using: &generator) }
    #expect(Deflate.looksCompressible(bytes))
    let deflated = try #require(Deflate.compress(bytes, level: 1))
    #expect(!Deflate.looksCompressible(deflated))
  }

  @Test func theSampleIsTakenFromAllOfTheContent() {
    var generator = SeededGenerator(seed: 2)
    let random = generator.bytes(100_000)
    #expect(Deflate.looksCompressible(random + [UInt8](repeating: 32, count: 400_000)))
    #expect(Deflate.looksCompressible([UInt8](repeating: 32, count: 400_000) + random))
  }

  @Test func smallContentIsLeftAlone() {
    #expect(Deflate.compressIfItPays([UInt8](repeating: 0, count: Deflate.byteCountMin - 1), level: 1) == nil)
    #expect(Deflate.compressIfItPays([UInt8](repeating: 0, count: Deflate.byteCountMin), level: 1) != nil)
    #expect(Deflate.compress([], level: 1) == nil)
  }

  @Test func savingLessThanASixteenthIsNotWorthIt() {
    var generator = SeededGenerator(seed: 3)
    let mostlyRandom = generator.bytes(16_000) + [UInt8](repeating: 0, count: 600)
    #expect(Deflate.compress(mostlyRandom, level: 9) == nil)
  }

  @Test func aBombStopsAtItsDeclaredSize() throws {
    let bomb = try #require(Deflate.compress([UInt8](repeating: 0, count: 64 << 20), level: 1))
    #expect(throws: WireError.damagedCompression("more than 1048576 bytes come out")) { try Inflate.inflate(bomb, exactly: 1 << 20) }
    #expect(throws: WireError.tooLong("inflated content", byteCount: 64 << 20, limit: 1 << 20)) {
      try Inflate.inflate(bomb, exactly: 64 << 20)
    }
  }

  @Test func anotherSizeThanDeclaredIsRefused() throws {
    let bytes = Array(Self.text.prefix(5000))
    let deflated = try #require(Deflate.compress(bytes, level: 6))
    for wrong in [0, 1, 4999, 5001, 1 << 19, -1] { #expect(throws: WireError.self) { try Inflate.inflate(deflated, exactly: wrong) } }
  }

  @Test func damagedInputIsRefused() throws {
    let bytes = Array(Self.text.prefix(5000))
    let deflated = try #require(Deflate.compress(bytes, level: 6))
    for count in deflated.indices { #expect(throws: WireError.self) { try Inflate.inflate(Array(deflated[..<count]), exactly: 5000) } }
    #expect(throws: WireError.damagedCompression("5000 bytes come out where 5000 are declared, and 1 are left")) {
      try Inflate.inflate(deflated + [0], exactly: 5000)
    }
    for bit in 0..<(8 * deflated.count) {
      var flipped = deflated
      flipped[bit / 8] ^= 1 << (bit % 8)
      if let inflated = try? Inflate.inflate(flipped, exactly: 5000) { #expect(inflated.count == 5000) }
    }
  }

  @Test func nothingComesOfNothing() {
    #expect(throws: WireError.self) { try Inflate.inflate([], exactly: 0) }
    #expect(throws: WireError.self) { try Inflate.inflate([], exactly: 10) }
    // An empty stream: one last block of fixed codes that ends at once.
    #expect((try? Inflate.inflate([3, 0], exactly: 0)) == [])
  }
}
