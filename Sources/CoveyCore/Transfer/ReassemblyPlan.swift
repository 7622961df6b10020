/// Where every byte of a wanted large content comes from: contents this device already has, and what must be asked from peers.
///
/// The ranges of `local`, `missing` and `repeated` cover the content exactly once. A chunk that stands in the content several times
/// and nowhere here is asked for once and copied to its other places.
package struct ReassemblyPlan<Source: Hashable & Sendable>: Hashable, Sendable {
  /// Bytes to be copied from a content this device has.
  package struct Local: Hashable, Sendable {
    package var source: Source
    package var sourceOffset: Int64
    package var offset: Int64
    package var byteCount: Int64
    package init(source: Source, sourceOffset: Int64, offset: Int64, byteCount: Int64) {
      self.source = source
      self.sourceOffset = sourceOffset
      self.offset = offset
      self.byteCount = byteCount
    }
  }

  /// Bytes to be asked for in one item of a request: chunks up to ``ReassemblyPlan/requestByteCount`` in all, or one that is longer,
  /// at most ``ReassemblyPlan/requestByteCountMax``.
  package struct Missing: Hashable, Sendable {
    package var offset: Int64
    package var byteCount: Int64
    /// The chunks, by their place in the wanted manifest, of which these bytes are the whole; only a chunk longer than a request is
    /// shared by several, each of which holds part of that one chunk.
    package var chunks: Range<Int>
    /// What stood in their place between the same neighbours: they may be made of it by a ``Patch``.
    package var base: Base?
    package init(offset: Int64, byteCount: Int64, chunks: Range<Int>, base: Base? = nil) {
      self.offset = offset
      self.byteCount = byteCount
      self.chunks = chunks
      self.base = base
    }
  }

  /// A stretch of a content this device has.
  package struct Base: Hashable, Sendable {
    package var source: Source
    package var offset: Int64
    package var byteCount: Int
    package init(source: Source, offset: Int64, byteCount: Int) { self.source = source; self.offset = offset; self.byteCount = byteCount }
  }

  /// Bytes that stand elsewhere in the wanted content, at a place that is missing: to be copied within it once that has arrived.
  package struct Repeated: Hashable, Sendable {
    package var sourceOffset: Int64
    package var offset: Int64
    package var byteCount: Int64
    package init(sourceOffset: Int64, offset: Int64, byteCount: Int64) {
      self.sourceOffset = sourceOffset
      self.offset = offset
      self.byteCount = byteCount
    }
  }

  package static var requestByteCount: Int64 { 256 << 10 }
  package static var requestByteCountMax: Int64 { 1 << 20 }
  /// A longer stretch is told of in parts, for as many items.
  package static var baseByteCountMax: Int64 { 1 << 20 }

  package private(set) var local: [Local] = []
  package private(set) var missing: [Missing] = []
  package private(set) var repeated: [Repeated] = []

  package var missingByteCount: Int64 { missing.reduce(0) { $0 + $1.byteCount } }

  /// - Parameters:
  ///   - wanted: the manifest of the wanted content.
  ///   - kept: chunks, by place, that stand where they belong already and need nothing.
  ///   - sources: manifests of contents this device believes it has, the most trusted first. What is read from them is still to be
  ///     compared with the chunks.
  package init(wanted: [Chunk], kept: Set<Int> = [], sources: [(source: Source, chunks: [Chunk])]) {
    var places: [Chunk: Place] = [:]
    places.reserveCapacity(wanted.count)
    for chunk in wanted { places[chunk] = .unknown }
    for (number, source) in sources.enumerated() {
      var offset: Int64 = 0
      for (index, chunk) in source.chunks.enumerated() {
        if places[chunk] == .unknown { places[chunk] = .source(number, index: index, offset: offset) }
        offset += Int64(chunk.byteCount)
      }
    }
    var offset: Int64 = 0
    // Where the last local run would go on: of several places of a chunk this one makes the longest copy.
    var next: (number: Int, index: Int, offset: Int64)?
    var gap = Gap(begin: sources.isEmpty ? nil : (0, 0), firstMissing: 0)
    for (index, chunk) in wanted.enumerated() {
      let byteCount = Int64(chunk.byteCount)
      defer { offset += byteCount }
      if !kept.contains(index), let place = next, place.index < sources[place.number].chunks.count, sources[place.number].chunks[place.index] == chunk {
        local[local.count - 1].byteCount += byteCount
        next = (place.number, place.index + 1, place.offset + byteCount)
        gap = Gap(begin: (place.number, place.offset + byteCount), firstMissing: missing.count)
        continue
      }
      if case .source(let number, _, let sourceOffset)? = places[chunk] {
        close(gap, at: (number, sourceOffset), sources)
        gap = Gap(begin: (number, sourceOffset + byteCount), firstMissing: missing.count)
      }
      next = nil
      if kept.contains(index) {
        if places[chunk] == .unknown { places[chunk] = .missing(offset: offset) }
        continue
      }
      switch places[chunk] ?? .unknown {
      case .source(let number, let sourceIndex, let sourceOffset):
        local.append(Local(source: sources[number].source, sourceOffset: sourceOffset, offset: offset, byteCount: byteCount))
        next = (number, sourceIndex + 1, sourceOffset + byteCount)
      case .missing(let sourceOffset):
        addRepeated(from: sourceOffset, at: offset, byteCount: byteCount)
      case .unknown:
        places[chunk] = .missing(offset: offset)
        addMissing(index, of: wanted, at: offset)
      }
    }
    if let begin = gap.begin { close(gap, at: (begin.number, sources[begin.number].chunks.reduce(0) { $0 + Int64($1.byteCount) }), sources) }
  }

  /// What is missing since the last chunk that stands in a source, and where that ends there.
  private struct Gap {
    var begin: (number: Int, offset: Int64)?
    var firstMissing: Int
  }

  /// Gives what is missing in a gap the stretch between its neighbours in their source: as long a stretch at the same place where the
  /// gap is long and has kept its length, all of it where it is short.
  private mutating func close(_ gap: Gap, at end: (number: Int, offset: Int64), _ sources: [(source: Source, chunks: [Chunk])]) {
    guard gap.firstMissing < missing.count, let begin = gap.begin, begin.number == end.number, begin.offset < end.offset else { return }
    let (items, stretch) = (missing[gap.firstMissing...], end.offset - begin.offset)
    let source = sources[end.number].source
    if stretch <= Self.baseByteCountMax, items.count <= Self.baseSharedCountMax {
      for index in items.indices { missing[index].base = Base(source: source, offset: begin.offset, byteCount: Int(stretch)) }
    } else if let last = items.last, last.offset + last.byteCount - items[gap.firstMissing].offset == stretch, stretch <= Self.patchedByteCountMax {
      let shift = begin.offset - items[gap.firstMissing].offset
      for (index, item) in zip(items.indices, items) { missing[index].base = Base(source: source, offset: item.offset + shift, byteCount: Int(item.byteCount)) }
    }
  }

  /// How many items may tell of one and the same stretch.
  private static var baseSharedCountMax: Int { 4 }
  /// What has changed from one end to the other is not worth the sums.
  private static var patchedByteCountMax: Int64 { 16 << 20 }

  private enum Place: Hashable {
    case unknown
    case source(Int, index: Int, offset: Int64)
    /// Asked for, as the bytes of the wanted content at this offset.
    case missing(offset: Int64)
  }

  private mutating func addMissing(_ index: Int, of wanted: [Chunk], at offset: Int64) {
    let byteCount = Int64(wanted[index].byteCount)
    let limit = Self.requestByteCountMax
    if let last = missing.last, last.chunks.upperBound == index, last.byteCount + byteCount <= Self.requestByteCount, !isPartOfChunk(last, in: wanted) {
      missing[missing.count - 1].byteCount += byteCount
      missing[missing.count - 1].chunks = last.chunks.lowerBound..<(index + 1)
      return
    }
    var start: Int64 = 0
    while start < byteCount {
      let part = min(limit, byteCount - start)
      missing.append(Missing(offset: offset + start, byteCount: part, chunks: index..<(index + 1)))
      start += part
    }
  }

  private func isPartOfChunk(_ missing: Missing, in wanted: [Chunk]) -> Bool {
    Int64(wanted[missing.chunks.lowerBound].byteCount) > Self.requestByteCountMax
  }

  private mutating func addRepeated(from sourceOffset: Int64, at offset: Int64, byteCount: Int64) {
    if let last = repeated.last, last.offset + last.byteCount == offset, last.sourceOffset + last.byteCount == sourceOffset {
      repeated[repeated.count - 1].byteCount += byteCount
    } else {
      repeated.append(Repeated(sourceOffset: sourceOffset, offset: offset, byteCount: byteCount))
    }
  }
}
