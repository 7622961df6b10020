package import CoveyCore
package import CoveyEngine
import Synchronization

/// What a user of the folder does and sees; parents are made where they are missing.
extension InMemoryDisk {
  package func write(_ path: RelativePath, _ bytes: [UInt8], mode: UInt16 = 0o644, modified: Timestamp? = nil) {
    state.withLock { state in
      state.makeParents(of: path)
      let known = state.live.nodes[path].flatMap { $0.kind == .file ? $0.inode : nil }
      let node = InMemoryDiskState.Node(
        kind: .file, bytes: bytes, modified: modified ?? state.time, changed: state.stamp(), inode: known ?? state.newInode(), mode: mode)
      state.unflushed.remove(node.inode)
      state.edit { $0.remove(path); $0.nodes[path] = node }
    }
  }

  package func makeDirectory(_ path: RelativePath, mode: UInt16 = 0o755) {
    state.withLock { state in
      state.makeParents(of: path)
      guard state.live.nodes[path]?.kind != .directory else { return }
      let node = InMemoryDiskState.Node(
        kind: .directory, bytes: [], modified: state.time, changed: state.stamp(), inode: state.newInode(), mode: mode)
      state.edit { $0.nodes[path] = node }
    }
  }

  package func makeLink(_ path: RelativePath, to target: [UInt8], modified: Timestamp? = nil) {
    state.withLock { state in
      state.makeParents(of: path)
      let node = InMemoryDiskState.Node(
        kind: .symlink, bytes: target, modified: modified ?? state.time, changed: state.stamp(), inode: state.newInode(), mode: 0o777)
      state.edit { $0.remove(path); $0.nodes[path] = node }
    }
  }

  /// What a disk does to bytes over the years: nothing else changes.
  package func rot(_ path: RelativePath, _ bytes: [UInt8]) { state.withLock { $0.edit { $0.nodes[path]?.bytes = bytes } } }

  package func setMode(_ path: RelativePath, _ mode: UInt16) {
    state.withLock { state in
      let changed = state.stamp()
      state.edit { $0.nodes[path]?.mode = mode; $0.nodes[path]?.changed = changed }
    }
  }

  /// Removes whatever stands there, with all that is in it.
  package func remove(_ path: RelativePath) { state.withLock { $0.edit { $0.remove(path) } } }

  /// Renames over whatever stands at the new path.
  package func rename(_ from: RelativePath, to path: RelativePath) {
    state.withLock { state in
      state.makeParents(of: path)
      let changed = state.stamp()
      state.edit { $0.remove(path); $0.rename(from, to: path); $0.nodes[path]?.changed = changed }
    }
  }

  package func bytes(_ path: RelativePath) -> [UInt8]? { state.withLock { $0.live.nodes[path]?.bytes } }

  /// Every path with its kind and bytes, in order.
  package func tree() -> [(path: RelativePath, kind: Kind, bytes: [UInt8])] {
    state.withLock { $0.live.nodes.map { (path: $0.key, kind: $0.value.kind, bytes: $0.value.bytes) }.sorted { $0.path < $1.path } }
  }

  /// The bytes of everything in history and staging: where displaced bytes may be.
  package func keptBytes() -> [[UInt8]] { state.withLock { $0.live.history.values.map(\.bytes) + $0.live.staging.values.map(\.bytes) } }

  /// The bytes of everything in staging, be it mounted or not.
  func stagedBytes() -> [[UInt8]] {
    state.withLock { state in [state.live, state.hidden?.live].compactMap(\.self).flatMap { $0.staging.values.map(\.bytes) } }
  }

  /// Makes walks report a problem at a path; nil takes it away.
  package func setProblem(_ path: RelativePath, _ reason: String?, hidesSubtree: Bool = true) {
    state.withLock { $0.problems[path] = reason.map { ($0, hidesSubtree) } }
  }

  /// Another after every change of what stands there.
  var changeNumber: UInt64 { state.withLock { $0.changeNumber } }

  var problemPaths: [RelativePath] { state.withLock { $0.problems.keys.sorted() } }

  /// Whether the file system can let files share blocks from now on.
  package func setClones(_ clones: Bool) { state.withLock { $0.clones = clones } }

  /// As if the folder's file system were not mounted: an empty directory, with or without a marker.
  func hideAll(butMarker keepsMarker: Bool) {
    state.withLock { state in
      guard state.hidden == nil else { return }
      state.note()
      state.hidden = InMemoryDiskState.Hidden(live: state.live, durable: state.durable, journal: state.journal, marker: state.marker)
      state.become(InMemoryDiskState.Hidden(marker: keepsMarker ? state.marker : nil))
    }
  }

  func showAll() {
    state.withLock { state in
      guard let hidden = state.hidden else { return }
      state.hidden = nil
      state.become(hidden)
    }
  }

  /// The whole disk as it was; time goes on.
  func putBack(_ copy: InMemoryDiskState) {
    state.withLock { $0.become(copy) }
  }

  package func setLocalRules(_ bytes: [UInt8]?) { state.withLock { $0.localRules = bytes } }
  package var marker: FolderMarker? { state.withLock { $0.marker } }
  package func setFree(_ byteCount: Int64) { state.withLock { $0.free = byteCount } }
  /// Whatever stands there.
  package func setMarker(_ marker: FolderMarker) { state.withLock { $0.marker = marker } }
  package func removeMarker() { state.withLock { $0.marker = nil } }
}

extension InMemoryDiskState {
  fileprivate mutating func makeParents(of path: RelativePath) {
    for directory in path.ancestors.reversed() where live.nodes[directory]?.kind != .directory {
      let node = Node(kind: .directory, bytes: [], modified: time, changed: stamp(), inode: newInode(), mode: 0o755)
      edit { $0.nodes[directory] = node }
    }
  }
}

/// A writer of an in-memory file; it follows the inode, not the path.
package struct InMemoryWriter: DiskWriter {
  let disk: InMemoryDisk
  let inode: UInt64
  package func write(_ bytes: [UInt8]) { disk.state.withLock { $0.writeInode(inode, bytes) } }
  package func close() {
    // Another program may have it open, too.
    disk.state.withLock { state in state.writers[inode] = state.writers[inode].flatMap { $0 > 1 ? $0 - 1 : nil } }
  }
}

extension InMemoryDisk {
  /// Opens a file for writing: until the writer closes it, it is late when it is displaced.
  package func openForWriting(_ path: RelativePath) -> InMemoryWriter {
    state.withLock { state in
      let inode = state.live.nodes[path]?.inode ?? 0
      state.writers[inode, default: 0] += 1
      return InMemoryWriter(disk: self, inode: inode)
    }
  }
}

extension InMemoryDiskState {
  fileprivate mutating func writeInode(_ inode: UInt64, _ bytes: [UInt8]) {
    let (now, changed) = (time, stamp())
    func written(_ node: Node) -> Node {
      guard node.inode == inode else { return node }
      var node = node
      (node.bytes, node.modified, node.changed) = (bytes, now, changed)
      return node
    }
    unflushed.remove(inode)
    edit { tree in
      tree.nodes = tree.nodes.mapValues(written)
      tree.staging = tree.staging.mapValues(written)
      tree.history = tree.history.mapValues(written)
    }
  }
}
