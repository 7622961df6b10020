package import CoveyCore
package import CoveyEngine

/// The whole record of one folder in memory: a transaction works on a copy of it.
package final class InMemoryRecords: InMemoryIndex, FolderRecords {
  package var book: Book
  private let now: Timestamp

  /// What a folder keeps besides its index.
  package struct Book: Sendable {
    var batches: [LogID: [StoredBatch]] = [:]
    var logs: Set<LogID> = []
    var manifests: [Root: [Chunk]] = [:]
    var intents: [Int64: Intent] = [:]
    var lastIntent: Int64 = 0
    /// By arrival: the later an item was noted, the later it stands.
    var history: [HistoryItem] = []
    var arrivals: [Arrival] = []
    var lastArrival: Int64 = 0
    var late: [StagedName: LateFile] = [:]
    var rules = RulesSource()
  }

  package struct Arrival: Sendable {
    var number: Int64
    var version: Version
    var arrived: Timestamp
  }

  package override init(state: FolderState) {
    (book, now) = (Book(), .zero)
    super.init(state: state)
  }

  /// - Parameter now: when a version that is new arrives.
  init(_ other: InMemoryRecords, now: Timestamp) {
    (book, self.now) = (other.book, now)
    super.init(contents: other.contents)
  }

  // Every arrival is numbered.

  package override func insertHead(_ version: Version, record: [UInt8]) {
    super.insertHead(version, record: record)
    book.lastArrival += 1
    book.logs.insert(version.dot.log)
    book.arrivals.append(Arrival(number: book.lastArrival, version: version, arrived: now))
  }

  package override func dropAllHeads() {
    super.dropAllHeads()
    book.arrivals = []
  }

  // Batches.

  package func hasBatch(containing dot: Dot) -> Bool { batch(containing: dot) != nil }

  package func insertBatch(_ batch: StoredBatch) {
    book.logs.insert(batch.log)
    let known = book.batches[batch.log] ?? []
    guard !known.contains(where: { $0.firstSequence == batch.firstSequence && $0.hash == batch.hash }) else { return }
    book.batches[batch.log] = known + [batch]
  }

  package func batch(containing dot: Dot) -> StoredBatch? { batches(containing: dot).first }

  /// Several where a log was forked, the latest begun first.
  func batches(containing dot: Dot) -> [StoredBatch] {
    (book.batches[dot.log] ?? [])
      .filter { $0.firstSequence <= dot.sequence && dot.sequence - $0.firstSequence < UInt64($0.count) }
      .sorted { $0.firstSequence > $1.firstSequence }
  }

  package func author(of log: LogID) -> DeviceID? { book.batches[log]?.first?.author }

  // Manifests.

  package func manifest(_ root: Root) -> [Chunk]? { book.manifests[root] }
  package func setManifest(_ chunks: [Chunk], for root: Root) { book.manifests[root] = chunks }

  package func pruneManifests(after root: Root?, limit: Int) -> Root? {
    var named = contents.historyRoots
    named.formUnion(contents.heads.values.joined().map(\.root))
    named.formUnion(contents.entries.values.compactMap { $0.observation?.root })
    let page = book.manifests.keys.filter { one in root.map { $0 < one } ?? true }.sorted().prefix(limit)
    for root in page where !named.contains(root) { book.manifests[root] = nil }
    return page.count == limit ? page.last : nil
  }

  package func rules() -> RulesSource { book.rules }
  package func setRules(_ source: RulesSource) { book.rules = source }

  // Intents.

  package func insertIntents(_ intents: [Intent]) -> [Int64] {
    intents.map { intent in
      var intent = intent
      if intent.id == 0 { intent.id = book.lastIntent + 1 }
      book.lastIntent = max(book.lastIntent, intent.id)
      book.intents[intent.id] = intent
      return intent.id
    }
  }

  package func intents() -> [Intent] { book.intents.values.sorted { $0.id < $1.id } }
  package func removeIntents(_ ids: [Int64]) { for id in ids { book.intents[id] = nil } }

  // History.

  package func insertHistory(_ item: HistoryItem) {
    removeHistory(item.name)
    book.history.append(item)
    if item.root != .none { contents.historyRoots.insert(item.root) }
  }

  package func hasHistory(_ name: HistoryName) -> Bool { book.history.contains { $0.name == name } }

  package func removeHistory(_ name: HistoryName) {
    guard let index = book.history.firstIndex(where: { $0.name == name }) else { return }
    let root = book.history.remove(at: index).root
    if !book.history.contains(where: { $0.root == root }) { contents.historyRoots.remove(root) }
  }

  package func history(of path: RelativePath, limit: Int) -> [HistoryItem] { newest(limit) { $0.path == path } }

  package func history(below path: RelativePath?, limit: Int) -> [HistoryItem] {
    newest(limit) { item in path.map { item.path.isBelow($0) } ?? true }
  }

  package func history(withRoot root: Root, limit: Int) -> [HistoryItem] { newest(limit) { $0.root == root && root != .none } }

  package func history(before time: Timestamp, limit: Int) -> [HistoryItem] {
    let items = book.history.enumerated().filter { $0.element.kept < time }
    return items.sorted { ($0.element.kept, $0.offset) < ($1.element.kept, $1.offset) }.prefix(limit).map(\.element)
  }

  package func historyTotals() -> (count: Int64, byteCount: Int64) {
    (Int64(book.history.count), book.history.reduce(0) { $0 + $1.size })
  }

  private func newest(_ limit: Int, where isWanted: (HistoryItem) -> Bool) -> [HistoryItem] {
    let items = book.history.enumerated().filter { isWanted($0.element) }
    return items.sorted { ($0.element.kept, $0.offset) > ($1.element.kept, $1.offset) }.prefix(limit).map(\.element)
  }

  // The log.

  package func log(_ query: LogQuery) -> [LogLine] {
    let lines = book.arrivals.filter { arrival in
      if let below = query.below, arrival.version.path != below, !arrival.version.path.isBelow(below) { return false }
      if let since = query.since, arrival.arrived < since { return false }
      if let author = query.author, self.author(of: arrival.version.dot.log) != author { return false }
      return arrival.number > query.afterNumber ?? .min
    }
    return (query.afterNumber == nil ? lines.reversed() : lines).prefix(query.limit).map { line($0) }
  }

  package func versions(of path: RelativePath, limit: Int) -> [LogLine] {
    book.arrivals.reversed().filter { $0.version.path == path }.prefix(limit).map { line($0) }
  }

  private func line(_ arrival: Arrival) -> LogLine {
    LogLine(
      number: arrival.number, version: arrival.version, author: author(of: arrival.version.dot.log), arrived: arrival.arrived,
      isHead: isHead(arrival.version))
  }

  private func isHead(_ version: Version) -> Bool { heads(of: version.path).contains(version) }

  package func superseded(before time: Timestamp, after last: Superseded?, limit: Int) -> [Superseded] {
    let old = book.arrivals.filter { $0.arrived < time && !isHead($0.version) }
      .map { Superseded(number: $0.number, path: $0.version.path, arrived: $0.arrived) }
      .sorted { ($0.arrived, $0.number) < ($1.arrived, $1.number) }
    return Array(old.filter { one in last.map { ($0.arrived, $0.number) < (one.arrived, one.number) } ?? true }.prefix(limit))
  }

  package func removeSuperseded(_ versions: [Superseded]) {
    let numbers = Set(versions.map(\.number))
    book.arrivals.removeAll { numbers.contains($0.number) && !isHead($0.version) }
  }

  /// All at once, for batches have no numbers here.
  package func pruneBatches(after position: Int64?, limit: Int) -> Int64? {
    for (log, batches) in book.batches {
      let last = batches.map(\.firstSequence).max() ?? 0
      book.batches[log] = batches.filter { batch in
        batch.firstSequence == last
          || book.arrivals.contains { $0.version.dot.log == log && self.batches(containing: $0.version.dot).contains(batch) }
      }
    }
    return nil
  }

  package func logs(by author: DeviceID) -> [LogID] { book.logs.filter { self.author(of: $0) == author }.sorted() }
  package func headCount(in log: LogID) -> Int64 { Int64(heads(in: log, after: 0, limit: .max).count) }

  // Late files.

  package func setLate(_ late: LateFile) { book.late[late.name] = late }
  package func lateFiles() -> [LateFile] { book.late.values.sorted { $0.name < $1.name } }
  package func removeLate(_ name: StagedName) { book.late[name] = nil }
}
