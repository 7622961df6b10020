import CoveyCore
import CoveyTesting

extension ModelWorld {
  /// What the index keeps by steps against the same computed from scratch; nil where they agree.
  func bookkeeping(_ device: ModelDevice, _ peers: [ModelDevice]) throws -> String? {
    let ledger = ledger(device)
    var shown = FolderDigest()
    var wanted = FolderDigest()
    var held = FolderDigest()
    var todo: Set<RelativePath> = []
    var conflicts: Set<RelativePath> = []
    for path in paths(device) {
      let entry = device.index.entry(path) ?? Entry(path: path)
      let view = try ledger.view(path)
      let isIgnored = ignores(device, path)
      shown.add(path, view.shown)
      if !isIgnored { wanted.add(path, view.shown) }
      if !isIgnored, entry.held == nil, entry.local == .same { held.add(path, entry.agreed) }
      if view.shown.isLive, view.shown.isConflictCopy { conflicts.insert(path) }
      if !isIgnored, view.shown != entry.agreed || !view.losers.isEmpty, entry.held == nil || view.shown.isLive { todo.insert(path) }
    }
    if device.state.shown != shown { return "shown digest" }
    if device.state.wanted != wanted { return "wanted digest" }
    if device.state.held != held { return "held digest" }
    if todo != Set(device.index.contents.todo.keys) { return "to do \(device.index.contents.todo.keys.sorted()), not \(todo.sorted())" }
    if conflicts != Set(device.index.conflicts(after: nil, limit: .max).map(\.path)) { return "open conflicts" }
    if !device.state.isFresh, safeguards == .all { return try planning(device, peers, todo) }
    return nil
  }

  /// What is not noted as to do has no step, and what is acknowledged is the same as looking at every head.
  private func planning(_ device: ModelDevice, _ peers: [ModelDevice], _ todo: Set<RelativePath>) throws -> String? {
    let ledger = ledger(device)
    for path in paths(device) where !todo.contains(path) {
      if case .step(let step) = try ledger.plan(path, sources: sources(device, peers, for: path)) { return "unnoted step \(step)" }
    }
    var holding = device.state.knowledge
    let excused = try stuck(device)
    for (path, heads) in device.index.contents.heads where !excused.contains(path) && !isHeld(device, path) && !ignores(device, path) {
      let agreed = device.index.entry(path)?.agreed ?? .absent
      for head in heads where !agreed.vector.covers(head.dot) { holding.limit(head.dot.log, to: head.dot.sequence - 1) }
    }
    return try ledger.holding() == holding ? nil : "acknowledges something else than the disk has done"
  }
}
