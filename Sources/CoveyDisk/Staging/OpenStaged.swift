import CoveyCore
import CoveyEngine
import Synchronization

/// Descriptors of staged files that are being written in ranges; the least recently used is closed when there are too many.
final class OpenStaged: Sendable {
  static let countMax = 64

  private struct Entry {
    var descriptor: Descriptor
    var lastUse: UInt64
  }
  private struct State {
    var entries: [StagedName: Entry] = [:]
    var useCount: UInt64 = 0
  }
  private let state = Mutex(State())

  /// The descriptor of a staged file, opened by `open` where it is not.
  func descriptor(_ name: StagedName, open: () throws(Errno) -> Descriptor) throws(Errno) -> Descriptor {
    if let known = use(name) { return known }
    let fresh = try open()
    return state.withLock { state in
      if let known = state.entries[name] { return known.descriptor }
      if state.entries.count >= Self.countMax, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        state.entries[oldest.key] = nil
      }
      state.useCount += 1
      state.entries[name] = Entry(descriptor: fresh, lastUse: state.useCount)
      return fresh
    }
  }

  private func use(_ name: StagedName) -> Descriptor? {
    state.withLock { state in
      guard let known = state.entries[name]?.descriptor else { return nil }
      state.useCount += 1
      state.entries[name]?.lastUse = state.useCount
      return known
    }
  }

  func close(_ name: StagedName) { state.withLock { $0.entries[name] = nil } }
  func closeAll() { state.withLock { $0.entries = [:] } }
  var count: Int { state.withLock { $0.entries.count } }
}
