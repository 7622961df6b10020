package import CoveyCore
import Synchronization

/// One connection with a member, from this device's side: sends messages, and matches the answers that come back with what was asked.
///
/// Requests under way are bounded by those who fetch; what arrives for a request is never more than it asked for.
package final class PeerSession: Sendable {
  /// What comes back for one item of a request.
  package enum Answer: Sendable {
    case bytes(item: Int, [UInt8])
    /// Of an item that told of a base, and not longer than the item itself.
    case patch(item: Int, [UInt8])
    case unavailable(item: Int)
  }

  package let connection: any PeerConnection
  /// Tells two connections with one device apart.
  package let number: UInt64
  package let opened: Instant
  /// What arrives of pings and gossip while a peer sends no content, at most.
  private static let stalledByteCount: Int64 = 4 << 10

  private let requests = Mutex<[UInt64: Pending]>([:])
  private let closed = Mutex<String?>(nil)
  private let nextRequest = Atomic<UInt64>(1)

  package var device: DeviceID { connection.device }

  package init(connection: any PeerConnection, number: UInt64, opened: Instant) {
    self.connection = connection
    self.number = number
    self.opened = opened
  }

  package func send(_ message: Message) async throws { try await connection.send(message) }

  /// Why this side closed it; nil while it has not.
  package var closeReason: String? { closed.withLock { $0 } }

  package func close(because reason: String = "this device closed the connection") {
    closed.withLock { $0 = $0 ?? reason }
    connection.close()
    let pending = requests.withLock { requests in
      defer { requests.removeAll() }
      return requests.values.map(\.self)
    }
    for request in pending { request.answers.finish() }
  }

  // MARK: Asking

  /// Asks for contents and hands over every answer as it comes. Returns when all items are answered, when nothing came for `stall`,
  /// or when the connection ends; what is unanswered then was not handed over.
  package func request(
    folder: FolderID, items: [ContentRequest.Item], stall: Duration, answered: (Answer) async -> Void
  ) async {
    guard !items.isEmpty else { return }
    let id = nextRequest.add(1, ordering: .relaxed).oldValue
    let answers = open(id, sizes: items.map(\.byteCount), patchable: Set(items.indices.filter { items[$0].base != nil }))
    defer { forget(id) }
    guard (try? await send(.contentRequest(ContentRequest(id: id, folder: folder, items: items)))) != nil else { return }
    var open = items.count
    await watching(id, stall: stall) {
      for await answer in answers {
        switch answer {
        case .content(let answer):
          await answered(answer)
          open -= 1
          if open == 0 { return }
        case .manifest: continue
        }
      }
    }
    if open > 0 { try? await send(.cancel(request: id)) }
  }

  /// Asks for a manifest; nil when the peer has none, answers nonsense or nothing.
  package func requestManifest(
    folder: FolderID, path: RelativePath, root: Root, byteCount: Int64, have: [Root], stall: Duration = .seconds(30)
  ) async -> (base: Root, runs: [ManifestAnswer.Run])? {
    let id = nextRequest.add(1, ordering: .relaxed).oldValue
    let answers = open(id, sizes: [0], patchable: [])
    defer { forget(id) }
    let request = ManifestRequest(id: id, folder: folder, path: path, root: root, byteCount: byteCount, have: have)
    guard (try? await send(.manifestRequest(request))) != nil else { return nil }
    var runs: [ManifestAnswer.Run] = []
    var chunkCount = 0
    var result: (base: Root, runs: [ManifestAnswer.Run])?
    await watching(id, stall: stall) {
      for await answer in answers {
        guard case .manifest(let answer) = answer, answer.base == .none || have.contains(answer.base) else { return }
        chunkCount += answer.runs.reduce(0) { count, run in if case .chunks(let chunks) = run { count + chunks.count } else { count + 1 } }
        guard chunkCount <= ManifestAssembly.chunkCountMax else { return }
        runs += answer.runs
        if !answer.isPartial { result = (answer.base, runs); return }
      }
    }
    return result
  }

  // MARK: Answers

  /// Takes a message that answers a request; false for any other.
  package func accept(_ message: Message) -> Bool {
    switch message {
    case .content(let part):
      deliver(part.request) { $0.take(part) }
    case .contentUnavailable(let request, let item):
      deliver(request) { $0.refuse(item).map { [$0] } ?? [] }
    case .manifest(let answer):
      deliver(answer.request) { _ in [.manifest(answer)] }
    default:
      return false
    }
    return true
  }

  private enum Reply: Sendable {
    case content(Answer)
    case manifest(ManifestAnswer)
  }

  /// A request under way: how much each item still lacks.
  private struct Pending: Sendable {
    static let answered: Int64 = -1
    /// Bytes of each item; ``answered`` once it is, so that no item is answered twice.
    var sizes: [Int64]
    /// Items that a patch may answer.
    var patchable: Set<Int>
    var partial: [Int: [UInt8]] = [:]
    var answers: AsyncStream<Reply>.Continuation
    var arrivals: UInt64 = 0

    mutating func refuse(_ item: UInt32) -> Reply? {
      guard item < sizes.count, sizes[Int(item)] >= 0 else { return nil }
      sizes[Int(item)] = Self.answered
      return .content(.unavailable(item: Int(item)))
    }

    mutating func take(_ part: ContentPart) -> [Reply] {
      guard part.form == .run else { return takeOne(part).map { [$0] } ?? [] }
      var replies: [Reply] = []
      var (item, offset) = (Int(part.item), 0)
      while item < sizes.count, offset < part.bytes.count {
        // Of an item that is answered already nobody can tell where it ends; of one that has begun, only where its rest does.
        guard sizes[item] > 0, partial[item] == nil, sizes[item] <= part.bytes.count - offset else { break }
        let end = offset + Int(sizes[item])
        sizes[item] = Self.answered
        replies.append(.content(.bytes(item: item, Array(part.bytes[offset..<end]))))
        (item, offset) = (item + 1, end)
      }
      return replies
    }

    /// The whole item once its last part is there. Bytes beyond what was asked for are dropped.
    private mutating func takeOne(_ part: ContentPart) -> Reply? {
      guard part.item < sizes.count, sizes[Int(part.item)] >= 0 else { return nil }
      let item = Int(part.item)
      let size = Int(sizes[item])
      if part.form == .patch {
        guard patchable.contains(item), partial[item] == nil, part.bytes.count <= size else { return nil }
        sizes[item] = Self.answered
        return .content(.patch(item: item, part.bytes))
      }
      if partial[item] == nil, part.bytes.count == size {
        sizes[item] = Self.answered
        return .content(.bytes(item: item, part.bytes))
      }
      guard part.bytes.count + (partial[item]?.count ?? 0) <= size else { return nil }
      if partial[item] == nil { partial[item] = []; partial[item]?.reserveCapacity(size) }
      partial[item]?.append(contentsOf: part.bytes)
      guard partial[item]?.count == size, let bytes = partial.removeValue(forKey: item) else { return nil }
      sizes[item] = Self.answered
      return .content(.bytes(item: item, bytes))
    }
  }

  private func open(_ id: UInt64, sizes: [Int64], patchable: Set<Int>) -> AsyncStream<Reply> {
    let (stream, continuation) = AsyncStream<Reply>.makeStream()
    requests.withLock { $0[id] = Pending(sizes: sizes, patchable: patchable, answers: continuation) }
    return stream
  }

  private func forget(_ id: UInt64) {
    let pending = requests.withLock { $0.removeValue(forKey: id) }
    pending?.answers.finish()
  }

  private func deliver(_ id: UInt64, _ replies: (inout Pending) -> [Reply]) {
    requests.withLock { requests in
      guard requests[id] != nil else { return }
      let replies = replies(&requests[id]!)
      requests[id]?.arrivals += 1
      for reply in replies { requests[id]?.answers.yield(reply) }
    }
  }

  /// Runs `body`, and ends the stream it reads when nothing arrived for `stall`, not even part of a frame: over a very slow link a
  /// frame takes longer than that.
  private func watching(_ id: UInt64, stall: Duration, _ body: () async -> Void) async {
    // A watch dog of one request: it ends with the request, below.
    let dog = Task { [weak self] in
      var seen: UInt64 = 0
      var heard = self?.connection.bytesReceived ?? 0
      while !Task.isCancelled {
        try await Task.sleep(for: stall)
        guard let self, let arrivals = requests.withLock({ $0[id]?.arrivals }) else { return }
        let received = connection.bytesReceived
        if arrivals == seen, received - heard < Self.stalledByteCount { forget(id); return }
        (seen, heard) = (arrivals, received)
      }
    }
    await body()
    dog.cancel()
  }
}
