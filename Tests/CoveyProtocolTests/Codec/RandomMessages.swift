import CoveyCore
import CoveyProtocol

/// Messages of every kind with random values, all of them within the limits.
extension SeededGenerator {
  /// One message of every kind; `size` bounds the lists in them.
  mutating func messages(size: Int) -> [Message] {
    [
      .hello(
        Hello(
          protocolVersion: .random(in: 0...9, using: &self), deviceName: text(0...20), programVersion: text(0...20),
          addresses: list(0...min(size, 16)) { $0.text(1...60) })),
      .membershipHeads(list(0...size) { $0.bytes32() }),
      .membershipRecords(list(0...size) { $0.signedRecord() }),
      .membershipDone,
      .folders(list(0...size) { generator in
        FolderOffer(
          folder: generator.folderID(), label: generator.text(0...60), fileCount: generator.count(), byteCount: generator.count(),
          isPaused: .random(using: &generator))
      }),
      .folderHandshake(
        FolderHandshake(
          folder: folderID(), knowledge: knowledge(size), dropped: vector(size), isFresh: .random(using: &self), shown: bytes32())),
      .batches(folderID(), list(0...size) { generator in
        BatchSlice(header: generator.bytes(0...300), signature: generator.bytes(64), records: generator.list(0...size) { $0.bytes(0...200) })
      }),
      .roundEnd(folderID(), roundEnd(size)),
      .folderStatus(
        folderID(),
        PeerFolderStatus(shown: bytes32(), pendingFileCount: count(), pendingByteCount: count(), isSettled: .random(using: &self), knowledge: bytes32())),
      .contentRequest(
        ContentRequest(id: next(), folder: folderID(), items: list(0...size) { generator in
          ContentRequest.Item(
            path: generator.path(), root: generator.root(), offset: .random(in: 0...(1 << 40), using: &generator),
            byteCount: .random(in: 0...8000, using: &generator), base: .random(using: &generator) ? PatchBase(of: generator.bytes(1...2000)) : nil)
        })),
      .content(
        ContentPart(
          request: next(), item: UInt32(truncatingIfNeeded: next()), form: [.plain, .patch, .run].randomElement(using: &self) ?? .plain, bytes: bytes(0...(size * 100)))),
      .contentUnavailable(request: next(), item: UInt32(truncatingIfNeeded: next())),
      .manifestRequest(
        ManifestRequest(
          id: next(), folder: folderID(), path: path(), root: root(), byteCount: .random(in: 0...(1 << 50), using: &self),
          have: list(0...min(size, 64)) { $0.root() })),
      .manifest(ManifestAnswer(request: next(), base: root(), runs: list(0...size) { $0.run(size) }, isPartial: .random(using: &self))),
      .cancel(request: next()),
      .addresses(list(0...size) { generator in
        PeerAddress(device: DeviceID(key: generator.bytes32()), addresses: generator.list(0...4) { $0.text(1...60) })
      }),
      .ping,
      .pong,
    ]
  }

  /// One pairing message of every kind.
  mutating func pairingFrames(size: Int) -> [PairingFrame] {
    [
      .hello(version: 1, slot: .random(in: 0...1023, using: &self), nonce: bytes(16)),
      .open(nonce: bytes(16)),
      .fail,
      .publicShare(share: bytes(0...64), associatedData: bytes(0...20)),
      .confirm(tag: bytes(64)),
      .welcome(
        PairingWelcome(
          team: bytes(32), records: list(0...size) { $0.signedRecord() }, role: .random(in: 0...255, using: &self),
          rank: UInt32(truncatingIfNeeded: next()))),
      .join(PairingJoin(keyAgreementKey: bytes(32), name: text(0...20), platform: text(0...20), signature: bytes(64))),
      .added(signedRecord()),
    ]
  }

  mutating func bytes32() -> Bytes32 { Bytes32(words: (next(), next(), next(), next())) }
  mutating func root() -> Root { Root(digest: bytes32()) }
  mutating func folderID() -> FolderID { FolderID(high: next(), low: next()) }
  mutating func signedRecord() -> SignedRecord { SignedRecord(bytes: bytes(0...300), signature: bytes(64)) }
  mutating func count() -> Int64 { Int64.random(in: 0...Int64.max, using: &self) >> Int.random(in: 0...62, using: &self) }

  mutating func text(_ counts: ClosedRange<Int>) -> String {
    String(list(counts) { generator in "abcxyz0189.:- \n\u{E4}\u{20AC}\u{1F600}".randomElement(using: &generator) ?? "a" })
  }

  mutating func path() -> RelativePath {
    let components = list(1...4) { generator in
      String(generator.list(1...12) { generator in "abcxyz0189- \u{E4}\u{20AC}".randomElement(using: &generator) ?? "a" })
    }
    return RelativePath(trusted: Array(components.joined(separator: "/").utf8))
  }

  mutating func vector(_ size: Int) -> VersionVector {
    VersionVector(list(0...size) { generator in Dot(log: LogID(generator.next()), sequence: .random(in: 1...UInt64.max, using: &generator)) })
  }

  mutating func knowledge(_ size: Int) -> Knowledge {
    let vector = vector(size)
    var hashes: [LogID: UInt64] = [:]
    for dot in vector.dots where Bool.random(using: &self) { hashes[dot.log] = .random(in: 1...UInt64.max, using: &self) }
    return Knowledge(vector: vector, batchHashes: hashes)
  }

  mutating func roundEnd(_ size: Int) -> RoundEnd {
    let knowledge = knowledge(size)
    var acknowledged: [DeviceID: VersionVector] = [:]
    for _ in 0..<Int.random(in: 0...size, using: &self) {
      acknowledged[DeviceID(key: bytes32())] =
        switch UInt8.random(in: 0..<4, using: &self) {
        case 0: knowledge.vector
        case 1: VersionVector()
        case 2: vector(size)
        default: behind(knowledge.vector)
        }
    }
    return RoundEnd(
      knowledge: knowledge, dropped: vector(size), isFresh: .random(using: &self), shown: bytes32(), acknowledged: acknowledged)
  }

  /// A vector like `vector` but for a few logs.
  private mutating func behind(_ vector: VersionVector) -> VersionVector {
    var behind = vector
    for dot in vector.dots where Int.random(in: 0..<3, using: &self) == 0 {
      behind.limit(dot.log, to: .random(in: 0...dot.sequence, using: &self))
    }
    if Bool.random(using: &self) { behind.include(Dot(log: LogID(next()), sequence: 7)) }
    return behind
  }

  private mutating func run(_ size: Int) -> ManifestAnswer.Run {
    Bool.random(using: &self)
      ? .copy(first: .random(in: 0...1_000_000, using: &self), count: .random(in: 1...1_000_000, using: &self))
      : .chunks(list(0...size) { generator in
        Chunk(hash: generator.bytes32(), byteCount: .random(in: 1...WireLimits.chunkByteCountMax, using: &generator))
      })
  }
}
