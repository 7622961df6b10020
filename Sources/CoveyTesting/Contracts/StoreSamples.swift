package import CoveyCore
package import CoveyEngine

/// Small values to fill a store with.
package enum StoreSamples {
  package static let folder = FolderID(high: 1, low: 1)
  package static let otherFolder = FolderID(high: 1, low: 2)
  package static let log = LogID(0x10)
  /// In signed order it would come before ``log``.
  package static let lateLog = LogID(0xF000_0000_0000_0000)
  package static let author = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))
  package static let otherAuthor = DeviceID(key: Bytes32(words: (5, 6, 7, 8)))

  package static func path(_ text: String) throws -> RelativePath { try RelativePath(text) }
  package static func root(_ number: UInt64) -> Root { Root(digest: Bytes32(words: (number.bigEndian, ~number, number, 7))) }
  package static func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds, nanoseconds: 123_456_789) }
  package static func dot(_ sequence: UInt64, log: LogID = log) -> Dot { Dot(log: log, sequence: sequence) }

  package static func file(
    _ path: RelativePath, _ dot: Dot, seen: [Dot] = [], size: Int64 = 10, root: Root? = nil
  ) -> Version {
    Version(
      path: path, kind: .file, size: size, mode: 0o644, modified: time(Int64(dot.sequence)), root: root ?? self.root(dot.sequence),
      target: [], dot: dot, vector: VersionVector(seen + [dot]), contentDot: dot, metadataDot: dot,
      origin: Origin(modified: time(Int64(dot.sequence)), device: "laptop"), replaced: .none)
  }

  package static func tombstone(_ path: RelativePath, _ dot: Dot, seen: [Dot] = []) -> Version {
    Version(
      path: path, kind: .tombstone, size: 0, mode: 0, modified: .zero, root: .none, target: [], dot: dot,
      vector: VersionVector(seen + [dot]), contentDot: nil, metadataDot: nil, origin: Origin(modified: time(1), device: "laptop"),
      replaced: root(99))
  }

  package static func directory(_ path: RelativePath, _ dot: Dot) -> Version {
    Version(
      path: path, kind: .directory, size: 0, mode: 0o755, modified: .zero, root: .none, target: [], dot: dot,
      vector: VersionVector([dot]), contentDot: dot, metadataDot: dot, origin: Origin(modified: .zero, device: "laptop"), replaced: .none)
  }

  package static func symlink(_ path: RelativePath, _ dot: Dot) -> Version {
    let target = Array("../elsewhere".utf8)
    return Version(
      path: path, kind: .symlink, size: 0, mode: 0, modified: time(-5), root: Root(linkTarget: target), target: target, dot: dot,
      vector: VersionVector([dot]), contentDot: dot, metadataDot: dot, origin: Origin(modified: time(-5), device: "é"), replaced: .none)
  }

  /// One version of every shape that a record can take, each at a path of its own, numbered from 1 in ``log``.
  package static func everyShape() throws -> [Version] {
    var rich = file(try path("rich"), dot(5), seen: [dot(3), Dot(log: lateLog, sequence: 9), Dot(log: LogID(0x11), sequence: 2)])
    rich.contentDot = Dot(log: lateLog, sequence: 9)
    rich.metadataDot = dot(3)
    rich.origin = Origin(modified: time(-77), device: "other device")
    rich.replaced = root(1234)
    rich.movedFrom = try path("from/somewhere")
    rich.isConflictCopy = true
    rich.size = (1 << 53) - 1
    rich.mode = 0
    return [
      file(try path("plain"), dot(1)), directory(try path("directory"), dot(2)), symlink(try path("link"), dot(3)),
      tombstone(try path("gone"), dot(4), seen: [Dot(log: lateLog, sequence: 1)]), rich,
    ]
  }

  package static func shown(_ version: Version) -> Shown {
    Shown(
      kind: version.kind, root: version.root, target: version.target, size: version.size, mode: version.mode, modified: version.modified,
      vector: version.vector, contentDot: version.contentDot, metadataDot: version.metadataDot, origin: version.origin,
      isConflictCopy: version.isConflictCopy)
  }

  /// What a disk shows that holds a version as it should.
  package static func observation(of version: Version, inode: UInt64 = 42) -> Observation {
    Observation(
      kind: version.kind, size: version.kind == .directory ? 4096 : version.size, modified: version.modified, changed: time(1_000),
      inode: inode, mode: version.mode, root: version.root, target: version.target)
  }

  /// The entry of a path that is in sync with one version.
  package static func entry(of version: Version, inode: UInt64 = 42) -> Entry {
    Entry(path: version.path, observation: observation(of: version, inode: inode), agreed: shown(version))
  }

  /// A batch over consecutive versions of one log, with a header that names their hashes as a real one does.
  package static func batch(_ versions: [Version], author: DeviceID = author) -> StoredBatch {
    var header = CanonicalWriter()
    header.raw("a header".utf8)
    for version in versions { header.raw(Version.leaf(version.record)) }
    return StoredBatch(
      author: author, log: versions[0].dot.log, firstSequence: versions[0].dot.sequence, count: versions.count,
      hash: Root(smallContent: header.bytes).digest, header: header.bytes, signature: [UInt8](repeating: 7, count: 64))
  }

  package static func history(_ path: RelativePath, kept: Int64, root: Root, size: Int64 = 5) throws -> HistoryItem {
    HistoryItem(
      name: HistoryName(path: try RelativePath("\(path).\(kept)")), path: path, kind: .file, root: root, size: size, mode: 0o600,
      modified: time(3), kept: time(kept), origin: Origin(modified: time(2), device: "laptop"))
  }
}

extension FolderRecords {
  /// Inserts a head with its own record.
  func insert(_ version: Version) throws { try insertHead(version, record: version.record) }

  /// Every superseded version that arrived before a time, and the batches that go with them.
  func pruneEverything(before time: Timestamp) throws {
    var last: Superseded?
    while case let page = try superseded(before: time, after: last, limit: 2), !page.isEmpty {
      try removeSuperseded(page)
      last = page.last
    }
    var position: Int64?
    repeat { position = try pruneBatches(after: position, limit: 2) } while position != nil
  }
}
