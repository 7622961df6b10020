/// The devices that trust each other, named by the id of the record that founded the team.
package struct TeamID: Hashable, Sendable {
  package let genesis: RecordID
  package init(genesis: RecordID) { self.genesis = genesis }
}

/// The name of a membership record: SHA-256 over a prefix and its canonical bytes, without the signature.
package typealias RecordID = Bytes32
