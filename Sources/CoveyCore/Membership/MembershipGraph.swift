/// The membership records of a team, and what follows from them: who belongs to it, and who may do what.
///
/// Records name the newest ones their author knew, so they form a graph without cycles that grows at its heads on every device
/// alone. What follows from a set of records is the same in whatever order they came: nothing here reads a clock. A record
/// that cannot be judged because a parent is missing waits; one that breaks a rule that no other record can mend is refused;
/// all others are accepted, stored and passed on, though they may be void.
///
/// - Invariant: parents of an accepted record are accepted and stand before it.
package struct MembershipGraph: Sendable {
  /// The last quarter of both limits is kept for owners, so that nobody else can keep a removal out.
  package static let recordCountMax = 16_384
  package static let byteCountMax = 64 << 20

  struct Node: Sendable {
    var record: VerifiedRecord
    var generation: Int
    var ancestors: AncestorSet
    var author: DeviceID { record.content.author }
  }

  package let team: TeamID
  package let founder: DeviceID
  package let recovery: DeviceID?

  /// Accepted records, in the order of their arrival.
  var nodes: [Node] = []
  var places: [RecordID: Int] = [:]
  var newest: Set<Int> = []
  /// Places of `add` records by the added device, of `role`, `remove` and `leave` records by the device they are about, of
  /// `folder` records by the folder.
  var additions: [DeviceID: [Int]] = [:]
  var actions: [DeviceID: [Int]] = [:]
  var folderRecords: [FolderID: [Int]] = [:]
  var byteCount = 0
  var pending = PendingRecords()
  var standing = MembershipStanding()

  /// The graph of the team that `genesis` founded, with nothing else in it.
  package init(genesis: SignedRecord) throws(RecordRefusal) { try self.init(root: try VerifiedRecord(genesis)) }

  /// The graph of records that this device stored after verifying them, in any order; signatures are not checked again.
  package init(stored records: [SignedRecord]) throws(RecordRefusal) {
    var rest: [VerifiedRecord] = []
    var genesis: VerifiedRecord?
    for stored in records {
      let record = try VerifiedRecord(stored: stored)
      if record.content.team == nil { genesis = genesis ?? record } else { rest.append(record) }
    }
    guard let genesis else { throw .otherTeam }
    try self.init(root: genesis)
    // Stored records came parents first; where they did not, whoever waits is tried again.
    while !rest.isEmpty {
      let waiting = rest.filter { self.place($0) == .pending }
      guard waiting.count < rest.count else { break }
      rest = waiting
    }
    resolve()
  }

  private init(root: VerifiedRecord) throws(RecordRefusal) {
    guard case .genesis(let genesis) = root.content.body else { throw .otherTeam }
    team = TeamID(genesis: root.id)
    founder = root.content.author
    recovery = genesis.recovery
    append(root, ancestors: AncestorSet(), generation: 0)
    resolve()
  }

  /// Ids of the records that no other one has as a parent, ascending.
  package var heads: [RecordID] { newest.map { nodes[$0].record.id }.sorted() }

  package var count: Int { nodes.count }

  /// All accepted records, parents first.
  package var records: [SignedRecord] { nodes.map(\.record.signed) }

  package func contains(_ id: RecordID) -> Bool { places[id] != nil }

  /// What a device with these heads lacks, parents first: all that are neither named nor an ancestor of one named. Heads that
  /// are unknown here say nothing.
  package func records(beyond heads: [RecordID]) -> [SignedRecord] {
    let known = closure(of: heads)
    return nodes.indices.filter { !known.contains($0) }.map { nodes[$0].record.signed }
  }

  /// The named records that are known, with all their ancestors.
  func closure(of heads: [RecordID]) -> AncestorSet {
    var out = AncestorSet()
    for place in heads.compactMap({ places[$0] }) {
      out.formUnion(nodes[place].ancestors)
      out.insert(place)
    }
    return out
  }

  /// Who belongs to the team.
  package var members: [DeviceID: Member] { standing.members }

  package func isActive(_ device: DeviceID) -> Bool { standing.members[device] != nil }

  /// Whether the device may change files.
  package func canWrite(_ device: DeviceID) -> Bool { standing.members[device].map { $0.role >= .write } ?? false }

  /// Whether the record is known and takes effect, rather than being void.
  package func isEffective(_ id: RecordID) -> Bool { places[id].map { standing.effective[$0] } ?? false }

  /// Whether some record, effective or void, adds this device or names it as founder or recovery key: such a key never joins again.
  package func hasMet(_ device: DeviceID) -> Bool { device == founder || device == recovery || additions[device] != nil }

  mutating func resolve() { standing = MembershipResolver(self).standing() }
}

/// What the records of a graph amount to.
struct MembershipStanding: Sendable {
  /// By place: whether the record takes effect.
  var effective: [Bool] = []
  /// The greatest rank that any accepted record claims for a device.
  var ranks: [DeviceID: UInt32] = [:]
  var members: [DeviceID: Member] = [:]
}
