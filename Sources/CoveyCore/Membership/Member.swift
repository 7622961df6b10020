/// A device that belongs to the team now.
package struct Member: Hashable, Sendable {
  package var device: DeviceID
  package var role: Role
  /// The founder has 1; everyone else more than whoever added it. Power over people: a member acts on greater ranks only.
  package var rank: UInt32
  /// The name it joined with; of the founder, the name of the team.
  package var name: String
  /// Whose device it is; may be empty.
  package var person: String
  package var keyAgreementKey: Bytes32
  /// Nil for the founder.
  package var addedBy: DeviceID?
  /// When it was added, on the adder's clock.
  package var added: Timestamp

  package init(
    device: DeviceID, role: Role, rank: UInt32, name: String, person: String = "", keyAgreementKey: Bytes32, addedBy: DeviceID?,
    added: Timestamp
  ) {
    self.device = device
    self.role = role
    self.rank = rank
    self.name = name
    self.person = person
    self.keyAgreementKey = keyAgreementKey
    self.addedBy = addedBy
    self.added = added
  }
}
