package import CoveyCore
import Dispatch
import Synchronization

extension Scanner {
  enum Outcome: Sendable {
    case change(ObservedChange)
    /// It was written while it was read.
    case unsteady(RelativePath)
    case problem(Problem)
  }

  /// Names the content of each candidate, several at once, in their order.
  func observe(_ candidates: ArraySlice<(path: RelativePath, stat: FileStat, entry: Entry?)>, vanished: [UInt64: Entry]) -> [Outcome] {
    let items = Array(candidates)
    let outcomes = Mutex<[Outcome?]>(Array(repeating: nil, count: items.count))
    let next = Atomic<Int>(0)
    let lanes = items.count < 8 ? 1 : width
    DispatchQueue.concurrentPerform(iterations: lanes) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < items.count else { return }
        let outcome = observe(items[index].path, items[index].stat, items[index].entry, vanished: vanished)
        outcomes.withLock { $0[index] = outcome }
      }
    }
    return outcomes.withLock { $0.compactMap(\.self) }
  }

  private func observe(_ path: RelativePath, _ stat: FileStat, _ entry: Entry?, vanished: [UInt64: Entry]) -> Outcome {
    let source = stat.kind == .directory ? nil : vanished[stat.inode].flatMap { $0.observation?.kind == stat.kind ? $0 : nil }
    if stat.kind == .directory {
      return .change(ObservedChange(path: path, previous: entry?.observation, now: Observation(stat, root: .none), movedFrom: movedDirectory(stat, vanished)))
    }
    // A file that moved with its directory has not even a new ctime: it is the same, and need not be read.
    if let source, let known = source.observation, known.isUnchanged(stat) {
      if stat.kind == .file { progress(.mustRead(-stat.size)) }
      return .change(
        ObservedChange(path: path, previous: entry?.observation, now: Observation(stat, root: known.root, target: known.target), movedFrom: source.path))
    }
    // Recorded before and not yet authored: what was read then is still so.
    if let known = entry?.observation, known.isUnchanged(stat) {
      if stat.kind == .file { progress(.mustRead(-stat.size)) }
      return .change(ObservedChange(path: path, previous: known, now: known))
    }
    do {
      let hashed = try disk.hash(path)
      if stat.kind == .file { progress(.read(stat.size)) }
      guard hashed.stat.kind == stat.kind else { return .unsteady(path) }
      let moved = source.flatMap { $0.observation?.root == hashed.root ? $0.path : nil }
      return .change(
        ObservedChange(
          path: path, previous: entry?.observation, now: Observation(hashed.stat, root: hashed.root, target: hashed.target),
          chunks: hashed.chunks, movedFrom: moved))
    } catch {
      switch error.code {
      case .changed, .notFound, .wrongKind: return .unsteady(path)
      default: return .problem(Problem(path: path.bytes, reason: error.message, blocks: true))
      }
    }
  }

  private func movedDirectory(_ stat: FileStat, _ vanished: [UInt64: Entry]) -> RelativePath? {
    vanished[stat.inode].flatMap { $0.observation?.kind == .directory ? $0.path : nil }
  }
}

extension Observation {
  /// What was seen, with the name of the content that was read.
  package init(_ stat: FileStat, root: Root, target: [UInt8] = []) {
    self.init(
      kind: stat.kind, size: stat.kind == .directory ? 0 : stat.size, modified: stat.modified, changed: stat.changed, inode: stat.inode,
      mode: stat.mode, root: root, target: target)
  }

  /// Whether this is the same thing under another name, which a rename alone leaves with another ctime. Inodes are given anew.
  func isRenamed(_ stat: FileStat) -> Bool {
    kind == stat.kind && inode == stat.inode && (kind == .directory || size == stat.size && modified == stat.modified)
  }

  /// The same, as the disk would say it.
  package var stat: FileStat {
    FileStat(kind: kind, size: size, modified: modified, changed: changed, inode: inode, mode: mode)
  }
}
