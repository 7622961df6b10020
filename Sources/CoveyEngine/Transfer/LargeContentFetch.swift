import CoveyCore
import Synchronization

/// Brings one large content into staging: its manifest as the difference to what is here, chunks copied from here, and only the
/// rest from peers, several at once. What an interrupted fetch left in staging counts as here.
///
/// No chunk is written before its bytes were compared with its hash, so that what is in staging need not be read again.
struct LargeContentFetch: Sendable {
  let fetcher: ContentFetcher
  let item: FetchItem
  let peers: [DeviceID]

  typealias Plan = ReassemblyPlan<ContentSource>

  func run() async -> FetchOutcome {
    let refused = Mutex<[DeviceID]>([])
    do {
      guard let (chunks, holder) = try await manifest(refused: refused) else { return .unavailable(refused.withLock { $0 }) }
      let content = ChunkedContent(chunks)
      let plan = try await fetcher.work.run {
        let plan = try takeFromHere(content)
        // A full disk must not cost the network the same bytes again with every try.
        if let free = try? fetcher.disk.space().free, free < plan.missingByteCount { throw full(free, plan.missingByteCount) }
        return plan
      }
      fetcher.partials.begin(item.root, as: item.staged, content, without: lacking(plan, content))
      var isWhole = false
      defer { fetcher.partials.end(item.root, as: item.staged, isWhole: isWhole) }
      guard try await fetchMissing(plan, of: content, holder: holder, refused: refused) else { return .unavailable(refused.withLock { $0 }) }
      let outcome = try await fetcher.work.run { try finish(plan, content) }
      if case .staged = outcome { isWhole = true }
      return outcome
    } catch let error as DiskError {
      // What does not fit keeps nothing smaller from the disk.
      if error.code == .noSpace { try? await fetcher.work.run { try fetcher.disk.discardStaged(item.staged) } }
      return .failed(error)
    } catch {
      return .unavailable(refused.withLock { $0 })
    }
  }

  /// The chunks of the wanted root: known or found here, or told by the first peer whose answer has that root. And who has the content:
  /// that peer, or the likeliest.
  private func manifest(refused: borrowing Mutex<[DeviceID]>) async throws -> (chunks: [Chunk], holder: DeviceID?)? {
    let (item, fetcher) = (item, fetcher)
    let (own, bases) = try await fetcher.work.run {
      let known = try fetcher.store.read(fetcher.folder) { records in
        (try records.manifest(item.root), try item.similar.compactMap { base in try records.manifest(base.root).map { (base.root, $0) } })
      }
      let found = known.0 ?? item.here.lazy.compactMap { try? fetcher.disk.manifest(of: $0) }.first { $0.root == item.root }?.chunks
      return (found, known.1)
    }
    if let own { return (own, peers.first) }
    for peer in peers {
      guard let session = fetcher.session(peer) else { continue }
      let have = bases.map(\.0)
      let answers = await session.requestManifest(folder: fetcher.folder, path: item.path, root: item.root, byteCount: item.size, have: have)
      if let answers, var assembly = ManifestAssembly(base: bases.first { $0.0 == answers.base }?.1 ?? [], byteCount: item.size),
        assembly.append(answers.runs), let chunks = assembly.chunks, Root(chunks: chunks, byteCount: item.size) == item.root
      {
        return (chunks, peer)
      }
      if isConnected(session) { refused.withLock { $0.append(peer) } }
    }
    return nil
  }

  private func full(_ free: Int64, _ wanted: Int64) -> DiskError {
    DiskError(code: .noSpace, path: item.path.string, message: "the disk is full: \(free) bytes are free and \(wanted) more are needed; free some space")
  }

  /// The chunks that are not in staging yet.
  private func lacking(_ plan: Plan, _ content: ChunkedContent) -> [Range<Int>] {
    plan.missing.map(\.chunks) + plan.repeated.map { content.chunks(touching: $0.offset..<($0.offset + $0.byteCount)) }
  }

  /// Who went away in the middle has refused nothing: when it is back it is asked again.
  func isConnected(_ session: PeerSession) -> Bool { session.closeReason == nil && fetcher.session(session.device) === session }

  /// Puts in what stands in the content more than once, and ends the staged file.
  private func finish(_ plan: Plan, _ content: ChunkedContent) throws -> FetchOutcome {
    let repeated = plan.repeated.map { Plan.Local(source: .staged(item.staged), sourceOffset: $0.sourceOffset, offset: $0.offset, byteCount: $0.byteCount) }
    // Only of a chunk longer than a request the parts were written unseen.
    let parted = Set(plan.missing.filter { isPart($0, of: content) }.flatMap(\.chunks))
    let bad = try copy(content.pieces(of: repeated), of: content) + check(content.pieces(of: parted, in: .staged(item.staged)), of: content)
    guard bad.isEmpty else {
      try fetcher.disk.discardStaged(item.staged)
      return .unavailable([])
    }
    let stat = try fetcher.disk.finishStaged(item.staged, mode: item.mode, modified: item.modified)
    return .staged(inode: stat.inode, chunks: content.chunks)
  }
}
