package import CoveyCore
import Synchronization

/// Brings contents into staging: from this disk where it has them, else from peers. What a peer sends is checked against the name
/// it was asked for before it counts; a peer that sends other bytes, stalls or no longer has them is passed over for the next.
package struct ContentFetcher: Sendable {
  /// Small contents of one request: enough that no file pays a round trip, little enough that memory stays bounded.
  static let bundleCountMax = 1_000
  static let bundleByteCountMax: Int64 = 4 << 20
  static let stall = Duration.seconds(10)
  /// How many places of one content in other folders are tried, and how much of it is read at once.
  private static let placeCountMax = 3
  /// How often, and how soon again, a content is looked for that is about to leave its place in another folder.
  private static let lookCountMax = 25
  private static let lookInterval = Duration.milliseconds(20)
  private static let pieceByteCount: Int64 = 1 << 20

  let folder: FolderID
  /// This one.
  let device: DeviceID
  let disk: any FolderDisk
  /// Other folders of this device, which may hold the same content.
  let others: FolderDisks
  let store: any DeviceStore
  let work: BlockingWork
  let pace: TransferPace
  let partials: PartialContents
  /// The session with a connected peer; nil when it is gone.
  let session: @Sendable (DeviceID) -> PeerSession?
  let progress: @Sendable (Int64) -> Void

  package init(
    folder: FolderID, device: DeviceID, disk: any FolderDisk, others: FolderDisks, store: any DeviceStore, work: BlockingWork, pace: TransferPace,
    partials: PartialContents, session: @escaping @Sendable (DeviceID) -> PeerSession?, progress: @escaping @Sendable (Int64) -> Void
  ) {
    self.folder = folder
    self.device = device
    self.disk = disk
    self.others = others
    self.store = store
    self.work = work
    self.pace = pace
    self.partials = partials
    self.session = session
    self.progress = progress
  }

  /// One outcome an item, in their order. Items that were staged stay staged whatever becomes of the others.
  package func fetch(_ job: FetchJob) async -> [FetchOutcome] {
    var outcomes = [FetchOutcome?](repeating: nil, count: job.items.count)
    let local = await stageFromHere(job.items)
    for (index, outcome) in local.enumerated() { outcomes[index] = outcome }
    let small = job.items.indices.filter { outcomes[$0] == nil && job.items[$0].size <= ChunkSizes.smallByteCountMax }
    for (index, outcome) in await fetchBundles(small, of: job) { outcomes[index] = outcome }
    for index in job.items.indices where outcomes[index] == nil {
      outcomes[index] = await LargeContentFetch(fetcher: self, item: job.items[index], peers: job.peers).run()
    }
    return outcomes.map { $0 ?? .unavailable([]) }
  }

  // MARK: From this disk

  /// Symlinks, and small contents that stand on this disk already, under whatever name. Nil where more is needed.
  private func stageFromHere(_ items: [FetchItem]) async -> [FetchOutcome?] {
    let others = others.others(than: folder)
    let needing = !others.isEmpty || items.contains { $0.kind == .symlink || !$0.here.isEmpty || $0.size == 0 }
    let nothing = [FetchOutcome?](repeating: nil, count: items.count)
    guard needing, var outcomes = try? await work.run({ items.map { stageFromHere($0, others) } }) else { return nothing }
    for _ in 0..<Self.lookCountMax {
      let missing = items.indices.filter { outcomes[$0] == nil }
      guard !others.isEmpty, let leaving = try? await work.run({ missing.filter { isElsewhere(items[$0], others) } }), !leaving.isEmpty else { break }
      // The other folder is removing it just now: its record says where it went as soon as that is done, and tells nobody here.
      do { try await Task.sleep(for: Self.lookInterval) } catch { break }
      guard let again = try? await work.run({ leaving.map { stageFromHere(items[$0], others) } }) else { break }
      for (index, outcome) in zip(leaving, again) { outcomes[index] = outcome }
    }
    return outcomes
  }

  /// Whether the record of another folder says that it has the content.
  private func isElsewhere(_ item: FetchItem, _ others: [FolderID: any FolderDisk]) -> Bool {
    guard item.kind == .file, item.here.isEmpty, item.size > 0 else { return false }
    return ((try? store.places(of: item.root, limit: Self.placeCountMax)) ?? []).contains { others[$0.folder] != nil }
  }

  private func stageFromHere(_ item: FetchItem, _ others: [FolderID: any FolderDisk]) -> FetchOutcome? {
    do {
      if item.kind == .symlink {
        let stat = try disk.stage(.symlink(target: item.target, modified: item.modified), as: item.staged)
        return .staged(inode: stat.inode, chunks: nil)
      }
      // Large content that stands in this folder is taken from there chunk by chunk.
      if item.size > ChunkSizes.smallByteCountMax, !item.here.isEmpty { return nil }
      for source in item.here {
        if let outcome = try? copySmall(source, on: disk, to: item) { return outcome }
      }
      // Moved from one shared folder to another, or once shared twice.
      for place in others.isEmpty ? [] : (try? store.places(of: item.root, limit: Self.placeCountMax)) ?? [] {
        if let other = others[place.folder], let outcome = try? copy(place.source, on: other, to: item) { return outcome }
      }
      if item.size == 0, item.root == Root(smallContent: []) {
        let stat = try disk.stage(.file(bytes: [], mode: item.mode, modified: item.modified), as: item.staged)
        return .staged(inode: stat.inode, chunks: nil)
      }
      return nil
    } catch {
      return .failed(error)
    }
  }

  /// Copies a whole content from another folder, piece by piece, for that may lie on another file system; nil when something else is
  /// there by now.
  private func copy(_ source: ContentSource, on other: any FolderDisk, to item: FetchItem) throws(DiskError) -> FetchOutcome? {
    guard item.size > ChunkSizes.smallByteCountMax else { return try copySmall(source, on: other, to: item) }
    try disk.openStaged(item.staged, byteCount: item.size)
    var offset: Int64 = 0
    while offset < item.size {
      let bytes = try other.read(source, offset: offset, byteCount: Int(min(item.size - offset, Self.pieceByteCount)))
      if bytes.isEmpty { break }
      try disk.writeStaged(item.staged, offset: offset, bytes: bytes)
      offset += Int64(bytes.count)
    }
    return try finish(item)
  }

  private func copySmall(_ source: ContentSource, on other: any FolderDisk, to item: FetchItem) throws(DiskError) -> FetchOutcome? {
    let bytes = try other.read(source, offset: 0, byteCount: Int(item.size) + 1)
    guard bytes.count == Int(item.size), Root(smallContent: bytes) == item.root else { return nil }
    let stat = try disk.stage(.file(bytes: bytes, mode: item.mode, modified: item.modified), as: item.staged)
    return .staged(inode: stat.inode, chunks: nil)
  }

  /// A copy counts only if it is what was wanted.
  private func finish(_ item: FetchItem) throws(DiskError) -> FetchOutcome? {
    let stat = try disk.finishStaged(item.staged, mode: item.mode, modified: item.modified)
    guard let hashed = try disk.hashStaged(item.staged), hashed.root == item.root else {
      try disk.discardStaged(item.staged)
      return nil
    }
    return .staged(inode: stat.inode, chunks: hashed.chunks)
  }

  // MARK: Bundles

  private func fetchBundles(_ indices: [Int], of job: FetchJob) async -> [(Int, FetchOutcome)] {
    var done: [(Int, FetchOutcome)] = []
    var missing = indices
    var refused: [Int: [DeviceID]] = [:]
    for peer in job.peers where !missing.isEmpty {
      guard let session = session(peer) else { continue }
      let results = await fetchBundles(missing, of: job, from: session)
      missing = missing.filter { index in
        switch results[index] {
        case .staged?, .failed?:
          done.append((index, results[index] ?? .unavailable([])))
          return false
        case .unavailable?:
          refused[index, default: []].append(peer)
          return true
        case nil:
          return true
        }
      }
    }
    return done + missing.map { ($0, .unavailable(refused[$0] ?? [])) }
  }

  /// Asks one peer for all of them, two requests under way at a time. What is absent from the result was not answered.
  private func fetchBundles(_ indices: [Int], of job: FetchJob, from session: PeerSession) async -> [Int: FetchOutcome] {
    var bundles: [[Int]] = [[]]
    var byteCount: Int64 = 0
    for index in indices {
      if bundles[bundles.count - 1].count == Self.bundleCountMax || byteCount + job.items[index].size > Self.bundleByteCountMax {
        bundles.append([])
        byteCount = 0
      }
      bundles[bundles.count - 1].append(index)
      byteCount += job.items[index].size
    }
    return await withTaskGroup(of: [Int: FetchOutcome].self) { group in
      var outcomes: [Int: FetchOutcome] = [:]
      var next = 0
      func start() {
        guard next < bundles.count else { return }
        let bundle = bundles[next]
        next += 1
        group.addTask { await fetchBundle(bundle, of: job, from: session) }
      }
      start()
      start()
      for await result in group {
        outcomes.merge(result) { $1 }
        start()
      }
      return outcomes
    }
  }

  private func fetchBundle(_ bundle: [Int], of job: FetchJob, from session: PeerSession) async -> [Int: FetchOutcome] {
    let items = bundle.map { ContentRequest.Item(path: job.items[$0].path, root: job.items[$0].root, offset: 0, byteCount: job.items[$0].size) }
    var outcomes: [Int: FetchOutcome] = [:]
    await pace.receive(bundle.reduce(0) { $0 + job.items[$1].size })
    await withTaskGroup(of: [(Int, FetchOutcome)].self) { group in
      var arrived: [(Int, [UInt8])] = []
      func stage() {
        let batch = arrived
        arrived = []
        group.addTask { await self.stage(batch, of: job) }
      }
      await session.request(folder: folder, items: items, stall: Self.stall) { answer in
        switch answer {
        case .bytes(let item, let bytes):
          arrived.append((bundle[item], bytes))
          if arrived.count >= 128 { stage() }
        case .unavailable(let item): outcomes[bundle[item]] = .unavailable([])
        case .patch: break
        }
      }
      if !arrived.isEmpty { stage() }
      for await results in group { for (index, outcome) in results { outcomes[index] = outcome } }
    }
    return outcomes
  }

  private func stage(_ batch: [(Int, [UInt8])], of job: FetchJob) async -> [(Int, FetchOutcome)] {
    let results = try? await work.run {
      batch.map { index, bytes -> (Int, FetchOutcome) in
        let item = job.items[index]
        guard bytes.count == Int(item.size), Root(smallContent: bytes) == item.root else { return (index, .unavailable([])) }
        do throws(DiskError) {
          let stat = try disk.stage(.file(bytes: bytes, mode: item.mode, modified: item.modified), as: item.staged)
          progress(Int64(bytes.count))
          return (index, .staged(inode: stat.inode, chunks: nil))
        } catch {
          return (index, .failed(error))
        }
      }
    }
    return results ?? []
  }
}
