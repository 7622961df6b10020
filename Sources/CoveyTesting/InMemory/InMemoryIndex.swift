package import CoveyCore

/// The record of one folder as dictionaries and sorted lists of paths.
///
/// All of it is one value, ``contents``.
package class InMemoryIndex: FolderIndex {
  package var contents: Contents

  package init(state: FolderState) { contents = Contents(state: state) }
  init(contents: Contents) { self.contents = contents }

  package var state: FolderState {
    get { contents.state }
    set { contents.state = newValue }
  }

  /// Everything the index keeps.
  package struct Contents: Sendable {
    package var state: FolderState
    package fileprivate(set) var heads: [RelativePath: [Version]] = [:]
    /// Every record that was not forgotten, heads and superseded ones; several of one dot only where a log is forked.
    package fileprivate(set) var records: [Dot: [Record]] = [:]
    fileprivate var headPaths = SortedList<RelativePath>()
    fileprivate var livePaths = SortedList<RelativePath>()
    fileprivate var tombstonePaths = SortedList<RelativePath>()
    fileprivate var severalPaths = SortedList<RelativePath>()
    fileprivate var headNumbers: [LogID: SortedList<UInt64>] = [:]
    package fileprivate(set) var entries: [RelativePath: Entry] = [:]
    fileprivate var entryPaths = SortedList<RelativePath>()
    fileprivate var observedPaths = SortedList<RelativePath>()
    fileprivate var heldPaths = SortedList<RelativePath>()
    fileprivate var pathsOfRoot: [Root: SortedList<RelativePath>] = [:]
    package fileprivate(set) var todo: [RelativePath: Int64] = [:]
    fileprivate var todoPaths = SortedList<RelativePath>()
    fileprivate var todoByteCount: Int64 = 0
    fileprivate var conflictIDs: [RelativePath: Int64] = [:]
    fileprivate var conflictPaths: [Int64: RelativePath] = [:]
    fileprivate var conflictOrder = SortedList<Int64>()
    fileprivate var lastConflictID: Int64 = 0
    /// Contents in this device's history.
    package var historyRoots: Set<Root> = []

    package init(state: FolderState) { self.state = state }
  }

  /// The canonical bytes of a version, as its author's batch covers them.
  package struct Record: Sendable {
    package var version: Version
    package var bytes: [UInt8]
    package var isHead: Bool
  }

  // Heads.

  /// Everything is in memory already.
  package func expect(_ paths: [RelativePath]) {}

  package func heads(of path: RelativePath) -> [Version] { contents.heads[path] ?? [] }

  package func insertHead(_ version: Version, record: [UInt8]) {
    var heads = contents.heads[version.path] ?? []
    let index = heads.firstIndex { version.dot < $0.dot } ?? heads.count
    heads.insert(version, at: index)
    setHeads(heads, of: version.path)
    contents.headNumbers[version.dot.log, default: SortedList()].insert(version.dot.sequence)
    contents.records[version.dot, default: []].append(Record(version: version, bytes: record, isHead: true))
  }

  package func supersedeHead(_ dot: Dot, of path: RelativePath) {
    removeHead(dot, of: path)
    for index in contents.records[dot, default: []].indices where contents.records[dot]?[index].version.path == path {
      contents.records[dot]?[index].isHead = false
    }
  }

  package func superseded(of path: RelativePath) -> VersionVector {
    VersionVector(contents.records.values.joined().filter { $0.version.path == path && !$0.isHead }.map(\.version.dot))
  }

  package func dropAllHeads() {
    contents.heads = [:]
    contents.records = [:]
    contents.headPaths = SortedList()
    contents.livePaths = SortedList()
    contents.tombstonePaths = SortedList()
    contents.severalPaths = SortedList()
    contents.headNumbers = [:]
  }

  package func hasLiveHead(below path: RelativePath) -> Bool {
    !contents.livePaths.paths(below: path, after: nil, limit: 1).isEmpty
  }

  package func pathsWithHeads(after path: RelativePath?, limit: Int) -> [RelativePath] {
    Array(contents.headPaths.elements(after: path, limit: limit))
  }

  package func pathsWithTombstones(after path: RelativePath?, limit: Int) -> [RelativePath] {
    Array(contents.tombstonePaths.elements(after: path, limit: limit))
  }

  package func pathsWithSeveralHeads(after path: RelativePath?, limit: Int) -> [RelativePath] {
    Array(contents.severalPaths.elements(after: path, limit: limit))
  }

  package func heads(in log: LogID, after sequence: UInt64, limit: Int) -> [Version] {
    let numbers = contents.headNumbers[log]?.elements(after: sequence, limit: limit) ?? []
    let records = numbers.flatMap { contents.records[Dot(log: log, sequence: $0)] ?? [] }
    return Array(records.filter(\.isHead).map(\.version).prefix(limit))
  }

  private func removeHead(_ dot: Dot, of path: RelativePath) {
    setHeads(heads(of: path).filter { $0.dot != dot }, of: path)
    contents.headNumbers[dot.log]?.remove(dot.sequence)
  }

  private func setHeads(_ heads: [Version], of path: RelativePath) {
    contents.heads[path] = heads.isEmpty ? nil : heads
    contents.headPaths.set(path, member: !heads.isEmpty)
    contents.livePaths.set(path, member: heads.contains(where: \.isLive))
    contents.tombstonePaths.set(path, member: heads.contains { !$0.isLive })
    contents.severalPaths.set(path, member: heads.count > 1)
  }

  // Entries.

  package func entry(_ path: RelativePath) -> Entry? { contents.entries[path] }

  package func setEntry(_ entry: Entry) {
    let path = entry.path
    let kept = entry.isVacant ? nil : entry
    if let old = contents.entries[path]?.observation, old.root != kept?.observation?.root {
      contents.pathsOfRoot[old.root]?.remove(path)
      if contents.pathsOfRoot[old.root]?.isEmpty == true { contents.pathsOfRoot[old.root] = nil }
    }
    if let observation = kept?.observation, observation.root != .none {
      contents.pathsOfRoot[observation.root, default: SortedList()].insert(path)
    }
    contents.entries[path] = kept
    contents.entryPaths.set(path, member: kept != nil)
    contents.observedPaths.set(path, member: kept?.observation != nil)
    contents.heldPaths.set(path, member: kept?.held != nil)
  }

  package func entries(below directory: RelativePath?, after path: RelativePath?, limit: Int) -> [Entry] {
    contents.entryPaths.paths(below: directory, after: path, limit: limit).compactMap { contents.entries[$0] }
  }

  package func hasObservation(below path: RelativePath) -> Bool {
    !contents.observedPaths.paths(below: path, after: nil, limit: 1).isEmpty
  }

  package func heldEntries(after path: RelativePath?, limit: Int) -> [Entry] {
    contents.heldPaths.elements(after: path, limit: limit).compactMap { contents.entries[$0] }
  }

  package func entries(withRoot root: Root, limit: Int) -> [Entry] {
    (contents.pathsOfRoot[root]?.elements(after: nil, limit: limit) ?? []).compactMap { contents.entries[$0] }
  }

  // What is still to do.

  package func setTodo(_ byteCount: Int64?, at path: RelativePath) {
    contents.todoByteCount &+= (byteCount ?? 0) &- (contents.todo[path] ?? 0)
    contents.todo[path] = byteCount
    contents.todoPaths.set(path, member: byteCount != nil)
  }

  package func todo(after path: RelativePath?, limit: Int) -> [RelativePath] {
    Array(contents.todoPaths.elements(after: path, limit: limit))
  }

  package func todoTotals() -> (count: Int64, byteCount: Int64) { (Int64(contents.todo.count), contents.todoByteCount) }

  // Open conflicts.

  package func setConflict(_ path: RelativePath, open: Bool) {
    if let id = contents.conflictIDs[path] {
      guard !open else { return }
      contents.conflictIDs[path] = nil
      contents.conflictPaths[id] = nil
      contents.conflictOrder.remove(id)
    } else if open {
      contents.lastConflictID += 1
      contents.conflictIDs[path] = contents.lastConflictID
      contents.conflictPaths[contents.lastConflictID] = path
      contents.conflictOrder.insert(contents.lastConflictID)
    }
  }

  package func conflicts(after id: Int64?, limit: Int) -> [(id: Int64, path: RelativePath)] {
    contents.conflictOrder.elements(after: id, limit: limit).compactMap { id in contents.conflictPaths[id].map { (id, $0) } }
  }

  package func conflictCount() -> Int64 { Int64(contents.conflictIDs.count) }

  package func historyHolds(_ root: Root) -> Bool { contents.historyRoots.contains(root) }
}
