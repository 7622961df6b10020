package import CoveyCore

/// Finds the folder, and the path inside it, that a person means.
package struct FolderPaths: Hashable, Sendable {
  package struct Place: Hashable, Sendable {
    package var label: String
    /// Nil: the folder itself.
    package var inner: RelativePath?
    package init(label: String, inner: RelativePath?) { self.label = label; self.inner = inner }
  }

  private struct Folder: Hashable, Sendable {
    var label: String
    var paths: [String]
  }

  private var folders: [Folder] = []

  package init() {}

  /// - Parameters:
  ///   - path: as the config has it.
  ///   - resolvedPath: the same with symlinks resolved, where that is known.
  package mutating func add(label: String, path: String, resolvedPath: String?) {
    folders.append(Folder(label: label, paths: [path] + (resolvedPath.map { $0 == path ? [] : [$0] } ?? [])))
  }

  /// `LABEL:inner/path` wins where there is such a label, the longest, then absolute paths in the order of the candidates.
  /// - Throws: ``ControlError`` when no folder is meant, or the path can be none.
  package func place(of reference: PathReference) throws(ControlError) -> Place {
    let text = reference.text.utf8
    // By bytes: a mark behind the colon makes one `Character` of both.
    for colon in text.indices.reversed() where text[colon] == UInt8(ascii: ":") {
      guard let folder = folders.first(where: { $0.label == Substring(text[..<colon]) }) else { continue }
      return Place(label: folder.label, inner: try Self.inner(Substring(text[text.index(after: colon)...])))
    }
    for candidate in reference.candidates {
      for folder in folders {
        for path in folder.paths {
          guard let inner = LexicalPath.inner(candidate, of: path) else { continue }
          return Place(label: folder.label, inner: try Self.inner(inner))
        }
      }
    }
    throw ControlError(.notFound, "\(reference.text.escaped) lies in no shared folder: name a path inside one, or LABEL:path")
  }

  private static func inner(_ text: Substring) throws(ControlError) -> RelativePath? {
    let clean = LexicalPath.absolute(String(text), in: "/").utf8.dropFirst()
    if clean.isEmpty { return nil }
    do { return try RelativePath(Array(clean)) } catch {
      throw ControlError(.usage, "\(text.escaped) cannot be shared (\(error)): name another path")
    }
  }
}
