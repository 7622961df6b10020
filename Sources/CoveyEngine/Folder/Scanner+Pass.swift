import CoveyCore
import Dispatch
import Synchronization

extension Scanner {
  /// One scan under way: what was found and not yet handed over.
  struct Pass {
    let scanner: Scanner
    let report: ([ObservedChange]) throws -> Void
    private var gone: [Entry] = []
    /// Gone under a rule, which announces nothing. But a directory is no longer kept by it, and it must be known when the rule goes.
    private var goneIgnored: [Entry] = []
    private var found: [(path: RelativePath, stat: FileStat, entry: Entry?)] = []
    private var problems: [Problem] = []
    private var unsteady: [RelativePath] = []
    private var toldCount = 0
    /// Seen and not yet told: a call for each would cost more than the look.
    private var seenCount: Int64 = 0
    /// Nothing is looked at behind it.
    var isAtLastRoot = false

    init(scanner: Scanner, report: @escaping ([ObservedChange]) throws -> Void) {
      self.scanner = scanner
      self.report = report
    }

    /// The directory is not, or not any more, the one that the record speaks of.
    struct Unmarked: Error { var reason: String }

    func summary(_ end: ScanSummary.End) -> ScanSummary { ScanSummary(end: end, problems: problems, unsteady: unsteady) }

    /// - Parameter entry: what the record says of the path itself.
    mutating func look(at root: ScanRequest.Root, _ entry: Entry?) throws {
      guard let path = root.path else { return try compareBelow(nil) }
      if scanner.rules.ignores(path, isDirectory: nil) {
        if let entry { try noteIgnored(entry) }
        return
      }
      let stat: FileStat?
      do throws(DiskError) {
        stat = try scanner.disk.stat(path)
      } catch {
        let isNoFile = error.code == .wrongKind || error.code == .nameNotPossible
        note(Problem(path: path.bytes, reason: error.message, blocks: !isNoFile))
        // Unreadable is not absent.
        guard isNoFile else { return }
        stat = nil
      }
      try compare(path, stat, entry)
      let wasDirectory = entry?.observation?.kind == .directory
      let isDirectory = stat?.kind == .directory
      if isDirectory && (root.isDeep || !wasDirectory) || wasDirectory && !isDirectory { try compareBelow(path, isThere: isDirectory) }
    }

    /// Merges the walk below a directory with the entries below it.
    private mutating func compareBelow(_ directory: RelativePath?, isThere: Bool = true) throws {
      var entries = EntryCursor(scanner: scanner, directory: directory)
      var hidden: [RelativePath] = []
      if isThere {
        let rules = scanner.rules
        try scanner.disk.walk(below: directory, descend: { !rules.ignores($0, isDirectory: true) }) { item in
          switch item {
          case .found(let path, let stat):
            let entry = try entries.advance(to: path) { try vanished($0, hidden: hidden) }
            if rules.ignores(path, isDirectory: stat.kind == .directory) {
              // What was gone under the rule and is there again may be what others await.
              if let entry, entry.observation == nil, entry.agreed.isLive { found.append((path, stat, entry)) }
              return
            }
            try compare(path, stat, entry)
            // Nothing is gone and nothing can be any more: what is found was not renamed, and need not wait for the end of the walk.
            if found.count >= portionCount, isAtLastRoot, gone.isEmpty, try entries.isAtEnd() { try flush() }
          case .problem(let path, let reason, let hidesSubtree):
            note(Problem(path: path, reason: reason, blocks: hidesSubtree))
            if hidesSubtree, let path = try? RelativePath(path) { hidden.append(path) }
          }
        }
      }
      _ = try entries.advance(to: nil) { try vanished($0, hidden: hidden) }
    }

    private mutating func vanished(_ entry: Entry, hidden: [RelativePath]) throws {
      // A directory that could not be read comes as a problem before its entries are passed; what it hides is not gone.
      if hidden.contains(where: { entry.path == $0 || entry.path.isBelow($0) }) { return }
      if scanner.rules.ignores(entry.path, isDirectory: nil) { return try noteIgnored(entry) }
      try compare(entry.path, nil, entry)
    }

