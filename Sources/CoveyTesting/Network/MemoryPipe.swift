import Synchronization

/// One direction of a connection in memory: two lanes, the urgent one first, each bounded by suspending whoever fills it.
final class MemoryPipe<Element: Sendable>: Sendable {
  enum Lane: Hashable, Sendable {
    case control
    case content
  }

  private typealias Taker = CheckedContinuation<Element?, any Error>

  private struct State {
    var lanes: [Lane: [(element: Element, size: Int)]] = [.control: [], .content: []]
    var sizes: [Lane: Int] = [.control: 0, .content: 0]
    var takers: [(id: UInt64, continuation: Taker)] = []
    var givers: [UInt64: (lane: Lane, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var nextID: UInt64 = 0
    var isClosed = false
    var given = 0
    var taken = 0
  }

  private let sizeMax: Int
  private let state = Mutex(State())

  /// - Parameter sizeMax: what may wait in one lane before ``give(_:size:in:)`` suspends.
  init(sizeMax: Int) { self.sizeMax = sizeMax }

  var given: Int { state.withLock { $0.given } }
  var taken: Int { state.withLock { $0.taken } }

  /// Puts the element into its lane at once and suspends while the lane is full.
  func give(_ element: Element, size: Int, in lane: Lane) async throws {
    guard put(element, size: size, in: lane) else { throw MemoryNetworkError.closed }
    let id = state.withLock { $0.nextID += 1; return $0.nextID }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let known: Result<Void, any Error>? = state.withLock {
          if $0.isClosed { return .failure(MemoryNetworkError.closed) }
          if $0.sizes[lane, default: 0] <= sizeMax { return .success(()) }
          if Task.isCancelled { return .failure(CancellationError()) }
          $0.givers[id] = (lane, continuation)
          return nil
        }
        if let known { continuation.resume(with: known) }
      }
    } onCancel: {
      state.withLock { $0.givers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Puts the element into its lane; false when the pipe is closed.
  @discardableResult func put(_ element: Element, size: Int = 0, in lane: Lane = .control) -> Bool {
    let (isOpen, taker): (Bool, Taker?) = state.withLock {
      guard !$0.isClosed else { return (false, nil) }
      $0.given += size
      if !$0.takers.isEmpty {
        $0.taken += size
        return (true, $0.takers.removeFirst().continuation)
      }
      $0.lanes[lane, default: []].append((element, size))
      $0.sizes[lane, default: 0] += size
      return (true, nil)
    }
    taker?.resume(returning: element)
    return isOpen
  }

  /// The next element; nil once the pipe is closed and empty.
  func take() async throws -> Element? {
    let id = state.withLock { $0.nextID += 1; return $0.nextID }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: Taker) in
        let (known, ready): (Result<Element?, any Error>?, [CheckedContinuation<Void, any Error>]) = state.withLock { state in
          for lane in [Lane.control, .content] where state.lanes[lane]?.isEmpty == false {
            guard let (element, size) = state.lanes[lane]?.removeFirst() else { continue }
            state.sizes[lane, default: 0] -= size
            state.taken += size
            let ready = state.givers.filter { state.sizes[$0.value.lane, default: 0] <= sizeMax }
            ready.keys.forEach { state.givers[$0] = nil }
            return (.success(element), ready.values.map(\.continuation))
          }
          if state.isClosed { return (.success(nil), []) }
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          state.takers.append((id, continuation))
          return (nil, [])
        }
        ready.forEach { $0.resume() }
        if let known { continuation.resume(with: known) }
      }
    } onCancel: {
      let taker = state.withLock { state in
        state.takers.firstIndex { $0.id == id }.map { state.takers.remove(at: $0) }
      }
      taker?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Nothing can be given any more; what was given can still be taken unless it is dropped.
  func close(droppingRest drops: Bool) {
    let (takers, givers) = state.withLock { state in
      state.isClosed = true
      if drops { state.lanes = [:] }
      defer {
        state.takers = []
        state.givers = [:]
      }
      return (state.takers, state.givers)
    }
    takers.forEach { $0.continuation.resume(returning: nil) }
    givers.values.forEach { $0.continuation.resume(throwing: MemoryNetworkError.closed) }
  }
}
