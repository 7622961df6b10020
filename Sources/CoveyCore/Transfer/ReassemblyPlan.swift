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

  /// Bytes to be asked for in one item of a request; at most ``ReassemblyPlan/requestByteCountMax``.
  package struct Missing: Hashable, Sendable {
    package var offset: Int64
    package var byteCount: Int64
    /// The chunks, by their place in the wanted manifest, of which these bytes are the whole; only a chunk longer than a request is
    /// shared by several, each of which holds part of that one chunk.
    package var chunks: Range<Int>
    package init(offset: Int64, byteCount: Int64, chunks: Range<Int>) {
      self.offset = offset
      self.byteCount = byteCount
      self.chunks = chunks
    }
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

  package static var requestByteCountMax: Int64 { 1 << 20 }

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
    for (index, chunk) in wanted.enumerated() {
      let byteCount = Int64(chunk.byteCount)
      defer { offset += byteCount }
      if !kept.contains(index), let place = next, place.index < sources[place.number].chunks.count, sources[place.number].chunks[place.index] == chunk {
        local[local.count - 1].byteCount += byteCount
        next = (place.number, place.index + 1, place.offset + byteCount)
        continue
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
  }

  private enum Place: Hashable {
    case unknown
    case source(Int, index: Int, offset: Int64)
    /// Asked for, as the bytes of the wanted content at this offset.
    case missing(offset: Int64)
  }

  private mutating func addMissing(_ index: Int, of wanted: [Chunk], at offset: Int64) {
    let byteCount = Int64(wanted[index].byteCount)
    let limit = Self.requestByteCountMax
    if let last = missing.last, last.chunks.upperBound == index, last.byteCount + byteCount <= limit, !isPartOfChunk(last, in: wanted) {
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
