package import CoveyCore

/// The state of one device on a disk: one transaction at a time writes, reads see a snapshot.
package protocol DeviceStore: Sendable {
  /// Runs `body` in one transaction on the record of a folder that ``addFolder(_:state:)`` made known; all of it is kept or nothing.
  /// `flush`: the transaction must survive a power cut before the call returns.
  func write<T>(_ folder: FolderID, flush: Bool, _ body: (any FolderRecords) throws -> T) throws -> T
  func read<T>(_ folder: FolderID, _ body: (any FolderRecords) throws -> T) throws -> T
  /// A snapshot that stays as it is while a round is sent from it. Cheap; closed when released.
  func snapshot(_ folder: FolderID) throws -> any FolderSnapshot

  func folders() throws -> [FolderID]
  func addFolder(_ folder: FolderID, state: FolderState) throws
  func removeFolder(_ folder: FolderID) throws

  // Membership records and what else the device as a whole remembers.
  func membershipRecords() throws -> [SignedRecord]
  func insertMembership(_ records: [SignedRecord]) throws
  func value(forKey key: String) throws -> [UInt8]?
  func setValue(_ value: [UInt8]?, forKey key: String) throws
  func peers() throws -> [KnownPeer]
  func setPeer(_ peer: KnownPeer) throws
  /// Content that any folder of this device holds: for copies across folders.
  func places(of root: Root, limit: Int) throws -> [(folder: FolderID, source: ContentSource)]
}

/// What this device remembers of another.
package struct KnownPeer: Hashable, Sendable {
  package var device: DeviceID
  package var name: String
  /// `host:port`, most useful first; at most 16.
  package var addresses: [String]
  /// Seconds since 1970; nil: never.
  package var lastSeen: Int64?
  package var isPaused: Bool
  package init(device: DeviceID, name: String, addresses: [String], lastSeen: Int64?, isPaused: Bool) {
    self.device = device
    self.name = name
    self.addresses = addresses
    self.lastSeen = lastSeen
    self.isPaused = isPaused
  }
}

/// The index of a folder together with what proves it, what it is made of and what was done about it.
package protocol FolderRecords: FolderIndex {
  // Batches: the signed headers under which records travel.

  func hasBatch(containing dot: Dot) throws -> Bool
  func insertBatch(_ batch: StoredBatch) throws
  /// The batch that holds this number of the log.
  func batch(containing dot: Dot) throws -> StoredBatch?
  /// Who authors a log, as its batches say; nil where none is known.
  func author(of log: LogID) throws -> DeviceID?

  // Manifests of large contents.
  func manifest(_ root: Root) throws -> [Chunk]?
  func setManifest(_ chunks: [Chunk], for root: Root) throws

  // Intents: steps that were begun and not yet recorded as done.
  /// Returns the ids under which they are kept, in order.
  func insertIntents(_ intents: [Intent]) throws -> [Int64]
  func intents() throws -> [Intent]
  func removeIntents(_ ids: [Int64]) throws

  // History: bytes that left their path.
  func insertHistory(_ item: HistoryItem) throws
  func history(of path: RelativePath, limit: Int) throws -> [HistoryItem]
  /// Items below a directory, newest first.
  func history(below path: RelativePath?, limit: Int) throws -> [HistoryItem]
  func history(withRoot root: Root, limit: Int) throws -> [HistoryItem]
  /// The oldest items kept before `time`.
  func history(before time: Timestamp, limit: Int) throws -> [HistoryItem]
  func hasHistory(_ name: HistoryName) throws -> Bool
  func removeHistory(_ name: HistoryName) throws
  func historyTotals() throws -> (count: Int64, byteCount: Int64)

  // The log as people read it: versions in the order they arrived here.
  func log(_ query: LogQuery) throws -> [LogLine]
  /// Every version known of a path, heads and superseded ones, newest arrival first.
  func versions(of path: RelativePath, limit: Int) throws -> [LogLine]

  // What need not be kept for ever, a page at a time.

  /// Superseded versions that arrived before `time`, oldest first, beyond `last`.
  func superseded(before time: Timestamp, after last: Superseded?, limit: Int) throws -> [Superseded]
  func removeSuperseded(_ versions: [Superseded]) throws
  /// Forgets batches of which no record is left, but for the last of each log, which proves how far the log is known.
  /// - Returns: where the next page begins, nil after the last.
  func pruneBatches(after position: Int64?, limit: Int) throws -> Int64?
  /// Forgets manifests that no entry, head or history names; returns where the next page begins, nil after the last.
  func pruneManifests(after root: Root?, limit: Int) throws -> Root?
  /// Logs in which a device authored, as their batches say, and how many heads a log still has.
  func logs(by author: DeviceID) throws -> [LogID]
  func headCount(in log: LogID) throws -> Int64

  /// The ignore rules that the record goes by: which paths its digests leave out, and what is absent under a rule. Empty before any were told.
  func rules() throws -> RulesSource
  func setRules(_ source: RulesSource) throws

  // Late files: displaced bytes that wait in staging because somebody may still write to them.
  func setLate(_ late: LateFile) throws
  func lateFiles() throws -> [LateFile]
  func removeLate(_ name: StagedName) throws
}

