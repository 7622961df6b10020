import CoveyCore
import Synchronization

/// Brings one large content into staging: its manifest as the difference to what is here, chunks copied from here, and only the
/// rest from peers, several at once. What an interrupted fetch left in staging counts as here.
struct LargeContentFetch: Sendable {
  /// Bytes asked for in one request; two are under way with each peer.
  static let requestByteCountMax: Int64 = 4 << 20
  static let requestsPerPeer = 2

  let fetcher: ContentFetcher
  let item: FetchItem
  let peers: [DeviceID]

  func run() async -> FetchOutcome {
    let refused = Mutex<[DeviceID]>([])
    do {
      guard let chunks = try await manifest(refused: refused) else { return .unavailable(refused.withLock { $0 }) }
      let plan = try await prepare(chunks)
      guard try await fetchMissing(plan, chunks: chunks, refused: refused) else { return .unavailable(refused.withLock { $0 }) }
      return try await finish(plan, chunks: chunks)
    } catch let error as DiskError {
      return .failed(error)
    } catch {
      return .unavailable(refused.withLock { $0 })
    }
  }

  // MARK: Manifest

  /// The chunks of the wanted root: known here, or told by the first peer whose answer has that root.
  private func manifest(refused: borrowing Mutex<[DeviceID]>) async throws -> [Chunk]? {
    let (root, folder, store) = (item.root, fetcher.folder, fetcher.store)
    let bases = item.similar.map(\.root)
    let known = try await fetcher.work.run { try store.read(folder) { records in (try records.manifest(root), try bases.compactMap { base in try records.manifest(base).map { (base, $0) } }) } }
    if let chunks = known.0 { return chunks }
    for peer in peers {
      guard let session = fetcher.session(peer) else { continue }
      guard let answers = await session.requestManifest(folder: folder, path: item.path, root: root, byteCount: item.size, have: known.1.map(\.0)) else {
        refused.withLock { $0.append(peer) }
        continue
      }
      let base = known.1.first { $0.0 == answers.base }?.1 ?? []
      guard var assembly = ManifestAssembly(base: base, byteCount: item.size), assembly.append(answers.runs), let chunks = assembly.chunks,
        Root(chunks: chunks, byteCount: item.size) == root
      else {
        refused.withLock { $0.append(peer) }
        continue
      }
      return chunks
    }
    return nil
  }

  // MARK: What is here

  private func prepare(_ chunks: [Chunk]) async throws -> ReassemblyPlan<ContentSource> {
    let (item, fetcher) = (item, fetcher)
    return try await fetcher.work.run {
      let staged = try fetcher.disk.stagedNames().contains(item.staged)
      let kept = staged ? try verified(chunks, in: .staged(item.staged), size: item.size) : []
      var sources: [(source: ContentSource, chunks: [Chunk])] = []
      for similar in item.similar {
        let manifest = try fetcher.store.read(fetcher.folder) { try $0.manifest(similar.root) }
        if let manifest { sources.append((similar.source, manifest)) }
      }
      try fetcher.disk.openStaged(item.staged, byteCount: item.size)
      let plan = ReassemblyPlan(wanted: chunks, kept: kept, sources: sources)
      for range in plan.local {
        do {
          try fetcher.disk.copyToStaged(
            item.staged, offset: range.offset, from: range.source, sourceOffset: range.sourceOffset, byteCount: range.byteCount)
        } catch let error as DiskError where error.code == .noSpace {
          throw error
        } catch {
          // The local content is gone or changed: what could not be copied fails its check and is fetched.
          continue
        }
      }
      let (good, bad) = try verify(plan.local.map { $0.offset..<($0.offset + $0.byteCount) }, of: chunks)
      // What seemed to be here and is not must be asked for: all that is right by now is kept, and nothing else is taken from here.
      return bad.isEmpty ? plan : ReassemblyPlan(wanted: chunks, kept: kept.union(good), sources: [])
    }
  }

