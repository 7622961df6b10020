package import CoveyCore

/// Versions of a batch that have been proved to come from its author. Whether the author may write is for the membership to say.
package struct VerifiedBatch: Hashable, Sendable {
  package struct Item: Hashable, Sendable {
    package let version: Version
    /// The canonical bytes, as they came.
    package let record: [UInt8]
  }

  package let batch: Batch
  package let signature: [UInt8]
  package let hash: Bytes32
  /// Ascending by number.
  package let items: [Item]

  package var author: DeviceID { batch.author }
  package var log: LogID { batch.log }
  package var range: ClosedRange<UInt64> { batch.range }
  package var authHeads: [RecordID] { batch.authHeads }
  package var header: [UInt8] { batch.header }

  /// Takes a slice from a peer.
  /// - Throws: when it is malformed, of another team or folder, not signed by its author, or holds a version that the author
  ///   did not sign at this number.
  package init(slice: BatchSlice, team: TeamID, folder: FolderID) throws(BatchError) {
    let batch = try Batch(header: slice.header)
    guard batch.team == team else { throw .otherTeam }
    guard batch.folder == folder else { throw .otherFolder }
    guard (1...batch.leaves.count).contains(slice.records.count) else { throw .wrongCount }
    guard batch.author.hasSigned(SigningPrefix.batch + slice.header, signature: slice.signature) else { throw .badSignature }
    var items: [Item] = []
    items.reserveCapacity(slice.records.count)
    for record in slice.records {
      let version: Version
      do { version = try Version(record: record) } catch { throw .malformedVersion(error) }
      guard version.dot.log == batch.log, batch.range.contains(version.dot.sequence) else { throw .otherPlace }
      if let last = items.last, last.version.dot >= version.dot { throw .notAscending }
      guard Version.leaf(record) == batch.leaves[Int(version.dot.sequence - batch.firstSequence)] else { throw .otherVersion }
      items.append(Item(version: version, record: record))
    }
    self.batch = batch
    signature = slice.signature
    hash = batch.hash
    self.items = items
  }
}

/// Why a batch is not taken.
package enum BatchError: Error, Hashable, Sendable {
  case malformed(CanonicalError)
  case otherTeam
  case otherFolder
  case badSignature
  /// No versions, or more than the batch names.
  case wrongCount
  case malformedVersion(CanonicalError)
  /// A version of another log, or with a number outside the batch.
  case otherPlace
  case notAscending
  /// Not the version that the author signed at this number.
  case otherVersion
}

extension BatchError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed: "the batch is malformed: the sender runs another version of Covey or is faulty"
    case .otherTeam: "the batch belongs to another team"
    case .otherFolder: "the batch belongs to another folder"
    case .badSignature: "the batch is not signed by its author"
    case .wrongCount: "the batch carries no versions, or more than it names"
    case .malformedVersion: "the batch carries a version that is malformed"
    case .otherPlace: "the batch carries a version of another log or number"
    case .notAscending: "the versions of the batch are out of order"
    case .otherVersion: "the batch carries a version that its author did not sign"
    }
  }
}
