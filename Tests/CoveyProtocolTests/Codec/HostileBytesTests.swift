import CoveyCore
import CoveyProtocol
import CoveyTesting
import FoundationEssentials
import NIOCore
import Testing

/// Bytes that no honest peer sends: nothing traps, nothing is allocated for what is only claimed, and whatever is accepted is a
/// message that could be sent as well.
@Suite struct HostileBytesTests {
  /// How many random inputs are tried; more by hand.
  private static let inputCount = 400_000 * HostileInput.factor

  /// Decodes; what is accepted must survive being sent on.
  private func tryMessage(_ payload: [UInt8]) {
    guard let accepted = try? MessageCoder.decode(.control(payload)) else { return }
    let again = try? message(in: MessageCoder.encode(accepted))
    #expect(again == accepted)
  }

  private func tryPairing(_ payload: [UInt8]) {
    guard let accepted = try? PairingCoder.decode(.pairing(payload)) else { return }
    let again = try? pairingFrame(in: PairingCoder.encode(accepted))
    #expect(again == accepted)
  }

  private func tryStream(_ bytes: [UInt8]) {
    guard let frames = try? frames(in: bytes) else { return }
    for frame in frames {
      _ = try? MessageCoder.decode(frame)
      _ = try? PairingCoder.decode(frame)
    }
  }

  private func examples(seed: UInt64) throws -> (messages: [[UInt8]], pairing: [[UInt8]]) {
    var generator = SeededGenerator(seed: seed)
    return (
      try generator.messages(size: 3).map { Array(try MessageCoder.encode($0).readableBytesView) },
      try generator.pairingFrames(size: 2).map { Array(try PairingCoder.encode($0).readableBytesView) }
    )
  }

  @Test func noPrefixOfAFrameIsAFrame() throws {
    let examples = try examples(seed: 1)
    for example in examples.messages + examples.pairing {
      for count in example.indices {
        let none = try frames(in: Array(example[..<count]))
        #expect(none.isEmpty)
      }
      let one = try frames(in: example)
      #expect(one.count == 1)
    }
  }

  @Test func everyPrefixOfAMessageIsRefusedOrAMessage() throws {
    let examples = try examples(seed: 2)
    for example in examples.messages { for count in 5...example.count { tryMessage(Array(example[5..<count])) } }
    for example in examples.pairing { for count in 5...example.count { tryPairing(Array(example[5..<count])) } }
  }

  @Test func everySingleBitMayFlip() throws {
    let examples = try examples(seed: 3)
    for (kind, list) in [examples.messages, examples.pairing].enumerated() {
      for example in list {
        for bit in 0..<(8 * example.count) {
          var flipped = example
          flipped[bit / 8] ^= 1 << (bit % 8)
          tryStream(flipped)
          if bit >= 40 { (kind == 0 ? tryMessage : tryPairing)(Array(flipped[5...])) }
        }
      }
    }
  }

  @Test func randomBytesAreRefused() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<(Self.inputCount / 4) {
      let bytes = generator.bytes(0...120)
      tryMessage(bytes)
      tryPairing(bytes)
      // A small length in front, so that the stream is not refused at its first byte.
      tryStream([0, 0, 0, UInt8(truncatingIfNeeded: generator.next() & 0x3F)] + bytes)
      _ = try? Inflate.inflate(bytes, exactly: Int.random(in: 0...4096, using: &generator))
      #expect((try? DiscoveryDatagram(bytes)) == nil)
    }
  }

  @Test func mutatedMessagesAreRefusedOrMessages() throws {
    var generator = SeededGenerator(seed: 5)
    var examples = try examples(seed: 6)
    for index in 0..<(Self.inputCount * 3 / 4) {
      if index % 20_000 == 19_999 { examples = try self.examples(seed: generator.next()) }
      if index % 3 == 0 {
        tryPairing(generator.mutated(from: examples.pairing))
      } else {
        let mutated = generator.mutated(from: examples.messages)
        tryMessage(mutated)
        if index % 7 == 0 { tryStream(frameBytes(kind: 2, payload: mutated)) }
      }
    }
  }

  @Test func mutatedDatagramsAreRefusedOrDatagrams() throws {
    var generator = SeededGenerator(seed: 7)
    let examples: [DiscoveryDatagram] = [
      .pairingQuery(slot: 5, nonce: generator.bytes(8)), .pairingReply(nonce: generator.bytes(8), port: 9),
      .announcement(DeviceAnnouncement(nonce: generator.bytes(8), tag: generator.bytes(16), port: 9)),
    ]
    for example in examples {
      let bytes = try example.encoded()
      for bit in 0..<(8 * bytes.count) {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << (bit % 8)
        guard let accepted = try? DiscoveryDatagram(flipped) else { continue }
        let again = try accepted.encoded()
        #expect(again == flipped)
      }
    }
  }

  @Test func whatIsOnlyClaimedCostsNoMemory() throws {
    let before = try peakByteCount()
    for _ in 0..<100 {
      _ = try? frames(in: [0xFF, 0xFF, 0xFF, 0xFF, 2])
      _ = try? frames(in: bigEndian(UInt32(WireLimits.frameByteCountMax)) + [2] + [UInt8](repeating: 0xFF, count: 17))
      // Fields and lists that claim 2^32 bytes.
      let claim: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]
      for field in UInt8(1)...15 { tryMessage([field << 3 | 2] + claim) }
      tryMessage(ProtoBytes.field(6, [2 << 3 | 2] + claim))
      tryMessage(ProtoBytes.field(8, ProtoBytes.field(2, [1 << 3 | 2] + claim)))
      #expect(throws: WireError.self) { try Inflate.inflate([3, 0], exactly: 1 << 30) }
      #expect(throws: WireError.self) { try Inflate.inflate([3, 0], exactly: 1 << 20) }
    }
    // Tests run side by side; what is claimed here is a hundred times 4 GiB.
    #expect(try peakByteCount() - before < 1 << 30)
  }

  /// The most address space this process has had.
  private func peakByteCount() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }
}

extension SeededGenerator {
  /// The payload of one of these frames with a few bytes changed, cut out, repeated or taken from another.
  fileprivate mutating func mutated(from frames: [[UInt8]]) -> [UInt8] {
    var bytes = Array((frames.randomElement(using: &self) ?? []).dropFirst(5))
    for _ in 0..<Int.random(in: 1...4, using: &self) {
      let start = Int.random(in: 0...bytes.count, using: &self)
      let end = Int.random(in: start...min(bytes.count, start + 20), using: &self)
      switch UInt8.random(in: 0..<5, using: &self) {
      case 0 where start < bytes.count: bytes[start] = UInt8(truncatingIfNeeded: next())
      case 1 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 2: bytes.removeSubrange(start..<end)
      case 3: bytes.insert(contentsOf: Array(bytes[start..<end]), at: start)
      default: bytes.insert(contentsOf: (frames.randomElement(using: &self) ?? []).suffix(20), at: start)
      }
    }
    return bytes
  }
}
