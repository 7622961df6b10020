import CoveyCore
import CoveyProtocol
import NIOCore
import Testing

@Suite struct FrameDecoderTests {
  private let sent: [Message]
  private let stream: [UInt8]

  init() throws {
    var generator = SeededGenerator(seed: 1)
    sent = (0..<4).flatMap { _ in generator.messages(size: 6) }
    stream = try sent.flatMap { Array(try MessageCoder.encode($0).readableBytesView) }
  }

  private func received(inPiecesOf sizes: () -> Int) throws -> [Message] {
    var decoder = FrameDecoder(limit: WireLimits.frameByteCountMax)
    var received: [Message] = []
    var rest = stream[...]
    while !rest.isEmpty {
      let piece = rest.prefix(sizes())
      rest = rest.dropFirst(piece.count)
      var buffer = ByteBuffer(bytes: piece)
      decoder.append(&buffer)
      #expect(buffer.readableBytes == 0)
      while let frame = try decoder.next() { received.append(try MessageCoder.decode(frame)) }
    }
    #expect(!decoder.isInsideFrame)
    return received
  }

  @Test(arguments: [1, 2, 3, 5, 64, 4096, 5000, .max]) func framesAreFoundHoweverTheStreamIsCut(size: Int) throws {
    #expect(try received { size } == sent)
  }

  @Test func framesAreFoundInAStreamCutAtRandom() throws {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<20 {
      let received = try received { Int.random(in: 1...9000, using: &generator) }
      #expect(received == sent)
    }
  }

  @Test func aLongContentPartIsPutTogetherFromManyBuffers() throws {
    var generator = SeededGenerator(seed: 3)
    let message = Message.content(ContentPart(request: 1, item: 0, bytes: generator.bytes(WireLimits.contentByteCountMax)))
    var frame = try MessageCoder.encode(message)
    var decoder = FrameDecoder(limit: WireLimits.frameByteCountMax)
    while frame.readableBytes > 0 {
      #expect(try decoder.next() == nil)
      var piece = ByteBuffer(bytes: frame.readBytes(length: min(16_384, frame.readableBytes)) ?? [])
      decoder.append(&piece)
    }
    let whole = try #require(try decoder.next())
    #expect(try MessageCoder.decode(whole) == message)
  }

  @Test func aFrameThatHasBegunIsSeen() throws {
    var decoder = FrameDecoder()
    #expect(!decoder.isInsideFrame)
    for byte in frameBytes(kind: 1, payload: [0x82, 1, 0]).dropLast() {
      var buffer = ByteBuffer(bytes: [byte])
      decoder.append(&buffer)
      #expect(try decoder.next() == nil)
      #expect(decoder.isInsideFrame)
    }
    var last = ByteBuffer(bytes: [0])
    decoder.append(&last)
    #expect(try decoder.next() == .control([0x82, 1, 0]))
    #expect(!decoder.isInsideFrame)
  }

  @Test(arguments: [
    (UInt32.max, .frameTooLarge(byteCount: 0xFFFF_FFFF, limit: 4096)),
    (4097, .frameTooLarge(byteCount: 4097, limit: 4096)),
    (0, .frameTooSmall(byteCount: 0)),
  ] as [(UInt32, WireError)])
  func aDeclaredLengthIsJudgedAsSoonAsItIsThere(length: UInt32, error: WireError) {
    #expect(throws: error) { try frames(in: bigEndian(length), limit: WireLimits.unauthenticatedFrameByteCountMax) }
  }

  @Test(arguments: [
    (0, 9, .unknownFrameKind(0)),
    (5, 9, .unknownFrameKind(5)),
    (1, 1, .frameTooSmall(byteCount: 1)),
    (2, 17, .frameTooSmall(byteCount: 17)),
    (1, 1_048_577, .frameTooLarge(byteCount: 1_048_577, limit: 1_048_576)),
    (3, 1_048_577, .frameTooLarge(byteCount: 1_048_577, limit: 1_048_576)),
  ] as [(UInt8, UInt32, WireError)])
  func aKindIsJudgedAsSoonAsItIsThere(kind: UInt8, length: UInt32, error: WireError) {
    #expect(throws: error) { try frames(in: bigEndian(length) + [kind]) }
  }

