import CoveyDaemon
import Foundation
import Glibc

/// A path on the command line: relative, absolute, or `LABEL:inner/path`.
enum PathArgument {
  /// Everything the text may mean.
  static func reference(_ text: String) -> PathReference {
    let written = absolute(text)
    var candidates = [written]
    func add(_ path: String?) {
      if let path, !candidates.contains(path) { candidates.append(path) }
    }
    // The last component may be a symlink that is itself shared, so only what leads to it is resolved; then, for a link to a folder, all.
    if let slash = written.lastIndex(of: "/"), written != "/" {
      let name = written[written.index(after: slash)...]
      add(resolved(slash == written.startIndex ? "/" : String(written[..<slash])).map { LexicalPath.absolute(String(name), in: $0) })
    }
    add(resolved(written))
    return PathReference(text: text, candidates: candidates)
  }

  /// An absolute path, symlinks as they are.
  static func absolute(_ text: String) -> String { LexicalPath.absolute(text, in: FileManager.default.currentDirectoryPath) }

  /// With symlinks resolved as far down as anything stands there; what is gone may still have a history.
  private static func resolved(_ path: String) -> String? {
    var existing = path
    var rest: [Substring] = []
    while true {
      if let real = realpath(existing, nil) {
        defer { free(real) }
        return LexicalPath.absolute(rest.reversed().joined(separator: "/"), in: String(cString: real))
      }
      guard errno == ENOENT || errno == ENOTDIR, let slash = existing.lastIndex(of: "/"), existing != "/" else { return nil }
      rest.append(existing[existing.index(after: slash)...][...])
      existing = slash == existing.startIndex ? "/" : String(existing[..<slash])
    }
  }
}
