import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting

/// What the peer authors and says, and what came of it here.
extension FolderBench {
  private static let peerLogID = LogID(99)

  /// Of a path, its new content; nil for a tombstone.
  typealias Change = (path: String, content: String?, movedFrom: String?)

  /// Versions with the next numbers of the peer's log.
  func versions(_ changes: [Change]) throws -> [Version] {
    try changes.enumerated().map { offset, change in
      let dot = Dot(log: Self.peerLogID, sequence: UInt64(peerLog.count + offset + 1))
      let bytes = change.content.map { Array($0.utf8) }
      let root = bytes.map { Root(smallContent: $0) } ?? Root.none
      if let bytes { remote[root] = bytes }
      let path = try RelativePath(change.path)
      let isLive = bytes != nil
      let time = isLive ? Timestamp(seconds: 1_000, nanoseconds: 0) : .zero
      return Version(
        path: path, kind: isLive ? .file : .tombstone, size: Int64(bytes?.count ?? 0), mode: isLive ? 0o644 : 0, modified: time, root: root,
        target: [], dot: dot, vector: VersionVector([dot]), contentDot: isLive ? dot : nil, metadataDot: isLive ? dot : nil,
        origin: Origin(modified: time, device: "peer"), replaced: .none, movedFrom: try change.movedFrom.map { try RelativePath($0) })
    }
  }

  /// The peer tells these; `end`: that is all of its round.
  func tell(_ versions: [Version], end: Bool = true) throws {
    for start in stride(from: 0, to: versions.count, by: Batch.versionCountMax) {
      try send(Array(versions[start..<min(start + Batch.versionCountMax, versions.count)]))
    }
    if end { try endRound() }
  }

  private func send(_ versions: [Version]) throws {
    let batch = try batch(versions, first: UInt64(peerLog.count + 1))
    peerLog += versions
    peerHash = batch.hash
    try handle(.batches([batch], from: peer.device))
  }

  /// Versions of the peer's log as it or another device sends them.
  func batch(_ versions: [Version], first: UInt64) throws -> VerifiedBatch {
    let batch = try Batch.make(
      team: Self.team, folder: Self.folder, author: peer.device, log: Self.peerLogID, firstSequence: first,
      previous: first == 1 ? .zero : peerHash, authHeads: [.zero], records: versions.map(\.record))
    let slice = BatchSlice(header: batch.header, signature: try batch.signature(by: peer), records: versions.map(\.record))
    return try VerifiedBatch(slice: slice, team: Self.team, folder: Self.folder)
  }

  func endRound() throws {
    try handle(
      .roundEnd(
        RoundEnd(knowledge: knowledge, dropped: VersionVector(), isFresh: false, shown: .zero, acknowledged: [:]), from: peer.device))
  }

  /// The peer leaves a round half told, and comes back.
  func peerLeaves() throws { try handle(.peerLeft(peer.device)) }

  var knowledge: Knowledge {
    Knowledge(vector: VersionVector(peerLog.map(\.dot)), batchHashes: peerLog.isEmpty ? [:] : [Self.peerLogID: peerHash.words.0.bigEndian])
  }

  // MARK: What is there

  var files: [String: String] {
    Dictionary(disk.tree().filter { $0.kind == .file }.map { ($0.path.string, String(decoding: $0.bytes, as: UTF8.self)) }) { $1 }
  }
  var kept: [String] { disk.keptBytes().map { String(decoding: $0, as: UTF8.self) } }
  func inode(_ path: String) throws -> UInt64? { try disk.stat(RelativePath(path))?.inode }
  /// Versions authored since the last start.
  var authoredCount: UInt64 { get throws { try read { $0.state.sequence } } }
  var isSettled: Bool { get throws { try machine.status().isSettled } }
  var problems: [String] { get throws { try machine.status().problems.map(\.reason) } }
}
