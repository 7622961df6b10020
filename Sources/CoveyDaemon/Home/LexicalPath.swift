/// Absolute paths as text, without a look at the disk: symlinks are not followed.
package enum LexicalPath {
  /// `path` joined to `directory` if it is relative, without `.`, `..`, doubled or trailing slashes.
  package static func absolute(_ path: String, in directory: String) -> String {
    let joined = path.hasPrefix("/") ? path : directory + "/" + path
    var components: [Substring] = []
    for component in joined.split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return "/" + components.joined(separator: "/")
  }

  /// What of `path` lies below `directory`; empty when they are the same, nil when it lies elsewhere. Both absolute.
  package static func inner(_ path: String, of directory: String) -> Substring? {
    if path == directory { return "" }
    let prefix = directory == "/" ? "/" : directory + "/"
    return path.hasPrefix(prefix) ? path.dropFirst(prefix.count) : nil
  }
}
