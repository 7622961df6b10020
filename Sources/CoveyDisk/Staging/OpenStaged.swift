import CoveyCore
import CoveyEngine
import Synchronization

/// Descriptors of staged files that are being written in ranges; the least recently used is closed when there are too many.
///
/// It also counts what was written to each, so that the disk is kept busy while more arrives and the flush at the end finds little to do.
final class OpenStaged: Sendable {
  static let countMax = 64
  /// The disk begins to write so many bytes at a time.
  static let writebackByteCount = 8 << 20

  private struct Entry {
    var descriptor: Descriptor
    var lastUse: UInt64
    /// Bytes written since the disk was last told to begin.
    var writtenByteCount = 0
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

  /// Counts bytes written; true when it is time for the disk to begin.
  func countWritten(_ byteCount: Int, to name: StagedName) -> Bool {
    state.withLock { state in
      guard let entry = state.entries[name] else { return false }
      let sum = entry.writtenByteCount + byteCount
      state.entries[name]?.writtenByteCount = sum < Self.writebackByteCount ? sum : 0
      return sum >= Self.writebackByteCount
    }
  }

  func close(_ name: StagedName) { state.withLock { $0.entries[name] = nil } }
  func closeAll() { state.withLock { $0.entries = [:] } }
  var count: Int { state.withLock { $0.entries.count } }
}
