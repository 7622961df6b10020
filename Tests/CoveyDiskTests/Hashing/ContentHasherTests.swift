import CoveyCore
import CoveyDisk
import CoveyEngine
import Glibc
import Testing

/// An open file without a name.
private final class OpenFile: Sendable {
  let descriptor: Int32

  init(_ bytes: [UInt8] = []) throws {
    var name = Array("/tmp/covey-content-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    try #require(descriptor >= 0)
    unlink(name)
    try #require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
  }

  deinit { close(descriptor) }

  func resize(to byteCount: Int64) throws { try #require(ftruncate(descriptor, off_t(byteCount)) == 0) }
}

private func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    withUnsafeBytes(of: (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD) { bytes.append(contentsOf: $0) }
  }
  return Array(bytes.prefix(count))
}

/// The chunks of a content that lies in memory whole.
private func expectedChunks(_ bytes: [UInt8]) -> [Chunk] {
  var chunker = Chunker(sizes: ChunkSizes(forByteCount: Int64(bytes.count)))
  var chunks: [Chunk] = []
  var start = 0
  while start < bytes.count {
    let end = bytes.withUnsafeBytes { chunker.cut(in: UnsafeRawBufferPointer(rebasing: $0[start...])) }.map { start + $0 } ?? bytes.count
    chunks.append(Chunk(hash: Root(smallContent: bytes[start..<end]).digest, byteCount: UInt32(end - start)))
    start = end
  }
  return chunks
}

@Suite struct ContentHasherTests {
  @Test(arguments: [0, 1, 4096, 65_535, 65_536])
  func `Small content is named by its bytes`(count: Int) throws {
    let bytes = randomBytes(count, seed: 1)
    let file = try OpenFile(bytes)
    let named = try ContentHasher.hash(descriptor: file.descriptor, byteCount: Int64(count))
    #expect(named.root == Root(smallContent: bytes))
    #expect(named.chunks == nil)
  }

  /// Around the small limit, around a block, and around the size from which two threads work.
  @Test(arguments: [65_537, 65_538, 1 << 20 - 1, 1 << 20, 1 << 20 + 1, 4 << 20 - 1, 4 << 20, 4 << 20 + 1, 9 << 20 + 12_345])
  func `Large content is named by its chunks`(count: Int) throws {
    let bytes = randomBytes(count, seed: 2)
    let file = try OpenFile(bytes)
    let named = try ContentHasher.hash(descriptor: file.descriptor, byteCount: Int64(count))
    let chunks = expectedChunks(bytes)
    #expect(named.chunks == chunks)
    #expect(named.root == Root(chunks: chunks, byteCount: Int64(count)))
    #expect(ManifestDifference.apply([.chunks(chunks)], base: [], byteCount: Int64(count)) == chunks)
  }

  @Test(arguments: [Int64(64 << 20) - 1, 64 << 20])
  func `Zeros are cut at the maximum of their size`(count: Int64) throws {
    let file = try OpenFile()
    try file.resize(to: count)
    let chunks = try #require(try ContentHasher.hash(descriptor: file.descriptor, byteCount: count).chunks)
    let maximum = ChunkSizes(forByteCount: count).maximum
    #expect(chunks.dropLast().allSatisfy { $0 == chunks[0] && Int($0.byteCount) == maximum })
    #expect(chunks.reduce(0) { $0 + Int64($1.byteCount) } == count)
  }

  @Test(arguments: [10, 65_536, 100_000, 3 << 20, 12 << 20])
  func `A file that is shorter or longer than it was has changed`(count: Int) throws {
    let file = try OpenFile(randomBytes(count, seed: 3))
    for wrong in [count - 1, count + 1, count / 2, count * 2] {
      let error = #expect(throws: DiskError.self, "\(wrong) bytes") {
        try ContentHasher.hash(descriptor: file.descriptor, byteCount: Int64(wrong))
      }
      #expect(error?.code == .changed)
      #expect(error?.path == "")
    }
  }

  @Test func `Sizes that no file has are refused`() throws {
    let file = try OpenFile([1, 2, 3])
    for size in [Int64.min, -1, .max] {
      #expect(throws: DiskError.self) { try ContentHasher.hash(descriptor: file.descriptor, byteCount: size) }
    }
  }

  @Test func `What cannot be read is an error`() {
    let directory = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    #expect(#expect(throws: DiskError.self) { try ContentHasher.hash(descriptor: directory, byteCount: 4096) }?.code == .wrongKind)
    for size in [Int64(1), 10 << 20] {
      #expect(#expect(throws: DiskError.self) { try ContentHasher.hash(descriptor: -1, byteCount: size) }?.code == .other)
    }
  }

  @Test func `Many files can be named side by side`() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for seed: UInt64 in 1...6 {
        group.addTask {
          let bytes = randomBytes(5 << 20, seed: seed)
          let file = try OpenFile(bytes)
          return try ContentHasher.hash(descriptor: file.descriptor, byteCount: Int64(bytes.count)).chunks == expectedChunks(bytes)
        }
      }
      for try await isEqual in group { #expect(isEqual) }
    }
  }
}
