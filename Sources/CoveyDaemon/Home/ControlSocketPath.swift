import CoveyCore
import Glibc

/// A name for the control socket that fits into a socket address, however long the home's own path is.
///
/// A long one is reached through a descriptor of its directory in `/proc/self/fd`; the name is good for this process, as long as this lives.
package final class ControlSocketPath: Sendable {
  /// What a socket address holds is 107 bytes; some libraries stop earlier.
  package static let byteCountMax = 100

  /// `O_PATH`, which the C library's overlay leaves out: a descriptor that only names a place.
  private static let pathOnly: Int32 = 0o10000000

  package let path: String
  private let directory: Int32

  /// - Throws: ``HomeError`` when the directory of a long path cannot be opened; ``HomeError/notThere`` when it is missing.
  package init(_ home: Home) throws(HomeError) {
    guard home.controlSocket.utf8.count > Self.byteCountMax else {
      path = home.controlSocket
      directory = -1
      return
    }
    directory = open(home.stateDirectory, Self.pathOnly | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else {
      throw errno == ENOENT ? .notThere : HomeError("cannot open \(home.stateDirectory.escaped) (\(systemMessage())): check its permissions")
    }
    path = "/proc/self/fd/\(directory)/\(Home.socketName)"
  }

  deinit { if directory >= 0 { close(directory) } }
}
