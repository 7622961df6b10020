import CoveyCore
import CoveyProtocol
import Testing

@Suite struct WireLimitsTests {
  private static let id16 = ProtoBytes.field(1, [UInt8](repeating: 1, count: 16))
  private static let id32 = [UInt8](repeating: 1, count: 32)

  /// A list in a message, made by hand with any number of elements.
  struct List: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var limit: Int
    var isPairing = false
    var payload: @Sendable (Int) -> [UInt8]
  }

  @Test(arguments: [
    List(testDescription: "addresses", limit: 16) { ProtoBytes.field(1, ProtoBytes.fields(4, [97], count: $0)) },
    List(testDescription: "membership heads", limit: 1024) { ProtoBytes.field(2, ProtoBytes.fields(1, id32, count: $0)) },
    List(testDescription: "membership records", limit: 4096) { ProtoBytes.field(3, ProtoBytes.fields(1, [], count: $0)) },
    List(testDescription: "folders", limit: 1024) { ProtoBytes.field(5, ProtoBytes.fields(1, id16, count: $0)) },
    List(testDescription: "slices", limit: 1000) { ProtoBytes.field(7, id16 + ProtoBytes.fields(2, [], count: $0)) },
    List(testDescription: "records of a slice", limit: 1000) {
      ProtoBytes.field(7, id16 + ProtoBytes.field(2, ProtoBytes.fields(3, [5], count: $0)))
    },
    List(testDescription: "requested items", limit: 1000) { count in
      let item = ProtoBytes.field(1, [97]) + ProtoBytes.field(2, id32)
      return ProtoBytes.field(10, ProtoBytes.field(2, [UInt8](repeating: 1, count: 16)) + ProtoBytes.fields(3, item, count: count))
    },
    List(testDescription: "sums of one base", limit: 2048) { count in
      let base = ProtoBytes.field(6, [UInt8](repeating: 1, count: 8 * count))
      let item = ProtoBytes.field(1, [97]) + ProtoBytes.field(2, id32) + ProtoBytes.field(5, value: UInt64(512 * count)) + base
      return ProtoBytes.field(10, ProtoBytes.field(2, [UInt8](repeating: 1, count: 16)) + ProtoBytes.field(3, item))
    },
    List(testDescription: "known manifests", limit: 64) { count in
      let fixed = ProtoBytes.field(2, [UInt8](repeating: 1, count: 16)) + ProtoBytes.field(3, [97]) + ProtoBytes.field(4, id32)
      return ProtoBytes.field(12, fixed + ProtoBytes.fields(6, id32, count: count))
    },
    List(testDescription: "chunks in one run", limit: 16_384) { count in
      let run = ProtoBytes.field(1, [UInt8](repeating: 1, count: 32 * count)) + ProtoBytes.field(2, [UInt8](repeating: 1, count: count))
      return ProtoBytes.field(13, ProtoBytes.field(3, run))
    },
    List(testDescription: "runs", limit: 8192) { ProtoBytes.field(13, ProtoBytes.fields(3, [], count: $0)) },
    List(testDescription: "peers", limit: 1000) { ProtoBytes.field(15, ProtoBytes.fields(1, ProtoBytes.field(1, id32), count: $0)) },
    List(testDescription: "pairing records", limit: 4096, isPairing: true) { ProtoBytes.field(6, ProtoBytes.fields(2, [], count: $0)) },
  ])
  func aListIsTakenUpToItsLimitAndRefusedBeyond(_ list: List) throws {
    func decode(_ count: Int) throws {
      let payload = list.payload(count)
      if list.isPairing { _ = try PairingCoder.decode(.pairing(payload)) } else { _ = try MessageCoder.decode(.control(payload)) }
    }
    try decode(list.limit)
    #expect { try decode(list.limit + 1) } throws: { error in
      if case .tooMany(_, list.limit) = error as? WireError { true } else { false }
    }
  }

  @Test func aVectorIsTakenUpToItsLimitAndRefusedBeyond() throws {
    for (count, fits) in [(65_536, true), (65_537, false)] {
      let vector = VersionVector((1...count).map { Dot(log: LogID(UInt64($0)), sequence: 1) })
      let message = Message.folderHandshake(
        FolderHandshake(
          folder: FolderID(high: 1, low: 2), knowledge: Knowledge(vector: vector, batchHashes: [:]), dropped: vector, isFresh: true,
          shown: .zero))
      let sent = try? MessageCoder.encode(message)
      #expect((sent != nil) == fits)
      let logs = ProtoBytes.field(1, (1...count).flatMap { Array(bigEndian(UInt64($0)).reversed()) })
      let numbers = ProtoBytes.field(2, [UInt8](repeating: 1, count: count))
      let knowledge = ProtoBytes.field(2, logs + numbers + ProtoBytes.field(3, [UInt8](repeating: 1, count: 8 * count)))
      let payload = ProtoBytes.field(6, Self.id16 + knowledge + ProtoBytes.field(5, Self.id32))
      let received = try? MessageCoder.decode(.control(payload))
      #expect((received != nil) == fits)
    }
  }

  @Test func manySmallElementsAreRefusedHoweverTheyNest() {
    let slice = ProtoBytes.field(2, ProtoBytes.fields(3, [], count: 1000))
    let payload = ProtoBytes.field(7, Self.id16 + (0..<66).flatMap { _ in slice })
    #expect(throws: WireError.tooMany("elements", limit: WireLimits.elementCountMax)) { try MessageCoder.decode(.control(payload)) }
  }

  /// Messages within messages, and groups within groups, as deep as a frame has room for: the depth of what is read is that of the shapes.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func nothingIsReadDeeperThanItsShape(field: UInt64) {
    var nested: [UInt8] = []
    for _ in 0..<5_000 { nested = ProtoBytes.field(field, nested) }
    // Refused, or stepped over where the field is none of ours; never followed down.
    for payload in [nested, ProtoBytes.field(1, ProtoBytes.field(1, value: 1) + nested)] {
      _ = try? MessageCoder.decode(.control(payload))
      _ = try? PairingCoder.decode(.pairing(payload))
    }
    let groups = Array(repeatElement(ProtoBytes.number(field << 3 | 3), count: 300_000).joined())
    for payload in [groups, ProtoBytes.field(1, groups)] {
      #expect(throws: WireError.self) { try MessageCoder.decode(.control(payload)) }
      #expect(throws: WireError.self) { try PairingCoder.decode(.pairing(payload)) }
    }
  }

  @Test func acknowledgementsThatCopyMuchForFewBytesAreRefused() {
    let logs = (1...4096).flatMap { Array(bigEndian(UInt64($0)).reversed()) }
    let knowledge = ProtoBytes.field(
      2, ProtoBytes.field(1, logs) + ProtoBytes.field(2, [UInt8](repeating: 1, count: 4096)) + ProtoBytes.field(3, logs))
    let devices = (0..<4000).flatMap { index in
      ProtoBytes.field(
        6,
        ProtoBytes.field(1, [UInt8](repeating: 0, count: 28) + bigEndian(UInt32(index))) + ProtoBytes.field(2, [1, 0, 0, 0, 0, 0, 0, 0])
          + ProtoBytes.field(3, [2]))
    }
    #expect(throws: WireError.tooMany("acknowledged numbers", limit: WireLimits.acknowledgedNumberCountMax)) {
      try MessageCoder.decode(.control(ProtoBytes.field(8, Self.id16 + knowledge + ProtoBytes.field(5, Self.id32) + devices)))
    }
  }

  @Test func textsAreTakenUpToTheirLimitAndRefusedBeyond() throws {
    func hello(name: Int = 1, version: Int = 1, address: Int = 1) -> Message {
      .hello(
        Hello(
          protocolVersion: 1, deviceName: String(repeating: "n", count: name), programVersion: String(repeating: "v", count: version),
          addresses: [String(repeating: "a", count: address)]))
    }
    _ = try MessageCoder.encode(hello(name: 63, version: 64, address: 300))
    #expect(throws: WireError.tooLong("a device name", byteCount: 64, limit: 63)) { try MessageCoder.encode(hello(name: 64)) }
    #expect(throws: WireError.tooLong("a program version", byteCount: 65, limit: 64)) { try MessageCoder.encode(hello(version: 65)) }
    #expect(throws: WireError.tooLong("an address", byteCount: 301, limit: 300)) { try MessageCoder.encode(hello(address: 301)) }
    let long = ProtoBytes.field(1, ProtoBytes.field(2, [UInt8](repeating: 97, count: 64)))
    #expect(throws: WireError.tooLong("a device name", byteCount: 64, limit: 63)) { try MessageCoder.decode(.control(long)) }
  }

  @Test func aNameIsMeasuredInBytes() {
    let name = String(repeating: "\u{1F600}", count: 16)
    #expect(throws: WireError.tooLong("a device name", byteCount: 64, limit: 63)) {
      try MessageCoder.encode(.hello(Hello(protocolVersion: 1, deviceName: name, programVersion: "", addresses: [])))
    }
  }

  @Test func aRequestAsksForEightMebibytesAtMost() throws {
    var generator = SeededGenerator(seed: 1)
    func request(_ byteCounts: [Int64]) -> Message {
      .contentRequest(
        ContentRequest(
          id: 1, folder: generator.folderID(),
          items: byteCounts.map { ContentRequest.Item(path: generator.path(), root: generator.root(), offset: 0, byteCount: $0) }))
    }
    _ = try MessageCoder.encode(request([4 << 20, 4 << 20]))
    let error = WireError.tooMany("requested bytes", limit: 8 << 20)
    #expect(throws: error) { try MessageCoder.encode(request([4 << 20, 4 << 20, 1])) }
    #expect(throws: error) { try MessageCoder.encode(request([1 << 52, 1 << 52])) }
  }

  @Test func aRequestTellsOfBasesUpToALimit() throws {
    var generator = SeededGenerator(seed: 2)
    func request(_ bases: [PatchBase]) -> Message {
      .contentRequest(
        ContentRequest(
          id: 1, folder: generator.folderID(),
          items: bases.map { ContentRequest.Item(path: generator.path(), root: generator.root(), offset: 0, byteCount: 1, base: $0) }))
    }
    let most = PatchBase(byteCount: 1 << 20, sums: [UInt64](repeating: 1, count: 2048))
    _ = try MessageCoder.encode(request([PatchBase](repeating: most, count: 32)))
    #expect(throws: WireError.tooMany("sums of bases", limit: 65_536)) { try MessageCoder.encode(request([PatchBase](repeating: most, count: 33))) }
    for (byteCount, sumCount) in [(0, 0), (512, 0), (512, 2), (513, 1), ((1 << 20) + 1, 2049)] {
      let base = PatchBase(byteCount: byteCount, sums: [UInt64](repeating: 1, count: sumCount))
      #expect(throws: WireError.invalid("a base", reason: "it has \(sumCount) sums for \(byteCount) bytes")) { try MessageCoder.encode(request([base])) }
    }
  }

  @Test(arguments: [(-1, 1), (0, -1), (.max, 1), (1, .max), ((1 << 53) - 1, 1), (1 << 53, 0)] as [(Int64, Int64)])
  func aStretchBeyondTheLargestFileIsRefused(offset: Int64, byteCount: Int64) {
    let item = ContentRequest.Item(
      path: RelativePath(trusted: [97]), root: Root(digest: Bytes32(words: (1, 0, 0, 0))), offset: offset, byteCount: byteCount)
    #expect(throws: WireError.invalid("a range", reason: "\(byteCount) bytes from \(offset)")) {
      try MessageCoder.encode(.contentRequest(ContentRequest(id: 1, folder: FolderID(high: 0, low: 0), items: [item])))
    }
  }

  @Test func contentHasOneMebibyteAtMost() throws {
    let most = [UInt8](repeating: 1, count: WireLimits.contentByteCountMax)
    _ = try MessageCoder.encode(.content(ContentPart(request: 1, item: 1, bytes: most)))
    #expect(throws: WireError.tooLong("content", byteCount: most.count + 1, limit: most.count)) {
      try MessageCoder.encode(.content(ContentPart(request: 1, item: 1, bytes: most + [1])), compressionLevel: Deflate.levelOfFast)
    }
  }

  @Test func aMessageLongerThanAFrameIsNotSent() {
    let record = [UInt8](repeating: 1, count: WireLimits.recordByteCountMax)
    let slices = [BatchSlice](repeating: BatchSlice(header: [], signature: [], records: [record]), count: 16)
    #expect { try MessageCoder.encode(.batches(FolderID(high: 0, low: 0), slices)) } throws: { error in
      if case .frameTooLarge(_, WireLimits.controlFrameByteCountMax) = error as? WireError { true } else { false }
    }
  }
}
