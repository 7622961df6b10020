package import CoveyCore

/// The agreed version of an entry, with how this disk could keep it, as the column `agreed` holds them.
///
/// What the observation of the same row says already is not repeated: of a file that is in sync a few dozen bytes remain.
package struct AgreedVersion: Hashable {
  package var shown: Shown
  package var kept: Entry.Kept?

  package init(shown: Shown, kept: Entry.Kept?) { self.shown = shown; self.kept = kept }

  private enum Flag {
    static let kind: UInt8 = 3
    /// Kind, root, size and target are those of the observation.
    static let contentAsObserved: UInt8 = 4
    static let modeAsObserved: UInt8 = 8
    static let modifiedAsObserved: UInt8 = 16
    static let originTimeIsModified: UInt8 = 32
    static let conflictCopy: UInt8 = 64
    static let kept: UInt8 = 128
  }

  /// How a dot is told: nil, the only one of the vector, or spelled out.
  private enum DotForm: UInt8 { case none, onlyOne, spelledOut }

  package func bytes(observed: Observation?) -> [UInt8] {
    let only = shown.vector.dots.count == 1 ? shown.vector.dots.first : nil
    func form(_ dot: Dot?) -> DotForm { dot == nil ? .none : dot == only ? .onlyOne : .spelledOut }
    var flags = shown.kind.rawValue
    if let observed, observed.content == shown.content, observed.size == shown.size, observed.target == shown.target {
      flags |= Flag.contentAsObserved
    }
    if let observed, observed.mode & 0o777 == shown.mode { flags |= Flag.modeAsObserved }
    if let observed, observed.modified == shown.modified { flags |= Flag.modifiedAsObserved }
    if shown.origin.modified == shown.modified { flags |= Flag.originTimeIsModified }
    if shown.isConflictCopy { flags |= Flag.conflictCopy }
    if kept != nil { flags |= Flag.kept }
    var out = CanonicalWriter()
    out.byte(flags)
    if flags & Flag.contentAsObserved == 0 {
      out.flag(shown.root != .none)
      if shown.root != .none { out.raw(shown.root.digest) }
      out.signed(shown.size)
      out.string(shown.target)
    }
    if flags & Flag.modeAsObserved == 0 { out.number(UInt64(shown.mode)) }
    if flags & Flag.modifiedAsObserved == 0 { out.signed(shown.modified.nanoseconds) }
    out.vector(shown.vector)
    out.byte(form(shown.contentDot).rawValue | form(shown.metadataDot).rawValue << 2)
    if let dot = shown.contentDot, form(dot) == .spelledOut { out.dot(dot) }
    if let dot = shown.metadataDot, form(dot) == .spelledOut { out.dot(dot) }
    if flags & Flag.originTimeIsModified == 0 { out.signed(shown.origin.modified.nanoseconds) }
    out.text(shown.origin.device)
    if let kept {
      out.number(UInt64(kept.mode))
      out.time(kept.modified)
    }
    return out.bytes
  }
}

extension AgreedVersion {
  package init(bytes: [UInt8], observed: Observation?) throws(CanonicalError) {
    var input = CanonicalReader(bytes)
    let flags = try input.byte()
    let observedFlags = Flag.contentAsObserved | Flag.modeAsObserved | Flag.modifiedAsObserved
    guard let kind = Kind(rawValue: flags & Flag.kind), observed != nil || flags & observedFlags == 0 else { throw .notCanonical }
    var root = Root.none
    var size: Int64 = 0
    var target: [UInt8] = []
    if let observed, flags & Flag.contentAsObserved != 0 {
      (root, size, target) = (observed.root, observed.size, observed.target)
    } else {
      if try input.flag() { root = Root(digest: try input.bytes32()) }
      size = try input.signed()
      target = try input.string(atMost: Version.targetByteCountMax)
    }
    let mode = if let observed, flags & Flag.modeAsObserved != 0 { observed.mode & 0o777 } else { try input.mode() }
    let modified =
      if let observed, flags & Flag.modifiedAsObserved != 0 { observed.modified } else { Timestamp(nanoseconds: try input.signed()) }
    let vector = try input.vector(atMost: FolderState.vectorCountMax)
    let forms = try input.byte()
    let contentDot = try Self.dot(forms & 3, of: vector, &input)
    let metadataDot = try Self.dot(forms >> 2, of: vector, &input)
    let originTime = flags & Flag.originTimeIsModified != 0 ? modified : Timestamp(nanoseconds: try input.signed())
    let device = try input.text(atMost: Version.deviceNameByteCountMax)
    kept = flags & Flag.kept != 0 ? Entry.Kept(mode: try input.mode(), modified: try input.time()) : nil
    try input.end()
    shown = Shown(
      kind: kind, root: root, target: target, size: size, mode: mode, modified: modified, vector: vector, contentDot: contentDot,
      metadataDot: metadataDot, origin: Origin(modified: originTime, device: device), isConflictCopy: flags & Flag.conflictCopy != 0)
  }

  private static func dot(
    _ form: UInt8, of vector: VersionVector, _ input: inout CanonicalReader
  ) throws(CanonicalError) -> Dot? {
    switch DotForm(rawValue: form) {
    case .some(.none): return nil
    case .onlyOne:
      guard vector.dots.count == 1 else { throw .notCanonical }
      return vector.dots[0]
    case .spelledOut: return try input.dot()
    case nil: throw .notCanonical
    }
  }
}
