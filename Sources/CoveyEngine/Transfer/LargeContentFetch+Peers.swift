import CoveyCore
import Synchronization

/// What must come from peers.
extension LargeContentFetch {
  /// Bytes asked for in one request, and requests under way with each peer: together the window.
  private static let requestByteCountMax: Int64 = 2 << 20
  private static let requestsPerPeer = 4
  /// With each fellow of a swarm, for less is asked for at once.
  private static let requestsPerFellow = 4
  /// How long those who could ask for more wait for fellows before they look again, and how often before they take work off them.
  private static let interval = Duration.milliseconds(20)
  private static let intervalsBeforeRelief = 100
  private static let triesPerFellow = 5
  private static let retryInterval = Duration.milliseconds(200)

  /// Shares the work with the peers that probably lack the content, too; false when something is not to be had.
  /// - Parameter holder: a peer that has all of it. Others that have it answer as fellows do who have brought their part.
  func fetchMissing(_ plan: Plan, of content: ChunkedContent, holder: DeviceID?, refused: borrowing Mutex<[DeviceID]>) async throws -> Bool {
    let swarm = Swarm(own: fetcher.device, fellows: plan.missingByteCount < Swarm.byteCountMin ? [] : peers.filter { $0 != holder })
    let queue = RangeQueue(plan.missing, byteCountMax: Self.requestByteCountMax, path: item.path) { range in
      // What is compared at the end only is passed on by nobody before.
      isPart(range, of: content) ? nil : swarm.fellow(bringing: range.offset)
    }
    var failed: [DeviceID: PeerSession] = [:]
    while !queue.isDone {
      // A peer may fail when the others have found nothing left to ask for: they are asked once more.
      let rest = peers.filter { failed[$0] == nil }
      let able = (rest.contains { $0 == holder } ? [holder].compactMap { $0 } : rest).compactMap { fetcher.session($0) }
      guard !able.isEmpty else { break }
      let without = try await fetch(from: able, fellows: queue.hasFellows ? swarm.fellows : [], of: content, queue: queue)
      for session in able where without.contains(session.device) { failed[session.device] = session }
    }
    refused.withLock { [failed] in $0.append(contentsOf: failed.values.filter(isConnected).map(\.device)) }
    return queue.isDone
  }

  /// Asks these peers, and fellows for what is kept for them, until nothing waits; those peers that failed.
  private func fetch(from sessions: [PeerSession], fellows: [DeviceID], of content: ChunkedContent, queue: RangeQueue) async throws -> Set<DeviceID> {
    let (error, without) = await withTaskGroup(of: (DeviceID, DiskError?, Bool).self) { group in
      for session in sessions {
        for _ in 0..<Self.requestsPerPeer {
          group.addTask {
            while let ranges = await next(queue) {
              do throws(DiskError) {
                guard try await fetch(ranges, of: content, from: session, queue: queue) == .all else { return (session.device, nil, false) }
              } catch {
                return (session.device, error, true)
              }
            }
            return (session.device, nil, true)
          }
        }
      }
      for fellow in fellows {
        group.addTask {
          defer { queue.release(fellow) }
          return (fellow, await fetch(from: fellow, of: content, queue: queue), true)
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

  /// What to ask for next of those who have the content; nil when nothing is left, and nothing can come back from fellows.
  private func next(_ queue: RangeQueue) async -> [Plan.Missing]? {
    var count = 0
    while true {
      if let ranges = queue.take() { return ranges }
      guard queue.hasFellows else { return nil }
      // A timer and no signal: what may come is a range that a fellow gives back, or the time to take one from a slow fellow.
      do { try await Task.sleep(for: Self.interval) } catch { return nil }
      count += 1
      if count >= Self.intervalsBeforeRelief { queue.relieve() }
    }
  }

  /// Asks a fellow for what is kept for it, until it has nothing or does not follow; the error of this disk.
  private func fetch(from fellow: DeviceID, of content: ChunkedContent, queue: RangeQueue) async -> DiskError? {
    guard let session = fetcher.session(fellow) else { return nil }
    return await withTaskGroup(of: DiskError?.self) { group in
      for _ in 0..<Self.requestsPerFellow {
        group.addTask {
          do throws(DiskError) {
            var tries = 0
            while tries < Self.triesPerFellow, let ranges = queue.take(keptFor: fellow) {
              switch try await fetch(ranges, of: content, from: session, queue: queue, keptFor: fellow) {
              case .all: tries = 0
              // Silent or wrong: it would be so again, and every silence costs a stall.
              case .notAll: return nil
              case .refused:
                tries += 1
                // It may hear of the content a little later than this device did, and cannot say when.
                do { try await Task.sleep(for: Self.retryInterval) } catch { return nil }
              }
            }
            return nil
          } catch {
            return error
          }
        }
      }
      var error: DiskError?
      for await trouble in group where error == nil { error = trouble }
      return error
    }
  }

  /// What a peer brought of the ranges it was asked for.
  private enum Brought { case all, notAll, refused }

  /// Asks one peer for these ranges and writes what is right as it comes; what did not come, or came wrong, goes back to the queue.
  private func fetch(
    _ ranges: [Plan.Missing], of content: ChunkedContent, from session: PeerSession, queue: RangeQueue, keptFor fellow: DeviceID? = nil
  ) async throws(DiskError) -> Brought {
    let (bases, items) = try await blocking {
      let bases = ranges.map { $0.base.flatMap(readBase) }
      let items = zip(ranges, bases).map { range, base in
        ContentRequest.Item(path: item.path, root: item.root, offset: range.offset, byteCount: range.byteCount, base: base.map { PatchBase(of: $0) })
      }
      return (bases, items)
    }
    await fetcher.pace.receive(ranges.reduce(0) { $0 + $1.byteCount })
    var open = Set(ranges.indices)
    var refused: Set<Int> = []
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
        case .unavailable(let index): refused.insert(index)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    let brought = ranges.indices.reduce(0) { $0 + (open.contains($1) ? 0 : ranges[$1].byteCount) }
    queue.finish(ranges.count - open.count - unpatched.count, byteCount: brought, by: session.device)
    queue.giveBack(open.sorted().map { ranges[$0] } + unpatched, keptFor: fellow)
    return open.isEmpty ? .all : open == refused ? .refused : .notAll
  }

  /// Nil when it cannot be read: then the range is asked for without.
  private func readBase(_ base: Plan.Base) -> [UInt8]? {
    let bytes = try? fetcher.disk.read(base.source, offset: base.offset, byteCount: base.byteCount)
    return bytes?.isEmpty == false ? bytes : nil
  }

  /// Writes a range if its chunks are right; part of a very long chunk is compared at the end.
  private func write(_ bytes: [UInt8], _ range: Plan.Missing, _ content: ChunkedContent) throws -> Bool {
    guard bytes.count == Int(range.byteCount) else { return false }
    let isPart = isPart(range, of: content)
    guard isPart || content.wrong(bytes, as: range.chunks).isEmpty else { return false }
    try fetcher.disk.writeStaged(item.staged, offset: range.offset, bytes: bytes)
    if !isPart { fetcher.partials.arrived(range.chunks, of: item.root, as: item.staged) }
    fetcher.progress(range.byteCount)
    return true
  }

  /// Whether it is less than the chunk it is of.
  func isPart(_ range: Plan.Missing, of content: ChunkedContent) -> Bool { range.byteCount < content.byteCount(of: range.chunks) }

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