    /// It may be there all the same: what is ignored is not walked into.
    private mutating func noteIgnored(_ entry: Entry) throws {
      guard entry.observation != nil, (try? scanner.disk.isGone(entry.path)) == true else { return }
      goneIgnored.append(entry)
      if goneIgnored.count > Scanner.heldCountMax { try flush() }
    }

    private mutating func compare(_ path: RelativePath, _ stat: FileStat?, _ entry: Entry?) throws {
      guard let stat else {
        if let entry, entry.observation != nil || entry.local != .same || entry.held != nil { gone.append(entry) }
        if gone.count > Scanner.heldCountMax { try flush() }
        return
      }
      seenCount += 1
      if seenCount == Int64(Scanner.portionCountMin) { tellSeen() }
      if let entry, entry.local == .same || entry.held != nil, let observation = entry.observation, observation.isUnchanged(stat) { return }
      found.append((path, stat, entry))
      if found.count > Scanner.heldCountMax { try flush() }
    }

    private mutating func tellSeen() {
      if seenCount > 0 { scanner.progress(.scanned(fileCount: seenCount)) }
      seenCount = 0
    }

    private mutating func note(_ problem: Problem) {
      if problems.count < Scanner.problemCountMax { problems.append(problem) }
    }

    /// Those of the entries where nothing stands now. What cannot be looked at is neither there nor gone, and tried again as a problem.
    private mutating func stillGone(_ entries: [Entry]) -> [Entry] {
      var still: [Entry] = []
      for entry in entries {
        do throws(DiskError) { if try scanner.disk.isGone(entry.path) { still.append(entry) } } catch {
          note(Problem(path: entry.path.bytes, reason: error.message, blocks: true))
        }
      }
      return still
    }

    /// Reads what must be read and hands everything over.
    mutating func flush() throws {
      // A listing is older than the record it is compared with: what a commit has put there since is no deletion.
      gone = stillGone(gone)
      goneIgnored = goneIgnored.filter { (try? scanner.disk.isGone($0.path)) == true }
      // A folder that was emptied or unmounted while it was walked must not count as deleted.
      if let reason = try scanner.marker.trouble() { throw Unmarked(reason: reason) }
      tellSeen()
      var byInode: [UInt64: Entry] = [:]
      for entry in gone { if let inode = entry.observation?.inode { byInode[inode] = entry } }
      let vanished = Set(gone.map(\.path))
      let renamed = Set(found.lazy.map(\.stat).filter { byInode[$0.inode]?.observation?.isRenamed($0) == true }.map(\.inode))
      var portion: [ObservedChange] = []
      for entry in goneIgnored {
        portion.append(ObservedChange(path: entry.path, previous: entry.observation, now: nil, directoryIsGone: true))
        if portion.count == portionCount { try hand(&portion) }
      }
      goneIgnored.removeAll()
      // Directories from which something went that is nowhere else. Such a one goes no sooner than what was in it, though its inode
      // may stand at another path: moved there, or given to another directory.
      var emptied: Set<RelativePath> = []
      for entry in gone.sorted(by: { $1.path < $0.path }) {
        let directoryIsGone = entry.path.parent.map(vanished.contains) ?? false
        let isMoved = entry.observation.map { renamed.contains($0.inode) && !emptied.contains(entry.path) } ?? false
        if !isMoved, let parent = entry.path.parent { emptied.insert(parent) }
        portion.append(
          ObservedChange(path: entry.path, previous: entry.observation, now: nil, directoryIsGone: directoryIsGone, isMoved: isMoved))
        if portion.count == portionCount { try hand(&portion) }
      }
      // What a rename may have brought is told right after what is gone, and directories before what is in them.
      let isMoved = { (stat: FileStat) in stat.kind == .directory || byInode[stat.inode]?.observation?.kind == stat.kind }
      let (moved, others) = (found.filter { isMoved($0.stat) }, found.filter { !isMoved($0.stat) })
      gone.removeAll()
      found.removeAll()
      scanner.progress(.mustRead((moved + others).reduce(0) { $0 + ($1.stat.kind == .file ? $1.stat.size : 0) }))
      // Without a rename in one go: while the portion before is taken in, the next is read, and directories alone would be a portion.
      guard !byInode.isEmpty else { return try tell(moved + others, vanished: byInode, after: &portion) }
      try tell(moved, vanished: byInode, after: &portion)
      if !others.isEmpty { try report([]) }
      try tell(others, vanished: byInode, after: &portion)
    }

