/// Decides which records of a graph take effect, and who is a member.
///
/// One pass, the most senior authors first. What decides about an author is only ever written by strictly more senior ones (or by
/// itself), so it is settled when the author's own records are judged:
/// - a record takes effect if its author had the right to it, by what had effect among its ancestors,
/// - and still has it when the removals and changes of role are added that seniors wrote about the author without having seen it.
///
/// The second is why nobody can escape a removal by pretending that it came before.
struct MembershipResolver {
  /// What a device counts as whose rank nobody has claimed: junior to all. A removal of it is valid and without consequence.
  static let unknownRank = MembershipRecord.rankMax + 1
  /// Effective records of an author that is no owner; further ones are void.
  static let recordsPerAuthorMax = 1000

  private let graph: MembershipGraph
  private let ranks: [DeviceID: UInt32]
  private let authorRanks: [UInt32]
  private var effective: [Bool]

  init(_ graph: MembershipGraph) {
    self.graph = graph
    var ranks: [DeviceID: UInt32] = [graph.founder: 1]
    if let recovery = graph.recovery { ranks[recovery] = 0 }
    for (device, places) in graph.additions {
      // The greatest claim counts: a further one can only lower the device.
      for place in places { ranks[device] = max(ranks[device] ?? 0, graph.nodes[place].addition?.rank ?? 0) }
    }
    self.ranks = ranks
    authorRanks = graph.nodes.map { ranks[$0.author] ?? Self.unknownRank }
    effective = [Bool](repeating: false, count: graph.nodes.count)
  }

  consuming func standing() -> MembershipStanding {
    let order = graph.nodes.indices.sorted {
      let (a, b) = (graph.nodes[$0], graph.nodes[$1])
      return (authorRanks[$0], a.generation, a.record.id) < (authorRanks[$1], b.generation, b.record.id)
    }
    var counts: [DeviceID: Int] = [:]
    for place in order {
      let author = graph.nodes[place].author
      guard let role = roleWhenWritten(place), isAllowed(place, to: role), isAllowed(place, to: roleDespiteSeniors(place)) else { continue }
      if role != .owner {
        // Void ones do not count: else a removed device could push out its own earlier records.
        guard counts[author, default: 0] < Self.recordsPerAuthorMax else { continue }
        counts[author, default: 0] += 1
      }
      effective[place] = true
    }
    return MembershipStanding(effective: effective, ranks: ranks, members: members(order))
  }

  private func rank(_ device: DeviceID) -> UInt32 { ranks[device] ?? Self.unknownRank }

  /// The role of the author by what it had seen: effective ancestors, written by seniors or by itself.
  private func roleWhenWritten(_ place: Int) -> Role? {
    role(of: graph.nodes[place].author, additions: { isSeen($0, by: place) }, actions: { isSeen($0, by: place) })
  }

  /// The same, together with what seniors did to the author concurrently.
  private func roleDespiteSeniors(_ place: Int) -> Role? {
    role(
      of: graph.nodes[place].author, additions: { isSeen($0, by: place) },
      actions: { action in
        isSeen(action, by: place)
          || (effective[action] && authorRanks[action] < authorRanks[place] && !graph.nodes[place].ancestors.contains(action)
            && !graph.nodes[action].ancestors.contains(place))
      })
  }

  private func isSeen(_ other: Int, by place: Int) -> Bool {
    effective[other] && graph.nodes[place].ancestors.contains(other)
      && (authorRanks[other] < authorRanks[place] || graph.nodes[other].author == graph.nodes[place].author)
  }

  private func role(of device: DeviceID, additions: (Int) -> Bool, actions: (Int) -> Bool) -> Role? {
    graph.role(of: device, ranks: ranks, additions: additions, actions: actions)
  }

  /// The table of rights. Recovery signs as an owner of rank 0.
  private func isAllowed(_ place: Int, to role: Role?) -> Bool {
    guard let role else { return false }
    let node = graph.nodes[place]
    let isSenior = { (device: DeviceID) in authorRanks[place] < rank(device) }
    switch node.record.content.body {
    case .genesis: return true
    case .add(let addition): return addition.role <= role && addition.rank > authorRanks[place]
    case .remove(let device, _, _): return device == node.author || (role == .owner && isSenior(device))
    case .leave: return true
    case .role(let device, _, _), .label(let device, _), .grant(_, let device): return role == .owner && isSenior(device)
    case .folder(let folder): return role == .owner || (role >= .write && folderRecords(folder.folder, before: node).isEmpty)
    case .key(let folder, _, _):
      return role == .owner || (role >= .write && folderRecords(folder, before: node).contains { $0.author == node.author })
    case .policy: return role == .owner
    }
  }

  /// Who only may write makes new folders and never changes one: what stands among the ancestors, void or not, is fixed for ever.
  private func folderRecords(_ folder: FolderID, before node: MembershipGraph.Node) -> [MembershipGraph.Node] {
    (graph.folderRecords[folder] ?? []).filter { node.ancestors.contains($0) }.map { graph.nodes[$0] }
  }

  private func members(_ order: [Int]) -> [DeviceID: Member] {
    var members: [DeviceID: Member] = [:]
    for place in order where effective[place] {
      let node = graph.nodes[place]
      let added = Timestamp(
        seconds: Int64(clamping: node.record.content.timeMilliseconds / 1000),
        nanoseconds: Int64(node.record.content.timeMilliseconds % 1000) * 1_000_000)
      let member: Member
      switch node.record.content.body {
      case .genesis(let genesis):
        member = Member(
          device: node.author, role: .owner, rank: 1, name: genesis.name, keyAgreementKey: genesis.keyAgreementKey,
          addedBy: nil, added: added)
      case .add(let addition):
        member = Member(
          device: addition.device, role: addition.role, rank: rank(addition.device), name: addition.name, person: addition.person,
          keyAgreementKey: addition.keyAgreementKey, addedBy: node.author, added: added)
      default: continue
      }
      // Of several additions the first in the order of judgement describes the device.
      if members[member.device] == nil { members[member.device] = member }
    }
    for device in members.keys {
      members[device]?.role = .store
      guard let role = role(of: device, additions: { effective[$0] }, actions: { effective[$0] }) else {
        members[device] = nil
        continue
      }
      members[device]?.role = role
    }
    return members
  }
}
