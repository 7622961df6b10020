import CoveyCore
import CoveyProtocol
import CoveyTesting
import Testing

@Suite struct HostileRecordTests {
  private let good = BatchTests()

  @Test func `no spoiled header of a batch is one, and none is taken for its author's`() throws {
    let records = try (11...13).map { try good.record($0) }
    let slice = try good.slice(good.batch(records: records), records)
    var input = HostileInput([slice.header], seed: 1)
    var refused = 0
    input.feed(randomCount: 60_000) { bytes in
      if let batch = try? Batch(header: bytes) { #expect(batch.header == bytes && batch.range.count == batch.leaves.count) }
      guard bytes != slice.header, refused < 4_000 else { return }
      refused += 1
      #expect(throws: BatchError.self) { try good.verify(BatchSlice(header: bytes, signature: slice.signature, records: slice.records)) }
    }
    var others = HostileInput([slice.records[1]], seed: 2)
    others.feed(randomCount: 2_000) { bytes in
      guard bytes != slice.records[1] else { return }
      #expect(throws: BatchError.self) { try good.verify(BatchSlice(header: slice.header, signature: slice.signature, records: [slice.records[0], bytes])) }
    }
  }

  @Test func `whatever is typed is a code or no code, and a code is shown as it was meant`() throws {
    var generator = SeededGenerator(seed: 3)
    let codes = (0..<8).map { _ in PairingCode.make(using: &generator) }
    var input = HostileInput(codes.map { Array($0.text.utf8) } + [Array("7k qf3m\u{2011}9d2x ⅷ\u{301}".utf8)], seed: 4)
    input.feed(randomCount: 60_000) { bytes in
      guard let code = try? PairingCode(String(decoding: bytes, as: UTF8.self)) else { return }
      #expect((try? PairingCode(code.text)) == code && code.slot < 1024 && code.secret.count == 7)
    }
  }

  @Test func `a datagram is taken whole or not at all`() throws {
    var generator = SeededGenerator(seed: 5)
    let examples: [DiscoveryDatagram] = [
      .pairingQuery(slot: 5, nonce: generator.bytes(8)), .pairingReply(nonce: generator.bytes(8), port: 9),
      .announcement(DeviceAnnouncement(nonce: generator.bytes(8), tag: generator.bytes(16), port: 9)),
    ]
    var input = HostileInput(try examples.map { try $0.encoded() }, seed: 6)
    input.feed(randomCount: 60_000) { bytes in
      if let datagram = try? DiscoveryDatagram(bytes) { #expect((try? datagram.encoded()) == bytes) }
    }
  }
}
