extension MembershipGraph {
  /// What became of a record that was offered.
  package enum Insertion: Hashable, Sendable {
    /// It is part of the graph now, and so are those that waited for it: to be stored and passed on in this order.
    case accepted([SignedRecord])
    /// It was there before.
    case known
    /// It waits for a parent.
    case pending
    case refused(RecordRefusal)
  }

  /// What became of several.
  package struct Insertions: Hashable, Sendable {
    /// To be stored and passed on in this order.
    package var accepted: [SignedRecord] = []
    package var pendingCount = 0
    package var refusals: [RecordRefusal] = []
  }

  package mutating func insert(_ record: SignedRecord) -> Insertion {
    let before = nodes.count
    let insertion = place(record)
    if nodes.count > before { resolve() }
    return insertion
  }

  /// Inserts all of them and resolves once.
  package mutating func insert(contentsOf records: [SignedRecord]) -> Insertions {
    let before = nodes.count
    var all = Insertions()
    for record in records {
      switch place(record) {
      case .accepted(let accepted): all.accepted += accepted
      case .known: break
      case .pending: all.pendingCount += 1
      case .refused(let reason): all.refusals.append(reason)
      }
    }
    if nodes.count > before { resolve() }
    return all
  }

  private mutating func place(_ received: SignedRecord) -> Insertion {
    guard received.bytes.count <= MembershipRecord.byteCountMax else { return .refused(.malformed(.tooLarge)) }
    let id = VerifiedRecord.id(of: received.bytes)
    if places[id] != nil { return .known }
    if pending.contains(id) { return .pending }
    do {
      let record = try VerifiedRecord(received)
      return hasRoom(for: record) ? place(record) : .refused(.full)
    } catch {
      return .refused(error)
    }
  }

  mutating func place(_ record: VerifiedRecord) -> Insertion {
    if places[record.id] != nil { return .known }
    guard record.content.team == team else { return .refused(.otherTeam) }
    if let missing = missingParent(of: record) {
      pending.insert(record, missing: missing)
      return .pending
    }
    if let refusal = accept(record) { return .refused(refusal) }
    var accepted = [record.signed]
    var arrived = [record.id]
    while let id = arrived.popLast() {
      for next in pending.release(waitingFor: id) {
        if let missing = missingParent(of: next) {
          pending.insert(next, missing: missing)
        } else if accept(next) == nil {
          accepted.append(next.signed)
          arrived.append(next.id)
        }
      }
    }
    return .accepted(accepted)
  }

  private func missingParent(of record: VerifiedRecord) -> RecordID? { record.content.parents.first { places[$0] == nil } }

  /// Makes the record part of the graph if its ancestors permit that it was written at all. Depends on the record and its
  /// ancestors alone, so that every device accepts the same.
  private mutating func accept(_ record: VerifiedRecord) -> RecordRefusal? {
    let ancestors = closure(of: record.content.parents)
    guard let rank = claimedRank(of: record.content.author, among: ancestors) else { return .authorUnknown }
    if case .add(let addition) = record.content.body {
      guard addition.device != founder, addition.device != recovery else { return .keyTaken }
      // Judged here and not only when resolving: else a device could raise itself by adding itself again.
      guard addition.rank > rank else { return .rankTooLow }
    }
    let generation = record.content.parents.compactMap { places[$0] }.map { nodes[$0].generation }.max() ?? 0
    append(record, ancestors: ancestors, generation: generation + 1)
    return nil
  }

  private func claimedRank(of device: DeviceID, among ancestors: AncestorSet) -> UInt32? {
    if device == recovery { return 0 }
    if device == founder { return 1 }
    return (additions[device] ?? []).filter { ancestors.contains($0) }.compactMap { nodes[$0].addition?.rank }.max()
  }

  private func hasRoom(for record: VerifiedRecord) -> Bool {
    let author = record.content.author
    let isOwner = author == recovery || standing.members[author]?.role == .owner
    let (quarters, byteCount) = (isOwner ? 4 : 3, byteCount + record.signed.bytes.count)
    return nodes.count < Self.recordCountMax / 4 * quarters && byteCount <= Self.byteCountMax / 4 * quarters
  }

  mutating func append(_ record: VerifiedRecord, ancestors: AncestorSet, generation: Int) {
    let place = nodes.count
    nodes.append(Node(record: record, generation: generation, ancestors: ancestors))
    places[record.id] = place
    byteCount += record.signed.bytes.count
    for parent in record.content.parents { if let place = places[parent] { newest.remove(place) } }
    newest.insert(place)
    switch record.content.body {
    case .add(let addition): additions[addition.device, default: []].append(place)
    case .role(let device, _, _), .remove(let device, _, _): actions[device, default: []].append(place)
    case .leave: actions[record.content.author, default: []].append(place)
    case .folder(let folder): folderRecords[folder.folder, default: []].append(place)
    case .genesis, .label, .grant, .key, .policy: break
    }
  }
}

extension MembershipGraph.Node {
  var addition: Addition? {
    if case .add(let addition) = record.content.body { addition } else { nil }
  }
}
