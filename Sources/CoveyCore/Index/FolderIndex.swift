/// The record of one folder, inside one synchronous transaction.
///
/// Implementations only keep what they are given; every rule (join, digests, what is still to do) is in ``Ledger``, written over
/// this. A dictionary and SQLite implement it alike. Reads see the writes made before them in the same transaction. Paths come
/// in byte order, cursors are exclusive (`after: nil` begins at the start), limits are at least 1. A transaction that throws
/// leaves no trace. A class, for a transaction is one thing that is passed around, and it ends with the block it was made for.
package protocol FolderIndex: AnyObject {
  var state: FolderState { get set }

  /// Says which paths are asked for next: what is read together costs less than one by one.
  func expect(_ paths: [RelativePath]) throws

  // Heads: what the team knows of a path.

  /// The heads of one path, by dot. One, but for conflicts.
  func heads(of path: RelativePath) throws -> [Version]
  /// Adds a head together with its record, the canonical bytes that its author's batch covers.
  func insertHead(_ version: Version, record: [UInt8]) throws
  /// The version is no head any more; its record stays for the log until it is pruned.
  func supersedeHead(_ dot: Dot, of path: RelativePath) throws
  /// The versions of one path that are no heads any more, as far as their records are still here.
  func superseded(of path: RelativePath) throws -> VersionVector
  /// Forgets every head and record of the folder.
  func dropAllHeads() throws
  /// Whether any head below `path` is live.
  func hasLiveHead(below path: RelativePath) throws -> Bool
  func pathsWithHeads(after path: RelativePath?, limit: Int) throws -> [RelativePath]
  func pathsWithTombstones(after path: RelativePath?, limit: Int) throws -> [RelativePath]
  func pathsWithSeveralHeads(after path: RelativePath?, limit: Int) throws -> [RelativePath]
  /// Heads in `log` with a number above `sequence`, by number.
  func heads(in log: LogID, after sequence: UInt64, limit: Int) throws -> [Version]

  // Entries: what this device knows of a path of its own disk.

  func entry(_ path: RelativePath) throws -> Entry?
  /// Keeps the entry, or forgets it when it ``Entry/isVacant`` and nothing is to do.
  func setEntry(_ entry: Entry) throws
  /// Up to `limit` entries below `directory` (nil: the whole folder), in order.
  func entries(below directory: RelativePath?, after path: RelativePath?, limit: Int) throws -> [Entry]
  /// Whether any entry below `path` has an observation: something stands inside it on this disk.
  func hasObservation(below path: RelativePath) throws -> Bool
  func heldEntries(after path: RelativePath?, limit: Int) throws -> [Entry]
  /// Entries whose observed content has this root.
  func entries(withRoot root: Root, limit: Int) throws -> [Entry]

  // What is still to do: paths whose disk is not yet what their heads show.

  /// Notes how many bytes the plan for this path may move; nil takes the note away. Kept for paths without an entry, too.
  func setTodo(_ byteCount: Int64?, at path: RelativePath) throws
  func todo(after path: RelativePath?, limit: Int) throws -> [RelativePath]
  func todoTotals() throws -> (count: Int64, byteCount: Int64)

  // Open conflicts: copies that nobody has settled, under small numbers for people.

  /// Gives the path a number if it has none (`open`), or takes it away.
  func setConflict(_ path: RelativePath, open: Bool) throws
  func conflicts(after id: Int64?, limit: Int) throws -> [(id: Int64, path: RelativePath)]
  func conflictCount() throws -> Int64

  /// Whether the bytes of this name lie in this device's history of the folder.
  func historyHolds(_ root: Root) throws -> Bool
}

/// What a device knows of one folder as a whole, kept in the same transaction as the versions it speaks of.
package struct FolderState: Hashable, Sendable {
  /// What this device has received whole, of every log; its own included.
  package var knowledge = VersionVector()
  /// Of each known log, the first eight bytes of the hash of the batch that holds its last known number: a log that is told otherwise is forked.
  package var batchHashes: [LogID: UInt64] = [:]
  /// Up to where tombstones were dropped because every member held them.
  package var dropped = VersionVector()
  /// What each member, this one included, is known to hold on its disk.
  package var acknowledged: [DeviceID: VersionVector] = [:]
  /// The log this device authors in, and the last number it used there.
  package var log: LogID
  package var sequence: UInt64 = 0
  /// The folder is met for the first time: learn first, author afterwards.
  package var isFresh: Bool
  /// Files that no live head names are to be held for a decision at the next scan.
  package var holdsUnknown = false
  /// What the index shows; that without what this device ignores; what this disk holds.
  package var shown = FolderDigest()
  package var wanted = FolderDigest()
  package var held = FolderDigest()

  package init(log: LogID, isFresh: Bool) { self.log = log; self.isFresh = isFresh }
}
