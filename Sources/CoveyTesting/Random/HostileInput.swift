import Foundation

/// Bytes that no honest program writes, made from some that one does: every prefix, every single bit flipped, a few bytes changed, cut
/// out, repeated or taken from another example, and bytes at random.
///
/// A decoder that is fed them may refuse or accept; it must not trap, and not allocate what is only claimed.
package struct HostileInput: Sendable {
  /// How many times as much as usual: `COVEY_FUZZ=100` for a long run by hand.
  package static let factor = ProcessInfo.processInfo.environment["COVEY_FUZZ"].flatMap(Int.init) ?? 1

  private let examples: [[UInt8]]
  private var generator: SeededGenerator

  package init(_ examples: [[UInt8]], seed: UInt64) {
    self.examples = examples
    generator = SeededGenerator(seed: seed)
  }

  /// Hands every prefix and every flip of the examples to `body`, and `randomCount` times ``factor`` further inputs.
  package mutating func feed(randomCount: Int, to body: ([UInt8]) throws -> Void) rethrows {
    for example in examples {
      for count in example.indices { try body(Array(example[..<count])) }
      for bit in 0..<(8 * example.count) {
        var flipped = example
        flipped[bit / 8] ^= 1 << (bit % 8)
        try body(flipped)
      }
    }
    for index in 0..<(randomCount * Self.factor) { try body(index.isMultiple(of: 4) ? noise() : mutated()) }
  }

  private mutating func noise() -> [UInt8] {
    let count = Int.random(in: 0...200, using: &generator)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  }

  private mutating func mutated() -> [UInt8] {
    guard var bytes = examples.randomElement(using: &generator) else { return noise() }
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0...bytes.count, using: &generator)
      let end = Int.random(in: start...min(bytes.count, start + 20), using: &generator)
      switch UInt8.random(in: 0..<6, using: &generator) {
      case 0 where start < bytes.count: bytes[start] = UInt8(truncatingIfNeeded: generator.next())
      case 1 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.removeSubrange(start..<end)
      case 3: bytes.insert(contentsOf: Array(bytes[start..<end]), at: start)
      // The greatest number there is, where a length or count may stand.
      case 4: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01].prefix(Int.random(in: 1...10, using: &generator)), at: start)
      default: bytes.insert(contentsOf: (examples.randomElement(using: &generator) ?? []).suffix(20), at: start)
      }
    }
    return bytes
  }

  /// The most address space this process has had: what was allocated for a mere claim would show in it.
  package static func peakByteCount() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") }
    return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) << 10
  }
}
