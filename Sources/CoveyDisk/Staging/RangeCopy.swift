import CLinux
import CoveyCore
import Glibc

/// Copies bytes between two open files inside the kernel.
///
/// `copy_file_range` clones whole blocks by itself where the file system can (btrfs, xfs), so no ioctl is asked first. Where it
/// does not work at all, bytes are read and written.
enum RangeCopy {
  /// - Throws: `ENODATA` when the source ends before `byteCount` bytes: it was written meanwhile.
  static func copy(_ from: Descriptor, _ fromOffset: Int64, to: Descriptor, _ toOffset: Int64, _ byteCount: Int64) throws(Errno) {
    var done: Int64 = 0
    while done < byteCount {
      let rest = Int(min(byteCount - done, 1 << 30))
      let copied: Int
      do throws(Errno) {
        copied = try from.use { (source) throws(Errno) in
          try to.use { (target) throws(Errno) in try call { covey_copy_range(source, fromOffset + done, target, toOffset + done, rest) } }
        }
      } catch {
        guard [EXDEV, ENOSYS, EOPNOTSUPP, EINVAL, EPERM].contains(error.number) else { throw error }
        return try copyByHand(from, fromOffset + done, to: to, toOffset + done, byteCount - done)
      }
      guard copied > 0 else { throw Errno(ENODATA) }
      done += Int64(copied)
    }
  }

  private static func copyByHand(_ from: Descriptor, _ fromOffset: Int64, to: Descriptor, _ toOffset: Int64, _ byteCount: Int64) throws(Errno) {
    var done: Int64 = 0
    while done < byteCount {
      let bytes = try from.read(offset: fromOffset + done, byteCount: Int(min(byteCount - done, 1 << 20)))
      guard !bytes.isEmpty else { throw Errno(ENODATA) }
      try to.write(bytes, offset: toOffset + done)
      done += Int64(bytes.count)
    }
  }
}