  /// The chunks, by place, that stand in a half-staged file already.
  private func verified(_ chunks: [Chunk], in source: ContentSource, size: Int64) throws -> Set<Int> {
    var good: Set<Int> = []
    var offset: Int64 = 0
    for (index, chunk) in chunks.enumerated() {
      if try matches(chunk, at: offset, in: source) { good.insert(index) }
      offset += Int64(chunk.byteCount)
    }
    return good
  }

  private func matches(_ chunk: Chunk, at offset: Int64, in source: ContentSource) throws -> Bool {
    let bytes = try fetcher.disk.read(source, offset: offset, byteCount: Int(chunk.byteCount))
    return bytes.count == Int(chunk.byteCount) && Root(smallContent: bytes).digest == chunk.hash
  }

  /// Which chunks inside these ranges of the staged file are what they should be, and which are not.
  private func verify(_ ranges: [Range<Int64>], of chunks: [Chunk]) throws -> (good: Set<Int>, bad: Set<Int>) {
    var good: Set<Int> = []
    var bad: Set<Int> = []
    var offset: Int64 = 0
    var next = ranges.sorted { $0.lowerBound < $1.lowerBound }[...]
    for (index, chunk) in chunks.enumerated() {
      while let first = next.first, first.upperBound <= offset { next.removeFirst() }
      if let first = next.first, first.lowerBound <= offset {
        if try matches(chunk, at: offset, in: .staged(item.staged)) { good.insert(index) } else { bad.insert(index) }
      }
      offset += Int64(chunk.byteCount)
    }
    return (good, bad)
  }

  // MARK: From peers

  private typealias Missing = ReassemblyPlan<ContentSource>.Missing

  private func fetchMissing(_ plan: ReassemblyPlan<ContentSource>, chunks: [Chunk], refused: borrowing Mutex<[DeviceID]>) async throws -> Bool {
    guard !plan.missing.isEmpty else { return true }
    let queue = RangeQueue(plan.missing, byteCountMax: Self.requestByteCountMax)
    let offsets = chunks.reduce(into: [Int64(0)]) { $0.append($0[$0.count - 1] + Int64($1.byteCount)) }
    let failed = await withTaskGroup(of: (DeviceID, DiskError?, Bool).self) { group in
      for peer in peers {
        guard let session = fetcher.session(peer) else { continue }
        for _ in 0..<Self.requestsPerPeer {
          group.addTask {
            while let ranges = queue.take() {
              do throws(DiskError) {
                guard try await fetch(ranges, from: session, chunks: chunks, offsets: offsets, queue: queue) else { return (peer, nil, false) }
              } catch {
                return (peer, error, true)
              }
            }
            return (peer, nil, true)
          }
        }
      }
      var error: DiskError?
      var without: [DeviceID] = []
      for await (peer, trouble, served) in group {
        if let trouble { error = trouble; queue.close() }
        if !served { without.append(peer) }
      }
      return (error, without)
    }
    if let error = failed.0 { throw error }
    refused.withLock { $0.append(contentsOf: failed.1) }
    return queue.isDone
  }

  /// Asks one peer for these ranges and writes what is right; what did not come, or came wrong, goes back to the queue. False: ask this peer no more.
  private func fetch(
    _ ranges: [Missing], from session: PeerSession, chunks: [Chunk], offsets: [Int64], queue: RangeQueue
  ) async throws(DiskError) -> Bool {
    let items = ranges.map { ContentRequest.Item(path: item.path, root: item.root, offset: $0.offset, byteCount: $0.byteCount) }
    await fetcher.pace.receive(ranges.reduce(0) { $0 + $1.byteCount })
    var arrived: [(Missing, [UInt8])] = []
    var open = Set(ranges.indices)
    await session.request(folder: fetcher.folder, items: items, stall: ContentFetcher.stall) { answer in
      if case .bytes(let index, let bytes) = answer, open.remove(index) != nil { arrived.append((ranges[index], bytes)) }
    }
    let batch = arrived
    let wrong: [Missing]
    do {
      wrong = try await fetcher.work.run { [item, fetcher] in
        var wrong: [Missing] = []
        for (range, bytes) in batch {
          guard Self.isRight(bytes, range, chunks: chunks, offsets: offsets) else { wrong.append(range); continue }
          try fetcher.disk.writeStaged(item.staged, offset: range.offset, bytes: bytes)
          fetcher.progress(Int64(bytes.count))
        }
        return wrong
      }
    } catch let error as DiskError {
      throw error
    } catch {
      throw DiskError(code: .other, path: item.path.string, message: "\(error)")
    }
    let back = open.sorted().map { ranges[$0] } + wrong
    queue.finish(ranges.count - back.count)
    queue.giveBack(back)
    return back.isEmpty
  }

