package import CoveyCore

/// The state of a folder as the column `state` holds it. What each member acknowledged stands in a table of its own, so that the
/// large part of a large team's state is not written with every change.
extension FolderState {
  /// Logs that one vector of a folder names at most.
  static let vectorCountMax = 1 << 20
  private static let form: UInt8 = 1

  package var bytes: [UInt8] {
    var out = CanonicalWriter()
    out.byte(Self.form)
    out.vector(knowledge)
    out.number(UInt64(batchHashes.count))
    for (log, hash) in batchHashes.sorted(by: { $0.key < $1.key }) {
      out.fixed64(log.value)
      out.fixed64(hash)
    }
    out.vector(dropped)
    out.fixed64(log.value)
    out.number(sequence)
    out.flag(isFresh)
    out.flag(holdsUnknown)
    for digest in [shown, wanted, held] {
      out.raw(digest.sum)
      out.signed(digest.fileCount)
      out.signed(digest.directoryCount)
      out.signed(digest.byteCount)
    }
    return out.bytes
  }

  package init(bytes: [UInt8], acknowledged: [DeviceID: VersionVector]) throws(CanonicalError) {
    var input = CanonicalReader(bytes)
    guard try input.byte() == Self.form else { throw .notCanonical }
    let knowledge = try input.vector(atMost: Self.vectorCountMax)
    let hashCount = try input.number()
    guard hashCount <= UInt64(Self.vectorCountMax) else { throw .tooLarge }
    var batchHashes: [LogID: UInt64] = [:]
    for _ in 0..<hashCount { batchHashes[LogID(try input.fixed64())] = try input.fixed64() }
    let dropped = try input.vector(atMost: Self.vectorCountMax)
    let log = LogID(try input.fixed64())
    let sequence = try input.number()
    self.init(log: log, isFresh: try input.flag())
    self.knowledge = knowledge
    self.batchHashes = batchHashes
    self.dropped = dropped
    self.acknowledged = acknowledged
    self.sequence = sequence
    holdsUnknown = try input.flag()
    shown = try Self.digest(&input)
    wanted = try Self.digest(&input)
    held = try Self.digest(&input)
    try input.end()
  }

  private static func digest(_ input: inout CanonicalReader) throws(CanonicalError) -> FolderDigest {
    FolderDigest(
      sum: try input.bytes32(), fileCount: try input.signed(), directoryCount: try input.signed(), byteCount: try input.signed())
  }
}
