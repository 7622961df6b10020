import CoveyClient
import CoveyDaemon
import Glibc

/// A path on the command line: relative, absolute, or `LABEL:inner/path`.
enum PathArgument {
  /// Everything the text may mean.
  static func reference(_ text: String) throws(CommandFailure) -> PathReference {
    let written = try absolute(text)
    var candidates = [written]
    func add(_ path: String?) {
      if let path, !candidates.contains(path) { candidates.append(path) }
    }
    // The last component may be a symlink that is itself shared, so only what leads to it is resolved; then, for a link to a folder, all.
    if let (parent, name) = LexicalPath.split(written) { add(resolved(parent).map { LexicalPath.absolute(String(name), in: $0) }) }
    add(resolved(written))
    return PathReference(text: text, candidates: candidates)
  }

  /// An absolute path, symlinks as they are.
  static func absolute(_ text: String) throws(CommandFailure) -> String {
    if text.isEmpty { throw CommandFailure(.usage, "the path is empty: name a file or a directory") }
    if text.utf8.first == UInt8(ascii: "/") { return LexicalPath.absolute(text, in: "/") }
    guard let directory = getcwd(nil, 0) else { throw CommandFailure(.usage, "the current directory is gone: name an absolute path") }
    defer { free(directory) }
    guard let directory = String(validatingCString: directory) else {
      throw CommandFailure(.usage, "the current directory is not valid UTF-8: name an absolute path")
    }
    return LexicalPath.absolute(text, in: directory)
  }

  /// With symlinks resolved as far down as anything stands there; what is gone may still have a history.
  private static func resolved(_ path: String) -> String? {
    var existing = path
    var rest: [Substring] = []
    while true {
      if let real = realpath(existing, nil) {
        defer { free(real) }
        return String(validatingCString: real).map { LexicalPath.absolute(rest.reversed().joined(separator: "/"), in: $0) }
      }
      guard errno == ENOENT || errno == ENOTDIR, let (parent, name) = LexicalPath.split(existing) else { return nil }
      rest.append(name)
      existing = parent
    }
  }
}
