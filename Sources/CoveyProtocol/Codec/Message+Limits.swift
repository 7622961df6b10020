import CoveyCore

// The rules that a message obeys on the wire, the same for sending and receiving.

extension Message {
  /// - Throws: ``WireError`` when a count, a length or a value is outside ``WireLimits``.
  func checkLimits() throws(WireError) {
    switch self {
    case .hello(let hello): try hello.checkLimits()
    case .membershipHeads(let ids): try check(ids.count, atMost: WireLimits.membershipHeadCountMax, "membership heads")
    case .membershipRecords(let records): try checkMembershipRecords(records)
    case .folders(let folders):
      try check(folders.count, atMost: WireLimits.folderCountMax, "folders")
      for folder in folders {
        try check(folder.label, atMost: WireLimits.folderLabelByteCountMax, "a folder label")
        try check(folder.fileCount, "a file count")
        try check(folder.byteCount, "a byte count")
      }
    case .folderHandshake(let handshake):
      try handshake.knowledge.checkLimits()
      try handshake.dropped.checkLimits()
    case .batches(_, let slices):
      try check(slices.count, atMost: WireLimits.sliceCountMax, "batch slices")
      for slice in slices { try slice.checkLimits() }
    case .roundEnd(_, let end): try end.checkLimits()
    case .folderStatus(_, let status):
      try check(status.pendingFileCount, "a file count")
      try check(status.pendingByteCount, "a byte count")
    case .contentRequest(let request): try request.checkLimits()
    case .content(let part): try check(part.bytes, atMost: WireLimits.contentByteCountMax, "content")
    case .manifestRequest(let request):
      try check(request.root)
      try checkRange(offset: 0, byteCount: request.byteCount)
      try check(request.have.count, atMost: WireLimits.knownManifestCountMax, "known manifests")
      for root in request.have { try check(root) }
    case .manifest(let answer): try answer.checkLimits()
    case .addresses(let peers):
      try check(peers.count, atMost: WireLimits.peerAddressCountMax, "peers")
      for peer in peers { try checkAddresses(peer.addresses) }
    case .membershipDone, .contentUnavailable, .cancel, .ping, .pong: break
    }
  }
}

extension PairingFrame {
  /// - Throws: ``WireError`` when a count or a length is outside ``WireLimits``.
  func checkLimits() throws(WireError) {
    switch self {
    case .hello(_, _, let nonce), .open(let nonce): try check(nonce, atMost: WireLimits.pairingFieldByteCountMax, "a nonce")
    case .fail: break
    case .publicShare(let share, let associatedData):
      try check(share, atMost: WireLimits.pairingFieldByteCountMax, "a share")
      try check(associatedData, atMost: WireLimits.pairingFieldByteCountMax, "associated data")
    case .confirm(let tag): try check(tag, atMost: WireLimits.pairingFieldByteCountMax, "a tag")
    case .welcome(let welcome):
      try check(welcome.team, atMost: WireLimits.pairingFieldByteCountMax, "a team id")
      try checkMembershipRecords(welcome.records)
    case .join(let join):
      try check(join.keyAgreementKey, atMost: WireLimits.pairingFieldByteCountMax, "a key")
      try check(join.name, atMost: WireLimits.deviceNameByteCountMax, "a device name")
      try check(join.platform, atMost: WireLimits.platformByteCountMax, "a platform")
      try check(join.signature, atMost: WireLimits.signatureByteCountMax, "a signature")
    case .added(let record): try checkMembershipRecords([record])
    }
  }
}

extension Hello {
  fileprivate func checkLimits() throws(WireError) {
    try check(deviceName, atMost: WireLimits.deviceNameByteCountMax, "a device name")
    try check(programVersion, atMost: WireLimits.programVersionByteCountMax, "a program version")
    try checkAddresses(addresses)
  }
}

extension VersionVector {
  fileprivate func checkLimits() throws(WireError) { try check(dots.count, atMost: WireLimits.vectorCountMax, "logs in a vector") }
}

extension Knowledge {
  fileprivate func checkLimits() throws(WireError) { try vector.checkLimits() }
}

extension BatchSlice {
  fileprivate func checkLimits() throws(WireError) {
    try check(header, atMost: WireLimits.batchHeaderByteCountMax, "a batch")
    try check(signature, atMost: WireLimits.signatureByteCountMax, "a signature")
    try check(records.count, atMost: WireLimits.recordsPerSliceMax, "versions of a batch")
    for record in records { try check(record, atMost: WireLimits.recordByteCountMax, "a version") }
  }
}

