import CoveyCore
import CoveyProtocol
import Testing

@Suite struct BatchTests {
  let key = pairingKey(1)
  let team = TeamID(genesis: Bytes32(words: (1, 2, 3, 4)))
  let folder = FolderID(high: 5, low: 6)
  let log = LogID(0xABCD)
  let heads = [Bytes32(words: (2, 0, 0, 0)), Bytes32(words: (1, 0, 0, 0))]

  func record(_ sequence: UInt64, log: LogID? = nil) throws -> [UInt8] {
    let dot = Dot(log: log ?? self.log, sequence: sequence)
    return Version(
      path: try RelativePath("notes/\(sequence).txt"), kind: .file, size: 3, mode: 0o644, modified: Timestamp(nanoseconds: 17),
      root: Root(smallContent: [1, 2, UInt8(truncatingIfNeeded: sequence)]), target: [], dot: dot, vector: VersionVector([dot]),
      contentDot: dot, metadataDot: dot, origin: Origin(modified: Timestamp(nanoseconds: 17), device: "ann"), replaced: .none
    ).record
  }

  func batch(first: UInt64 = 11, records: [[UInt8]]) throws -> Batch {
    try Batch.make(
      team: team, folder: folder, author: key.device, log: log, firstSequence: first, previous: first == 1 ? .zero : heads[0],
      authHeads: heads, records: records)
  }

  func slice(_ batch: Batch, _ records: [[UInt8]]) throws -> BatchSlice {
    BatchSlice(header: batch.header, signature: try batch.signature(by: key), records: records)
  }

  func verify(_ slice: BatchSlice) throws(BatchError) -> VerifiedBatch { try VerifiedBatch(slice: slice, team: team, folder: folder) }

  @Test func `Any versions of a batch verify without the others`() throws {
    let records = try (11...15).map { try record($0) }
    let batch = try batch(records: records)
    #expect(try Batch(header: batch.header) == batch)
    #expect(batch.range == 11...15 && batch.authHeads == heads.sorted())
    let verified = try verify(slice(batch, [records[1], records[4]]))
    #expect(verified.items.map(\.version.dot.sequence) == [12, 15])
    #expect(verified.items.map(\.record) == [records[1], records[4]])
    #expect(verified.author == key.device && verified.log == log && verified.range == 11...15 && verified.hash == batch.hash)
    #expect(try verify(slice(batch, records)).items.count == 5)
  }

  @Test func `What is not the author's is refused`() throws {
    let records = try (11...13).map { try record($0) }
    let batch = try batch(records: records)
    let good = try slice(batch, records)
    #expect(throws: BatchError.otherTeam) { try VerifiedBatch(slice: good, team: TeamID(genesis: .zero), folder: folder) }
    #expect(throws: BatchError.otherFolder) { try VerifiedBatch(slice: good, team: team, folder: FolderID(high: 0, low: 0)) }
    #expect(throws: BatchError.wrongCount) { try verify(slice(batch, [])) }
    #expect(throws: BatchError.wrongCount) { try verify(slice(batch, records + records)) }
    #expect(throws: BatchError.notAscending) { try verify(slice(batch, [records[1], records[0]])) }
    #expect(throws: BatchError.notAscending) { try verify(slice(batch, [records[1], records[1]])) }
    #expect(throws: BatchError.otherPlace) { try verify(slice(batch, [try record(14)])) }
    #expect(throws: BatchError.otherPlace) { try verify(slice(batch, [try record(10)])) }
    #expect(throws: BatchError.otherPlace) { try verify(slice(batch, [try record(11, log: LogID(1))])) }
    #expect(throws: BatchError.malformedVersion(.truncated)) { try verify(slice(batch, [[]])) }
    var version = try Version(record: records[0])
    version.mode = 0o600
    #expect(throws: BatchError.otherVersion) { try verify(slice(batch, [version.record])) }
    var forged = good
    forged.signature = try batch.signature(by: pairingKey(2))
    #expect(throws: BatchError.badSignature) { try verify(forged) }
  }

  @Test func `A batch that names another's key as its author has no valid signature`() throws {
    let records = [try record(1)]
    let stolen = try Batch.make(
      team: team, folder: folder, author: pairingKey(2).device, log: log, firstSequence: 1, previous: .zero, authHeads: heads, records: records)
    #expect(throws: BatchError.badSignature) { try verify(slice(stolen, records)) }
    let degenerate = try Batch.make(
      team: team, folder: folder, author: DeviceID(key: .zero), log: log, firstSequence: 1, previous: .zero, authHeads: heads, records: records)
    #expect(throws: BatchError.badSignature) { try verify(slice(degenerate, records)) }
  }

  @Test func `A signature of the same bytes as something else is none`() throws {
    let records = [try record(11)]
    let batch = try batch(records: records)
    let signature = try key.sign(SigningPrefix.record + batch.header)
    #expect(throws: BatchError.badSignature) { try verify(BatchSlice(header: batch.header, signature: signature, records: records)) }
  }

  @Test func `No prefix and no flipped bit verifies`() throws {
    let records = try (11...12).map { try record($0) }
    let good = try slice(batch(records: records), records)
    for count in 0..<good.header.count {
      let cut = BatchSlice(header: Array(good.header[..<count]), signature: good.signature, records: records)
      #expect(throws: BatchError.self) { try verify(cut) }
    }
    #expect(throws: BatchError.malformed(.trailingBytes)) {
      try verify(BatchSlice(header: good.header + [0], signature: good.signature, records: records))
    }
    for bit in 0..<(good.header.count * 8) {
      var flipped = good
      flipped.header[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BatchError.self) { try verify(flipped) }
    }
    for bit in 0..<(64 * 8) {
      var flipped = good
      flipped.signature[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BatchError.self) { try verify(flipped) }
    }
    for bit in 0..<(records[0].count * 8) {
      var flipped = good
      flipped.records[0][bit / 8] ^= 1 << (bit % 8)
      #expect(throws: BatchError.self) { try verify(flipped) }
    }
    for count in 0..<records[1].count {
      var cut = good
      cut.records[1] = Array(records[1][..<count])
      #expect(throws: BatchError.self) { try verify(cut) }
    }
  }

  @Test func `Counts and numbers out of their bounds are refused`() throws {
    let one = [try record(11)]
    func make(first: UInt64 = 11, previous: Bytes32 = .zero, heads: Int = 1, count: Int = 1) throws -> Batch {
      try Batch.make(
        team: team, folder: folder, author: key.device, log: log, firstSequence: first, previous: previous,
        authHeads: (0..<heads).map { Bytes32(words: (UInt64($0), 0, 0, 0)) }, records: Array(repeating: one[0], count: count))
    }
    #expect(try make(heads: 16, count: 1000).leaves.count == 1000)
    #expect(throws: BatchError.malformed(.tooLarge)) { try make(heads: 17) }
    #expect(throws: BatchError.malformed(.tooLarge)) { try make(heads: 0) }
    #expect(throws: BatchError.malformed(.tooLarge)) { try make(count: 1001) }
    #expect(throws: BatchError.malformed(.tooLarge)) { try make(count: 0) }
    #expect(throws: BatchError.malformed(.notCanonical)) { try make(first: 0) }
    #expect(throws: BatchError.malformed(.notCanonical)) { try make(first: .max, count: 2) }
    #expect(throws: BatchError.malformed(.notCanonical)) { try make(first: 1, previous: heads[0]) }
  }
}
