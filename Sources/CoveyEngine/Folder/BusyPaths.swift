package import CoveyCore

/// The paths of jobs in flight, and which directories have such paths below them.
///
/// Cost: a lookup or two for each path that comes or goes, and for each directory that becomes busy or idle with it.
package struct BusyPaths {
  private var paths: Set<RelativePath> = []
  /// How many of a directory's own entries are busy or have something busy below them; never 0.
  private var counts: [RelativePath: Int] = [:]

  package init() {}

  package var isEmpty: Bool { paths.isEmpty }

  package func contains(_ path: RelativePath) -> Bool { paths.contains(path) }

  package func hasAny(below directory: RelativePath) -> Bool { counts[directory] != nil }

  package mutating func insert(_ path: RelativePath) {
    guard paths.insert(path).inserted, counts[path] == nil else { return }
    var next = path.parent
    while let directory = next {
      let count = counts[directory, default: 0]
      counts[directory] = count + 1
      next = count > 0 || paths.contains(directory) ? nil : directory.parent
    }
  }

  package mutating func remove(_ path: RelativePath) {
    guard paths.remove(path) != nil, counts[path] == nil else { return }
    var next = path.parent
    while let directory = next, let count = counts[directory] {
      counts[directory] = count > 1 ? count - 1 : nil
      next = count > 1 || paths.contains(directory) ? nil : directory.parent
    }
  }
}
