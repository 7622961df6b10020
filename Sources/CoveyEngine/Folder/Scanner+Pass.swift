import CoveyCore

extension Scanner {
  /// One scan under way: what was found and not yet handed over.
  struct Pass {
    let scanner: Scanner
    let report: ([ObservedChange]) throws -> Void
    private var gone: [Entry] = []
    /// Gone under a rule, which announces nothing. But a directory is no longer kept by it, and it must be known when the rule goes.
    private var goneIgnored: [Entry] = []
    private var found: [Candidate] = []
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
      // Entries may be known below a directory that is not itself.
      if root.isDeep || wasDirectory != isDirectory { try compareBelow(path, isThere: isDirectory) }
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
      if seenCount == Int64(scanner.portionCounts.lowerBound) { tellSeen() }
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
      var portion: [ObservedChange] = []
      for entry in goneIgnored {
        portion.append(ObservedChange(path: entry.path, previous: entry.observation, now: nil, directoryIsGone: true))
        if portion.count == portionCount { try hand(&portion) }
      }
      var byInode: [UInt64: Entry] = [:]
      for entry in gone { if let inode = entry.observation?.inode { byInode[inode] = entry } }
      // What a rename may have brought is told with what is gone, and directories before what is in them.
      let isMoved = { (stat: FileStat) in stat.kind == .directory || byInode[stat.inode]?.observation?.kind == stat.kind }
      let (moved, others) = (found.filter { isMoved($0.stat) }, found.filter { !isMoved($0.stat) })
      let absences = absences(byInode)
      goneIgnored.removeAll()
      gone.removeAll()
      found.removeAll()
      scanner.progress(.mustRead((moved + others).reduce(0) { $0 + ($1.stat.kind == .file ? $1.stat.size : 0) }))
      // Without a rename in one go: while the portion before is taken in, the next is read, and directories alone would be a portion.
      guard !byInode.isEmpty else {
        try hand(absences, after: &portion)
        return try tell(moved + others, vanished: byInode, after: &portion)
      }
      try tellMoved(moved, absences, vanished: byInode, after: &portion)
      if !others.isEmpty { try report([]) }
      try tell(others, vanished: byInode, after: &portion)
    }

    /// What is gone, children first.
    private func absences(_ byInode: [UInt64: Entry]) -> [ObservedChange] {
      let vanished = Set(gone.map(\.path))
      let renamed = Set(found.lazy.map(\.stat).filter { byInode[$0.inode]?.observation?.isRenamed($0) == true }.map(\.inode))
      // Directories from which something went that is nowhere else. Such a one goes no sooner than what was in it, though its inode
      // may stand at another path: moved there, or given to another directory.
      var emptied: Set<RelativePath> = []
      return gone.sorted { $1.path < $0.path }.map { entry in
        let directoryIsGone = entry.path.parent.map(vanished.contains) ?? false
        let isMoved = entry.observation.map { renamed.contains($0.inode) && !emptied.contains(entry.path) } ?? false
        if !isMoved, let parent = entry.path.parent { emptied.insert(parent) }
        return ObservedChange(path: entry.path, previous: entry.observation, now: nil, directoryIsGone: directoryIsGone, isMoved: isMoved)
      }
    }

    /// Tells what is gone and what may have been moved: both halves of each rename in one portion, that peers may hear of it while the
    /// next is taken in, and directories that are gone last, for what is in them goes before.
    ///
    /// Where a directory stood at a path to which a file was moved, what was in it is gone: then all that is gone is told first.
    private mutating func tellMoved(
      _ moved: [Candidate], _ absences: [ObservedChange], vanished: [UInt64: Entry], after portion: inout [ObservedChange]
    ) throws {
      let isPaired = moved.allSatisfy { $0.entry?.observation?.kind != .directory || $0.stat.kind == .directory }
      let inodes = isPaired ? Set(moved.lazy.filter { $0.stat.kind != .directory }.map(\.stat.inode)) : []
      var halves: [UInt64: ObservedChange] = [:]
      var (others, directories): ([ObservedChange], [ObservedChange]) = ([], [])
      for change in absences {
        // Of hard links only one counts as moved.
        if let inode = change.previous?.inode, inodes.contains(inode), vanished[inode]?.path == change.path {
          halves[inode] = change
        } else if isPaired, change.previous?.kind == .directory {
          directories.append(change)
        } else {
          others.append(change)
        }
      }
      try hand(others, after: &portion)
      var rest = moved[...]
      while !rest.isEmpty {
        let next = rest.prefix(Swift.max(1, (portionCount - portion.count) / 2))
        rest = rest.dropFirst(next.count)
        portion += next.compactMap { halves.removeValue(forKey: $0.stat.inode) }
        try tell(next, vanished: vanished, after: &portion)
        if isPaired, !rest.isEmpty { try report([]) }
      }
      try hand(directories, after: &portion)
      try hand(&portion)
    }

    /// Reads what must be read and hands it over, behind what is in `portion`.
    private mutating func tell(
      _ candidates: some RandomAccessCollection<Candidate>, vanished: [UInt64: Entry], after portion: inout [ObservedChange]
    ) throws {
      let candidates = Array(candidates)
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
          case .unsteady(let path):
            unsteady.append(path)
            // What it was moved from is gone, and told when it can be told where to.
            let inode = candidates[start..<end].first { $0.path == path }?.stat.inode
            if let half = portion.firstIndex(where: { $0.now == nil && $0.previous?.inode == inode }) { unsteady.append(portion.remove(at: half).path) }
          case .problem(let problem): note(problem)
          }
        }
        try hand(&portion)
        start = end
      }
      try hand(&portion)
    }

    private var portionCount: Int { min(max(scanner.portionCounts.lowerBound, toldCount / 4), scanner.portionCounts.upperBound) }

    private mutating func hand(_ changes: [ObservedChange], after portion: inout [ObservedChange]) throws {
      for change in changes {
        portion.append(change)
        if portion.count >= portionCount { try hand(&portion) }
      }
    }

    private mutating func hand(_ portion: inout [ObservedChange]) throws {
      guard !portion.isEmpty else { return }
      toldCount += portion.count
      try report(portion)
      portion.removeAll(keepingCapacity: true)
    }
  }
}
