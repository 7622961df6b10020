extension MembershipGraph {
  /// The role of a device by the records of which `additions` and `actions` say that they count; nil: no member.
  ///
  /// Of several additions the least role counts. A removal by a senior or by the device itself is for ever. Of the changes of role by
  /// seniors those count that no other one has seen; among them the most restrictive.
  func role(
    of device: DeviceID, ranks: [DeviceID: UInt32], additions isAddition: (Int) -> Bool, actions isAction: (Int) -> Bool
  ) -> Role? {
    if device == recovery { return .owner }
    var granted: Role? = device == founder ? .owner : nil
    for place in additions[device] ?? [] where isAddition(place) {
      guard let role = nodes[place].addition?.role else { continue }
      granted = min(granted ?? role, role)
    }
    guard let granted else { return nil }
    let rank = ranks[device] ?? MembershipResolver.unknownRank
    var changed: Role?
    var superseded = AncestorSet()
    // A later change stands after those it has seen, so going backwards meets it first.
    for place in (actions[device] ?? []).reversed() where isAction(place) {
      let author = nodes[place].author
      let isSenior = (ranks[author] ?? MembershipResolver.unknownRank) < rank
      switch nodes[place].record.content.body {
      case .remove, .leave: if isSenior || author == device { return nil }
      case .role(_, let role, _):
        guard isSenior, !superseded.contains(place) else { continue }
        changed = min(changed ?? role, role)
        superseded.formUnion(nodes[place].ancestors)
      default: continue
      }
    }
    return changed ?? granted
  }

  /// The role of a device by what stood in the team when `heads` were the newest records; nil if it was no member then, or if one of
  /// them is unknown here.
  package func role(of device: DeviceID, at heads: [RecordID]) -> Role? {
    guard heads.allSatisfy({ contains($0) }) else { return nil }
    let seen = closure(of: heads)
    let counts = { (place: Int) in standing.effective[place] && seen.contains(place) }
    return role(of: device, ranks: standing.ranks, additions: counts, actions: counts)
  }

  /// Whether a version counts: its author could write at the heads that the batch names, and can still, or the version stands
  /// within the horizon that the loss of that right left it.
  package func authorizes(_ author: DeviceID, writing dot: Dot, in folder: FolderID, at heads: [RecordID]) -> Bool {
    guard let then = role(of: author, at: heads), then >= .write else { return false }
    return canWrite(author) || dot.sequence <= horizon(of: author, log: dot.log, in: folder)
  }

  /// The last number of a log that counts although its author may write no more. Of the records that took the right away the latest
  /// decide; among concurrent ones the most senior author's; among those the least number. Who left by itself keeps everything.
  private func horizon(of author: DeviceID, log: LogID, in folder: FolderID) -> UInt64 {
    let rank = standing.ranks[author] ?? MembershipResolver.unknownRank
    var deciding: (rank: UInt32, sequence: UInt64)?
    var superseded = AncestorSet()
    var hasLeft = false
    for place in (actions[author] ?? []).reversed() where standing.effective[place] {
      let node = nodes[place]
      let remover = standing.ranks[node.author] ?? MembershipResolver.unknownRank
      let entries: [HorizonEntry]
      switch node.record.content.body {
      case .remove(_, _, let horizon): entries = horizon
      case .role(_, let role, let horizon) where role < .write: entries = horizon
      case .leave: hasLeft = true; continue
      default: continue
      }
      guard remover < rank || node.author == author, !superseded.contains(place) else { continue }
      superseded.formUnion(node.ancestors)
      let sequence = entries.first { $0.folder == folder && $0.log == log }?.sequence ?? 0
      if deciding.map({ (remover, sequence) < $0 }) ?? true { deciding = (remover, sequence) }
    }
    return deciding?.sequence ?? (hasLeft ? .max : 0)
  }
}
