import CoveyCore
import CoveyProtocol
import NIOCore
import Testing

@Suite struct MessageSplittingTests {
  private let folder = FolderID(high: 1, low: 2)

  private func received(_ messages: [Message]) throws -> [Message] {
    try messages.map { try #require(try message(in: MessageCoder.encode($0))) }
  }

  @Test func batchesOfAnySizeFitFramesAndNothingIsLost() throws {
    var generator = SeededGenerator(seed: 1)
    for (sliceCount, recordCount, recordByteCount) in [(1, 1000, 200), (40, 1000, 180), (3, 100, 65_536), (2500, 1, 60), (0, 0, 0), (2, 0, 0)] {
      let record = generator.bytes(recordByteCount)
      let slices = (0..<sliceCount).map { index in
        BatchSlice(
          header: bigEndian(index) + generator.bytes(32_000), signature: generator.bytes(64),
          records: (0..<recordCount).map { Array((bigEndian($0) + record).prefix(recordByteCount)) })
      }
      var joined: [BatchSlice] = []
      for message in try received(Message.split(slices, in: folder)) {
        guard case .batches(folder, let parts) = message else { Issue.record("another message"); return }
        for part in parts {
          if let last = joined.last, last.header == part.header { joined[joined.count - 1].records += part.records } else { joined.append(part) }
        }
      }
      #expect(joined == slices)
    }
  }

  @Test func membershipRecordsKeepTheirOrder() throws {
    var generator = SeededGenerator(seed: 2)
    let records = (0..<300).map { index in SignedRecord(bytes: bigEndian(index) + generator.bytes(10_000), signature: generator.bytes(64)) }
    let messages = try received(Message.split(records))
    #expect(messages.count > 5)
    let joined = messages.flatMap { if case .membershipRecords(let part) = $0 { part } else { [SignedRecord]() } }
    #expect(joined == records)
  }

  @Test func addressesThatDoNotFitAreLeftOut() throws {
    let long = String(repeating: "a", count: 301)
    let peers = (0..<2500).map { PeerAddress(device: DeviceID(key: Bytes32(words: (UInt64($0), 0, 0, 0))), addresses: [long, "host:1", ""]) }
    let joined = try received(Message.split(peers)).flatMap { if case .addresses(let part) = $0 { part } else { [PeerAddress]() } }
    #expect(joined.map(\.device) == peers.map(\.device))
    #expect(joined.allSatisfy { $0.addresses == ["host:1"] })
  }

  @Test func manifestsOfAnyLengthArrivePartByPart() throws {
    var generator = SeededGenerator(seed: 3)
    let chunks = (0..<40_000).map { Chunk(hash: generator.bytes32(), byteCount: UInt32($0 + 1)) }
    let answer = ManifestAnswer(
      request: 7, base: generator.root(),
      runs: [.chunks(Array(chunks[..<5])), .copy(first: 3, count: 9), .chunks(chunks), .copy(first: 0, count: 1)], isPartial: false)
    var joined: [Chunk] = []
    var copies: [ManifestAnswer.Run] = []
    let messages = try received(Message.split(answer))
    for (index, message) in messages.enumerated() {
      guard case .manifest(let part) = message else { Issue.record("another message"); return }
      #expect(part.request == 7 && part.base == answer.base && part.isPartial == (index < messages.count - 1))
      for run in part.runs { if case .chunks(let some) = run { joined += some } else { copies.append(run) } }
    }
    #expect(joined == chunks[..<5] + chunks)
    #expect(copies == [.copy(first: 3, count: 9), .copy(first: 0, count: 1)])
  }

  @Test func aManifestWithoutRunsIsStillAnAnswer() {
    let answer = ManifestAnswer(request: 7, base: .none, runs: [], isPartial: false)
    #expect(Message.split(answer) == [.manifest(answer)])
  }

  @Test func aRequestTakesAsManyItemsAsFit() throws {
    var generator = SeededGenerator(seed: 4)
    let longPath = RelativePath(trusted: Array([String](repeating: String(repeating: "p", count: 200), count: 20).joined(separator: "/").utf8))
    func item(_ path: RelativePath, _ byteCount: Int64) -> ContentRequest.Item {
      ContentRequest.Item(path: path, root: generator.root(), offset: 0, byteCount: byteCount)
    }
    let short = [ContentRequest.Item](repeating: item(generator.path(), 1), count: 1500)
    let long = [ContentRequest.Item](repeating: item(longPath, 1), count: 1500)
    let heavy = [ContentRequest.Item](repeating: item(longPath, 3 << 20), count: 5)
    #expect(ContentRequest.countThatFits(short) == 1000)
    #expect((100..<200).contains(ContentRequest.countThatFits(long)))
    #expect(ContentRequest.countThatFits(heavy) == 2)
    for items in [short, long, heavy] {
      let request = ContentRequest(id: 1, folder: folder, items: Array(items.prefix(ContentRequest.countThatFits(items))))
      _ = try MessageCoder.encode(.contentRequest(request))
    }
  }

  @Test func everyDeviceHasItsTurnInARoundEnd() throws {
    var generator = SeededGenerator(seed: 5)
    let vector = VersionVector((0..<1_500).map { _ in Dot(log: LogID(generator.next()), sequence: 1 << 40) })
    var end = RoundEnd(
      knowledge: Knowledge(vector: vector, batchHashes: [:]), dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:])
    for index in 0..<300 {
      var behind = VersionVector(vector.dots.map { Dot(log: $0.log, sequence: $0.sequence - 1) })
      if index % 2 == 0 { behind = VersionVector() }
      end.acknowledged[DeviceID(key: generator.bytes32())] = behind
    }
    var seen: [DeviceID: VersionVector] = [:]
    var last: DeviceID?
    var roundCount = 0
    repeat {
      let part = end.fitting(after: last)
      guard case .roundEnd(_, let arrived)? = try message(in: MessageCoder.encode(.roundEnd(folder, part.end))) else { break }
      #expect(arrived == part.end)
      seen.merge(arrived.acknowledged) { $1 }
      last = part.last
      roundCount += 1
    } while seen.count < end.acknowledged.count && roundCount < 50
    #expect(seen == end.acknowledged)
    #expect(roundCount > 1)
  }

