package import CoveyCore
package import CoveyEngine

/// What it takes to undo the changes of one device to one path.
package enum UndoPlan: Hashable {
  /// The earlier version comes back.
  case put(Version)
  /// Its content stands there; mode and time go back.
  case mode(Version)
  /// It was not there before.
  case remove(Shown)
  /// It stays as it is, for this reason.
  case leave(String)

  /// - Parameters:
  ///   - lines: every version known of the path, newest first.
  ///   - isTheirs: whether a log is one of the device.
  ///   - lost: the history item of a content whose version is not known any more.
  /// - Returns: nil where nothing is to do.
  package static func make(
    lines: [LogLine], shown: Shown, heads: [Version], since: Timestamp, isTheirs: (LogID) throws -> Bool, lost: (Root) throws -> HistoryItem?
  ) rethrows -> UndoPlan? {
    let first = try lines.lastIndex { try $0.arrived >= since && $0.version.isUsersChange && isTheirs($0.version.dot.log) }
    guard let first else { return nil }
    let change = lines[first].version
    var before = lines[(first + 1)...].first?.version
    if before == nil, change.replaced != .none {
      guard let item = try lost(change.replaced), item.kind == .file else {
        return change.content == shown.content ? .leave("what it was before is not known here any more: ask another device to restore it") : nil
      }
      before = Version(item, at: change.path)
    }
    let target = before.flatMap { $0.isLive ? $0 : nil }
    if shown.content == target?.content ?? .absent {
      guard let target, shown.mode != target.mode, try shown.metadataDot.map({ try isTheirs($0.log) }) ?? false else { return nil }
      return .mode(target)
    }
    // Somebody else's later work is not undone with it.
    let deletes = heads.isEmpty ? lines.prefix(1).map(\.version) : heads
    let deciding = shown.isLive ? [shown.contentDot].compactMap(\.self) : deletes.filter { !$0.isLive }.map(\.dot)
    guard try deciding.contains(where: { try isTheirs($0.log) }) else {
      return deciding.isEmpty ? nil : .leave("another device changed it since: look at 'covey history' and restore what is wanted")
    }
    return target.map { .put($0) } ?? .remove(shown)
  }
}

extension Version {
  /// Whether a person did this, and not the program that settled a conflict or stated it again.
  fileprivate var isUsersChange: Bool {
    if !isLive { return true }
    return contentDot == dot || metadataDot == dot && !isConflictCopy
  }

  /// What history knows of a content, as a version.
  fileprivate init(_ item: HistoryItem, at path: RelativePath) {
    self.init(
      path: path, kind: item.kind, size: item.size, mode: item.mode, modified: item.modified, root: item.root, target: [],
      dot: Dot(log: LogID(0), sequence: 1), vector: VersionVector(), contentDot: nil, metadataDot: nil, origin: item.origin, replaced: .none)
  }
}
