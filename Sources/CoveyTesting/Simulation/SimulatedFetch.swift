import CoveyCore
import CoveyEngine
import CoveyProtocol

/// A fetch job on its way: what is here, then one peer after the other, as ``ContentFetcher`` does for small contents.
final class SimulatedFetch {
  let job: FetchJob
  var outcomes: [FetchOutcome?]
  var refused: [Int: [DeviceID]] = [:]
  var peers: ArraySlice<DeviceID>
  /// Which items the present request asked for, and those not yet answered.
  var asked: (request: UInt64, peer: DeviceID, link: Link, items: [Int], open: Set<Int>)?

  init(job: FetchJob) {
    self.job = job
    outcomes = Array(repeating: nil, count: job.items.count)
    peers = job.peers[...]
  }

  var missing: [Int] { outcomes.indices.filter { outcomes[$0] == nil } }
}

extension Simulation {
  func begin(_ fetch: SimulatedFetch, on device: SimulatedDevice) {
    for (index, item) in fetch.job.items.enumerated() {
      fetch.outcomes[index] = stageFromHere(item, on: device.disk)
    }
    if device.isUp { ask(fetch, on: device) }
  }

  private func stageFromHere(_ item: FetchItem, on disk: InMemoryDisk) -> FetchOutcome? {
    func stage(_ file: StagedFile) -> FetchOutcome {
      do throws(DiskError) { return .staged(inode: try disk.stage(file, as: item.staged).inode, chunks: nil) } catch { return .failed(error) }
    }
    if item.kind == .symlink { return stage(.symlink(target: item.target, modified: item.modified)) }
    for source in item.here {
      guard let bytes = try? disk.read(source, offset: 0, byteCount: Int(item.size) + 1), isRight(bytes, for: item) else { continue }
      return stage(.file(bytes: bytes, mode: item.mode, modified: item.modified))
    }
    return nil
  }

  /// What a device answers: bytes that are what was asked for, from the path that was named, from another, or from history; and a path
  /// that does not hold what its record says.
  func find(_ item: ContentRequest.Item, on device: SimulatedDevice) -> (bytes: [UInt8]?, suspicious: RelativePath?) {
    if breach == .unverifiedContent, let node = device.node(item.path), node.kind == .file { return (node.bytes, nil) }
    let sources = try? device.store.read(Self.folder) { records -> [ContentSource] in
      let named: [ContentSource] = try records.entry(item.path)?.observation?.root == item.root ? [.file(item.path)] : []
      return try named + records.entries(withRoot: item.root, limit: 4).filter { $0.path != item.path }.map { .file($0.path) }
        + records.history(withRoot: item.root, limit: 2).map { .history($0.name) }
    }
    var suspicious: RelativePath?
    for source in sources ?? [] {
      if let bytes = try? device.disk.read(source, offset: 0, byteCount: Int(item.byteCount)), Root(smallContent: bytes) == item.root {
        return (bytes, suspicious)
      }
      if case .file(let path) = source { suspicious = path }
    }
    return (nil, suspicious)
  }

  /// Asks the next peer for what is missing, or comes back.
  func ask(_ fetch: SimulatedFetch, on device: SimulatedDevice) {
    if let asked = fetch.asked { device.fetches[asked.request] = nil }
    fetch.asked = nil
    while !fetch.missing.isEmpty, let peer = fetch.peers.popFirst() {
      guard let other = self.device(peer), let link = device.links[other.number], link.isOpen else { continue }
      let missing = fetch.missing
      device.requestCount += 1
      fetch.asked = (device.requestCount, peer, link, missing, Set(missing))
      device.fetches[device.requestCount] = fetch
      let items = missing.map { index in
        let item = fetch.job.items[index]
        return ContentRequest.Item(path: item.path, root: item.root, offset: 0, byteCount: item.size)
      }
      say(.send(.contentRequest(ContentRequest(id: device.requestCount, folder: Self.folder, items: items)), to: peer), by: device)
      return
    }
    let outcomes = fetch.outcomes.enumerated().map { index, outcome in outcome ?? .unavailable(fetch.refused[index] ?? []) }
    device.work.append(.event(.fetched(job: fetch.job.id, outcomes)))
  }

  /// One item's answer; nil: the peer does not have it.
  func arrive(_ request: UInt64, _ item: Int, _ bytes: [UInt8]?, on device: SimulatedDevice) {
    guard let fetch = device.fetches[request], let asked = fetch.asked, item < asked.items.count else { return }
    let index = asked.items[item]
    if let bytes { return device.work.append(.fetched(fetch, [(index, bytes)])) }
    fetch.refused[index, default: []].append(asked.peer)
    answered(index, of: fetch, on: device)
  }

  func take(_ arrived: [(index: Int, bytes: [UInt8])], into fetch: SimulatedFetch, on device: SimulatedDevice) {
    for (index, bytes) in arrived {
      let item = fetch.job.items[index]
      if fetch.outcomes[index] == nil, isRight(bytes, for: item) {
        do throws(DiskError) {
          let stat = try device.disk.stage(.file(bytes: bytes, mode: item.mode, modified: item.modified), as: item.staged)
          fetch.outcomes[index] = .staged(inode: stat.inode, chunks: nil)
        } catch {
          fetch.outcomes[index] = .failed(error)
        }
      }
      if device.isUp { answered(index, of: fetch, on: device) }
    }
  }

  private func isRight(_ bytes: [UInt8], for item: FetchItem) -> Bool {
    breach == .unverifiedContent || (bytes.count == Int(item.size) && Root(smallContent: bytes) == item.root)
  }

  private func answered(_ index: Int, of fetch: SimulatedFetch, on device: SimulatedDevice) {
    guard fetch.asked != nil else { return }
    fetch.asked?.open.remove(index)
    if fetch.asked?.open.isEmpty == true { ask(fetch, on: device) }
  }
}