    /// Reads what must be read and hands it over, behind what is in `portion`.
    private mutating func tell(
      _ candidates: [(path: RelativePath, stat: FileStat, entry: Entry?)], vanished: [UInt64: Entry], after portion: inout [ObservedChange]
    ) throws {
      var start = 0
      while start < candidates.count {
        // Portions by bytes as well as by count, so that a first file is announced before the last large one is read.
        var end = start
        var byteCount: Int64 = 0
        while end < candidates.count, end - start < portionCount - portion.count, byteCount < 64 << 20 {
          byteCount += candidates[end].stat.size
          end += 1
        }
        end = Swift.max(end, start + 1)
        for outcome in scanner.observe(candidates[start..<end], vanished: vanished) {
          switch outcome {
          case .change(let change): portion.append(change)
          case .unsteady(let path): unsteady.append(path)
          case .problem(let problem): note(problem)
          }
        }
        try hand(&portion)
        start = end
      }
      try hand(&portion)
    }

    private var portionCount: Int { min(max(Scanner.portionCountMin, toldCount / 4), Scanner.portionCountMax) }

    private mutating func hand(_ portion: inout [ObservedChange]) throws {
      guard !portion.isEmpty else { return }
      toldCount += portion.count
      try report(portion)
      portion.removeAll(keepingCapacity: true)
    }
  }

  /// The entries below a directory, page by page; while one is compared the next is read.
  struct EntryCursor {
    let scanner: Scanner
    let directory: RelativePath?
    private var page: [Entry] = []
    private var next = 0
    private var isLastPage = false
    private var ahead: PageAhead?

    init(scanner: Scanner, directory: RelativePath?) { self.scanner = scanner; self.directory = directory }

    mutating func isAtEnd() throws -> Bool {
      if next == page.count, !isLastPage {
        let last = page.last?.path
        page = try ahead?.take() ?? Self.read(scanner, directory, after: last)
        next = 0
        isLastPage = page.count < Scanner.pageSize
        ahead = isLastPage ? nil : PageAhead { [scanner, directory, last = page.last?.path] in try Self.read(scanner, directory, after: last) }
      }
      return next == page.count
    }

    /// Goes on behind `path`, or behind the last entry without one, and answers with the entry of `path` itself. Entries are compared
    /// where they stand: copying each costs as much as looking at its file.
    mutating func advance(to path: RelativePath?, passing: (Entry) throws -> Void) throws -> Entry? {
      while try !isAtEnd() {
        if let path {
          if page[next].path == path {
            next += 1
            return page[next - 1]
          }
          guard page[next].path < path else { return nil }
        }
        next += 1
        try passing(page[next - 1])
      }
      return nil
    }

    private static func read(_ scanner: Scanner, _ directory: RelativePath?, after last: RelativePath?) throws -> [Entry] {
      try scanner.store.read(scanner.folder) { try $0.entries(below: directory, after: last, limit: Scanner.pageSize) }
    }
  }

  /// A page that is read on another thread until it is taken.
  private final class PageAhead: Sendable {
    private let page = Mutex<Result<[Entry], any Error>?>(nil)
    private let isRead = DispatchSemaphore(value: 0)

    init(_ read: @escaping @Sendable () throws -> [Entry]) {
      DispatchQueue.global().async { [self] in
        let result = Result(catching: read)
        page.withLock { $0 = result }
        isRead.signal()
      }
    }

    func take() throws -> [Entry] {
      isRead.wait()
      return try page.withLock { try $0?.get() ?? [] }
    }
  }
}
