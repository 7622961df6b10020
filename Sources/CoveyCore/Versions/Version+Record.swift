import Crypto

/// The canonical bytes of a version: what its author's batch hashes and signs, stored and forwarded unchanged.
///
/// Fields in order: kind, flags, then as the flags say: size, mode, time, root or target, dot, vector, content dot, metadata dot,
/// origin time, origin device, replaced root, path it was moved from; the path comes last.
extension Version {
  package static let recordByteCountMax = 64 << 10
  package static let vectorCountMax = 4096
  package static let targetByteCountMax = 4095
  package static let deviceNameByteCountMax = 63
  package static let byteCountMax: Int64 = 1 << 53

  private enum Flag {
    static let contentDotIsDot: UInt8 = 1
    static let metadataDotIsDot: UInt8 = 2
    static let originTimeIsModified: UInt8 = 4
    static let replaced: UInt8 = 8
    static let moved: UInt8 = 16
    static let conflictCopy: UInt8 = 32
    static let all: UInt8 = 63
  }

  package var record: [UInt8] {
    var flags: UInt8 = 0
    if contentDot == dot { flags |= Flag.contentDotIsDot }
    if metadataDot == dot { flags |= Flag.metadataDotIsDot }
    if origin.modified == modified { flags |= Flag.originTimeIsModified }
    if replaced != .none { flags |= Flag.replaced }
    if movedFrom != nil { flags |= Flag.moved }
    if isConflictCopy { flags |= Flag.conflictCopy }
    var out = CanonicalWriter()
    out.byte(kind.rawValue)
    out.byte(flags)
    if kind == .file { out.number(UInt64(bitPattern: size)) }
    if kind == .file || kind == .directory { out.number(UInt64(mode)) }
    if kind == .file || kind == .symlink { out.signed(modified.nanoseconds) }
    if kind == .file { out.raw(root.digest) }
    if kind == .symlink { out.string(target) }
    out.dot(dot)
    out.vector(vector)
    if kind != .tombstone {
      if let contentDot, flags & Flag.contentDotIsDot == 0 { out.dot(contentDot) }
      if let metadataDot, flags & Flag.metadataDotIsDot == 0 { out.dot(metadataDot) }
    }
    if flags & Flag.originTimeIsModified == 0 { out.signed(origin.modified.nanoseconds) }
    out.string(Array(origin.device.utf8))
    if replaced != .none { out.raw(replaced.digest) }
    if let movedFrom { out.string(movedFrom.bytes) }
    out.string(path.bytes)
    return out.bytes
  }

  /// What a batch calls the version with these canonical bytes: SHA-256 over a zero byte and them.
  package static func leaf(_ record: [UInt8]) -> Bytes32 {
    var hasher = SHA256()
    hasher.update(data: [0])
    record.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    return hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero }
  }

  /// Takes bytes from a peer or the index; accepts exactly what ``record`` writes.
  package init(record: [UInt8]) throws(CanonicalError) {
    guard record.count <= Self.recordByteCountMax else { throw .tooLarge }
    var input = CanonicalReader(record)
    guard let kind = Kind(rawValue: try input.byte()) else { throw .notCanonical }
    let flags = try input.byte()
    guard flags & ~Flag.all == 0 else { throw .notCanonical }
    var size: UInt64 = 0
    var mode: UInt64 = 0
    var modified = Timestamp.zero
    var root = Root.none
    var target: [UInt8] = []
    if kind == .file { size = try input.number() }
    if kind == .file || kind == .directory { mode = try input.number() }
    if kind == .file || kind == .symlink { modified = Timestamp(nanoseconds: try input.signed()) }
    if kind == .file { root = Root(digest: try input.bytes32()) }
    if kind == .symlink {
      target = try input.string(atMost: Self.targetByteCountMax)
      guard !target.isEmpty, !target.contains(0) else { throw .notCanonical }
      root = Root(linkTarget: target)
    }
    guard size < UInt64(Self.byteCountMax), mode <= 0o777, kind != .file || root != .none else { throw .notCanonical }
    let dot = try input.dot()
    let vector = try input.vector(atMost: Self.vectorCountMax)
    var contentDot: Dot?
    var metadataDot: Dot?
    if kind == .tombstone {
      guard flags & (Flag.contentDotIsDot | Flag.metadataDotIsDot) == 0 else { throw .notCanonical }
    } else {
      contentDot = flags & Flag.contentDotIsDot != 0 ? dot : try input.dot()
      metadataDot = flags & Flag.metadataDotIsDot != 0 ? dot : try input.dot()
    }
    let originTime = flags & Flag.originTimeIsModified != 0 ? modified : Timestamp(nanoseconds: try input.signed())
    let device = try input.string(atMost: Self.deviceNameByteCountMax)
    guard device.withUnsafeBufferPointer({ $0.isValidUTF8 }) else { throw .notCanonical }
    let replaced = flags & Flag.replaced != 0 ? Root(digest: try input.bytes32()) : .none
    var movedFrom: RelativePath?
    if flags & Flag.moved != 0 { movedFrom = try Self.path(&input) }
    let path = try Self.path(&input)
    try input.end()
    self.init(
      path: path, kind: kind, size: Int64(size), mode: UInt16(mode), modified: modified, root: root, target: target, dot: dot,
      vector: vector, contentDot: contentDot, metadataDot: metadataDot,
      origin: Origin(modified: originTime, device: String(decoding: device, as: UTF8.self)), replaced: replaced, movedFrom: movedFrom,
      isConflictCopy: flags & Flag.conflictCopy != 0)
    // The shortest form of everything: a dot spelled out though it is the version's own, a zero root named as replaced, and the like.
    guard vector.covers(dot), self.record == record else { throw .notCanonical }
  }

  private static func path(_ input: inout CanonicalReader) throws(CanonicalError) -> RelativePath {
    let bytes = try input.string(atMost: RelativePath.byteCountMax)
    do { return try RelativePath(bytes) } catch { throw .notCanonical }
  }
}
