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

  typealias Candidate = (path: RelativePath, stat: FileStat, entry: Entry?)

  /// Small contents that a lane takes at once: those of one directory stand together, and cost one look at it.
  private static let runCountMax = 32
  private static let smallByteCount: Int64 = 64 << 10

  /// Names the content of each candidate, several at once, in their order.
  func observe(_ candidates: ArraySlice<Candidate>, vanished: [UInt64: Entry]) -> [Outcome] {
    let items = Array(candidates)
    let outcomes = Mutex<[Outcome?]>(Array(repeating: nil, count: items.count))
    let next = Atomic<Int>(0)
    let lanes = items.count < 8 ? 1 : width
    let areSmall = items.reduce(0) { $0 + $1.stat.size } <= Int64(items.count) * Self.smallByteCount
    let runCount = areSmall ? min(Self.runCountMax, max(1, items.count / (4 * lanes))) : 1
    DispatchQueue.concurrentPerform(iterations: lanes) { _ in
      while true {
        let start = next.add(runCount, ordering: .relaxed).oldValue
        guard start < items.count else { return }
        let run = observe(run: items[start..<min(start + runCount, items.count)], vanished: vanished)
        outcomes.withLock { for (index, outcome) in run.enumerated() { $0[start + index] = outcome } }
      }
    }
    return outcomes.withLock { $0.compactMap(\.self) }
  }

  private func observe(run: ArraySlice<Candidate>, vanished: [UInt64: Entry]) -> [Outcome] {
    let told = run.map { known($0, vanished: vanished) }
    var hashed = disk.hash(zip(run, told).filter { $1 == nil }.map(\.0.path)).makeIterator()
    return zip(run, told).compactMap { candidate, known in
      known ?? hashed.next().map { outcome(of: candidate, $0, vanished: vanished) }
    }
  }

  /// What need not be read.
  private func known(_ candidate: Candidate, vanished: [UInt64: Entry]) -> Outcome? {
    let (path, stat, entry) = candidate
    if stat.kind == .directory {
      return .change(ObservedChange(path: path, previous: entry?.observation, now: Observation(stat, root: .none), movedFrom: movedDirectory(stat, vanished)))
    }
    // A file that moved with its directory has not even a new ctime: it is the same, and need not be read.
    if let source = source(of: stat, vanished), let known = source.observation, known.isUnchanged(stat) {
      if stat.kind == .file { progress(.mustRead(-stat.size)) }
      return .change(
        ObservedChange(path: path, previous: entry?.observation, now: Observation(stat, root: known.root, target: known.target), movedFrom: source.path))
    }
    // Recorded before and not yet authored: what was read then is still so.
    if let known = entry?.observation, known.isUnchanged(stat) {
      if stat.kind == .file { progress(.mustRead(-stat.size)) }
      return .change(ObservedChange(path: path, previous: known, now: known))
    }
    return nil
  }

  private func outcome(of candidate: Candidate, _ result: Result<HashedFile, DiskError>, vanished: [UInt64: Entry]) -> Outcome {
    let (path, stat, entry) = candidate
    switch result {
    case .success(let hashed):
      if stat.kind == .file { progress(.read(stat.size)) }
      guard hashed.stat.kind == stat.kind else { return .unsteady(path) }
      let moved = source(of: stat, vanished).flatMap { $0.observation?.root == hashed.root ? $0.path : nil }
      return .change(
        ObservedChange(
          path: path, previous: entry?.observation, now: Observation(hashed.stat, root: hashed.root, target: hashed.target),
          chunks: hashed.chunks, movedFrom: moved))
    case .failure(let error):
      switch error.code {
      case .changed, .notFound, .wrongKind: return .unsteady(path)
      default: return .problem(Problem(path: path.bytes, reason: error.message, blocks: true))
      }
    }
  }

  /// What vanished and may have been renamed to this.
  private func source(of stat: FileStat, _ vanished: [UInt64: Entry]) -> Entry? {
    vanished[stat.inode].flatMap { $0.observation?.kind == stat.kind ? $0 : nil }
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
