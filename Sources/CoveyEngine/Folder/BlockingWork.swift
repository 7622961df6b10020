import Dispatch

/// Threads for calls that block: disk and database. The cooperative pool has a thread a core, and must never wait for a disk.
///
/// The number of calls under way is bounded by those who ask: a folder has a bounded number of effects in flight.
package struct BlockingWork: Sendable {
  private let queue: DispatchQueue

  package init(label: String) { queue = DispatchQueue(label: label, attributes: .concurrent) }

  package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }
}

/// Runs an actor on a thread of its own, so that its transactions block nobody else.
package final class SerialThread: SerialExecutor {
  private let queue: DispatchQueue

  package init(label: String) { queue = DispatchQueue(label: label) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
