/// Finds where a large content is cut into chunks: FastCDC with normalised chunking, level 2.
///
/// A gear hash runs over the bytes; a chunk ends behind the byte that brings the hash below a threshold. The hash is
/// `hash = hash << 1 + gear[byte]` in 64 bits, so it depends on the last 64 bytes alone and an insertion moves only the cuts near
/// it. Below the average length the threshold asks for two more zero bits than the average has, from there on for two fewer, which
/// draws the lengths towards the average. No chunk but the last is shorter than the minimum (those bytes are skipped, short of the
/// 64 that fill the hash), none is longer than the maximum.
///
/// The cuts are part of the name of a content: any change here gives every large file another ``Root``.
/// - Source: Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016.
package struct Chunker: Sendable {
  /// 256 outputs of SplitMix64 from the state 0x436F766579 (the ASCII bytes of "Covey"), one for each byte value in order.
  static let gear: [UInt64] = {
    var state: UInt64 = 0x43_6F76_6579
    return (0..<256).map { _ in
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
      return word ^ word >> 31
    }
  }()

  /// Bytes on which the hash depends.
  private static let windowByteCount = 64

  private let sizes: ChunkSizes
  private let strictThreshold: UInt64
  private let looseThreshold: UInt64
  /// Bytes of the open chunk seen so far.
  private var byteCount = 0
  private var hash: UInt64 = 0

  package init(sizes: ChunkSizes) {
    self.sizes = sizes
    let bits = sizes.average.trailingZeroBitCount
    strictThreshold = 1 << UInt64(64 - (bits + 2))
    looseThreshold = 1 << UInt64(64 - (bits - 2))
  }

  /// Goes on with `input` and returns how many of its bytes belong to the chunk that ends in it; nil when all of them do and the
  /// chunk goes on. After a cut the rest of `input` is to be passed again.
  ///
  /// However the content is split into inputs, the cuts are the same. What is open at the end of the content is the last chunk.
  /// - Complexity: O(*n*) in the bytes taken; about a nanosecond for two bytes.
  package mutating func cut(in input: UnsafeRawBufferPointer) -> Int? {
    guard let bytes = input.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    // Positions in `input` at which the open chunk reaches its marks.
    let origin = -byteCount
    let window = min(max(origin + sizes.minimum - Self.windowByteCount, 0), input.count)
    let minimum = min(max(origin + sizes.minimum - 1, window), input.count)
    let average = min(max(origin + sizes.average - 1, minimum), input.count)
    let maximum = min(origin + sizes.maximum - 1, input.count)
    let end = Self.gear.withUnsafeBufferPointer { gear -> Int? in
      guard let gear = gear.baseAddress else { return nil }
      var hash = hash
      defer { self.hash = hash }
      for index in window..<minimum { hash = hash &<< 1 &+ gear[Int(bytes[index])] }
      return Self.scan(bytes, minimum, average, gear, below: strictThreshold, &hash)
        ?? Self.scan(bytes, average, max(maximum, average), gear, below: looseThreshold, &hash)
        ?? (maximum < input.count ? maximum + 1 : nil)
    }
    guard let end else { byteCount += input.count; return nil }
    byteCount = 0
    hash = 0
    return end
  }

  /// The first position behind a byte of `start..<end` at which the hash is below the threshold. Four bytes a step: the loop then
  /// costs little more than the chain of shifts and adds.
  @inline(__always)
  private static func scan(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int, _ gear: UnsafePointer<UInt64>, below threshold: UInt64, _ hash: inout UInt64
  ) -> Int? {
    var index = start
    var value = hash
    while index &+ 4 <= end {
      let first = value &<< 1 &+ gear[Int(bytes[index])]
      let second = first &<< 1 &+ gear[Int(bytes[index &+ 1])]
      let third = second &<< 1 &+ gear[Int(bytes[index &+ 2])]
      value = third &<< 1 &+ gear[Int(bytes[index &+ 3])]
      if first < threshold { return index &+ 1 }
      if second < threshold { return index &+ 2 }
      if third < threshold { return index &+ 3 }
      if value < threshold { return index &+ 4 }
      index &+= 4
    }
    while index < end {
      value = value &<< 1 &+ gear[Int(bytes[index])]
      index &+= 1
      if value < threshold { return index }
    }
    hash = value
    return nil
  }
}
