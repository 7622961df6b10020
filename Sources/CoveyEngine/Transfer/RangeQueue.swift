import CoveyCore
import CoveyProtocol
import Synchronization

/// The ranges of one content that are still to come, shared by the peers that are asked for them. A range may be kept for the fellow
/// of a swarm who brings it; all others are for anybody who has the content.
final class RangeQueue: Sendable {
  typealias Missing = ReassemblyPlan<ContentSource>.Missing

  private struct State {
    /// By the fellow they are kept for, nil for none; the next at the end.
    var waiting: [DeviceID?: [Missing]] = [:]
    /// What each device has brought so far.
    var brought: [DeviceID: Int64] = [:]
    /// Fellows that are being asked.
    var active: Set<DeviceID> = []
    var unfinished = 0
    var isClosed = false
  }

  private let state: Mutex<State>
  private let byteCountMax: Int64
  /// What an item takes in a request besides the sums of its base.
  private let itemByteCount: Int

  /// - Parameters:
  ///   - byteCountMax: what is asked for in one request.
  ///   - fellow: whom a range is kept for.
  init(_ ranges: [Missing], byteCountMax: Int64, path: RelativePath, fellow: (Missing) -> DeviceID? = { _ in nil }) {
    var first = State(unfinished: ranges.count)
    for range in ranges.reversed() { first.waiting[fellow(range), default: []].append(range) }
    first.active = Set(first.waiting.keys.compactMap { $0 })
    state = Mutex(first)
    self.byteCountMax = byteCountMax
    itemByteCount = path.bytes.count + 96
  }

  /// The next ranges to ask for, of those kept for a fellow or of those for anybody; nil when none waits.
  func take(keptFor fellow: DeviceID? = nil) -> [Missing]? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      var taken: [Missing] = []
      var byteCount: Int64 = 0
      var requestByteCount = 0
      let limit = fellow == nil ? byteCountMax : Swarm.stripeByteCount
      while let next = state.waiting[fellow]?.last, taken.count < WireLimits.itemsPerRequestMax {
        byteCount += next.byteCount
        requestByteCount += itemByteCount + 8 * PatchBase.sumCount(forByteCount: next.base?.byteCount ?? 0)
        guard taken.isEmpty || byteCount <= limit && requestByteCount <= WireLimits.splitByteCount else { break }
        taken.append(next)
        state.waiting[fellow]?.removeLast()
      }
      return taken.isEmpty ? nil : taken
    }
  }

  /// Frees a range of every fellow that still owes more than it has brought: it would take longer from now than all has taken so far.
  func relieve() {
    state.withLock { state in
      for fellow in state.active {
        let owed = (state.waiting[fellow] ?? []).reduce(0) { $0 + $1.byteCount }
        guard owed > state.brought[fellow] ?? 0, let freed = state.waiting[fellow]?.removeFirst() else { continue }
        state.waiting[nil, default: []].append(freed)
      }
    }
  }

  /// A fellow brings no more: what was kept for it is for anybody.
  func release(_ fellow: DeviceID) {
    state.withLock { state in
      state.active.remove(fellow)
      state.waiting[nil, default: []].append(contentsOf: state.waiting.removeValue(forKey: fellow) ?? [])
    }
  }

  func giveBack(_ ranges: [Missing], keptFor fellow: DeviceID?) {
    state.withLock { $0.waiting[fellow, default: []].append(contentsOf: ranges.reversed()) }
  }
  func finish(_ count: Int, byteCount: Int64, by device: DeviceID) {
    state.withLock { state in
      state.unfinished -= count
      state.brought[device, default: 0] += byteCount
    }
  }
  func close() { state.withLock { $0.isClosed = true } }
  var isDone: Bool { state.withLock { $0.unfinished == 0 } }
  /// Whether ranges may still come back from fellows.
  var hasFellows: Bool { state.withLock { !$0.isClosed && !$0.active.isEmpty } }
}
