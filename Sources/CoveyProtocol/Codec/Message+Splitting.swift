package import CoveyCore

// Where what has to be said may be longer than one frame: as many messages as it takes, each within the limits.

extension Message {
  /// Batch slices as messages of almost a frame, so that packing finds much that repeats. A slice that is longer on its own is cut, its header repeated.
  package static func split(_ slices: [BatchSlice], in folder: FolderID) -> [Message] {
    let pieces = slices.flatMap { slice -> [BatchSlice] in
      guard !slice.records.isEmpty else { return [slice] }
      let byteCountMax = WireLimits.batchesByteCount - slice.header.count - slice.signature.count - 4 * recordOverhead
      return group(slice.records, countMax: WireLimits.recordsPerSliceMax, byteCountMax: byteCountMax) { $0.count + recordOverhead }
        .map { BatchSlice(header: slice.header, signature: slice.signature, records: $0) }
    }
    return group(pieces, countMax: WireLimits.sliceCountMax, byteCountMax: WireLimits.batchesByteCount) { piece in
      piece.records.reduce(piece.header.count + piece.signature.count + 4 * recordOverhead) { $0 + $1.count + recordOverhead }
    }.map { .batches(folder, $0) }
  }

  /// Membership records as messages of about half a frame, in their order.
  package static func split(_ records: [SignedRecord]) -> [Message] {
    group(records, countMax: WireLimits.membershipRecordCountMax, byteCountMax: WireLimits.splitByteCount) {
      $0.bytes.count + $0.signature.count + 3 * overhead
    }.map { .membershipRecords($0) }
  }

  /// Addresses as messages of about half a frame; of each device those that ``WireLimits/addresses(_:)`` chooses.
  package static func split(_ peers: [PeerAddress]) -> [Message] {
    let chosen = peers.map { PeerAddress(device: $0.device, addresses: WireLimits.addresses($0.addresses)) }
    return group(chosen, countMax: WireLimits.peerAddressCountMax, byteCountMax: WireLimits.splitByteCount) { peer in
      peer.addresses.reduce(32 + 2 * overhead) { $0 + $1.utf8.count + overhead }
    }.map { .addresses($0) }
  }

  /// A manifest as answers of which all but the last are partial.
  package static func split(_ answer: ManifestAnswer) -> [Message] {
    let chunkCountMax = WireLimits.chunksPerAnswerMax / 2
    let runs = answer.runs.flatMap { run -> [ManifestAnswer.Run] in
      guard case .chunks(let chunks) = run, chunks.count > chunkCountMax else { return [run] }
      return stride(from: 0, to: chunks.count, by: chunkCountMax).map {
        .chunks(Array(chunks[$0..<min($0 + chunkCountMax, chunks.count)]))
      }
    }
    // Here a group is limited by chunks, not by bytes: 8,192 of them take 300 KiB.
    let groups = group(runs, countMax: WireLimits.runsPerAnswerMax, byteCountMax: chunkCountMax) { run in
      if case .chunks(let chunks) = run { chunks.count } else { 0 }
    }
    guard !groups.isEmpty else { return [.manifest(answer)] }
    return groups.indices.map { index in
      .manifest(
        ManifestAnswer(
          request: answer.request, base: answer.base, runs: groups[index], isPartial: index < groups.count - 1 || answer.isPartial))
    }
  }

  /// What protobuf spends on a field at most, its number and its length, and enough more that a message of empty elements stays
  /// within ``WireLimits/elementCountMax``.
  private static let overhead = 10
  /// The same for batches, whose messages are longer.
  private static let recordOverhead = 16

  /// Consecutive elements in groups within both limits; an element above the limit is a group of its own.
  private static func group<Element>(
    _ elements: [Element], countMax: Int, byteCountMax: Int, size: (Element) -> Int
  ) -> [[Element]] {
    var groups: [[Element]] = []
    var start = 0
    var byteCount = 0
    for (index, element) in elements.enumerated() {
      let added = size(element)
      if index > start, index - start == countMax || byteCount + added > byteCountMax {
        groups.append(Array(elements[start..<index]))
        start = index
        byteCount = 0
      }
      byteCount += added
    }
    if start < elements.count { groups.append(Array(elements[start...])) }
    return groups
  }
}

extension ContentRequest {
  /// How many of these items, from the first on, fit one request.
  package static func countThatFits(_ items: some Sequence<Item>) -> Int {
    var count = 0
    var frameByteCount = 0
    var byteCount: Int64 = 0
    for item in items {
      frameByteCount += item.path.bytes.count + 32 + 32
      guard count < WireLimits.itemsPerRequestMax, frameByteCount <= WireLimits.splitByteCount,
        item.byteCount <= WireLimits.requestedByteCountMax - byteCount
      else { break }
      byteCount += item.byteCount
      count += 1
    }
    return count
  }
}

extension RoundEnd {
  /// This with as many acknowledgements as fit one message, by device id and beginning after `last`, round about.
  ///
  /// One left out only delays the moment when tombstones are dropped; a sender that passes the returned device on to its next
  /// round gives every device its turn. The device is nil when nothing was left out.
  package func fitting(after last: DeviceID?) -> (end: RoundEnd, last: DeviceID?) {
    let devices = acknowledged.keys.sorted()
    let turn = last.flatMap { last in devices.firstIndex { $0 > last } } ?? 0
    var kept: [DeviceID: VersionVector] = [:]
    var byteCount = 0
    var numberCount = 0
    var lastKept: DeviceID?
    for device in devices[turn...] + devices[..<turn] {
      let vector = acknowledged[device] ?? VersionVector()
      let difference = VectorDifference(from: knowledge.vector, to: vector)
      byteCount += 48 + 18 * difference.logs.count
      numberCount += difference.logs.isEmpty ? 0 : knowledge.vector.dots.count + difference.logs.count
      guard kept.count < WireLimits.acknowledgementCountMax, byteCount <= WireLimits.acknowledgementsByteCountMax,
        numberCount <= WireLimits.acknowledgedNumberCountMax
      else { break }
      kept[device] = vector
      lastKept = device
    }
    var end = self
    end.acknowledged = kept
    return (end, kept.count == devices.count ? nil : lastKept)
  }
}
