import CoveyCore
import Synchronization

/// Large contents of one folder that are on their way into staging: what has arrived of them, and was compared with its hash, is
/// passed on before the whole is there.
package final class PartialContents: Sendable {
  /// How long a peer is kept waiting for bytes that this device is fetching itself.
  static let patience = Duration.seconds(10)
  /// How often is looked whether they have arrived.
  static let interval = Duration.milliseconds(10)
  /// Whole ones that are remembered, for between staging and the index a content is in neither.
  private static let endedCountMax = 64

  private struct Partial {
    var staged: StagedName
    var content: ChunkedContent
    var arrived: [Bool]
    func has(_ chunks: Range<Int>) -> Bool { arrived[chunks].allSatisfy { $0 } }
  }

  private let state = Mutex<(underWay: [Root: Partial], ended: [Root: StagedName], order: [Root])>(([:], [:], []))

  package init() {}

  /// A content of which these chunks still lack. One that is on its way already, under another name, stays with that one.
  func begin(_ root: Root, as staged: StagedName, _ content: ChunkedContent, without missing: [Range<Int>]) {
    var arrived = [Bool](repeating: true, count: content.chunks.count)
    for chunks in missing { for chunk in chunks { arrived[chunk] = false } }
    state.withLock { if $0.underWay[root] == nil { $0.underWay[root] = Partial(staged: staged, content: content, arrived: arrived) } }
  }

  func arrived(_ chunks: Range<Int>, of root: Root, as staged: StagedName) {
    state.withLock { state in
      guard state.underWay[root]?.staged == staged else { return }
      for chunk in chunks { state.underWay[root]?.arrived[chunk] = true }
    }
  }

  /// The content has come to its end: whole, it is remembered until it is in the index; given up, nothing of it is vouched for.
  func end(_ root: Root, as staged: StagedName, isWhole: Bool) {
    state.withLock { state in
      guard state.underWay[root]?.staged == staged else { return }
      state.underWay[root] = nil
      if state.ended.removeValue(forKey: root) != nil { state.order.removeAll { $0 == root } }
      guard isWhole else { return }
      state.ended[root] = staged
      state.order.append(root)
      if state.order.count > Self.endedCountMax { state.ended[state.order.removeFirst()] = nil }
    }
  }

  /// Where these bytes are in staging, as far as they have arrived; of a whole content, where it was before it got its name.
  func source(of root: Root, _ range: Range<Int64>) -> ContentSource? {
    state.withLock { state in
      guard let partial = state.underWay[root] else { return state.ended[root].map { .staged($0) } }
      return partial.has(partial.content.chunks(touching: range)) ? .staged(partial.staged) : nil
    }
  }

  func isUnderWay(_ root: Root) -> Bool { state.withLock { $0.underWay[root] != nil } }
  func hasEnded(_ root: Root) -> Bool { state.withLock { $0.ended[root] != nil } }

  /// Returns when these bytes have arrived, at once if the content is not on its way, and at the latest when patience ends.
  func wait(for range: Range<Int64>, of root: Root) async {
    var rest = Self.patience
    while rest > .zero, isUnderWay(root), source(of: root, range) == nil {
      // A timer and no signal: the fetch has not to know who waits for it, and a wait ends with its connection, or soon.
      do { try await Task.sleep(for: Self.interval) } catch { return }
      rest -= Self.interval
    }
  }
}
