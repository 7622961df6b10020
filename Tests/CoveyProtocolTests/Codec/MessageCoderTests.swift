import CoveyCore
import CoveyProtocol
import NIOCore
import Testing

@Suite struct MessageCoderTests {
  @Test func everyMessageComesBackAsItWasSent() throws {
    var generator = SeededGenerator(seed: 1)
    for round in 0..<60 {
      for sent in generator.messages(size: [0, 1, 5, 40][round % 4]) {
        let frame = try MessageCoder.encode(sent)
        #expect(try message(in: frame) == sent, "round \(round)")
      }
    }
  }

  @Test func everyMessageFillsExactlyTheLengthItDeclares() throws {
    var generator = SeededGenerator(seed: 2)
    for sent in generator.messages(size: 5) {
      var frame = try MessageCoder.encode(sent)
      #expect(frame.readInteger(as: UInt32.self) == UInt32(frame.readableBytes))
    }
  }

  @Test(arguments: [0, 1, 255, 256, 4096, 100_000, 1 << 20]) func contentComesBackCompressedOrNot(byteCount: Int) throws {
    var generator = SeededGenerator(seed: 3)
    for bytes in [generator.bytes(byteCount), (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 / 97) }] {
      let part = Message.content(ContentPart(request: .max, item: .max, bytes: bytes))
      #expect(try message(in: MessageCoder.encode(part, compressionLevel: Deflate.levelOfFast)) == part)
      #expect(try message(in: MessageCoder.encode(part)) == part)
    }
  }

  @Test func contentIsCompressedOnlyWhereThatPays() throws {
    var generator = SeededGenerator(seed: 4)
    let even = ContentPart(request: 1, item: 2, bytes: [UInt8](repeating: 7, count: 50_000))
    let random = ContentPart(request: 1, item: 2, bytes: generator.bytes(50_000))
    #expect(try MessageCoder.encode(.content(even), compressionLevel: Deflate.levelOfFast).readableBytes < 1000)
    #expect(try MessageCoder.encode(.content(even)).readableBytes == 50_000 + 22)
    #expect(try MessageCoder.encode(.content(random), compressionLevel: Deflate.levelOfFast).readableBytes == 50_000 + 22)
  }

  @Test func contentTravelsRawBehindItsHeader() throws {
    let frame = try MessageCoder.encode(.content(ContentPart(request: 0x0102_0304_0506_0708, item: 9, bytes: [0xAA, 0xBB])))
    #expect(Array(frame.readableBytesView) == [0, 0, 0, 20, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 9, 0, 0, 0, 0, 2, 0xAA, 0xBB])
    let run = try MessageCoder.encode(.content(ContentPart(request: 1, item: 9, form: .run, bytes: [0xAA, 0xBB])))
    #expect(Array(run.readableBytesView) == [0, 0, 0, 20, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 4, 0, 0, 0, 2, 0xAA, 0xBB])
  }

  @Test func whatAllMembersHoldCostsLittleMoreThanTheirNames() throws {
    var generator = SeededGenerator(seed: 5)
    let vector = VersionVector((0..<100).map { _ in Dot(log: LogID(generator.next()), sequence: 1 << 20) })
    var end = RoundEnd(
      knowledge: Knowledge(vector: vector, batchHashes: [:]), dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:])
    let alone = try MessageCoder.encode(.roundEnd(generator.folderID(), end)).readableBytes
    for _ in 0..<100 { end.acknowledged[DeviceID(key: generator.bytes32())] = vector }
    #expect(try MessageCoder.encode(.roundEnd(generator.folderID(), end)).readableBytes <= alone + 100 * 36)
  }

  @Test func aHelloAlwaysFitsTheFirstFrame() throws {
    let hello = Hello(
      protocolVersion: .max, deviceName: String(repeating: "n", count: 63), programVersion: String(repeating: "v", count: 64),
      addresses: WireLimits.addresses((0..<40).map { "\($0)." + String(repeating: "a", count: 215) }))
    #expect(hello.addresses.count == 16)
    let frame = try MessageCoder.encode(.hello(hello))
    #expect(try frames(in: Array(frame.readableBytesView), limit: WireLimits.unauthenticatedFrameByteCountMax).count == 1)
  }

  @Test func fieldsOfLaterVersionsAreSkipped() throws {
    let cancel = ProtoBytes.field(14, ProtoBytes.field(1, value: 5) + ProtoBytes.field(77, [1, 2, 3]) + ProtoBytes.field(9, value: 1))
    #expect(try MessageCoder.decode(.control(ProtoBytes.field(900, [9]) + cancel)) == .cancel(request: 5))
  }

  struct Refusal: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var payload: [UInt8]
    var error: WireError
    init(_ testDescription: String, _ payload: [UInt8], _ error: WireError) {
      self.testDescription = testDescription
      self.payload = payload
      self.error = error
    }
  }

  @Test(arguments: [
    Refusal("nothing known", ProtoBytes.field(99, []), .unknownMessage),
    Refusal("two messages", ProtoBytes.field(16, []) + ProtoBytes.field(17, []), .malformed("it holds two messages")),
    Refusal("one message twice", ProtoBytes.field(16, []) + ProtoBytes.field(16, []), .malformed("it holds two messages")),
    Refusal(
      "a field twice", ProtoBytes.field(14, ProtoBytes.field(1, value: 1) + ProtoBytes.field(1, value: 2)),
      .tooMany("values of field 1", limit: 1)),
    Refusal("a field of another type", ProtoBytes.field(14, ProtoBytes.field(1, [1])), .malformed("field 1 has another type")),
    Refusal("a group", [14 << 3 | 3], .malformed("a field has wire type 3")),
    Refusal("field zero", [2, 0], .malformed("a field has number 0")),
    Refusal("a length beyond the end", [16 << 3 & 0x7F | 0x82, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], .malformed("it ends inside a field")),
    Refusal("an endless number", [UInt8](repeating: 0xFF, count: 40), .malformed("a number has more than ten bytes")),
    Refusal(
      "a path outside the folder",
      ProtoBytes.field(
        10,
        ProtoBytes.field(2, [UInt8](repeating: 1, count: 16))
          + ProtoBytes.field(3, ProtoBytes.field(1, Array("../x".utf8)) + ProtoBytes.field(2, [UInt8](repeating: 1, count: 32)))),
      .invalid("a path", reason: "'.' and '..' are no names")),
    Refusal(
      "a short id", ProtoBytes.field(2, ProtoBytes.field(1, [UInt8](repeating: 1, count: 31))),
      .invalid("a record id", reason: "it has 31 bytes instead of 32")),
    Refusal(
      "a negative count",
      ProtoBytes.field(5, ProtoBytes.field(1, ProtoBytes.field(1, [UInt8](repeating: 1, count: 16)) + ProtoBytes.field(3, value: 1 << 63))),
      .invalid("a count", reason: "9223372036854775808")),
    Refusal(
      "a copy without a base",
      ProtoBytes.field(13, ProtoBytes.field(3, ProtoBytes.field(4, value: 1))), .invalid("a manifest", reason: "it copies from no base")),
  ])
  func whatNoSenderWritesIsRefused(_ refusal: Refusal) {
    #expect(throws: refusal.error) { try MessageCoder.decode(.control(refusal.payload)) }
  }

  @Test func logsOutOfOrderAreRefused() {
    let folder = ProtoBytes.field(1, [UInt8](repeating: 1, count: 16))
    let logs = [[UInt8](repeating: 2, count: 8), [UInt8](repeating: 1, count: 8)].flatMap { $0 }
    let vector = ProtoBytes.field(3, ProtoBytes.field(1, logs) + ProtoBytes.field(2, [1, 1]))
    #expect(throws: WireError.invalid("a vector", reason: "its logs do not ascend")) {
      try MessageCoder.decode(.control(ProtoBytes.field(6, folder + vector)))
    }
  }

  @Test func aPairingFrameIsNoMessage() {
    #expect(throws: WireError.unexpectedFrame) { try MessageCoder.decode(.pairing([])) }
    #expect(throws: WireError.unexpectedFrame) { try PairingCoder.decode(.control([])) }
  }
}