extension RoundEnd {
  fileprivate func checkLimits() throws(WireError) {
    try knowledge.checkLimits()
    try dropped.checkLimits()
    try check(acknowledged.count, atMost: WireLimits.acknowledgementCountMax, "acknowledgements")
    var spelledOut = 0
    for vector in acknowledged.values {
      try vector.checkLimits()
      if vector != knowledge.vector { spelledOut += vector.dots.count }
    }
    try check(spelledOut, atMost: WireLimits.acknowledgedNumberCountMax, "acknowledged numbers")
  }
}

extension ContentRequest {
  fileprivate func checkLimits() throws(WireError) {
    try check(items.count, atMost: WireLimits.itemsPerRequestMax, "requested items")
    var sum: Int64 = 0
    var baseSumCount = 0
    for item in items {
      if let base = item.base {
        guard 1...WireLimits.baseByteCountMax ~= base.byteCount, base.sums.count == PatchBase.sumCount(forByteCount: base.byteCount) else {
          throw WireError.invalid("a base", reason: "it has \(base.sums.count) sums for \(base.byteCount) bytes")
        }
        baseSumCount += base.sums.count
        try check(baseSumCount, atMost: WireLimits.baseSumsPerRequestMax, "sums of bases")
      }
      try check(item.root)
      try checkRange(offset: item.offset, byteCount: item.byteCount)
      guard item.byteCount <= WireLimits.requestedByteCountMax - sum else {
        throw WireError.tooMany("requested bytes", limit: Int(WireLimits.requestedByteCountMax))
      }
      sum += item.byteCount
    }
  }
}

extension ManifestAnswer {
  fileprivate func checkLimits() throws(WireError) {
    try check(runs.count, atMost: WireLimits.runsPerAnswerMax, "runs of a manifest")
    var chunkCount = 0
    for run in runs {
      switch run {
      case .chunks(let chunks):
        chunkCount += chunks.count
        try check(chunkCount, atMost: WireLimits.chunksPerAnswerMax, "chunks")
        for chunk in chunks {
          guard 1...WireLimits.chunkByteCountMax ~= chunk.byteCount else {
            throw WireError.invalid("a chunk", reason: "it has \(chunk.byteCount) bytes")
          }
        }
      case .copy(let first, let count):
        guard base != .none else { throw WireError.invalid("a manifest", reason: "it copies from no base") }
        guard count > 0, !first.addingReportingOverflow(count).overflow else {
          throw WireError.invalid("a manifest", reason: "it copies \(count) chunks from \(first)")
        }
      }
    }
  }
}

private func checkMembershipRecords(_ records: [SignedRecord]) throws(WireError) {
  try check(records.count, atMost: WireLimits.membershipRecordCountMax, "membership records")
  for record in records {
    try check(record.bytes, atMost: WireLimits.membershipRecordByteCountMax, "a membership record")
    try check(record.signature, atMost: WireLimits.signatureByteCountMax, "a signature")
  }
}

private func checkAddresses(_ addresses: [String]) throws(WireError) {
  try check(addresses.count, atMost: WireLimits.addressesPerDeviceMax, "addresses of a device")
  for address in addresses { try check(address, atMost: WireLimits.addressByteCountMax, "an address") }
  let byteCount = addresses.reduce(0) { $0 + $1.utf8.count }
  guard byteCount <= WireLimits.addressesByteCountMax else {
    throw .tooLong("the addresses of a device", byteCount: byteCount, limit: WireLimits.addressesByteCountMax)
  }
}

/// Whether a stretch lies within the largest file there may be.
private func checkRange(offset: Int64, byteCount: Int64) throws(WireError) {
  guard offset >= 0, byteCount >= 0, offset < WireLimits.fileByteCountMax, byteCount < WireLimits.fileByteCountMax - offset else {
    throw .invalid("a range", reason: "\(byteCount) bytes from \(offset)")
  }
}

private func check(_ root: Root) throws(WireError) {
  guard root != .none else { throw .invalid("a root", reason: "it names nothing") }
}

private func check(_ count: Int64, _ what: String) throws(WireError) {
  guard count >= 0 else { throw .invalid(what, reason: "\(count)") }
}

private func check(_ count: Int, atMost limit: Int, _ what: String) throws(WireError) {
  guard count <= limit else { throw .tooMany(what, limit: limit) }
}

private func check(_ bytes: [UInt8], atMost limit: Int, _ what: String) throws(WireError) {
  guard bytes.count <= limit else { throw .tooLong(what, byteCount: bytes.count, limit: limit) }
}

private func check(_ text: String, atMost limit: Int, _ what: String) throws(WireError) {
  guard text.utf8.count <= limit else { throw .tooLong(what, byteCount: text.utf8.count, limit: limit) }
}
