import CoveyCore
import FoundationEssentials

// From the protobuf form to messages. Every value is parsed into the type that vouches for it; limits are checked afterwards.

extension Message {
  init(_ proto: ProtoControlMessage) throws(WireError) {
    guard let body = proto.body else { throw .unknownMessage }
    switch body {
    case .hello(let hello):
      self = .hello(
        Hello(
          protocolVersion: hello.protocolVersion, deviceName: hello.deviceName, programVersion: hello.programVersion,
          addresses: hello.addresses))
    case .membershipHeads(let heads):
      self = .membershipHeads(try heads.ids.map { id throws(WireError) in try parseBytes32(id, "a record id") })
    case .membershipRecords(let records): self = .membershipRecords(records.records.map(SignedRecord.init))
    case .membershipDone: self = .membershipDone
    case .folders(let folders):
      self = .folders(try folders.folders.map { offer throws(WireError) in try FolderOffer(offer) })
    case .folderHandshake(let handshake): self = .folderHandshake(try FolderHandshake(handshake))
    case .batches(let batches):
      let packed = batches.packed.isEmpty ? [] : try PackedBatches.unpack(Array(batches.packed))
      self = .batches(try parseFolderID(batches.folder), packed + batches.slices.map(BatchSlice.init))
    case .roundEnd(let end): self = .roundEnd(try parseFolderID(end.folder), try RoundEnd(end))
    case .folderStatus(let status): self = .folderStatus(try parseFolderID(status.folder), try PeerFolderStatus(status))
    case .contentRequest(let request): self = .contentRequest(try ContentRequest(request))
    case .contentUnavailable(let item): self = .contentUnavailable(request: item.request, item: item.item)
    case .manifestRequest(let request): self = .manifestRequest(try ManifestRequest(request))
    case .manifest(let answer): self = .manifest(try ManifestAnswer(answer))
    case .cancel(let cancel): self = .cancel(request: cancel.request)
    case .addresses(let addresses):
      self = .addresses(try addresses.peers.map { peer throws(WireError) in try PeerAddress(peer) })
    case .ping: self = .ping
    case .pong: self = .pong
    }
  }
}

extension SignedRecord {
  init(_ proto: ProtoSignedRecord) { self.init(bytes: Array(proto.record), signature: Array(proto.signature)) }
}

extension FolderOffer {
  fileprivate init(_ proto: ProtoFolderOffer) throws(WireError) {
    self.init(
      folder: try parseFolderID(proto.folder), label: proto.label, fileCount: try parseCount(proto.fileCount),
      byteCount: try parseCount(proto.byteCount), isPaused: proto.isPaused)
  }
}

extension VersionVector {
  fileprivate init(logs: [UInt64], sequences: [UInt64]) throws(WireError) {
    guard logs.count == sequences.count else {
      throw .invalid("a vector", reason: "it has \(logs.count) logs and \(sequences.count) numbers")
    }
    guard zip(logs, logs.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .invalid("a vector", reason: "its logs do not ascend") }
    guard !sequences.contains(0) else { throw .invalid("a vector", reason: "a number is zero") }
    self.init(zip(logs, sequences).lazy.map { Dot(log: LogID($0), sequence: $1) })
  }
}

extension Knowledge {
  fileprivate init(_ proto: ProtoKnowledge) throws(WireError) {
    let vector = try VersionVector(logs: proto.logs, sequences: proto.sequences)
    guard proto.batchHashes.count == proto.logs.count else {
      throw .invalid("knowledge", reason: "it has \(proto.logs.count) logs and \(proto.batchHashes.count) hashes")
    }
    var batchHashes: [LogID: UInt64] = [:]
    for (log, hash) in zip(proto.logs, proto.batchHashes) where hash != 0 { batchHashes[LogID(log)] = hash }
    self.init(vector: vector, batchHashes: batchHashes)
  }
}

extension FolderHandshake {
  fileprivate init(_ proto: ProtoFolderHandshake) throws(WireError) {
    self.init(
      folder: try parseFolderID(proto.folder), knowledge: try Knowledge(proto.knowledge),
      dropped: try VersionVector(logs: proto.dropped.logs, sequences: proto.dropped.sequences), isFresh: proto.isFresh,
      shown: try parseBytes32(proto.shown, "a digest"))
  }
}

extension BatchSlice {
  fileprivate init(_ proto: ProtoBatchSlice) {
    self.init(header: Array(proto.header), signature: Array(proto.signature), records: proto.records.map { Array($0) })
  }
}

