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
  package var problems: [Problem]
  /// Of each connected peer that shares the folder: whether it is in sync, and how far behind.
  package var peers: [DeviceID: Peer]
  /// Bytes of contents that arrived since the start; for a display of rates.
  package var isFresh: Bool

  package struct Peer: Hashable, Sendable {
    package var isInSync: Bool
    package var behindFileCount: Int64
    package var behindByteCount: Int64
  }
}
