import CoveyCore
import CoveyProtocol
import Synchronization

/// The ranges of one content that are still to come, shared by the peers that are asked for them.
final class RangeQueue: Sendable {
  private let state: Mutex<(waiting: [ReassemblyPlan<ContentSource>.Missing], unfinished: Int, isClosed: Bool)>
  private let byteCountMax: Int64
  /// What an item takes in a request besides the sums of its base.
  private let itemByteCount: Int

  /// - Parameter byteCountMax: what is asked for in one request.
  init(_ ranges: [ReassemblyPlan<ContentSource>.Missing], byteCountMax: Int64, path: RelativePath) {
    state = Mutex((ranges.reversed(), ranges.count, false))
    self.byteCountMax = byteCountMax
    itemByteCount = path.bytes.count + 96
  }

  /// The next ranges to ask for; nil when none waits.
  func take() -> [ReassemblyPlan<ContentSource>.Missing]? {
    state.withLock { state in
      guard !state.isClosed else { return nil }
      var taken: [ReassemblyPlan<ContentSource>.Missing] = []
      var byteCount: Int64 = 0
      var requestByteCount = 0
      while let next = state.waiting.last, taken.count < WireLimits.itemsPerRequestMax {
        byteCount += next.byteCount
        requestByteCount += itemByteCount + 8 * PatchBase.sumCount(forByteCount: next.base?.byteCount ?? 0)
        guard taken.isEmpty || byteCount <= byteCountMax && requestByteCount <= WireLimits.splitByteCount else { break }
        taken.append(next)
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