extension RoundEnd {
  fileprivate init(_ proto: ProtoRoundEnd) throws(WireError) {
    let knowledge = try Knowledge(proto.knowledge)
    var acknowledged: [DeviceID: VersionVector] = [:]
    var spelledOut = 0
    for entry in proto.acknowledged {
      let device = DeviceID(key: try parseBytes32(entry.device, "a device id"))
      // Judged by the most that the vector can have, before it is made: what is copied from the knowledge costs no bytes here.
      if !entry.logs.isEmpty { spelledOut += knowledge.vector.dots.count + entry.logs.count }
      guard spelledOut <= 2 * WireLimits.acknowledgedNumberCountMax else {
        throw .tooMany("acknowledged numbers", limit: WireLimits.acknowledgedNumberCountMax)
      }
      let vector = try VectorDifference(logs: entry.logs, sequences: entry.sequences).applied(to: knowledge.vector)
      guard acknowledged.updateValue(vector, forKey: device) == nil else {
        throw .invalid("a round end", reason: "it names a device twice")
      }
    }
    self.init(
      knowledge: knowledge, dropped: try VersionVector(logs: proto.dropped.logs, sequences: proto.dropped.sequences),
      isFresh: proto.isFresh, shown: try parseBytes32(proto.shown, "a digest"), acknowledged: acknowledged)
  }
}

extension PeerFolderStatus {
  fileprivate init(_ proto: ProtoFolderStatus) throws(WireError) {
    self.init(
      shown: try parseBytes32(proto.shown, "a digest"), pendingFileCount: try parseCount(proto.pendingFileCount),
      pendingByteCount: try parseCount(proto.pendingByteCount), isSettled: proto.isSettled,
      knowledge: try parseBytes32(proto.knowledge, "a hash of what is known"))
  }
}

extension ContentRequest {
  fileprivate init(_ proto: ProtoContentRequest) throws(WireError) {
    self.init(
      id: proto.request, folder: try parseFolderID(proto.folder),
      items: try proto.items.map { item throws(WireError) in
        Item(
          path: try parsePath(item.path), root: try parseRoot(item.root), offset: try parseCount(item.offset),
          byteCount: try parseCount(item.byteCount), base: try PatchBase(item))
      })
  }
}

extension PatchBase {
  fileprivate init?(_ proto: ProtoContentItem) throws(WireError) {
    let byteCount = Int(proto.baseByteCount)
    guard proto.baseSums.count == Self.sumCount(forByteCount: byteCount) else {
      throw .invalid("a base", reason: "it has \(proto.baseSums.count) sums for \(byteCount) bytes")
    }
    if byteCount == 0 { return nil }
    self.init(byteCount: byteCount, sums: proto.baseSums)
  }
}

extension ManifestRequest {
  fileprivate init(_ proto: ProtoManifestRequest) throws(WireError) {
    self.init(
      id: proto.request, folder: try parseFolderID(proto.folder), path: try parsePath(proto.path), root: try parseRoot(proto.root),
      byteCount: try parseCount(proto.byteCount), have: try proto.have.map { data throws(WireError) in try parseRoot(data) })
  }
}

extension ManifestAnswer {
  fileprivate init(_ proto: ProtoManifestAnswer) throws(WireError) {
    self.init(
      request: proto.request, base: proto.base.isEmpty ? .none : try parseRoot(proto.base),
      runs: try proto.runs.map { run throws(WireError) in try Run(run) }, isPartial: proto.isPartial)
  }
}

extension ManifestAnswer.Run {
  fileprivate init(_ proto: ProtoManifestRun) throws(WireError) {
    let hashes = Array(proto.hashes)
    guard hashes.count == 32 * proto.byteCounts.count else {
      throw .invalid("a manifest", reason: "it has \(proto.byteCounts.count) lengths and \(hashes.count) bytes of hashes")
    }
    guard proto.copyCount == 0 || hashes.isEmpty else { throw .invalid("a manifest", reason: "a run is both copied and spelled out") }
    guard proto.copyCount == 0 else { self = .copy(first: proto.copyFirst, count: proto.copyCount); return }
    self = .chunks(
      proto.byteCounts.indices.map { index in
        Chunk(hash: Bytes32(hashes[(32 * index)..<(32 * index + 32)]) ?? .zero, byteCount: proto.byteCounts[index])
      })
  }
}

extension PeerAddress {
  fileprivate init(_ proto: ProtoPeerAddress) throws(WireError) {
    self.init(device: DeviceID(key: try parseBytes32(proto.device, "a device id")), addresses: proto.addresses)
  }
}

private func parseBytes32(_ data: Data, _ what: String) throws(WireError) -> Bytes32 {
  guard let value = Bytes32(data) else { throw .invalid(what, reason: "it has \(data.count) bytes instead of 32") }
  return value
}

private func parseRoot(_ data: Data) throws(WireError) -> Root { Root(digest: try parseBytes32(data, "a root")) }

private func parseFolderID(_ data: Data) throws(WireError) -> FolderID {
  guard let value = FolderID(data) else { throw .invalid("a folder id", reason: "it has \(data.count) bytes instead of 16") }
  return value
}

private func parsePath(_ data: Data) throws(WireError) -> RelativePath {
  do { return try RelativePath(Array(data)) } catch { throw .invalid("a path", reason: error.description) }
}

private func parseCount(_ value: UInt64) throws(WireError) -> Int64 {
  guard let count = Int64(exactly: value) else { throw .invalid("a count", reason: "\(value)") }
  return count
}
