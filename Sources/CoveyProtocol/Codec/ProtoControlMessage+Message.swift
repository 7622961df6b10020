import CoveyCore
import FoundationEssentials

// From messages to their protobuf form. Limits have been checked before.

extension ProtoControlMessage {
  /// Nil for content, which travels in a frame of its own.
  init?(_ message: Message) {
    switch message {
    case .hello(let hello): self.hello = ProtoHello(hello)
    case .membershipHeads(let ids): membershipHeads.ids = ids.map { Data($0.bytes) }
    case .membershipRecords(let records): membershipRecords.records = records.map(ProtoSignedRecord.init)
    case .membershipDone: membershipDone = ProtoNothing()
    case .folders(let offers): folders.folders = offers.map(ProtoFolderOffer.init)
    case .folderHandshake(let handshake): folderHandshake = ProtoFolderHandshake(handshake)
    case .batches(let folder, let slices):
      var proto = ProtoBatches()
      proto.folder = Data(folder.bytes)
      if let packed = slices.isEmpty ? nil : PackedBatches.pack(slices) {
        proto.packed = Data(packed)
      } else {
        proto.slices = slices.map(ProtoBatchSlice.init)
      }
      batches = proto
    case .roundEnd(let folder, let end): roundEnd = ProtoRoundEnd(folder, end)
    case .folderStatus(let folder, let status): folderStatus = ProtoFolderStatus(folder, status)
    case .contentRequest(let request): contentRequest = ProtoContentRequest(request)
    case .content: return nil
    case .contentUnavailable(let request, let item):
      var proto = ProtoContentUnavailable()
      proto.request = request
      proto.item = item
      contentUnavailable = proto
    case .manifestRequest(let request): manifestRequest = ProtoManifestRequest(request)
    case .manifest(let answer): manifest = ProtoManifestAnswer(answer)
    case .cancel(let request): cancel.request = request
    case .addresses(let peers): addresses.peers = peers.map(ProtoPeerAddress.init)
    case .ping: ping = ProtoNothing()
    case .pong: pong = ProtoNothing()
    }
  }
}

extension ProtoHello {
  fileprivate init(_ hello: Hello) {
    protocolVersion = hello.protocolVersion
    deviceName = hello.deviceName
    programVersion = hello.programVersion
    addresses = hello.addresses
  }
}

extension ProtoSignedRecord {
  init(_ record: SignedRecord) {
    self.record = Data(record.bytes)
    signature = Data(record.signature)
  }
}

extension ProtoFolderOffer {
  fileprivate init(_ offer: FolderOffer) {
    folder = Data(offer.folder.bytes)
    label = offer.label
    fileCount = UInt64(bitPattern: offer.fileCount)
    byteCount = UInt64(bitPattern: offer.byteCount)
    isPaused = offer.isPaused
  }
}

extension ProtoVersionVector {
  fileprivate init(_ vector: VersionVector) {
    logs = vector.dots.map(\.log.value)
    sequences = vector.dots.map(\.sequence)
  }
}

extension ProtoKnowledge {
  fileprivate init(_ knowledge: Knowledge) {
    logs = knowledge.vector.dots.map(\.log.value)
    sequences = knowledge.vector.dots.map(\.sequence)
    batchHashes = knowledge.vector.dots.map { knowledge.batchHashes[$0.log] ?? 0 }
  }
}

extension ProtoFolderHandshake {
  fileprivate init(_ handshake: FolderHandshake) {
    folder = Data(handshake.folder.bytes)
    knowledge = ProtoKnowledge(handshake.knowledge)
    dropped = ProtoVersionVector(handshake.dropped)
    isFresh = handshake.isFresh
    shown = Data(handshake.shown.bytes)
  }
}

extension ProtoBatchSlice {
  fileprivate init(_ slice: BatchSlice) {
    header = Data(slice.header)
    signature = Data(slice.signature)
    records = slice.records.map { Data($0) }
  }
}

extension ProtoRoundEnd {
  fileprivate init(_ folder: FolderID, _ end: RoundEnd) {
    self.folder = Data(folder.bytes)
    knowledge = ProtoKnowledge(end.knowledge)
    dropped = ProtoVersionVector(end.dropped)
    isFresh = end.isFresh
    shown = Data(end.shown.bytes)
    acknowledged = end.acknowledged.sorted { $0.key < $1.key }.map { device, vector in
      let difference = VectorDifference(from: end.knowledge.vector, to: vector)
      var proto = ProtoAcknowledgement()
      proto.device = Data(device.key.bytes)
      proto.logs = difference.logs
      proto.sequences = difference.sequences
      return proto
    }
  }
}

extension ProtoFolderStatus {
  fileprivate init(_ folder: FolderID, _ status: PeerFolderStatus) {
    self.folder = Data(folder.bytes)
    shown = Data(status.shown.bytes)
    pendingFileCount = UInt64(bitPattern: status.pendingFileCount)
    pendingByteCount = UInt64(bitPattern: status.pendingByteCount)
    isSettled = status.isSettled
    knowledge = Data(status.knowledge.bytes)
  }
}

extension ProtoContentRequest {
  fileprivate init(_ request: ContentRequest) {
    self.request = request.id
    folder = Data(request.folder.bytes)
    items = request.items.map { item in
      var proto = ProtoContentItem()
      proto.path = Data(item.path.bytes)
      proto.root = Data(item.root.digest.bytes)
      proto.offset = UInt64(bitPattern: item.offset)
      proto.byteCount = UInt64(bitPattern: item.byteCount)
      if let base = item.base {
        proto.baseByteCount = UInt32(base.byteCount)
        proto.baseSums = base.sums
      }
      return proto
    }
  }
}

extension ProtoManifestRequest {
  fileprivate init(_ request: ManifestRequest) {
    self.request = request.id
    folder = Data(request.folder.bytes)
    path = Data(request.path.bytes)
    root = Data(request.root.digest.bytes)
    byteCount = UInt64(bitPattern: request.byteCount)
    have = request.have.map { Data($0.digest.bytes) }
  }
}

extension ProtoManifestAnswer {
  fileprivate init(_ answer: ManifestAnswer) {
    request = answer.request
    if answer.base != .none { base = Data(answer.base.digest.bytes) }
    runs = answer.runs.map { run in
      var proto = ProtoManifestRun()
      switch run {
      case .chunks(let chunks):
        var hashes = Data(capacity: 32 * chunks.count)
        for chunk in chunks { chunk.hash.withUnsafeBytes { hashes.append(contentsOf: $0) } }
        proto.hashes = hashes
        proto.byteCounts = chunks.map(\.byteCount)
      case .copy(let first, let count):
        proto.copyFirst = first
        proto.copyCount = count
      }
      return proto
    }
    isPartial = answer.isPartial
  }
}

extension ProtoPeerAddress {
  fileprivate init(_ peer: PeerAddress) {
    device = Data(peer.device.key.bytes)
    addresses = peer.addresses
  }
}
