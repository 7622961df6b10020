import Dispatch

/// Lets a thread that may block wait for an actor: a scan hands a portion over and reads on only when it was taken in.
enum Blocking {
  static func wait(_ body: @escaping @Sendable () async -> Void) {
    let done = DispatchSemaphore(value: 0)
    // The thread waits right here for this task, and never on the cooperative pool.
    Task { await body(); done.signal() }
    done.wait()
  }
}
