/// New bytes told as blocks to copy from an old stretch and bytes in between, as rsync does it.
///
/// A patch is a list of runs. Each begins with a number of seven bits a byte, the lowest first: twice the count of bytes that follow,
/// or twice the count of blocks to copy plus one, followed by the number of the first block.
package enum Patch {
  /// A patch that makes `new` of the stretch that `base` tells of; nil when it would save less than an eighth of it.
  /// - Complexity: O(*n* + *m*); about a nanosecond a byte.
  package static func make(_ new: [UInt8], from base: PatchBase) -> [UInt8]? {
    guard base.byteCount > 0, base.sums.count == PatchBase.sumCount(forByteCount: base.byteCount) else { return nil }
    let index = BlockIndex(base)
    return new.withUnsafeBytes { new in
      var writer = Writer(new: new, byteCountMax: new.count - new.count / 8)
      let size = PatchBase.blockByteCount
      var position = 0
      while position + size <= new.count {
        var sum = BlockSum(UnsafeRawBufferPointer(rebasing: new[position..<(position + size)]))
        var block = index.block(with: sum.value, after: writer.lastBlock)
        while block == nil, position + size < new.count, !writer.isTooLong(at: position) {
          sum.roll(out: new[position], in: new[position + size])
          position += 1
          block = index.block(with: sum.value, after: nil)
        }
        guard let block else { break }
        writer.copy(block, at: position, byteCount: size)
        position += size
      }
      // The rest of the old stretch is shorter than a block, and most likely the end of the new one, too.
      let rest = base.restByteCount
      if rest > 0, new.count - writer.position >= rest,
        BlockSum(UnsafeRawBufferPointer(rebasing: new[(new.count - rest)...])).value == base.sums[base.sums.count - 1]
      {
        writer.copy(base.sums.count - 1, at: new.count - rest, byteCount: rest)
      }
      return writer.finish()
    }
  }

  /// What the patch makes of `old`; nil when it is damaged or makes anything but `byteCount` bytes.
  package static func apply(_ patch: [UInt8], to old: [UInt8], byteCount: Int) -> [UInt8]? {
    let blockCount = PatchBase.sumCount(forByteCount: old.count)
    var reader = Reader(patch: patch)
    var new: [UInt8] = []
    new.reserveCapacity(byteCount)
    while !reader.isAtEnd {
      guard let head = reader.number(), head > 1 else { return nil }
      let count = head >> 1
      if head & 1 == 0 {
        guard count <= byteCount - new.count, let bytes = reader.bytes(count) else { return nil }
        new += bytes
      } else {
        guard let first = reader.number(), first < blockCount, count <= blockCount - first else { return nil }
        let stretch = (first * PatchBase.blockByteCount)..<min((first + count) * PatchBase.blockByteCount, old.count)
        guard stretch.count <= byteCount - new.count else { return nil }
        new += old[stretch]
      }
    }
    return new.count == byteCount ? new : nil
  }

  /// Gathers copied blocks into runs, with the bytes before each.
  private struct Writer {
    let new: UnsafeRawBufferPointer
    let byteCountMax: Int
    private var patch: [UInt8] = []
    private var run: (first: Int, count: Int)?
    /// Up to where the new bytes are told.
    private(set) var position = 0

    init(new: UnsafeRawBufferPointer, byteCountMax: Int) { self.new = new; self.byteCountMax = byteCountMax }

    var lastBlock: Int? { run.map { $0.first + $0.count - 1 } }

    /// Whether too many bytes are not found in the old stretch for a patch to be worth it.
    func isTooLong(at position: Int) -> Bool { patch.count + position - self.position > byteCountMax }

    mutating func copy(_ block: Int, at start: Int, byteCount: Int) {
      if let run, position == start, block == run.first + run.count {
        self.run = (run.first, run.count + 1)
      } else {
        close(upTo: start)
        run = (block, 1)
      }
      position = start + byteCount
    }

    private mutating func close(upTo end: Int) {
      if let run {
        number(run.count << 1 | 1)
        number(run.first)
      }
      run = nil
      guard position < end else { return }
      number((end - position) << 1)
      patch += new[position..<end]
    }

    mutating func finish() -> [UInt8]? {
      if isTooLong(at: new.count) { return nil }
      close(upTo: new.count)
      return patch.count <= byteCountMax ? patch : nil
    }

    private mutating func number(_ value: Int) {
      var rest = value
      while rest > 0x7F {
        patch.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      patch.append(UInt8(truncatingIfNeeded: rest))
    }
  }

  private struct Reader {
    let patch: [UInt8]
    private var position = 0

    init(patch: [UInt8]) { self.patch = patch }

    var isAtEnd: Bool { position == patch.count }

    /// A number of at most 28 bits; nil for any other.
    mutating func number() -> Int? {
      var value = 0
      for shift in stride(from: 0, to: 28, by: 7) {
        guard position < patch.count else { return nil }
        let byte = patch[position]
        position += 1
        value |= Int(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return value }
      }
      return nil
    }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
      guard count <= patch.count - position else { return nil }
      defer { position += count }
      return patch[position..<(position + count)]
    }
  }
}

/// Finds whole blocks by their sum. Most sums asked for are of no block, and a bit map says so at once.
private struct BlockIndex {
  private let sums: [UInt64]
  private let blocks: [UInt64: Int]
  private let mayHave: [UInt64]

  init(_ base: PatchBase) {
    sums = base.restByteCount == 0 ? base.sums : base.sums.dropLast()
    blocks = Dictionary(zip(sums, sums.indices), uniquingKeysWith: { first, _ in first })
    var mayHave = [UInt64](repeating: 0, count: 1024)
    for sum in sums { mayHave[Int(sum >> 54)] |= 1 << (sum >> 48 & 63) }
    self.mayHave = mayHave
  }

  /// A block with this sum; the one behind `last` before any other, so that runs go on.
  @inline(__always) func block(with sum: UInt64, after last: Int?) -> Int? {
    guard mayHave[Int(sum >> 54)] >> (sum >> 48 & 63) & 1 == 1 else { return nil }
    if let last, last + 1 < sums.count, sums[last + 1] == sum { return last + 1 }
    return blocks[sum]
  }
}
