import CoveyCore

/// The rules of membership in their plainest form, over sets: what the resolver is compared with.
struct MembershipSpecification {
  struct Record {
    var id: RecordID
    var author: DeviceID
    var parents: [RecordID]
    var ancestors: Set<RecordID>
    var generation: Int
    var body: MembershipRecord.Body

    /// A removal's or change of role's target; who leaves removes itself.
    var target: DeviceID? {
      switch body {
      case .remove(let device, _, _), .role(let device, _, _): device
      case .leave: author
      default: nil
      }
    }
    var isRemoval: Bool {
      switch body {
      case .remove, .leave: true
      default: false
      }
    }
    var isGenesis: Bool { if case .genesis = body { true } else { false } }
    var newRole: Role? { if case .role(_, let role, _) = body { role } else { nil } }
    var addition: Addition? { if case .add(let addition) = body { addition } else { nil } }
  }

  let founder: DeviceID
  let recovery: DeviceID?
  private(set) var accepted: [RecordID: Record] = [:]
  private(set) var effective: Set<RecordID> = []
  private(set) var roles: [DeviceID: Role] = [:]
  private(set) var ranks: [DeviceID: UInt32] = [:]

  init(_ records: [Record], founder: DeviceID, recovery: DeviceID?) {
    self.founder = founder
    self.recovery = recovery
    for record in records.sorted(by: { ($0.generation, $0.id) < ($1.generation, $1.id) }) where isAcceptable(record) {
      accepted[record.id] = record
    }
    ranks = [founder: 1]
    if let recovery { ranks[recovery] = 0 }
    for addition in accepted.values.compactMap(\.addition) { ranks[addition.device] = max(ranks[addition.device] ?? 0, addition.rank) }
    let order = accepted.values.sorted { (rank($0.author), $0.generation, $0.id) < (rank($1.author), $1.generation, $1.id) }
    for record in order {
      let rank = rank(record.author)
      let seen = record.ancestors.filter { id in
        guard effective.contains(id), let other = accepted[id] else { return false }
        return self.rank(other.author) < rank || other.author == record.author
      }
      let concurrent = effective.filter { id in
        guard let other = accepted[id], !record.ancestors.contains(id), !other.ancestors.contains(record.id) else { return false }
        return self.rank(other.author) < rank && other.target == record.author && (other.isRemoval || other.newRole != nil)
      }
      if record.isGenesis || (allows(record, role(record.author, seen)) && allows(record, role(record.author, seen.union(concurrent)))) {
        effective.insert(record.id)
      }
    }
    for device in ranks.keys where device != recovery { roles[device] = role(device, effective) }
  }

  private func isAcceptable(_ record: Record) -> Bool {
    if record.isGenesis { return true }
    guard record.parents.allSatisfy({ accepted[$0] != nil }) else { return false }
    var claims: [UInt32] = record.author == recovery ? [0] : record.author == founder ? [1] : []
    if claims.isEmpty {
      claims = record.ancestors.compactMap { accepted[$0]?.addition }.filter { $0.device == record.author }.map(\.rank)
    }
    guard let own = claims.max() else { return false }
    guard let addition = record.addition else { return true }
    return addition.device != founder && addition.device != recovery && addition.rank > own
  }

  func rank(_ device: DeviceID) -> UInt32 { ranks[device] ?? 1 << 16 }

  private func role(_ device: DeviceID, _ seen: Set<RecordID>) -> Role? {
    if device == recovery { return .owner }
    let records = seen.compactMap { accepted[$0] }
    let grants = device == founder ? [.owner] : records.compactMap(\.addition).filter { $0.device == device }.map(\.role)
    guard let granted = grants.min() else { return nil }
    let about = records.filter { $0.target == device }
    if about.contains(where: { $0.isRemoval && (rank($0.author) < rank(device) || $0.author == device) }) { return nil }
    let changes = about.filter { $0.newRole != nil && rank($0.author) < rank(device) }
    let last = changes.filter { change in !changes.contains { $0.ancestors.contains(change.id) } }
    return last.compactMap(\.newRole).min() ?? granted
  }

  private func allows(_ record: Record, _ role: Role?) -> Bool {
    guard let role else { return false }
    switch record.body {
    case .genesis, .leave: return true
    case .add(let addition): return addition.role <= role && addition.rank > rank(record.author)
    case .remove(let device, _, _): return device == record.author || (role == .owner && rank(record.author) < rank(device))
    case .role(let device, _, _): return role == .owner && rank(record.author) < rank(device)
    default: return role == .owner
    }
  }
}
