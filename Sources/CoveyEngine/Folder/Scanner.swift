package import CoveyCore

/// Compares the disk with the record: one ordered walk beside one ordered cursor of entries, so that new, changed and gone
/// paths fall out in a single pass. Reads the content of what changed, several files side by side.
///
/// It runs on a worker thread and blocks there; it decides nothing. Renames are told by the inode within one scan, as far as
/// the changes in memory (``heldCountMax``) reach.
package struct Scanner: Sendable {
  package static let heldCountMax = 50_000
  static let pageSize = 2_000
  /// How many single paths are looked up in the record at once.
  static let lookCount = 500
  /// How many changes are handed over at once. Each portion is flushed, so that it may be announced: a first one comes soon, and
  /// those after it grow with what went before.
  package static let portionCounts = 1_000...8_000
  static let problemCountMax = 1_000

  let disk: any FolderDisk
  let store: any DeviceStore
  let folder: FolderID
  let rules: any IgnoreRules
  /// How many files are read at once.
  let width: Int
  let portionCounts: ClosedRange<Int>
  let progress: @Sendable (FolderWork) -> Void

  package init(
    disk: any FolderDisk, store: any DeviceStore, folder: FolderID, rules: any IgnoreRules, width: Int,
    portionCounts: ClosedRange<Int> = Scanner.portionCounts, progress: @escaping @Sendable (FolderWork) -> Void = { _ in }
  ) {
    self.disk = disk
    self.store = store
    self.folder = folder
    self.rules = rules
    self.width = width
    self.portionCounts = portionCounts
    self.progress = progress
  }

  /// Scans and hands changes over in portions: what is gone, children first, then what is there, parents first; of renames a part of
  /// both. An empty portion says that both halves of every rename so far have been handed over.
  package func scan(_ request: ScanRequest, report: @escaping ([ObservedChange]) throws -> Void) throws -> ScanSummary {
    progress(.scanBegan)
    var pass = Pass(scanner: self, report: report)
    do {
      if let reason = try marker.trouble() { return pass.summary(.unmarked(reason)) }
      let roots = Self.distinct(request.roots)
      for start in stride(from: 0, to: roots.count, by: Self.lookCount) {
        // What was committed a moment ago comes back from the watch by the thousand: one transaction for many.
        let page = roots[start..<min(start + Self.lookCount, roots.count)]
        let entries = try store.read(folder) { records in try page.map { root in try root.path.flatMap { try records.entry($0) } } }
        for (root, entry) in zip(page, entries) {
          pass.isAtLastRoot = root == roots.last
          try pass.look(at: root, entry)
        }
      }
      try pass.flush()
      return pass.summary(.complete)
    } catch let error as Pass.Unmarked {
      return pass.summary(.unmarked(error.reason))
    } catch let error as DiskError {
      return pass.summary(.failed(error))
    }
  }

  var marker: MarkerCheck { MarkerCheck(disk: disk, store: store, folder: folder) }

  /// Roots in order, without those that lie in a deeper scan of another.
  static func distinct(_ roots: [ScanRequest.Root]) -> [ScanRequest.Root] {
    if roots.contains(where: { $0.path == nil }) { return [ScanRequest.Root(path: nil, isDeep: true)] }
    var deep: Set<RelativePath> = []
    for case let root in roots where root.isDeep { if let path = root.path { deep.insert(path) } }
    var seen: Set<RelativePath> = []
    return roots.filter { root in
      guard let path = root.path else { return false }
      guard root.isDeep || !deep.contains(path), deep.isEmpty || !path.ancestors.contains(where: deep.contains) else { return false }
      return seen.insert(path).inserted
    }.sorted { ($0.path?.bytes ?? []).lexicographicallyPrecedes($1.path?.bytes ?? []) }
  }
}
