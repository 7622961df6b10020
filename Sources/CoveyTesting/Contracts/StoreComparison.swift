package import CoveyEngine
import CoveyCore

private typealias Samples = StoreSamples

/// Leads two stores through one random history of transactions and holds everything they answer against each other.
package struct StoreComparison {
  private let stores: [any DeviceStore]
  private var generator: SeededGenerator
  private let paths: [RelativePath]
  private var versions: [Version] = []
  private var lastSequence: UInt64 = 0

  private struct Rollback: Error {}

  private typealias Operation = (any FolderRecords) throws -> Void

  package init(_ first: any DeviceStore, _ second: any DeviceStore, seed: UInt64) throws {
    stores = [first, second]
    generator = SeededGenerator(seed: seed)
    paths = try ["a", "a/b", "a/b/c", "a/b/c/d", "a/b-", "a/b0", "a-", "e/f", "e/g/h", "e", "z"].map { try Samples.path($0) }
    for store in stores { try store.addFolder(Samples.folder, state: StoreContract.freshState) }
  }

  /// - Throws: ``ContractBreach`` where the stores differ.
  package mutating func run(transactionCount: Int) throws {
    for number in 0..<transactionCount {
      let operations = try (0...Int.random(in: 0...12, using: &generator)).map { _ in try operation() }
      let rollsBack = Int.random(in: 0..<8, using: &generator) == 0
      // Rows that were changed in memory only must be seen, and taken back, like all others.
      let looksInside = Bool.random(using: &generator)
      let expected = Bool.random(using: &generator) ? try expectedPaths() : []
      var inside: [[String]] = []
      for store in stores {
        do {
          try store.write(Samples.folder, flush: false) { records in
            try records.expect(expected)
            for operation in operations { try operation(records) }
            if looksInside { inside.append(try everything(in: records)) }
            if rollsBack { throw Rollback() }
          }
        } catch is Rollback {}
      }
      if looksInside { try Self.compare(inside[0], inside[1], "inside transaction \(number)") }
      let after = try stores.map { store in
        try store.read(Samples.folder) { records in
          try records.expect(expected)
          return try everything(in: records)
        }
      }
      try Self.compare(after[0], after[1], "after transaction \(number)")
      let rounds = try stores.map { store in
        try StoreContract.round(try store.snapshot(Samples.folder), byteCountMax: 400).flatMap(\.records)
      }
      try expect(rounds[0], is: rounds[1], "records of a round after transaction \(number)")
    }
  }

  /// Paths that are there, that never are, and some of them twice.
  private mutating func expectedPaths() throws -> [RelativePath] {
    let absent = try (0..<12).map { try Samples.path("a/b/\($0)") }
    return (paths + absent + paths.prefix(Int.random(in: 0...3, using: &generator))).shuffled(using: &generator)
  }

  private static func compare(_ first: [String], _ second: [String], _ when: String) throws {
    for (a, b) in zip(first, second) where a != b { throw ContractBreach("\(when): \(a) against \(b)") }
  }

  private mutating func operation() throws -> Operation {
    let path = paths.randomElement(using: &generator) ?? paths[0]
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<6:
      let version = version(at: path)
      let batch = Samples.batch([version])
      versions.append(version)
      return { try $0.insertBatch(batch); try $0.insert(version) }
    case 6..<10:
      guard let version = versions.randomElement(using: &generator) else { return { _ in } }
      return { try $0.supersedeHead(version.dot, of: version.path) }
    case 10..<14:
      let entry = entry(at: path)
      return { try $0.setEntry(entry) }
    case 14..<17:
      let byteCount = Bool.random(using: &generator) ? Int64.random(in: 0...1000, using: &generator) : nil
      return { try $0.setTodo(byteCount, at: path) }
    case 17:
      let isOpen = Bool.random(using: &generator)
      return { try $0.setConflict(path, open: isOpen) }
    case 18:
      let item = try Samples.history(path, kept: Int64.random(in: 1...5, using: &generator), root: root())
      return Bool.random(using: &generator) ? { try $0.insertHistory(item) } : { try $0.removeHistory(item.name) }
    default:
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: return { try $0.dropAllHeads() }
      case 1: return { try $0.pruneEverything(before: Timestamp(nanoseconds: .max)) }
      default: return { $0.state.sequence += 1 }
      }
    }
  }

  private mutating func root() -> Root { Samples.root(UInt64.random(in: 1...4, using: &generator)) }

  private mutating func version(at path: RelativePath) -> Version {
    lastSequence += 1
    let log = Bool.random(using: &generator) ? Samples.log : Samples.lateLog
    let dot = Dot(log: log, sequence: lastSequence)
    return Bool.random(using: &generator) ? Samples.tombstone(path, dot) : Samples.file(path, dot, root: root())
  }

  private mutating func entry(at path: RelativePath) -> Entry {
    var entry = Samples.entry(of: Samples.file(path, Samples.dot(1), root: root()))
    if Bool.random(using: &generator) { entry.observation = nil }
    if Bool.random(using: &generator) { entry.agreed = .absent }
    if Int.random(in: 0..<4, using: &generator) == 0 { entry.held = entry.observation?.content }
    return entry
  }

  /// Every answer of the records as a line of text each.
  private func everything(in records: any FolderRecords) throws -> [String] {
    var lines = ["state \(records.state.sequence)"]
    for path in paths {
      lines.append("heads of \(path): \(try records.heads(of: path).map(\.dot))")
      lines.append("versions of \(path): \(try records.versions(of: path, limit: 50).map { ($0.version.dot, $0.isHead) })")
      lines.append("entry \(path): \(try records.entry(path) ?? Entry(path: path))")
      lines.append("below \(path): \(try records.hasLiveHead(below: path)) \(try records.hasObservation(below: path))")
      lines.append("entries below \(path): \(try records.entries(below: path, after: nil, limit: 3).map(\.path))")
      lines.append("history of \(path): \(try records.history(of: path, limit: 9).map(\.name.path))")
    }
    for number in 1...4 {
      let root = Samples.root(UInt64(number))
      lines.append("root \(number): \(try records.entries(withRoot: root, limit: 50).map(\.path)) \(try records.historyHolds(root))")
    }
    for log in [Samples.log, Samples.lateLog] {
      lines.append("heads in \(log): \(try records.heads(in: log, after: 3, limit: 5).map(\.dot))")
    }
    lines.append("with heads: \(try records.pathsWithHeads(after: paths[1], limit: 50))")
    lines.append("tombstones: \(try records.pathsWithTombstones(after: nil, limit: 50))")
    lines.append("several: \(try records.pathsWithSeveralHeads(after: nil, limit: 50))")
    lines.append("entries: \(try records.entries(below: nil, after: paths[0], limit: 50).map(\.path))")
    lines.append("held: \(try records.heldEntries(after: nil, limit: 50).map(\.path))")
    lines.append("todo: \(try records.todo(after: nil, limit: 50)) \(try records.todoTotals())")
    lines.append("conflicts: \(try records.conflicts(after: nil, limit: 50).map(\.path)) \(try records.conflictCount())")
    lines.append("history: \(try records.history(below: nil, limit: 50).map(\.name.path)) \(try records.historyTotals())")
    lines.append("log: \(try records.log(LogQuery(limit: 100)).map(\.version.dot))")
    return lines
  }
}
