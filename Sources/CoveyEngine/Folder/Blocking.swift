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

/// Hands things over from a thread that may block to an actor, in order: the next may be made while one is taken in, and not more.
final class Handover<Item: Sendable>: Sendable {
  private let free = DispatchSemaphore(value: 1)
  private let take: @Sendable (Item) async -> Void

  init(_ take: @escaping @Sendable (Item) async -> Void) { self.take = take }

  func give(_ item: Item) {
    free.wait()
    // Waited for right here: by the next item or by the end.
    Task { await take(item); free.signal() }
  }

  /// Returns when everything was taken in.
  func finish() {
    free.wait()
    free.signal()
  }
}
