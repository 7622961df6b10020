import CoveyCore
import CoveyEngine
import Glibc

/// Reads a content of known length block by block and objects when it has another length.
struct ContentReader {
  let descriptor: Int32
  private let byteCount: Int64
  private var position: Int64 = 0

  init(descriptor: Int32, byteCount: Int64) {
    self.descriptor = descriptor
    self.byteCount = byteCount
  }

  var remaining: Int64 { byteCount - position }

  /// The next bytes: as many as the block holds, or all that remain.
  /// - Throws: `.changed` when the content ends before.
  mutating func next(into block: UnsafeMutableRawBufferPointer) throws(DiskError) -> UnsafeRawBufferPointer {
    let wanted = Int(min(Int64(block.count), remaining))
    var count = 0
    while count < wanted {
      let part = try read(into: UnsafeMutableRawBufferPointer(rebasing: block[count..<wanted]))
      guard part > 0 else { throw .changedWhileRead }
      count += part
    }
    return UnsafeRawBufferPointer(rebasing: block[..<count])
  }

  /// Makes sure that nothing follows.
  mutating func end(into block: UnsafeMutableRawBufferPointer) throws(DiskError) {
    guard remaining == 0, try read(into: UnsafeMutableRawBufferPointer(rebasing: block[..<1])) == 0 else { throw .changedWhileRead }
  }

  private mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(DiskError) -> Int {
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
      if count >= 0 { position += Int64(count); return count }
      if errno != EINTR { throw DiskError(reading: errno) }
    }
  }
}

extension DiskError {
  static let changedWhileRead = DiskError(
    code: .changed, path: "", message: "the file changed while it was read; it is read again when it rests")

  init(reading code: Int32) {
    switch code {
    case EISDIR: self.init(code: .wrongKind, path: "", message: "this is a directory and not a file")
    case EIO:
      self.init(code: .input, path: "", message: "the disk cannot read this file (EIO): check the disk, and restore the file from another device")
    default: self.init(code: .other, path: "", message: "the file cannot be read: \(String(cString: strerror(code)))")
    }
  }
}