  /// A new log for every device and every start after a crash: a large team that lives long has thousands.
  @Test(arguments: [20_000, WireLimits.vectorCountMax]) func whatNamesVeryManyLogsArrivesWholeInFramesWithinTheirLimit(logCount: Int) throws {
    var generator = SeededGenerator(seed: 7)
    let dots = (0..<logCount).map { _ in Dot(log: LogID(generator.next()), sequence: .max) }
    let knowledge = Knowledge(vector: VersionVector(dots), batchHashes: Dictionary(uniqueKeysWithValues: dots.map { ($0.log, generator.next() | 1) }))
    let dropped = VersionVector(dots.map { Dot(log: $0.log, sequence: .max - 1) })
    let handshake = Message.folderHandshake(
      FolderHandshake(folder: folder, knowledge: knowledge, dropped: dropped, isFresh: false, shown: generator.bytes32()))
    let acknowledged = Dictionary(uniqueKeysWithValues: (0..<6).map { _ in (DeviceID(key: generator.bytes32()), dropped) })
    let end = RoundEnd(knowledge: knowledge, dropped: dropped, isFresh: false, shown: .zero, acknowledged: acknowledged)
    var seen: Set<DeviceID> = []
    var turn: DeviceID?
    for _ in 0..<6 where seen.count < acknowledged.count {
      let told = end.fitting(after: turn)
      turn = told.last
      for message in [handshake, .roundEnd(folder, told.end)] {
        let bytes = try MessageCoder.encode(message)
        #expect(frameLengths(bytes).allSatisfy { $0 <= WireLimits.controlFrameByteCountMax })
        #expect(try arrived(inChunks: bytes) == message)
      }
      seen.formUnion(told.end.acknowledged.keys)
    }
    #expect(seen.count == acknowledged.count)
  }

  /// The declared lengths of the frames in a buffer.
  private func frameLengths(_ buffer: ByteBuffer) -> [Int] {
    var rest = buffer
    var lengths: [Int] = []
    while let length = rest.readInteger(as: UInt32.self) {
      lengths.append(Int(length))
      rest.moveReaderIndex(forwardBy: min(Int(length), rest.readableBytes))
    }
    return lengths
  }

  /// The only message in these bytes, which arrive as a socket brings them.
  private func arrived(inChunks buffer: ByteBuffer) throws -> Message? {
    var (rest, decoder) = (buffer, FrameDecoder(limit: WireLimits.frameByteCountMax))
    var found: [Frame] = []
    while var chunk = rest.readSlice(length: min(100_000, rest.readableBytes)), chunk.readableBytes > 0 {
      decoder.append(&chunk)
      while let frame = try decoder.next() { found.append(frame) }
      #expect(decoder.isInsideFrame == (rest.readableBytes > 0))
    }
    return found.count == 1 ? try MessageCoder.decode(found[0]) : nil
  }

  @Test func aRoundEndThatFitsIsLeftAlone() {
    var generator = SeededGenerator(seed: 6)
    let end = generator.roundEnd(20)
    let part = end.fitting(after: end.acknowledged.keys.randomElement(using: &generator))
    #expect(part.end == end)
    #expect(part.last == nil)
  }
}
