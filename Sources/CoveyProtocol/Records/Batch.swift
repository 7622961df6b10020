package import CoveyCore
import Crypto

/// Up to 1,000 consecutive versions of one log, which their author signs at once: a header that names the hash of each.
///
/// Canonical form: `"CVB1"`, team, folder, author, log, first number, hash of the batch before, count and ids of the newest membership
/// records the author knew, count and hashes of the versions. Receivers need not have all versions to check one.
package struct Batch: Hashable, Sendable {
  package static let versionCountMax = 1000
  package static let headCountMax = 16
  package static let headerByteCountMax = 33 << 10

  package let team: TeamID
  package let folder: FolderID
  package let author: DeviceID
  package let log: LogID
  /// The number of the first version.
  package let firstSequence: UInt64
  /// The hash of the log's batch before this one; zero for the first.
  package let previous: Bytes32
  /// The newest membership records that the author knew, ascending.
  package let authHeads: [RecordID]
  /// The hash of each version, by number.
  package let leaves: [Bytes32]
  /// The canonical bytes.
  package let header: [UInt8]

  /// The numbers of the versions.
  package var range: ClosedRange<UInt64> { firstSequence...(firstSequence + UInt64(leaves.count - 1)) }

  /// What the next batch and the knowledge of others call this one: SHA-256 over the header.
  package var hash: Bytes32 { SHA256.hash(data: header).withUnsafeBytes { Bytes32($0) ?? .zero } }

  /// The batch of these versions' canonical bytes, which have consecutive numbers from `firstSequence`.
  /// - Throws: ``BatchError/malformed(_:)`` when there are too few or too many versions or heads, or the numbers run over.
  package static func make(
    team: TeamID, folder: FolderID, author: DeviceID, log: LogID, firstSequence: UInt64, previous: Bytes32, authHeads: [RecordID],
    records: [[UInt8]]
  ) throws(BatchError) -> Batch {
    guard records.count <= versionCountMax, authHeads.count <= headCountMax else { throw .malformed(.tooLarge) }
    var out = CanonicalWriter()
    out.raw(magic)
    out.raw(team.genesis)
    out.raw(folder.bytes)
    out.raw(author.key)
    out.fixed64(log.value)
    out.fixed64(firstSequence)
    out.raw(previous)
    out.byte(UInt8(authHeads.count))
    for head in authHeads.sorted() { out.raw(head) }
    out.byte(UInt8(records.count >> 8))
    out.byte(UInt8(records.count & 0xFF))
    for record in records { out.raw(Version.leaf(record)) }
    return try Batch(header: out.bytes)
  }

  /// Takes the bytes of a header; accepts exactly what ``make(team:folder:author:log:firstSequence:previous:authHeads:records:)`` writes.
  package init(header: [UInt8]) throws(BatchError) {
    do {
      self = try Self.parse(header)
    } catch {
      throw .malformed(error)
    }
  }

  private static func parse(_ header: [UInt8]) throws(CanonicalError) -> Batch {
    guard header.count <= headerByteCountMax else { throw .tooLarge }
    var input = CanonicalReader(header)
    guard try input.raw(4).elementsEqual(magic) else { throw .notCanonical }
    let team = TeamID(genesis: try input.bytes32())
    guard let folder = FolderID(try input.raw(16)) else { throw .truncated }
    let author = DeviceID(key: try input.bytes32())
    let log = LogID(try input.fixed64())
    let first = try input.fixed64()
    let previous = try input.bytes32()
    let headCount = Int(try input.byte())
    guard (1...headCountMax).contains(headCount) else { throw .tooLarge }
    var heads: [RecordID] = []
    for _ in 0..<headCount {
      let head = try input.bytes32()
      if let last = heads.last, last >= head { throw .notCanonical }
      heads.append(head)
    }
    let count = Int(try input.byte()) << 8 | Int(try input.byte())
    guard (1...versionCountMax).contains(count) else { throw .tooLarge }
    var leaves: [Bytes32] = []
    for _ in 0..<count { leaves.append(try input.bytes32()) }
    try input.end()
    guard first > 0, !first.addingReportingOverflow(UInt64(count)).overflow, first > 1 || previous == .zero else { throw .notCanonical }
    return Batch(
      team: team, folder: folder, author: author, log: log, firstSequence: first, previous: previous, authHeads: heads, leaves: leaves,
      header: header)
  }

  private init(
    team: TeamID, folder: FolderID, author: DeviceID, log: LogID, firstSequence: UInt64, previous: Bytes32, authHeads: [RecordID],
    leaves: [Bytes32], header: [UInt8]
  ) {
    self.team = team
    self.folder = folder
    self.author = author
    self.log = log
    self.firstSequence = firstSequence
    self.previous = previous
    self.authHeads = authHeads
    self.leaves = leaves
    self.header = header
  }

  /// What the part of a header in front of the hashes says of them: log, first number and count. Nil for anything else; whether the
  /// rest is right is judged with the whole header.
  static func place(inPrefix prefix: [UInt8]) -> (log: LogID, firstSequence: UInt64, count: Int)? {
    let before = magic.count + 32 + 16 + 32
    guard prefix.count >= before + 16 + 32 + 1 + 2 else { return nil }
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    let log = LogID(number(prefix[before..<(before + 8)]))
    let first = number(prefix[(before + 8)..<(before + 16)])
    let count = Int(number(prefix.suffix(2)))
    guard first > 0, (1...versionCountMax).contains(count), !first.addingReportingOverflow(UInt64(count)).overflow else { return nil }
    return (log, first, count)
  }

  /// The author's signature, to be stored and sent with the header.
  package func signature(by signer: some Signer) throws -> [UInt8] { try signer.sign(SigningPrefix.batch + header) }

  private static let magic = Array("CVB1".utf8)
}
