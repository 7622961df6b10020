extension MembershipGraph {
  /// The record that founds a team whose first member is the signer.
  ///
  /// The record has no field for the founder's own name: `name` is the team's, and the founder is shown by it.
  package static func genesis(
    name: String, keyAgreementKey: Bytes32, recovery: DeviceID?, by founder: some Signer, at time: Timestamp,
    using generator: inout some RandomNumberGenerator
  ) throws -> SignedRecord {
    let nonce = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return try MembershipRecord(
      team: nil, author: founder.device, parents: [], timeMilliseconds: time.milliseconds,
      body: .genesis(Genesis(keyAgreementKey: keyAgreementKey, name: name, recovery: recovery, nonce: nonce))
    ).signed(by: founder)
  }

  /// A new record on top of everything known here. It is not inserted.
  package func record(_ body: MembershipRecord.Body, by author: some Signer, at time: Timestamp) throws -> SignedRecord {
    try MembershipRecord(
      team: team, author: author.device, parents: headsToName(by: author.device), timeMilliseconds: time.milliseconds, body: body
    ).signed(by: author)
  }

  /// What a record or batch of this author names as the newest it knows: the heads, at most 16. When there are more, those of the
  /// most senior authors, among them what made the author a member.
  package func headsToName(by author: DeviceID) -> [RecordID] {
    let limit = MembershipRecord.parentCountMax
    guard newest.count > limit else { return heads }
    var chosen = newest.map { (rank: standing.ranks[nodes[$0].author] ?? MembershipResolver.unknownRank, id: nodes[$0].record.id) }
      .sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }.prefix(limit).map(\.id)
    let seen = closure(of: chosen)
    let own = (additions[author] ?? []).filter { standing.effective[$0] }
    if let first = own.first, !own.contains(where: { seen.contains($0) }) { chosen[limit - 1] = nodes[first].record.id }
    return chosen.sorted()
  }
}

extension Timestamp {
  /// Milliseconds since 1970; zero before.
  fileprivate var milliseconds: UInt64 { nanoseconds < 0 ? 0 : UInt64(nanoseconds / 1_000_000) }
}
