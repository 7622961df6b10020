import CoveyCore
import CoveyEngine
import Testing

@Suite struct ChunkedContentTests {
  private let path = RelativePath(trusted: Array("f".utf8))

  private func content(_ byteCounts: UInt32...) -> ChunkedContent {
    ChunkedContent(byteCounts.enumerated().map { Chunk(hash: Bytes32(words: (UInt64($0), 0, 0, 0)), byteCount: $1) })
  }

  private func chunks(_ content: ChunkedContent, _ ranges: (offset: Int64, byteCount: Int64)...) -> [Range<Int>] {
    content.pieces(of: ranges.map { .init(source: .file(path), sourceOffset: $0.offset, offset: $0.offset, byteCount: $0.byteCount) }).map(\.chunks)
  }

  @Test func `a piece is whole chunks up to a mebibyte, or one that is longer`() {
    let content = content(600 << 10, 300 << 10, 200 << 10, 3 << 20, 5)
    #expect(content.pieces(in: .file(path)).map(\.chunks) == [0..<2, 2..<3, 3..<4, 4..<5])
    #expect(content.pieces(in: .file(path)).map(\.sourceOffset) == [0, 900 << 10, 1100 << 10, 4172 << 10])
  }

  @Test func `the pieces of a range are its chunks, with any that it only touches`() {
    let content = content(10, 20, 30)
    #expect(chunks(content, (0, 60)) == [0..<3])
    #expect(chunks(content, (10, 20)) == [1..<2])
    #expect(chunks(content, (0, 10), (30, 30)) == [0..<1, 2..<3])
    #expect(chunks(content, (9, 2)) == [0..<2])
    #expect(chunks(content, (11, 20)) == [1..<3])
    #expect(chunks(content, (30, 0)).isEmpty)
  }

  @Test func `bytes are compared chunk by chunk`() {
    let (first, second) = ([UInt8](repeating: 1, count: 100), [UInt8](repeating: 2, count: 50))
    let content = ChunkedContent([first, second].map { Chunk(hash: Root(smallContent: $0).digest, byteCount: UInt32($0.count)) })
    #expect(content.wrong(first + second, as: 0..<2).isEmpty)
    #expect(content.wrong(second, as: 1..<2).isEmpty)
    #expect(content.wrong(first + first.prefix(50), as: 0..<2) == [1])
    #expect(content.wrong(first, as: 0..<2) == [0, 1])
    #expect(content.wrong([], as: 0..<1) == [0])
  }
}
