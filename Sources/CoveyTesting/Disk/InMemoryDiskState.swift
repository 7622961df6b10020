import CoveyCore
import CoveyEngine

/// Everything an ``InMemoryDisk`` holds, and its rules.
struct InMemoryDiskState: Sendable {
  struct Node: Hashable, Sendable {
    var kind: Kind
    /// Content of a file, text of a symlink.
    var bytes: [UInt8]
    var modified: Timestamp
    var changed: Timestamp
    var inode: UInt64
    var mode: UInt16
  }

  struct Tree: Sendable {
    var nodes: [RelativePath: Node] = [:]
    var staging: [StagedName: Node] = [:]
    var history: [HistoryName: Node] = [:]
  }

  var time: Timestamp
  var live = Tree() { didSet { changeNumber &+= 1 } }
  /// Another after every change, for those who look again and again.
  private(set) var changeNumber: UInt64 = 0
  /// As of the last note.
  var notedNumber: UInt64?
  /// What a power cut leaves at least; what was changed since, in order; and the tree with all of that.
  var durable = Tree()
  var journal: [Change] = []
  var noted = Tree()
  /// Inodes whose content was never flushed.
  var unflushed: Set<UInt64> = []
  /// Inodes that somebody has open for writing.
  var writers: [UInt64: Int] = [:]
  var problems: [RelativePath: (reason: String, hidesSubtree: Bool)] = [:]
  var marker: FolderMarker? { didSet { changeNumber &+= 1 } }
  var hidden: Hidden?
  /// `.covey/ignore`.
  var localRules: [UInt8]? { didSet { changeNumber &+= 1 } }
  /// What a test lets the disk forget: to look for writers, to say what it cannot read.
  var ignoresWriters = false
  var hidesProblems = false
  var free: Int64 = 1 << 40
  /// Whether files can share blocks.
  var clones = false
  let total: Int64 = 1 << 41
  var callCount = 0
  private var lastInode: UInt64 = 0
  private var lastChange = Timestamp(nanoseconds: .min)

  private let foldsNames: Bool

  init(time: Timestamp, foldsNames: Bool) {
    self.time = time
    self.foldsNames = foldsNames
  }

  /// What stands in the directory under another spelling of the name that this disk does not tell apart.
  func twin(of path: RelativePath) -> RelativePath? {
    guard foldsNames else { return nil }
    // Swift holds two compositions of one character for equal.
    let folded = path.string.lowercased()
    return live.nodes.keys.first { $0 != path && $0.string.lowercased() == folded }
  }

  /// Becomes another, at a later time.
  mutating func become(_ other: InMemoryDiskState) {
    let (time, callCount, changeNumber) = (time, callCount, changeNumber)
    self = other
    (self.time, self.callCount, self.changeNumber, notedNumber) = (time, callCount, changeNumber &+ 1, nil)
  }

  mutating func stamp() -> Timestamp {
    lastChange = max(time, Timestamp(nanoseconds: lastChange.nanoseconds &+ 1))
    return lastChange
  }

  mutating func newInode() -> UInt64 {
    lastInode += 1
    return lastInode
  }

  // Staging.

  @discardableResult
  mutating func stage(_ name: StagedName, kind: Kind, bytes: [UInt8], mode: UInt16, modified: Timestamp) throws(DiskError) -> FileStat {
    guard Int64(bytes.count) <= free else { throw .full(name.text) }
    let node = Node(kind: kind, bytes: bytes, modified: modified, changed: stamp(), inode: newInode(), mode: mode)
    live.staging[name] = node
    unflushed.insert(node.inode)
    return node.stat
  }

  mutating func writeStaged(_ name: StagedName, _ bytes: [UInt8]) {
    guard var node = live.staging[name] else { return }
    node.bytes = bytes
    node.modified = time
    node.changed = stamp()
    live.staging[name] = node
    unflushed.insert(node.inode)
  }

  mutating func overwrite(_ name: StagedName, at offset: Int64, with bytes: [UInt8]) throws(DiskError) {
    guard var content = live.staging[name]?.bytes else { throw .absent(name.text) }
    let end = Int(offset) + bytes.count
    guard Int64(bytes.count) <= free else { throw .full(name.text) }
    if content.count < end { content += [UInt8](repeating: 0, count: end - content.count) }
    content.replaceSubrange(Int(offset)..<end, with: bytes)
    writeStaged(name, content)
  }
}

extension InMemoryDiskState.Tree {
  func node(_ source: ContentSource) -> InMemoryDiskState.Node? {
    switch source {
    case .file(let path): nodes[path]
    case .history(let name): history[name]
    case .staged(let name): staging[name]
    case .localRules: nil
    }
  }

  func node(withInode inode: UInt64) -> InMemoryDiskState.Node? {
    [Array(nodes.values), Array(staging.values), Array(history.values)].joined().first { $0.inode == inode }
  }

  func isEmpty(_ directory: RelativePath) -> Bool { !nodes.keys.contains { $0.isBelow(directory) } }

  func hasParent(_ path: RelativePath) -> Bool { path.parent.map { nodes[$0]?.kind == .directory } ?? true }

  mutating func rename(_ from: RelativePath, to path: RelativePath) {
    for old in nodes.keys where old == from || old.isBelow(from) {
      let new = RelativePath(trusted: path.bytes + old.bytes.dropFirst(from.bytes.count))
      nodes[new] = nodes.removeValue(forKey: old)
    }
  }

  mutating func remove(_ path: RelativePath) {
    for old in nodes.keys where old == path || old.isBelow(path) { nodes[old] = nil }
  }
}

extension InMemoryDiskState.Node {
  var stat: FileStat {
    FileStat(
      kind: kind, size: kind == .directory ? 0 : Int64(bytes.count), modified: modified, changed: changed, inode: inode, mode: mode)
  }

  var hashed: HashedFile? {
    switch kind {
    case .symlink: return HashedFile(stat: stat, root: Root(linkTarget: bytes), chunks: nil, target: bytes)
    case .file:
      guard Int64(bytes.count) > ChunkSizes.smallByteCountMax else {
        return HashedFile(stat: stat, root: Root(smallContent: bytes), chunks: nil)
      }
      let length = ChunkSizes(forByteCount: Int64(bytes.count)).average
      let chunks = stride(from: 0, to: bytes.count, by: length).map { start in
        let piece = bytes[start..<min(start + length, bytes.count)]
        return Chunk(hash: Root(smallContent: piece).digest, byteCount: UInt32(piece.count))
      }
      return HashedFile(stat: stat, root: Root(chunks: chunks, byteCount: Int64(bytes.count)), chunks: chunks)
    default: return nil
    }
  }
}

extension ContentSource {
  /// For an error; most are of files that are sought in vain, so that this is not to cost anything.
  var text: String {
    switch self {
    case .file(let path): path.string
    case .history(let name): "\(name)"
    case .staged(let name): name.text
    case .localRules: ".covey/ignore"
    }
  }
}

extension DiskError {
  static func absent(_ path: String) -> DiskError { DiskError(code: .notFound, path: path, message: "nothing stands there") }
  static func otherKind(_ path: String) -> DiskError { DiskError(code: .wrongKind, path: path, message: "another kind of thing stands there") }
  static func full(_ path: String) -> DiskError { DiskError(code: .noSpace, path: path, message: "the disk is full: free some space") }
  static func changed(_ path: String) -> DiskError { DiskError(code: .changed, path: path, message: "it is being written: it is read again when it rests") }
}
