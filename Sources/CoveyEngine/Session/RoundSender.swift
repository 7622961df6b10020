package import CoveyCore
import CoveyProtocol
import Synchronization

/// Sends rounds of one folder to one peer: everything beyond what the peer knows, from one snapshot, and then that the round is whole.
/// Woken when the index has something new; several wishes while a round is under way become one.
package final class RoundSender: Sendable {
  /// About as many bytes of versions travel in one message.
  static let messageByteCountMax = 768 << 10

  package let folder: FolderID
  private let session: PeerSession
  private let store: any DeviceStore
  private let work: BlockingWork
  private let progress: Mutex<RoundProgress>
  private let wishes: AsyncStream<Void>
  private let wish: AsyncStream<Void>.Continuation

  package init(folder: FolderID, session: PeerSession, store: any DeviceStore, work: BlockingWork, known: VersionVector) {
    self.folder = folder
    self.session = session
    self.store = store
    self.work = work
    progress = Mutex(RoundProgress(known: known))
    (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    wish.yield()
  }

  package func wake() { wish.yield() }
  package func close() { wish.finish() }

  /// The peer has told us as much: it need not hear it back.
  func peerKnows(_ vector: VersionVector) { progress.withLock { $0.peerKnows(vector) } }

  /// Runs until closed, or until the connection ends.
  package func run() async throws {
    /// Whose acknowledgement was told last, where one message does not hold them all: the next round goes on behind it.
    var turn: DeviceID?
    for await _ in wishes {
      let snapshot = try await work.run { [store, folder] in try store.snapshot(folder) }
      let beyond = progress.withLock { $0.known }
      var after: Dot?
      var sent = false
      repeat {
        let from = after
        let page = try await work.run { try snapshot.slices(beyond: beyond, after: from, byteCountMax: Self.messageByteCountMax) }
        if !page.slices.isEmpty {
          for message in Message.split(page.slices, in: folder) { try await session.send(message) }
          sent = true
        }
        after = page.next
      } while after != nil
      let end = RoundEnd(snapshot.state)
      guard progress.withLock({ $0.says(end, withVersions: sent) }) else { continue }
      let told = end.fitting(after: turn)
      turn = told.last
      try await session.send(.roundEnd(folder, told.end))
    }
  }
}

/// What one peer was told of a folder on this connection, and whether the end of another round would tell it anything.
package struct RoundProgress: Hashable, Sendable {
  package private(set) var known: VersionVector
  private var last: RoundEnd?

  package init(known: VersionVector) { self.known = known }

  package mutating func peerKnows(_ vector: VersionVector) { known.join(vector) }

  /// Whether to send this end, now that the versions of its round are sent; if so, it counts as told.
  package mutating func says(_ end: RoundEnd, withVersions: Bool) -> Bool {
    guard withVersions || end != last else { return false }
    last = end
    known.join(end.knowledge.vector)
    return true
  }
}

extension RoundEnd {
  /// What is said of a folder whose record stands so.
  package init(_ state: FolderState) {
    self.init(
      knowledge: Knowledge(vector: state.knowledge, batchHashes: state.batchHashes), dropped: state.dropped, isFresh: state.isFresh,
      shown: state.shown.sum, acknowledged: state.acknowledged)
  }
}