package struct StoredBatch: Hashable, Sendable {
  package var author: DeviceID
  package var log: LogID
  package var firstSequence: UInt64
  package var count: Int
  /// SHA-256 over the header: what the next batch and the knowledge of others name.
  package var hash: Bytes32
  package var header: [UInt8]
  package var signature: [UInt8]
  package init(author: DeviceID, log: LogID, firstSequence: UInt64, count: Int, hash: Bytes32, header: [UInt8], signature: [UInt8]) {
    self.author = author
    self.log = log
    self.firstSequence = firstSequence
    self.count = count
    self.hash = hash
    self.header = header
    self.signature = signature
  }
}

package struct Intent: Hashable, Sendable {
  /// Chosen by the store when 0 is given.
  package var id: Int64
  package var step: DiskStep
  /// The canonical bytes of what is to be agreed once the step is done; the engine's own.
  package var plan: [UInt8]
  package init(id: Int64, step: DiskStep, plan: [UInt8]) { self.id = id; self.step = step; self.plan = plan }
}

package struct HistoryItem: Hashable, Sendable {
  package var name: HistoryName
  package var path: RelativePath
  package var kind: Kind
  package var root: Root
  package var size: Int64
  package var mode: UInt16
  package var modified: Timestamp
  /// When it left its path, on this device's clock.
  package var kept: Timestamp
  /// Who wrote the bytes.
  package var origin: Origin
  package init(
    name: HistoryName, path: RelativePath, kind: Kind, root: Root, size: Int64, mode: UInt16, modified: Timestamp, kept: Timestamp,
    origin: Origin
  ) {
    self.name = name
    self.path = path
    self.kind = kind
    self.root = root
    self.size = size
    self.mode = mode
    self.modified = modified
    self.kept = kept
    self.origin = origin
  }
}

package struct LogQuery: Hashable, Sendable {
  /// Only this path and what is below it; nil: all.
  package var below: RelativePath?
  package var since: Timestamp?
  package var author: DeviceID?
  /// Only lines with a number above this; they come oldest first. Nil: the newest, newest first.
  package var afterNumber: Int64?
  package var limit: Int
  package init(below: RelativePath? = nil, since: Timestamp? = nil, author: DeviceID? = nil, afterNumber: Int64? = nil, limit: Int) {
    self.below = below
    self.since = since
    self.author = author
    self.afterNumber = afterNumber
    self.limit = limit
  }
}

package struct LogLine: Hashable, Sendable {
  /// Grows with every arrival on this device.
  package var number: Int64
  package var version: Version
  package var author: DeviceID?
  package var arrived: Timestamp
  package var isHead: Bool
  package init(number: Int64, version: Version, author: DeviceID?, arrived: Timestamp, isHead: Bool) {
    self.number = number
    self.version = version
    self.author = author
    self.arrived = arrived
    self.isHead = isHead
  }
}

/// A version that is no head any more, by the number of its arrival.
package struct Superseded: Hashable, Sendable {
  package var number: Int64
  package var path: RelativePath
  package var arrived: Timestamp
  package init(number: Int64, path: RelativePath, arrived: Timestamp) {
    self.number = number
    self.path = path
    self.arrived = arrived
  }
}

package struct LateFile: Hashable, Sendable {
  package var name: StagedName
  package var path: RelativePath
  /// What was displaced: an edit of this is authored if the bytes changed.
  package var agreed: Shown
  package var root: Root
  package init(name: StagedName, path: RelativePath, agreed: Shown, root: Root) {
    self.name = name
    self.path = path
    self.agreed = agreed
    self.root = root
  }
}

/// The record of a folder as it was at one moment, for sending a round.
package protocol FolderSnapshot: Sendable {
  var state: FolderState { get }
  /// Heads beyond `knowledge`, grouped under their batches, in the order of logs and numbers, beginning after `dot`.
  /// At most about `byteCountMax` bytes a call; `next` is nil when the round is whole.
  func slices(beyond knowledge: VersionVector, after dot: Dot?, byteCountMax: Int) throws -> (slices: [BatchSlice], next: Dot?)
}
