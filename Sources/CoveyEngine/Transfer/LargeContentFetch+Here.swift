import CoveyCore
import Dispatch
import Synchronization

/// What this disk has of the content, under whatever name.
extension LargeContentFetch {
  /// Threads that read, hash and write; there are never more at work than cores.
  private static let width = 4

  /// Brings into staging what is here, and plans for the rest. Blocks.
  func takeFromHere(_ content: ChunkedContent) throws -> Plan {
    let manifests = try fetcher.store.read(fetcher.folder) { records in try item.similar.map { try records.manifest($0.root) } }
    let similar = zip(item.similar, manifests).compactMap { similar, chunks in chunks.map { (source: similar.source, chunks: $0) } }
    let sources = item.here.map { (source: $0, chunks: content.chunks) } + similar
    var plan = Plan(wanted: content.chunks, sources: sources)
    var isBegun = try fetcher.disk.stagedNames().contains(item.staged)
    if !isBegun, let source = mostlyInPlace(plan) { isBegun = (try? fetcher.disk.cloneToStaged(item.staged, from: source)) ?? false }
    try fetcher.disk.openStaged(item.staged, byteCount: item.size)
    var kept: Set<Int> = []
    if isBegun {
      kept = Set(content.chunks.indices).subtracting(try check(content.pieces(in: .staged(item.staged)), of: content))
      plan = Plan(wanted: content.chunks, kept: kept, sources: sources)
    }
    let pieces = content.pieces(of: plan.local)
    let wrong = try copy(pieces, of: content)
    if wrong.isEmpty { return plan }
    // What seemed to be here and is not must be asked for: all that is right by now is kept, and nothing else is taken from here.
    return Plan(wanted: content.chunks, kept: kept.union(pieces.flatMap(\.chunks)).subtracting(wrong), sources: [])
  }

  /// The source of which more than half of the content is taken without being moved: to be cloned, where that can be done.
  private func mostlyInPlace(_ plan: Plan) -> ContentSource? {
    var byteCounts: [ContentSource: Int64] = [:]
    for range in plan.local where range.offset == range.sourceOffset { byteCounts[range.source, default: 0] += range.byteCount }
    return byteCounts.first { $0.value > item.size / 2 }?.key
  }

  /// Copies pieces to their place in staging; returns the chunks that were not there.
  func copy(_ pieces: [ChunkedContent.Piece], of content: ChunkedContent) throws -> [Int] {
    try read(pieces, of: content) { (piece, bytes, wrong) throws(DiskError) in
      var start = piece.chunks.lowerBound
      // What stands between wrong chunks.
      for end in wrong + [piece.chunks.upperBound] {
        if start < end {
          let offset = content.offsets[start]
          let range = Int(offset - content.offsets[piece.chunks.lowerBound])..<Int(content.offsets[end] - content.offsets[piece.chunks.lowerBound])
          try fetcher.disk.writeStaged(item.staged, offset: offset, bytes: range.count == bytes.count ? bytes : Array(bytes[range]))
        }
        start = end + 1
      }
    }
  }

  /// Reads pieces and returns the chunks that are not there.
  func check(_ pieces: [ChunkedContent.Piece], of content: ChunkedContent) throws -> [Int] { try read(pieces, of: content) { _, _, _ in } }

  /// Reads pieces, several at once, and hands over each with the chunks that are not what they should be. What cannot be read is wrong.
  private func read(
    _ pieces: [ChunkedContent.Piece], of content: ChunkedContent, _ take: @Sendable (ChunkedContent.Piece, [UInt8], [Int]) throws(DiskError) -> Void
  ) throws -> [Int] {
    let next = Atomic<Int>(0)
    let result = Mutex<(wrong: [Int], error: DiskError?)>(([], nil))
    DispatchQueue.concurrentPerform(iterations: min(Self.width, pieces.count)) { _ in
      while result.withLock({ $0.error == nil }) {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < pieces.count else { return }
        let piece = pieces[index]
        let bytes = (try? fetcher.disk.read(piece.source, offset: piece.sourceOffset, byteCount: Int(content.byteCount(of: piece.chunks)))) ?? []
        let wrong = content.wrong(bytes, as: piece.chunks)
        do throws(DiskError) { try take(piece, bytes, wrong) } catch { result.withLock { $0.error = error } }
        if !wrong.isEmpty { result.withLock { $0.wrong += wrong } }
      }
    }
    return try result.withLock { result in
      if let error = result.error { throw error }
      return result.wrong
    }
  }
}
