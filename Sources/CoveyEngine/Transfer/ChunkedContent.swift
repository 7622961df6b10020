package import CoveyCore

/// A content as its chunks and where they stand in it.
package struct ChunkedContent: Sendable {
  /// Bytes that are read at once.
  static let pieceByteCount: Int64 = 1 << 20

  /// A stretch of whole chunks, and where it may be read.
  package struct Piece: Sendable {
    package var source: ContentSource
    package var sourceOffset: Int64
    package var chunks: Range<Int>
  }

  package let chunks: [Chunk]
  /// Where each chunk begins, and last where the content ends.
  let offsets: [Int64]

  package init(_ chunks: [Chunk]) {
    self.chunks = chunks
    var offsets: [Int64] = [0]
    offsets.reserveCapacity(chunks.count + 1)
    for chunk in chunks { offsets.append(offsets[offsets.count - 1] + Int64(chunk.byteCount)) }
    self.offsets = offsets
  }

  func byteCount(of chunks: Range<Int>) -> Int64 { offsets[chunks.upperBound] - offsets[chunks.lowerBound] }

  /// The chunks of these ranges in pieces of about ``pieceByteCount``. A chunk that a range only touched would be there as well: no
  /// byte of a range is left to nobody.
  package func pieces(of ranges: [ReassemblyPlan<ContentSource>.Local]) -> [Piece] {
    ranges.flatMap { range -> [Piece] in
      let first = self.first(endingAfter: range.offset)
      let end = self.first(beginningAt: range.offset + range.byteCount)
      return first < end ? pieces(of: first..<end, in: range.source, shift: range.sourceOffset - range.offset) : []
    }
  }

  /// All chunks in pieces, each at its own place.
  package func pieces(in source: ContentSource) -> [Piece] { pieces(of: chunks.indices, in: source, shift: 0) }

  func pieces(of chunks: Set<Int>, in source: ContentSource) -> [Piece] {
    chunks.sorted().map { Piece(source: source, sourceOffset: offsets[$0], chunks: $0..<($0 + 1)) }
  }

  private func pieces(of chunks: Range<Int>, in source: ContentSource, shift: Int64) -> [Piece] {
    var pieces: [Piece] = []
    var start = chunks.lowerBound
    for index in chunks where index + 1 == chunks.upperBound || offsets[index + 2] - offsets[start] > Self.pieceByteCount {
      pieces.append(Piece(source: source, sourceOffset: offsets[start] + shift, chunks: start..<(index + 1)))
      start = index + 1
    }
    return pieces
  }

  /// The first chunk that begins at or behind this offset; the count of chunks where none does.
  private func first(beginningAt offset: Int64) -> Int {
    var (low, high) = (0, chunks.count)
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The chunks of which these bytes have any.
  func chunks(touching range: Range<Int64>) -> Range<Int> {
    let end = min(first(beginningAt: range.upperBound), chunks.count)
    return min(first(endingAfter: range.lowerBound), end)..<end
  }

  private func first(endingAfter offset: Int64) -> Int { max(first(beginningAt: offset + 1) - 1, 0) }

  /// Which of these chunks the bytes are not; all of them where there are too few or too many bytes.
  package func wrong(_ bytes: [UInt8], as chunks: Range<Int>) -> [Int] {
    guard bytes.count == Int(byteCount(of: chunks)) else { return Array(chunks) }
    let start = offsets[chunks.lowerBound]
    return bytes.withUnsafeBytes { bytes in
      chunks.filter { index in
        let range = Int(offsets[index] - start)..<Int(offsets[index + 1] - start)
        return Root(smallContent: UnsafeRawBufferPointer(rebasing: bytes[range])).digest != self.chunks[index].hash
      }
    }
  }
}
