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
  private let known: Mutex<VersionVector>
  private let wishes: AsyncStream<Void>
  private let wish: AsyncStream<Void>.Continuation

  init(folder: FolderID, session: PeerSession, store: any DeviceStore, work: BlockingWork, known: VersionVector) {
    self.folder = folder
    self.session = session
    self.store = store
    self.work = work
    self.known = Mutex(known)
    (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    wish.yield()
  }

  func wake() { wish.yield() }
  func close() { wish.finish() }

  /// The peer has told us as much: it need not hear it back.
  func peerKnows(_ vector: VersionVector) { known.withLock { $0.join(vector) } }

  /// Runs until closed, or until the connection ends.
  func run() async throws {
    var last: RoundEnd?
    for await _ in wishes {
      let snapshot = try await work.run { [store, folder] in try store.snapshot(folder) }
      let state = snapshot.state
      let beyond = known.withLock { $0 }
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
      let end = RoundEnd(
        knowledge: Knowledge(vector: state.knowledge, batchHashes: state.batchHashes), dropped: state.dropped, isFresh: state.isFresh,
        shown: state.shown.sum, acknowledged: state.acknowledged)
      guard sent || end != last else { continue }
      try await session.send(.roundEnd(folder, end))
      last = end
      known.withLock { $0.join(state.knowledge) }
    }
  }
}