  /// Whole chunks are compared with their names before a byte is written; part of a very long chunk is compared at the end.
  private static func isRight(_ bytes: [UInt8], _ range: Missing, chunks: [Chunk], offsets: [Int64]) -> Bool {
    guard bytes.count == Int(range.byteCount) else { return false }
    for index in range.chunks {
      let start = offsets[index] - range.offset
      let end = start + Int64(chunks[index].byteCount)
      guard start >= 0, end <= range.byteCount else { continue }
      if Root(smallContent: bytes[Int(start)..<Int(end)]).digest != chunks[index].hash { return false }
    }
    return true
  }

  // MARK: The end

  private func finish(_ plan: ReassemblyPlan<ContentSource>, chunks: [Chunk]) async throws -> FetchOutcome {
    let (item, fetcher) = (item, fetcher)
    return try await fetcher.work.run {
      for range in plan.repeated {
        try fetcher.disk.copyToStaged(
          item.staged, offset: range.offset, from: .staged(item.staged), sourceOffset: range.sourceOffset, byteCount: range.byteCount)
      }
      let copied = plan.repeated.map { $0.offset..<($0.offset + $0.byteCount) }
      let long = plan.missing.filter { $0.chunks.count == 1 && $0.byteCount < Int64(chunks[$0.chunks.lowerBound].byteCount) }
      guard try verify(copied + long.map { $0.offset..<($0.offset + $0.byteCount) }, of: chunks).bad.isEmpty else {
        try fetcher.disk.discardStaged(item.staged)
        return .unavailable([])
      }
      let stat = try fetcher.disk.finishStaged(item.staged, mode: item.mode, modified: item.modified)
      return .staged(inode: stat.inode, chunks: chunks)
    }
  }
}

/// The ranges of one content that are still to come, shared by the peers that are asked for them.
final class RangeQueue: Sendable {
  private let state: Mutex<(waiting: [ReassemblyPlan<ContentSource>.Missing], unfinished: Int, isClosed: Bool)>
  private let byteCountMax: Int64

  init(_ ranges: [ReassemblyPlan<ContentSource>.Missing], byteCountMax: Int64) {
    state = Mutex((ranges.reversed(), ranges.count, false))
    self.byteCountMax = byteCountMax
  }

  /// The next ranges to ask for; nil when none waits.
  func take() -> [ReassemblyPlan<ContentSource>.Missing]? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      var taken: [ReassemblyPlan<ContentSource>.Missing] = []
      var byteCount: Int64 = 0
      while let next = state.waiting.last, taken.isEmpty || byteCount + next.byteCount <= byteCountMax, taken.count < 1_000 {
        taken.append(next)
        byteCount += next.byteCount
        state.waiting.removeLast()
      }
      return taken.isEmpty ? nil : taken
    }
  }

  func giveBack(_ ranges: [ReassemblyPlan<ContentSource>.Missing]) { state.withLock { $0.waiting.append(contentsOf: ranges.reversed()) } }
  func finish(_ count: Int) { state.withLock { $0.unfinished -= count } }
  func close() { state.withLock { $0.isClosed = true } }
  var isDone: Bool { state.withLock { $0.unfinished == 0 } }
}
