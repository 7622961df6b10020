extension Ledger {
  /// More paths to do than this are not looked at one by one: until there are fewer, what was acknowledged before stands.
  private static let todoCountMax = 50_000

  /// How far this disk has done what it knows: knowledge, short of the first head whose agreement is still to come.
  ///
  /// What this device ignores or holds, and directories that stay for such a child, do not count: their agreed version stays.
  package func holding() throws -> VersionVector {
    let state = index.state
    if state.isFresh { return VersionVector() }
    guard safeguards.contains(.heldOnDisk) else { return state.knowledge }
    if try index.todoTotals().count > Self.todoCountMax { return state.acknowledged[device] ?? VersionVector() }
    var out = state.knowledge
    var last: RelativePath?
    // A head that the agreed version does not cover is a reason to do something; so the others need not be looked at.
    while case let page = try next(after: last), !page.isEmpty {
      for path in page { try limit(&out, by: path) }
      last = page.last
    }
    return out
  }

  private func next(after path: RelativePath?) throws -> [RelativePath] {
    safeguards.contains(.excusedPaths)
      ? try index.todo(after: path, limit: 1000) : try index.pathsWithHeads(after: path, limit: 1000)
  }

  private func limit(_ vector: inout VersionVector, by path: RelativePath) throws {
    let entry = try index.entry(path) ?? Entry(path: path)
    if safeguards.contains(.excusedPaths) {
      if entry.held != nil { return }
      if entry.observation?.kind == .directory, try view(path).shown.kind != .directory, try keepsSomething(path) { return }
    }
    for head in try index.heads(of: path) where !entry.agreed.vector.covers(head.dot) {
      vector.limit(head.dot.log, to: head.dot.sequence - 1)
    }
  }

  /// Acknowledges what this disk holds, and drops what shows nothing and every member holds: all heads of the path at once.
  /// - Returns: where the next page begins, nil after the last.
  package mutating func acknowledgeAndDrop(members: Set<DeviceID>, after path: RelativePath?, limit: Int) throws -> RelativePath? {
    if index.state.isFresh { return nil }
    if path == nil {
      let held = try holding()
      if index.state.acknowledged[device]?.covers(held) != true {
        index.state.acknowledged[device, default: VersionVector()].join(held)
      }
    }
    let acknowledged = members.map { index.state.acknowledged[$0] ?? VersionVector() }
    // Heads that settle each other show nothing, too, without a tombstone among them.
    let candidates = try index.pathsWithTombstones(after: path, limit: limit) + index.pathsWithSeveralHeads(after: path, limit: limit)
    let page = Set(candidates).sorted().prefix(limit)
    for path in page {
      let heads = try index.heads(of: path)
      var out = heads.filter { head in acknowledged.allSatisfy { $0.covers(head.dot) } }
      if safeguards.contains(.droppedTogether), out.count < heads.count { continue }
      if !safeguards.contains(.droppedTogether) { out.removeAll(where: \.isLive) }
      if !out.isEmpty { try drop(out, at: path) }
    }
    return page.count == limit ? page.last : nil
  }

  private mutating func drop(_ heads: [Version], at path: RelativePath) throws {
    var place = try open(path)
    guard place.before?.view.shown.isLive == false else { return }
    try drop(heads, from: &place)
    if place.heads.isEmpty, !place.entry.agreed.isLive { place.entry.agreed = .absent }
    index.state.dropped.join(VersionVector(heads.map(\.dot)))
    try close(&place)
  }
}
