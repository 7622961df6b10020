import CoveyCore
import CoveyProtocol
import NIOCore
import Testing

@Suite struct PairingCoderTests {
  @Test func everyPairingMessageComesBackAsItWasSent() throws {
    var generator = SeededGenerator(seed: 1)
    for round in 0..<60 {
      for sent in generator.pairingFrames(size: round) {
        #expect(try pairingFrame(in: PairingCoder.encode(sent)) == sent, "round \(round)")
      }
    }
  }

  @Test func everythingBeforeTheCodeProvedRightFitsTheFirstLimit() throws {
    var generator = SeededGenerator(seed: 2)
    let longest = generator.bytes(WireLimits.pairingFieldByteCountMax)
    let sent: [PairingFrame] = [
      .hello(version: 255, slot: .max, nonce: longest), .open(nonce: longest), .publicShare(share: longest, associatedData: longest),
      .confirm(tag: longest), .fail,
    ]
    for frame in sent {
      let bytes = try Array(PairingCoder.encode(frame).readableBytesView)
      #expect(try frames(in: bytes, limit: WireLimits.unauthenticatedFrameByteCountMax).count == 1)
    }
  }

  @Test func fieldsThatAreTooLongAreRefusedBothWays() {
    let long = [UInt8](repeating: 1, count: WireLimits.pairingFieldByteCountMax + 1)
    let error = WireError.tooLong("a tag", byteCount: 129, limit: 128)
    #expect(throws: error) { try PairingCoder.encode(.confirm(tag: long)) }
    #expect(throws: error) { try PairingCoder.decode(.pairing(ProtoBytes.field(5, ProtoBytes.field(1, long)))) }
  }

  @Test func aSlotBeyondSixteenBitsIsRefused() {
    #expect(throws: WireError.invalid("a pairing hello", reason: "version 1, slot 65536")) {
      try PairingCoder.decode(
        .pairing(ProtoBytes.field(1, ProtoBytes.field(1, value: 1) + ProtoBytes.field(2, value: 65_536))))
    }
  }
}
