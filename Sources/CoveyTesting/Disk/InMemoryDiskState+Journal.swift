import CoveyCore
import CoveyEngine

/// What a crash leaves of an ``InMemoryDisk``.
///
/// Every rename, new name and removal is one change, all of it or nothing. Those since the last flush stand in the journal; after a
/// power cut each may be there or missing, but none without the changes of the same names before it. Content that was never flushed
/// may be torn, whatever became of its name.
extension InMemoryDiskState {
  enum Name: Hashable, Sendable {
    case path(RelativePath)
    case staged(StagedName)
    case history(HistoryName)
  }

  struct Change: Sendable {
    var sets: [(name: Name, node: Node?)]
    /// A user's own change, or flushed.
    var isCertain: Bool

    /// The names it changes and the directories these stand in.
    var needs: Set<Name> {
      var needs = Set(sets.map(\.name))
      for case (.path(let path), _) in sets { for directory in path.ancestors { needs.insert(.path(directory)) } }
      return needs
    }

    /// Paths below which nothing can stand any more.
    var ends: [RelativePath] {
      sets.compactMap { name, node in
        guard case .path(let path) = name, node?.kind != .directory else { return nil }
        return path
      }
    }
  }

  private func isAny(_ names: some Sequence<Name>, below ends: [RelativePath]) -> Bool {
    guard !ends.isEmpty else { return false }
    return names.contains { name in
      guard case .path(let path) = name else { return false }
      return ends.contains { path.isBelow($0) }
    }
  }

  /// Notes what differs since the last note as one change.
  mutating func note(certain isCertain: Bool = false) {
    if notedNumber == changeNumber { return }
    notedNumber = changeNumber
    var sets: [(Name, Node?)] = []
    func compare<Key>(_ old: [Key: Node], _ new: [Key: Node], _ name: (Key) -> Name) {
      for (key, node) in new where old[key] != node { sets.append((name(key), node)) }
      for key in old.keys where new[key] == nil { sets.append((name(key), nil)) }
    }
    compare(noted.nodes, live.nodes, Name.path)
    compare(noted.staging, live.staging, Name.staged)
    compare(noted.history, live.history, Name.history)
    guard !sets.isEmpty else { return }
    noted = live
    journal.append(Change(sets: sets, isCertain: isCertain))
  }

  mutating func flushStaged(_ names: [StagedName]) {
    note()
    let flushed = Set(names.map(Name.staged))
    for name in names { if let node = live.staging[name] { unflushed.remove(node.inode) } }
    for index in journal.indices where journal[index].sets.contains(where: { flushed.contains($0.name) }) { journal[index].isCertain = true }
  }

  mutating func flushDirectories() {
    note()
    (durable, journal) = (live, [])
  }

  /// Takes the changes after the first `count` back, as if the program had been killed before it made them.
  mutating func takeBack(to count: Int) {
    note()
    guard count < journal.count else { return }
    // What a user did since stays.
    let last = journal.lastIndex(where: \.isCertain).map { $0 + 1 } ?? 0
    journal.removeSubrange(max(count, last)...)
    var tree = durable
    for change in journal { tree.apply(change) }
    (live, noted) = (tree, tree)
  }

  /// - Parameters:
  ///   - survives: whether a change that may be missing is there.
  ///   - torn: what is left of bytes that were never flushed.
  mutating func cutPower(survives: () -> Bool, torn: ([UInt8]) -> [UInt8]) {
    note()
    var needed: Set<Name> = []
    var ended: [RelativePath] = []
    for index in journal.indices.reversed() {
      let names = journal[index].sets.map(\.name)
      guard journal[index].isCertain || names.contains(where: needed.contains) || isAny(names, below: ended) else { continue }
      journal[index].isCertain = true
      needed.formUnion(journal[index].needs)
      ended += journal[index].ends
    }
    var lost: Set<Name> = []
    for change in journal {
      if change.isCertain || (lost.isDisjoint(with: change.needs) && !isAny(lost, below: change.ends) && survives()) {
        durable.apply(change)
      } else {
        lost.formUnion(change.sets.map(\.name))
      }
    }
    func tear(_ node: Node) -> Node {
      guard unflushed.contains(node.inode), node.kind == .file else { return node }
      var node = node
      node.bytes = torn(node.bytes)
      return node
    }
    durable.nodes = durable.nodes.mapValues(tear)
    durable.staging = durable.staging.mapValues(tear)
    durable.history = durable.history.mapValues(tear)
    (live, noted, journal) = (durable, durable, [])
    unflushed = []
    writers = [:]
  }

  /// A file system that is not mounted now.
  struct Hidden: Sendable {
    var live = Tree()
    var durable = Tree()
    var journal: [Change] = []
    var marker: FolderMarker?
  }

  mutating func become(_ other: Hidden) {
    (live, noted, durable, journal, marker) = (other.live, other.live, other.durable, other.journal, other.marker)
  }

  // What a user does is durable at once, with all that it builds on.

  mutating func edit(_ body: (inout Tree) -> Void) {
    note()
    body(&live)
    note(certain: true)
  }
}

extension InMemoryDiskState.Tree {
  fileprivate mutating func apply(_ change: InMemoryDiskState.Change) {
    for (name, node) in change.sets {
      switch name {
      case .path(let path): nodes[path] = node
      case .staged(let name): staging[name] = node
      case .history(let name): history[name] = node
      }
    }
  }
}
