import CLinux
import CoveyEngine
import Glibc

/// The assurance that nobody has a file open for writing, from the kernel (`F_SETLEASE`).
///
/// Whoever opens the file for writing meanwhile waits until the lease is given back, which is with the last reference to the
/// descriptor: his bytes come after everything that was done under the lease.
struct Lease: Sendable {
  enum State: Hashable, Sendable {
    case held
    /// Somebody has the file open for writing.
    case refused
    /// Another owner's file, or a file system without leases.
    case unavailable
  }

  let file: Descriptor
  let state: State

  init(of file: Descriptor) {
    self.file = file
    state = Self.take(file)
  }

  private static func take(_ file: Descriptor) -> State {
    do throws(Errno) {
      _ = try file.use { (descriptor) throws(Errno) in try call { covey_take_read_lease(descriptor) } }
      return .held
    } catch {
      return error.number == EAGAIN ? .refused : .unavailable
    }
  }

  /// Whether nobody has written since it was taken, and nobody waits to.
  ///
  /// A writer is counted a moment before he breaks the lease; taking it once more asks for that count, too.
  var isWhole: Bool {
    guard state == .held, Self.take(file) == .held else { return false }
    return (try? file.use { (descriptor) throws(Errno) in try call { covey_lease_is_whole(descriptor) } }) == 1
  }
}
