import Glibc

/// Runs blocking calls side by side on threads of their own: the callers block as well, and the threads of Swift's concurrency
/// must not.
enum Parallel {
  private final class Work: Sendable {
    let index: Int
    let body: @Sendable (Int) -> Void
    init(index: Int, body: @escaping @Sendable (Int) -> Void) {
      self.index = index
      self.body = body
    }
  }

  /// Calls `body` with 0 up to `threadCount` and returns when all have returned. What gets no thread runs on the caller's.
  static func run(threadCount: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for index in 0..<max(threadCount, 0) {
      guard index > 0 else { continue }
      let work = Unmanaged.passRetained(Work(index: index, body: body))
      var thread = pthread_t()
      let result = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
          work.body(work.index)
          return nil
        }, work.toOpaque())
      if result == 0 {
        threads.append(thread)
      } else {
        work.release()
        body(index)
      }
    }
    if threadCount > 0 { body(0) }
    for thread in threads { pthread_join(thread, nil) }
  }
}
