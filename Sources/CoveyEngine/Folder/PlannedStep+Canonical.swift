import CoveyCore

/// A step as intents keep it, so that after a crash what was done can still be recorded as what was meant.
extension PlannedStep {
  package var canonical: [UInt8] {
    var out = CanonicalWriter()
    out.byte(1)
    out.string(path.bytes)
    out.shown(shown)
    out.optional(expected) { out, observation in out.observation(observation) }
    switch action {
    case .adopt: out.byte(0)
    case .setMetadata(let mode, let modified): out.byte(1); out.number(UInt64(mode)); out.signed(modified.nanoseconds)
    case .makeDirectory(let mode, let to): out.byte(2); out.number(UInt64(mode)); out.displaced(to)
    case .placeFile(let to): out.byte(3); out.displaced(to)
    case .placeSymlink(let to): out.byte(4); out.displaced(to)
    case .remove(let to): out.byte(5); out.displaced(to)
    case .removeDirectory: out.byte(6)
    case .keepStanding: out.byte(7)
    case .stepAside(let to): out.byte(8); out.string(to.bytes)
    case .releaseHeld: out.byte(9)
    case .move(let source): out.byte(10); out.string(source.path.bytes); out.observation(source.expected); out.shown(source.shown)
    }
    out.optional(merge) { out, merge in
      out.string(merge.loser.record)
      out.number(UInt64(merge.losers.count))
      for loser in merge.losers { out.string(loser.record) }
      out.string(merge.copy.bytes)
      out.byte(merge.needsBytes ? 1 : 0)
      out.number(UInt64(merge.mode))
      out.signed(merge.modified.nanoseconds)
    }
    return out.bytes
  }

  /// Reads what ``canonical`` wrote; nil for anything else.
  package init?(canonical bytes: [UInt8]) {
    do throws(CanonicalError) {
      var input = CanonicalReader(bytes)
      guard try input.byte() == 1 else { return nil }
      let path = try input.path()
      let shown = try input.shown()
      let expected = try input.byte() == 1 ? try input.observation() : nil
      let action: Action
      switch try input.byte() {
      case 0: action = .adopt
      case 1: action = .setMetadata(mode: try input.mode(), modified: Timestamp(nanoseconds: try input.signed()))
      case 2: action = .makeDirectory(mode: try input.mode(), displaced: try input.displaced())
      case 3: action = .placeFile(displaced: try input.displaced())
      case 4: action = .placeSymlink(displaced: try input.displaced())
      case 5: action = .remove(displaced: try input.displaced())
      case 6: action = .removeDirectory
      case 7: action = .keepStanding
      case 8: action = .stepAside(to: try input.path())
      case 9: action = .releaseHeld
      case 10: action = .move(from: Source(path: try input.path(), expected: try input.observation(), shown: try input.shown()))
      default: return nil
      }
      var merge: Merge?
      if try input.byte() == 1 {
        let loser = try Version(record: try input.string(atMost: Version.recordByteCountMax))
        let count = try input.number()
        guard count <= 1_000 else { return nil }
        var losers: [Version] = []
        for _ in 0..<count { losers.append(try Version(record: try input.string(atMost: Version.recordByteCountMax))) }
        merge = Merge(
          loser: loser, losers: losers, copy: try input.path(), needsBytes: try input.byte() == 1, mode: try input.mode(),
          modified: Timestamp(nanoseconds: try input.signed()))
      }
      try input.end()
      self.init(path: path, shown: shown, expected: expected, action: action, merge: merge)
    } catch {
      return nil
    }
  }
}

extension CanonicalWriter {
  mutating func optional<T>(_ value: T?, _ write: (inout CanonicalWriter, T) -> Void) {
    byte(value == nil ? 0 : 1)
    if let value { write(&self, value) }
  }

  mutating func shown(_ shown: Shown) {
    byte(shown.kind.rawValue)
    raw(shown.root.digest)
    string(shown.target)
    number(UInt64(bitPattern: shown.size))
    number(UInt64(shown.mode))
    signed(shown.modified.nanoseconds)
    vector(shown.vector)
    optional(shown.contentDot) { $0.dot($1) }
    optional(shown.metadataDot) { $0.dot($1) }
    signed(shown.origin.modified.nanoseconds)
    string(Array(shown.origin.device.utf8))
    byte(shown.isConflictCopy ? 1 : 0)
  }

  mutating func observation(_ seen: Observation) {
    byte(seen.kind.rawValue)
    number(UInt64(bitPattern: seen.size))
    signed(seen.modified.nanoseconds)
    signed(seen.changed.nanoseconds)
    number(seen.inode)
    number(UInt64(seen.mode))
    raw(seen.root.digest)
    string(seen.target)
  }

  mutating func displaced(_ to: PlannedStep.Displaced) {
    switch to {
    case .nothing: byte(0)
    case .history: byte(1)
    case .copy(let path): byte(2); string(path.bytes)
    }
  }
}

extension CanonicalReader {
  mutating func path() throws(CanonicalError) -> RelativePath {
    let bytes = try string(atMost: RelativePath.byteCountMax)
    do { return try RelativePath(bytes) } catch { throw .notCanonical }
  }

  mutating func mode() throws(CanonicalError) -> UInt16 {
    guard let mode = UInt16(exactly: try number()) else { throw .tooLarge }
    return mode
  }

  mutating func kind() throws(CanonicalError) -> Kind {
    guard let kind = Kind(rawValue: try byte()) else { throw .notCanonical }
    return kind
  }

  private mutating func deviceName() throws(CanonicalError) -> String {
    let bytes = try string(atMost: Version.deviceNameByteCountMax)
    // Repaired, it would be another and longer name.
    guard let name = String(validating: bytes, as: UTF8.self) else { throw .notCanonical }
    return name
  }

  mutating func shown() throws(CanonicalError) -> Shown {
    Shown(
      kind: try kind(), root: Root(digest: try bytes32()), target: try string(atMost: Version.targetByteCountMax),
      size: Int64(bitPattern: try number()), mode: try mode(), modified: Timestamp(nanoseconds: try signed()),
      vector: try vector(atMost: Version.vectorCountMax), contentDot: try byte() == 1 ? try dot() : nil,
      metadataDot: try byte() == 1 ? try dot() : nil,
      origin: Origin(
        modified: Timestamp(nanoseconds: try signed()),
        device: try deviceName()),
      isConflictCopy: try byte() == 1)
  }

  mutating func observation() throws(CanonicalError) -> Observation {
    Observation(
      kind: try kind(), size: Int64(bitPattern: try number()), modified: Timestamp(nanoseconds: try signed()),
      changed: Timestamp(nanoseconds: try signed()), inode: try number(), mode: try mode(), root: Root(digest: try bytes32()),
      target: try string(atMost: Version.targetByteCountMax))
  }

  mutating func displaced() throws(CanonicalError) -> PlannedStep.Displaced {
    switch try byte() {
    case 0: .nothing
    case 1: .history
    case 2: .copy(try path())
    default: throw .notCanonical
    }
  }
}
