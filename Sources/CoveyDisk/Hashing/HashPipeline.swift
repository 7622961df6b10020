import CoveyCore
import CoveyEngine
import Dispatch
import Glibc

/// Hashes the chunks of one large content on a thread of its own while the caller's thread reads and cuts.
///
/// Both cost about the same, so two cores name one big file nearly twice as fast as one. At most ``blockCount`` blocks are between
/// them: whoever is ahead waits.
/// Safe to share: a block and its ends belong to the caller from a wait on `free` to the signal of `filled` and to the hashing
/// thread from there to the signal of `free`; `digest` belongs to the hashing thread until it has been joined.
final class HashPipeline: @unchecked Sendable {
  private static let blockCount = 4

  private let storage = UnsafeMutableRawBufferPointer.allocate(
    byteCount: blockCount * ContentHasher.blockByteCount, alignment: 4096)
  private let free = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)
  private typealias Content = (bytes: UnsafeRawBufferPointer, ends: [Int])
  /// What lies in each block; nil: the content ended. No array: its storage would belong to both threads whichever block they use, and
  /// a write may free what the other is about to retain.
  private let contents = UnsafeMutablePointer<Content?>.allocate(capacity: blockCount)
  private var digest: ChunkDigest

  private init(_ digest: ChunkDigest) {
    self.digest = digest
    contents.initialize(repeating: nil, count: Self.blockCount)
  }

  deinit {
    storage.deallocate()
    contents.deinitialize(count: Self.blockCount)
    contents.deallocate()
  }

  /// Reads all of the content and adds it to `digest`.
  /// - Throws: ``DiskError`` as the reader and the cutter do; also when the machine has no thread to give.
  static func run(_ reader: inout ContentReader, _ cutter: inout ContentCutter, into digest: inout ChunkDigest) throws(DiskError) {
    let pipeline = HashPipeline(digest)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(pipeline)
    let code = pthread_create(&thread, nil, { context in
      guard let context else { return nil }
      Unmanaged<HashPipeline>.fromOpaque(context).takeRetainedValue().hashBlocks()
      return nil
    }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw DiskError(code: .other, path: "", message: "no thread can be started to read the file: \(String(cString: strerror(code)))")
    }
    defer {
      pthread_join(thread, nil)
      digest = pipeline.digest
    }
    try pipeline.fillBlocks(&reader, &cutter)
  }

  private func fillBlocks(_ reader: inout ContentReader, _ cutter: inout ContentCutter) throws(DiskError) {
    for _ in 0..<Self.blockCount { free.signal() }
    var number = 0
    defer {
      free.wait()
      contents[number] = nil
      filled.signal()
    }
    while reader.remaining > 0 {
      free.wait()
      // A throw must leave the block to the end mark above.
      var isHandedOver = false
      defer { if !isHandedOver { free.signal() } }
      let bytes = try reader.next(into: block(number))
      contents[number] = (bytes, try cutter.ends(in: bytes))
      isHandedOver = true
      filled.signal()
      number = (number + 1) % Self.blockCount
    }
  }

  private func hashBlocks() {
    var number = 0
    while true {
      filled.wait()
      guard let content = contents[number] else { return }
      digest.add(content.bytes, ends: content.ends)
      free.signal()
      number = (number + 1) % Self.blockCount
    }
  }

  private func block(_ number: Int) -> UnsafeMutableRawBufferPointer {
    let size = ContentHasher.blockByteCount
    return UnsafeMutableRawBufferPointer(rebasing: storage[(number * size)..<((number + 1) * size)])
  }
}