  @Test func aFrameMayBeExactlyAsLongAsTheLimit() throws {
    let cases: [(limit: Int, kind: UInt8)] = [
      (WireLimits.unauthenticatedFrameByteCountMax, 3), (WireLimits.controlFrameByteCountMax, 1),
    ]
    for (limit, kind) in cases {
      let payload = [UInt8](repeating: 1, count: limit - 1)
      #expect(try frames(in: frameBytes(kind: kind, payload: payload), limit: limit).count == 1)
      #expect(throws: WireError.frameTooLarge(byteCount: limit + 1, limit: limit)) {
        try frames(in: frameBytes(kind: kind, payload: payload + [1]), limit: limit)
      }
    }
  }

  @Test func theLimitIsRaisedOnceThePeerIsKnown() throws {
    let long = frameBytes(kind: 1, payload: [UInt8](repeating: 1, count: 5000))
    var decoder = FrameDecoder()
    decoder.limit = WireLimits.frameByteCountMax
    var buffer = ByteBuffer(bytes: long)
    decoder.append(&buffer)
    #expect(try decoder.next() != nil)
  }

  @Test func afterAnErrorNothingElseComes() throws {
    var decoder = FrameDecoder()
    var buffer = ByteBuffer(bytes: [0, 0, 0, 0] + frameBytes(kind: 1, payload: [1, 1]))
    decoder.append(&buffer)
    for _ in 0..<3 {
      #expect(throws: WireError.frameTooSmall(byteCount: 0)) { try decoder.next() }
      var more = ByteBuffer(bytes: frameBytes(kind: 1, payload: [1, 1]))
      decoder.append(&more)
    }
  }

  /// What stands between the item and the bytes: flags and the length uncompressed. One byte follows.
  @Test(arguments: [
    ([6, 0, 0, 0, 1], .invalid("content", reason: "flags 6 are not known")),
    ([8, 0, 0, 0, 1], .invalid("content", reason: "flags 8 are not known")),
    ([0, 0, 0, 0, 2], .invalid("content", reason: "1 bytes came where 2 are declared")),
    ([1, 0, 0, 0, 1], .invalid("content", reason: "1 bytes came where 1 are declared")),
    ([1, 0xFF, 0xFF, 0xFF, 0xFF], .tooLong("content", byteCount: 0xFFFF_FFFF, limit: 1_048_576)),
  ] as [([UInt8], WireError)])
  func aContentHeaderThatLiesIsRefused(header: [UInt8], error: WireError) {
    #expect(throws: error) { try frames(in: frameBytes(kind: 2, payload: [UInt8](repeating: 0, count: 12) + header + [5])) }
  }

  private static func part(_ byteCount: Int) -> [UInt8] { frameBytes(kind: 4, payload: [UInt8](repeating: 0, count: byteCount)) }

  @Test func nothingComesBetweenThePartsOfAMessage() {
    #expect(throws: WireError.unexpectedFrame) { try frames(in: Self.part(5) + frameBytes(kind: 2, payload: [UInt8](repeating: 0, count: 17))) }
    #expect(throws: WireError.unexpectedFrame) { try frames(in: Self.part(5) + frameBytes(kind: 3, payload: [1, 2])) }
  }

  @Test func aMessageInPartsHasABound() throws {
    let part = Self.part(WireLimits.controlFrameByteCountMax - 1)
    let most = try frames(in: Array([[UInt8]](repeating: part, count: 5).joined()))
    #expect(most.isEmpty)
    let error = WireError.frameTooLarge(byteCount: 6 * (WireLimits.controlFrameByteCountMax - 1), limit: WireLimits.messageByteCountMax)
    #expect(throws: error) { try frames(in: Array([[UInt8]](repeating: part, count: 6).joined())) }
    // Only what has to be long may come in parts.
    let ping = Array(try MessageCoder.encode(.ping).readableBytesView.dropFirst(5))
    let long = Self.part(WireLimits.controlFrameByteCountMax - 1) + frameBytes(kind: 1, payload: ping)
    #expect(throws: WireError.self) { for frame in try frames(in: long) { _ = try MessageCoder.decode(frame) } }
  }

  @Test func verySmallPartsAreTakenAtNoGreatDepth() throws {
    let dust = Array([[UInt8]](repeating: frameBytes(kind: 4, payload: [0x7A]), count: 200_000).joined())
    let found = try frames(in: dust + frameBytes(kind: 1, payload: [1]))
    #expect(found == [.control([UInt8](repeating: 0x7A, count: 200_000) + [1])])
  }

  @Test func whoHasNotProvedToBeAMemberSendsNoParts() {
    #expect(throws: WireError.unexpectedFrame) { try frames(in: Self.part(5), limit: WireLimits.unauthenticatedFrameByteCountMax) }
  }
}
