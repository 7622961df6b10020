import CoveyCore
import CoveyTesting

/// One device of the model world: a disk of tags, the real index, the real rules.
final class ModelDevice {
  /// What stands at a path of a disk.
  struct Item: Hashable {
    var kind: Kind
    /// The bytes, as a word that nobody else wrote; empty for directories.
    var tag: String
    var mode: UInt16
    var modified: Timestamp

    var root: Root {
      switch kind {
      case .file: Root(smallContent: tag.utf8)
      case .symlink: Root(linkTarget: Array(tag.utf8))
      default: .none
      }
    }

    var observation: Observation {
      Observation(
        kind: kind, size: kind == .file ? Int64(tag.utf8.count) : 0, modified: modified, changed: modified, inode: 1, mode: mode,
        root: root, target: kind == .symlink ? Array(tag.utf8) : [])
    }
  }

  /// Ignores the named paths and all below them.
  struct Rules: IgnoreRules, Hashable {
    var paths: Set<RelativePath> = []
    func ignores(_ path: RelativePath, isDirectory: Bool?) -> Bool { paths.contains { $0 == path || path.isBelow($0) } }
  }

  /// What a copy of the state directory holds.
  struct State {
    var contents: InMemoryIndex.Contents
    var members: Set<DeviceID>
    var removed: Set<DeviceID>
    var rules: Rules
  }

  let number: Int
  let name: String
  var index: InMemoryIndex
  var disk: [RelativePath: Item] = [:]
  var members: Set<DeviceID> = []
  var removed: Set<DeviceID> = []
  /// The rules in effect, as the last scan read them, and those beside the folder.
  var rules = Rules()
  var localRules: Set<RelativePath> = []
  var isGone = false
  var isOut = false
  var isLossy = false
  /// The folder took part before.
  var holdsMarker = false
  var mail: [Version] = []
  var snapshot: State?
  private var logCount: UInt64 = 0
  private var keyCount: UInt64 = 0

  init(number: Int) {
    self.number = number
    name = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number)))
    index = InMemoryIndex(state: FolderState(log: LogID(0), isFresh: true))
    index.state.log = nextLog()
  }

  var key: DeviceID { DeviceID(key: Bytes32(words: (UInt64(number) + 1, keyCount, 0, 0))) }
  var isAway: Bool { isGone || isOut }
  var state: FolderState { index.state }

  func nextLog() -> LogID {
    logCount += 1
    return LogID(UInt64(number + 1) << 32 | logCount)
  }

  func renewKey() { keyCount += 1 }

  /// The state is lost; folder and history stay.
  func wipe() {
    let history = index.contents.historyRoots
    index = InMemoryIndex(state: FolderState(log: nextLog(), isFresh: true))
    index.contents.historyRoots = history
    members = [key]
    removed = []
    rules = Rules()
    mail = []
  }

  func save() { snapshot = State(contents: index.contents, members: members, removed: removed, rules: rules) }

  func restore(_ state: State) {
    let history = index.contents.historyRoots
    index.contents = state.contents
    index.contents.historyRoots = history
    (members, removed, rules, mail) = (state.members, state.removed, state.rules, [])
  }

  /// Tags on this disk and in its history.
  var roots: Set<Root> { Set(disk.values.map(\.root)).union(index.contents.historyRoots) }

  func hasChild(below path: RelativePath) -> Bool { disk.keys.contains { $0.isBelow(path) } }
}
