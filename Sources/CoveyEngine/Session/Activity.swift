package import CoveyCore
import Synchronization

/// What happens on the device, for those who look on: they are woken by a change and read what they want to know.
package final class Activity: Sendable {
  /// Those who look on hear of work that goes on this often.
  static let workInterval = Duration.milliseconds(500)

  private struct Work {
    var scanned = RateMeter()
    var read = RateMeter()
    var received = RateMeter()
    var sent = RateMeter()
    var scannedFileCount: Int64 = 0
    var bytesToRead: Int64 = 0
    /// Content that arrived in all; and how much it was when what the folder lacks last changed.
    var arrived: Int64 = 0
    var lacking: (byteCount: Int64, arrived: Int64) = (0, 0)
  }

  private struct State {
    var work: [FolderID: Work] = [:]
    var observers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    var count: UInt64 = 0
    var nextWorkWake: Instant = .start
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> Instant

  package init(now: @escaping @Sendable () -> Instant) { self.now = now }

  package func changed(_ folder: FolderID) { wake() }
  package func changedDevices() { wake() }

  package func did(_ work: FolderWork, in folder: FolderID) {
    let now = now()
    let isDue = state.withLock { state in
      Self.count(work, in: &state.work[folder, default: Work()], at: now)
      guard now >= state.nextWorkWake else { return false }
      state.nextWorkWake = now.advanced(by: Self.workInterval)
      return true
    }
    if isDue { wake() }
  }

  private static func count(_ work: FolderWork, in counts: inout Work, at now: Instant) {
    switch work {
    case .scanBegan: (counts.scannedFileCount, counts.bytesToRead) = (0, 0)
    case .scanned(let fileCount):
      counts.scanned.add(fileCount, at: now)
      counts.scannedFileCount += fileCount
    case .mustRead(let byteCount): counts.bytesToRead += byteCount
    case .read(let byteCount):
      counts.read.add(byteCount, at: now)
      counts.bytesToRead -= byteCount
    case .received(let byteCount):
      counts.received.add(byteCount, at: now)
      counts.arrived += byteCount
    case .sent(let byteCount): counts.sent.add(byteCount, at: now)
    }
  }

  /// - Parameter lackingByteCount: what the folder lacks now, contents that are under way counted whole.
  package func progress(of folder: FolderID, lackingByteCount: Int64) -> FolderProgress {
    let now = now()
    return state.withLock { state in
      guard var work = state.work[folder] else { return FolderProgress() }
      if work.lacking.byteCount != lackingByteCount { work.lacking = (lackingByteCount, work.arrived) }
      state.work[folder] = work
      var progress = FolderProgress()
      progress.scannedFilesPerSecond = work.scanned.perSecond(at: now)
      progress.readBytesPerSecond = work.read.perSecond(at: now)
      progress.receivedBytesPerSecond = work.received.perSecond(at: now)
      progress.sentBytesPerSecond = work.sent.perSecond(at: now)
      progress.scannedFileCount = work.scannedFileCount
      progress.bytesToRead = max(0, work.bytesToRead)
      progress.arrivedByteCount = work.arrived - work.lacking.arrived
      return progress
    }
  }

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
