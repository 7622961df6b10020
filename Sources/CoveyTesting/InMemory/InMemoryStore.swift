package import CoveyCore
package import CoveyEngine
import Foundation

/// The state of a device in dictionaries: what SQLite keeps, without a disk that could fail.
///
/// A transaction works on a copy of its folder, which is kept when the block returns, and from then on only read. ``losePower()`` takes
/// back what was written since the last flushed transaction, as a power cut may.
package final class InMemoryStore: DeviceStore, @unchecked Sendable {
  // Unchecked: `contents` and `flushed` are only touched while `lock` is held. A mutex would not let a result of any type out.
  private let lock = NSLock()
  private let clock: @Sendable () -> Timestamp
  private let ignoresFlush: Bool
  private var contents = Contents()
  private var flushed = Contents()

  fileprivate struct Contents {
    var folders: [FolderID: InMemoryRecords] = [:]
    var membership: [SignedRecord] = []
    var values: [String: [UInt8]] = [:]
    var peers: [DeviceID: KnownPeer] = [:]
  }

  /// - Parameter clock: tells when a version arrives.
  /// - Parameter ignoresFlush: `losePower` takes back flushed transactions, too; for a test that must notice.
  package init(clock: @escaping @Sendable () -> Timestamp, ignoresFlush: Bool = false) {
    self.clock = clock
    self.ignoresFlush = ignoresFlush
  }

  /// Forgets what was written since the last transaction that was flushed.
  package func losePower() { lock.withLock { contents = flushed } }

  /// The state directory as it is now, to be put back later.
  package struct Copy: @unchecked Sendable {
    // Unchecked: records that are kept do not change any more.
    fileprivate var contents: Contents
  }
  package func copy() -> Copy { lock.withLock { Copy(contents: contents) } }
  package func putBack(_ copy: Copy) { lock.withLock { (contents, flushed) = (copy.contents, copy.contents) } }

  package func write<T>(_ folder: FolderID, flush: Bool, _ body: (any FolderRecords) throws -> T) throws -> T {
    try lock.withLock {
      let records = InMemoryRecords(try kept(folder), now: clock())
      let result = try body(records)
      contents.folders[folder] = records
      if flush, !ignoresFlush { flushed = contents }
      return result
    }
  }

  package func read<T>(_ folder: FolderID, _ body: (any FolderRecords) throws -> T) throws -> T {
    try lock.withLock { try body(try kept(folder)) }
  }

  package func snapshot(_ folder: FolderID) throws -> any FolderSnapshot {
    InMemorySnapshot(records: try lock.withLock { try kept(folder) })
  }

  private func kept(_ folder: FolderID) throws -> InMemoryRecords {
    guard let kept = contents.folders[folder] else { throw UnknownFolder(folder: folder) }
    return kept
  }

  /// The folder was never added, or was removed.
  package struct UnknownFolder: Error, Hashable, Sendable {
    package var folder: FolderID
  }

  package func folders() -> [FolderID] { lock.withLock { contents.folders.keys.sorted() } }

  package func addFolder(_ folder: FolderID, state: FolderState) {
    changeFlushed { if $0.folders[folder] == nil { $0.folders[folder] = InMemoryRecords(state: state) } }
  }

  package func removeFolder(_ folder: FolderID) { changeFlushed { $0.folders[folder] = nil } }

  package func membershipRecords() -> [SignedRecord] { lock.withLock { contents.membership } }

  package func insertMembership(_ records: [SignedRecord]) {
    changeFlushed { contents in
      for record in records where !contents.membership.contains(where: { $0.bytes == record.bytes }) {
        contents.membership.append(record)
      }
    }
  }

  package func value(forKey key: String) -> [UInt8]? { lock.withLock { contents.values[key] } }
  package func setValue(_ value: [UInt8]?, forKey key: String) { changeFlushed { $0.values[key] = value } }

  package func peers() -> [KnownPeer] { lock.withLock { contents.peers.values.sorted { $0.device < $1.device } } }
  package func setPeer(_ peer: KnownPeer) { changeFlushed { $0.peers[peer.device] = peer } }

  package func places(of root: Root, limit: Int) -> [(folder: FolderID, source: ContentSource)] {
    lock.withLock {
      var places: [(folder: FolderID, source: ContentSource)] = []
      for (folder, records) in contents.folders.sorted(by: { $0.key < $1.key }) {
        places += records.entries(withRoot: root, limit: limit).map { (folder, .file($0.path)) }
      }
      for (folder, records) in contents.folders.sorted(by: { $0.key < $1.key }) {
        places += records.history(withRoot: root, limit: limit).map { (folder, .history($0.name)) }
      }
      return Array(places.prefix(limit))
    }
  }

  /// What belongs to no folder alone is flushed at once.
  private func changeFlushed(_ body: (inout Contents) -> Void) {
    lock.withLock {
      body(&contents)
      flushed = contents
    }
  }
}
