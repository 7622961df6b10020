package import CoveyCore
import Synchronization

/// What happens on the device, for those who look on: they are woken by a change and read what they want to know.
package final class Activity: Sendable {
  private struct State {
    var received: [FolderID: Int64] = [:]
    var observers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var count: UInt64 = 0
  }

  private let state = Mutex(State())

  package init() {}

  package func changed(_ folder: FolderID) { wake() }
  package func changedDevices() { wake() }

  /// Content that arrived from peers.
  package func received(_ byteCount: Int64, of folder: FolderID) { state.withLock { $0.received[folder, default: 0] += byteCount } }

  package func receivedByteCount(of folder: FolderID) -> Int64 { state.withLock { $0.received[folder] ?? 0 } }

  /// One value for the present, and one after every change; changes between two readings become one.
  package func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.count += 1
      state.observers[state.count] = continuation
      return state.count
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.observers[id] = nil } }
    continuation.yield()
    return stream
  }

  private func wake() {
    let observers = state.withLock { $0.observers.values.map(\.self) }
    for observer in observers { observer.yield() }
  }
}
