package import CoveyEngine
import Glibc

/// What the kernel answered instead of a result. Becomes a ``DiskError`` in one place, where the path is known.
struct Errno: Error, Hashable {
  let number: Int32
  init(_ number: Int32) { self.number = number }

  static var last: Errno { Errno(errno) }

  /// Whether the name, or a directory on the way to it, is not there.
  var isAbsent: Bool { number == ENOENT || number == ENOTDIR }
  var isPermission: Bool { number == EACCES || number == EPERM }
}

/// Calls until no signal interrupts; a negative result is the kernel's refusal.
@inline(__always) func call<R: BinaryInteger>(_ body: () -> R) throws(Errno) -> R {
  while true {
    let result = body()
    if result >= 0 { return result }
    if errno != EINTR { throw .last }
  }
}

extension DiskError {
  init(_ error: Errno, _ path: String) { self.init(errno: error.number, path: path) }

  /// The one place where an error number becomes a sentence with its remedy.
  package init(errno number: Int32, path: String) {
    let (code, message): (Code, String) =
      switch number {
      case ENOENT: (.notFound, "nothing stands there any more; it is looked at again with the next scan")
      case EACCES, EPERM:
        (.permissionDenied, "permission denied: give the user that runs Covey access to it and to the directory that holds it")
      case ENOSPC: (.noSpace, "the disk is full: free some space, then it goes on by itself")
      case EDQUOT: (.noSpace, "the disk quota is used up: free some space or raise the quota, then it goes on by itself")
      case EFBIG: (.noSpace, "the file is larger than this file system or the process limit allows: use another file system or raise the limit")
      case EROFS: (.readOnly, "the file system is mounted read-only: mount it writable")
      case ELOOP: (.outsideFolder, "a symlink stands on the way and is never followed: replace it by a directory")
      case EXDEV:
        (.outsideFolder, "it lies on another file system than the folder: unmount that, or share it as a folder of its own")
      case ENOTDIR, EISDIR: (.wrongKind, "another kind of thing stands there than was expected; it is looked at again with the next scan")
      case EOPNOTSUPP: (.wrongKind, "a FIFO, socket or device stands there, which takes no part: move it out of the folder")
      case ENAMETOOLONG: (.nameNotPossible, "the name is too long for this file system: shorten it")
      case EILSEQ: (.nameNotPossible, "this file system cannot hold the name: rename it")
      case EINVAL:
        (.nameNotPossible, "this file system refuses the name or cannot exchange names: use other characters, or a file system such as ext4, xfs or btrfs")
      case ENODATA: (.changed, "it became shorter while it was copied; it is looked at again with the next scan")
      case ENOTEMPTY: (.notEmpty, "the directory should go and holds something that is ignored or takes no part: move that away, then it goes by itself")
      case EEXIST: (.exists, "something stands there already")
      case EIO: (.input, "the disk reports an error while reading or writing: check it with smartctl and fsck")
      case EMFILE, ENFILE: (.other, "too many open files: raise the limit with ulimit -n or LimitNOFILE")
      case ETXTBSY, EBUSY: (.other, "it is in use by the system; it is tried again")
      case ESTALE: (.other, "the network file system lost it: mount it again")
      case ENOMEM: (.other, "the system has no memory left; it is tried again")
      default: (.other, "\(String(cString: strerror(number))) (errno \(number))")
      }
    self.init(code: code, path: path, message: message)
  }
}

/// Runs a piece of system calls and names the path in its error.
@inline(__always) func onDisk<R>(_ path: @autoclosure () -> String, _ body: () throws(Errno) -> R) throws(DiskError) -> R {
  do throws(Errno) { return try body() } catch { throw DiskError(error, path()) }
}
