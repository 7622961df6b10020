package import CoveyCore

/// How a folder stands, as its machine knows it.
package struct FolderStatus: Hashable, Sendable {
  package enum State: String, Hashable, Sendable {
    case scanning
    case syncing
    case idle
    case paused
    case blocked
  }
  package var state: State
  /// This disk holds what it wants, nothing is unscanned or in flight, and every connected peer says the same of the same content.
  package var isInSync: Bool
  /// The same without asking peers.
  package var isSettled: Bool
  package var held: FolderDigest
  package var pendingFileCount: Int64
  package var pendingByteCount: Int64
  package var conflictCount: Int64
  package var heldForDecisionCount: Int
  /// Deletes that are not announced before somebody decides.
  package var heldDeletes: HeldDeletes?
  package var problems: [Problem]
  /// Of each connected peer that shares the folder: whether it is in sync, and how far behind.
  package var peers: [DeviceID: Peer]
  package var isFresh: Bool

  package struct Peer: Hashable, Sendable {
    package var isInSync: Bool
    package var behindFileCount: Int64
    package var behindByteCount: Int64
  }
}

/// So many files of a folder gone at once that nobody is told before a person has decided.
package struct HeldDeletes: Hashable, Sendable {
  package var fileCount: Int64
  /// On this device's clock.
  package var since: Timestamp

  /// What a person is told, with the remedy.
  package static func sentence(_ fileCount: Int64, label: String) -> String {
    "\(fileCount) files were deleted here at once, more than half of the folder, and no other device is told: 'covey approve \(label)' lets it count, 'covey restore \(label):' brings them back"
  }
}

/// What a member that is away is known to lack.
package struct FolderBacklog: Hashable, Sendable {
  package var fileCount: Int64
  package var byteCount: Int64
  package init(fileCount: Int64, byteCount: Int64) { self.fileCount = fileCount; self.byteCount = byteCount }
}
