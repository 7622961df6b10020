import CoveyCore
import Synchronization

/// What must come from peers.
extension LargeContentFetch {
  /// Bytes asked for in one request, and requests under way with each peer: together the window.
  private static let requestByteCountMax: Int64 = 2 << 20
  private static let requestsPerPeer = 4

  /// Asks all peers at once, each for what nobody else was asked for; false when something is not to be had.
  func fetchMissing(_ plan: Plan, of content: ChunkedContent, refused: borrowing Mutex<[DeviceID]>) async throws -> Bool {
    let queue = RangeQueue(plan.missing, byteCountMax: Self.requestByteCountMax, path: item.path)
    var failed: Set<DeviceID> = []
    while !queue.isDone {
      // A peer may fail when the others have found nothing left to ask for: they are asked once more.
      let able = peers.filter { !failed.contains($0) }.compactMap { fetcher.session($0) }
      guard !able.isEmpty else { break }
      failed.formUnion(try await fetch(from: able, of: content, queue: queue))
    }
    refused.withLock { [failed] in $0.append(contentsOf: failed) }
    return queue.isDone
  }

  /// Asks these peers until nothing waits; those that failed.
  private func fetch(from sessions: [PeerSession], of content: ChunkedContent, queue: RangeQueue) async throws -> Set<DeviceID> {
    let (error, without) = await withTaskGroup(of: (DeviceID, DiskError?, Bool).self) { group in
      for session in sessions {
        for _ in 0..<Self.requestsPerPeer {
          group.addTask {
            while let ranges = queue.take() {
              do throws(DiskError) {
                guard try await fetch(ranges, of: content, from: session, queue: queue) else { return (session.device, nil, false) }
              } catch {
                return (session.device, error, true)
              }
            }
            return (session.device, nil, true)
          }
        }
      }
      var error: DiskError?
      var without: Set<DeviceID> = []
      for await (peer, trouble, served) in group {
        if let trouble { error = trouble; queue.close() }
        if !served { without.insert(peer) }
      }
      return (error, without)
    }
    if let error { throw error }
    return without
  }

  /// Asks one peer for these ranges and writes what is right as it comes; what did not come, or came wrong, goes back to the queue.
  /// False: ask this peer no more.
  private func fetch(_ ranges: [Plan.Missing], of content: ChunkedContent, from session: PeerSession, queue: RangeQueue) async throws(DiskError) -> Bool {
    let (bases, items) = try await blocking {
      let bases = ranges.map { $0.base.flatMap(readBase) }
      let items = zip(ranges, bases).map { range, base in
        ContentRequest.Item(path: item.path, root: item.root, offset: range.offset, byteCount: range.byteCount, base: base.map { PatchBase(of: $0) })
      }
      return (bases, items)
    }
    await fetcher.pace.receive(ranges.reduce(0) { $0 + $1.byteCount })
    var open = Set(ranges.indices)
    var unpatched: [Plan.Missing] = []
    var failure: DiskError?
    await session.request(folder: fetcher.folder, items: items, stall: ContentFetcher.stall) { answer in
      guard failure == nil else { return }
      do throws(DiskError) {
        switch answer {
        case .bytes(let index, let bytes):
          if try await blocking({ try write(bytes, ranges[index], content) }) { open.remove(index) }
        case .patch(let index, let patch):
          open.remove(index)
          let isRight = try await blocking {
            guard let base = bases[index], let bytes = Patch.apply(patch, to: base, byteCount: Int(ranges[index].byteCount)) else { return false }
            return try write(bytes, ranges[index], content)
          }
          // The old stretch has changed, or two different blocks have one sum: asked for once more, as it is.
          if !isRight { unpatched.append(Plan.Missing(offset: ranges[index].offset, byteCount: ranges[index].byteCount, chunks: ranges[index].chunks)) }
        case .unavailable: break
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    queue.finish(ranges.count - open.count - unpatched.count)
    queue.giveBack(open.sorted().map { ranges[$0] } + unpatched)
    return open.isEmpty
  }

  /// Nil when it cannot be read: then the range is asked for without.
  private func readBase(_ base: Plan.Base) -> [UInt8]? {
    let bytes = try? fetcher.disk.read(base.source, offset: base.offset, byteCount: base.byteCount)
    return bytes?.isEmpty == false ? bytes : nil
  }

  /// Writes a range if its chunks are right; part of a very long chunk is compared at the end.
  private func write(_ bytes: [UInt8], _ range: Plan.Missing, _ content: ChunkedContent) throws -> Bool {
    guard bytes.count == Int(range.byteCount) else { return false }
    let isPart = range.byteCount < content.byteCount(of: range.chunks)
    guard isPart || content.wrong(bytes, as: range.chunks).isEmpty else { return false }
    try fetcher.disk.writeStaged(item.staged, offset: range.offset, bytes: bytes)
    fetcher.progress(range.byteCount)
    return true
  }

  /// Runs on a thread that may block.
  private func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws(DiskError) -> T {
    do {
      return try await fetcher.work.run(body)
    } catch let error as DiskError {
      throw error
    } catch {
      throw DiskError(code: .other, path: item.path.string, message: "\(error)")
    }
  }
}
