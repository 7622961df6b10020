package import CoveyCore

/// A version as the table `version` keeps it: without its path and dot, which are columns, and without its own dot in its vector.
///
/// The record, which is a function of the version, is written anew from it, byte for byte; half of what a version takes on the disk
/// is saved that way.
extension Version {
  private enum Flag {
    static let contentDotIsDot: UInt8 = 1
    static let metadataDotIsDot: UInt8 = 2
    static let originTimeIsModified: UInt8 = 4
    static let replaced: UInt8 = 8
    static let moved: UInt8 = 16
    static let conflictCopy: UInt8 = 32
    /// The vector ends, in its own log, with the version itself.
    static let vectorEndsWithDot: UInt8 = 64
  }

  package var body: [UInt8] {
    var flags: UInt8 = 0
    var others = vector
    if vector[dot.log] == dot.sequence {
      flags |= Flag.vectorEndsWithDot
      others.limit(dot.log, to: 0)
    }
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
    if kind == .file || kind == .symlink { out.time(modified) }
    if kind == .file { out.raw(root.digest) }
    if kind == .symlink { out.string(target) }
    out.vector(others)
    if kind != .tombstone {
      if let contentDot, flags & Flag.contentDotIsDot == 0 { out.dot(contentDot) }
      if let metadataDot, flags & Flag.metadataDotIsDot == 0 { out.dot(metadataDot) }
    }
    if flags & Flag.originTimeIsModified == 0 { out.time(origin.modified) }
    out.text(origin.device)
    if replaced != .none { out.raw(replaced.digest) }
    if let movedFrom { out.path(movedFrom) }
    return out.bytes
  }

  package init(body: [UInt8], path: RelativePath, dot: Dot) throws(CanonicalError) {
    var input = CanonicalReader(body)
    let kind = try input.kind()
    let flags = try input.byte()
    let size = kind == .file ? try input.number() : 0
    let mode = kind == .file || kind == .directory ? try input.mode() : 0
    let modified = kind == .file || kind == .symlink ? try input.time() : .zero
    var root = kind == .file ? Root(digest: try input.bytes32()) : .none
    var target: [UInt8] = []
    if kind == .symlink {
      target = try input.string(atMost: Self.targetByteCountMax)
      root = Root(linkTarget: target)
    }
    var vector = try input.vector(atMost: Self.vectorCountMax)
    if flags & Flag.vectorEndsWithDot != 0 { vector.include(dot) }
    var contentDot: Dot?
    var metadataDot: Dot?
    if kind != .tombstone {
      contentDot = flags & Flag.contentDotIsDot != 0 ? dot : try input.dot()
      metadataDot = flags & Flag.metadataDotIsDot != 0 ? dot : try input.dot()
    }
    let originTime = flags & Flag.originTimeIsModified != 0 ? modified : try input.time()
    let device = try input.text(atMost: Self.deviceNameByteCountMax)
    let replaced = flags & Flag.replaced != 0 ? Root(digest: try input.bytes32()) : .none
    let movedFrom = flags & Flag.moved != 0 ? try input.path() : nil
    try input.end()
    self.init(
      path: path, kind: kind, size: Int64(bitPattern: size), mode: mode, modified: modified, root: root, target: target, dot: dot,
      vector: vector, contentDot: contentDot, metadataDot: metadataDot, origin: Origin(modified: originTime, device: device),
      replaced: replaced, movedFrom: movedFrom, isConflictCopy: flags & Flag.conflictCopy != 0)
  }
}
