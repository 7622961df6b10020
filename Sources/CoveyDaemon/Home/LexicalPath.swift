/// Absolute paths as text, without a look at the disk: symlinks are not followed.
///
/// All of it goes by bytes, as the disk does: a mark behind a slash makes one `Character` of both, and two spellings of a name are equal
/// as text.
package enum LexicalPath {
  /// `path` joined to `directory` if it is relative, without `.`, `..`, doubled or trailing slashes.
  package static func absolute(_ path: String, in directory: String) -> String {
    let joined = path.utf8.first == slash ? path : directory + "/" + path
    var components: [Substring] = []
    for component in Self.components(joined) where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    return "/" + components.joined(separator: "/")
  }

  /// What of `path` lies below `directory`; empty when they are the same, nil when it lies elsewhere. Both absolute.
  package static func inner(_ path: String, of directory: String) -> Substring? {
    guard path.utf8.starts(with: directory.utf8) else { return nil }
    let rest = path.utf8.dropFirst(directory.utf8.count)
    if rest.isEmpty || directory == "/" { return Substring(rest) }
    return rest.first == slash ? Substring(rest.dropFirst()) : nil
  }

  package static func components(_ path: String) -> [Substring] { path.utf8.split(separator: slash).map { Substring($0) } }

  /// The directory that an absolute path lies in, and its name there; nil for the root.
  package static func split(_ path: String) -> (parent: String, name: Substring)? {
    guard let last = path.utf8.lastIndex(of: slash), path.utf8.count > 1 else { return nil }
    return (last == path.startIndex ? "/" : String(path[..<last]), Substring(path.utf8[path.utf8.index(after: last)...]))
  }

  private static let slash = UInt8(ascii: "/")
}
