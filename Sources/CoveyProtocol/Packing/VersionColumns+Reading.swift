import CoveyCore

extension VersionColumns {
  struct Reader {
    private var columns: [CanonicalReader] = []
    private let roots: [Bytes32]
    private var memory = Memory()

    /// Takes what ``Writer/bytes`` and ``Writer/roots`` were.
    init(_ bytes: [UInt8], roots: [Bytes32]) throws(CanonicalError) {
      self.roots = roots
      var input = CanonicalReader(bytes)
      for _ in Column.allCases { columns.append(CanonicalReader(try input.string(atMost: bytes.count))) }
      try input.end()
    }

    /// The next version of a batch of `log`. Whether its fields have values they may have is left to the record.
    mutating func next(in log: LogID, after previous: UInt64) throws(CanonicalError) -> Version {
      let shape = try columns[Column.shape.rawValue].byte()
      guard let kind = Kind(rawValue: shape & Flag.kind) else { throw .notCanonical }
      // A batch that was judged has room for one more number than it holds.
      let (sequence, overflow) = (previous + 1).addingReportingOverflow(try number(.sequence))
      guard !overflow else { throw .notCanonical }
      let dot = Dot(log: log, sequence: sequence)
      let size = kind == .file ? try number(.size) : 0
      let mode = kind == .file || kind == .directory ? try number(.mode) : 0
      let modified = kind == .file || kind == .symlink ? try time() : .zero
      guard size < UInt64(Version.byteCountMax), mode <= 0o777 else { throw .notCanonical }
      var root = kind == .file ? try self.root() : .none
      var target: [UInt8] = []
      if kind == .symlink {
        target = try columns[Column.target.rawValue].string(atMost: Version.targetByteCountMax)
        root = Root(linkTarget: target)
      }
      let vector = try vector(of: dot)
      var contentDot: Dot?
      var metadataDot: Dot?
      if kind != .tombstone {
        contentDot = shape & Flag.contentDotIsDot != 0 ? dot : try self.dot(.dot)
        metadataDot = shape & Flag.metadataDotIsDot != 0 ? dot : try self.dot(.dot)
      }
      let originTime = shape & Flag.originTimeIsModified != 0 ? modified : try time()
      let device = try device()
      let replaced = shape & Flag.replaced != 0 ? try self.root() : .none
      let movedFrom = shape & Flag.moved != 0 ? try origin() : nil
      return Version(
        path: try path(movedFrom: movedFrom), kind: kind, size: Int64(size), mode: UInt16(mode), modified: modified, root: root,
        target: target, dot: dot, vector: vector, contentDot: contentDot, metadataDot: metadataDot,
        origin: Origin(modified: originTime, device: device), replaced: replaced, movedFrom: movedFrom,
        isConflictCopy: shape & Flag.conflictCopy != 0)
    }

    func end() throws(CanonicalError) {
      for column in columns { try column.end() }
      guard memory.roots.values.count == roots.count else { throw .trailingBytes }
    }

    private mutating func number(_ column: Column) throws(CanonicalError) -> UInt64 { try columns[column.rawValue].number() }

    private mutating func time() throws(CanonicalError) -> Timestamp {
      memory.time &+= try columns[Column.time.rawValue].signed()
      return Timestamp(nanoseconds: memory.time)
    }

    private mutating func root() throws(CanonicalError) -> Root {
      let code = try number(.root)
      if code > 0 { return Root(digest: try memory.roots.value(code)) }
      guard memory.roots.values.count < roots.count else { throw .truncated }
      let root = roots[memory.roots.values.count]
      memory.roots.append(root)
      return Root(digest: root)
    }

    private mutating func dot(_ column: Column) throws(CanonicalError) -> Dot {
      let code = try number(column)
      let log: LogID
      if code > 0 {
        log = try memory.logs.value(code)
      } else {
        log = LogID(try columns[column.rawValue].fixed64())
        memory.logs.append(log)
      }
      let sequence = (memory.sequences[log] ?? 0) &+ UInt64(bitPattern: try columns[column.rawValue].signed())
      guard sequence > 0 else { throw .notCanonical }
      memory.sequences[log] = sequence
      return Dot(log: log, sequence: sequence)
    }

    private mutating func vector(of own: Dot) throws(CanonicalError) -> VersionVector {
      guard let form = VectorForm(rawValue: try columns[Column.vector.rawValue].byte()) else { throw .notCanonical }
      if form != .likeLast {
        let count = try number(.vector)
        guard count <= UInt64(Version.vectorCountMax) else { throw .tooLarge }
        var others = VersionVector()
        for _ in 0..<count { others.include(try dot(.vector)) }
        memory.others = others
      }
      return form == .whole ? memory.others : memory.others.including(own)
    }

    private mutating func device() throws(CanonicalError) -> String {
      if try number(.device) > 0 {
        let bytes = try columns[Column.device.rawValue].string(atMost: Version.deviceNameByteCountMax)
        memory.device = String(decoding: bytes, as: UTF8.self)
      }
      return memory.device
    }

    private mutating func origin() throws(CanonicalError) -> RelativePath {
      let code = try number(.origin)
      if code > 0 { return try memory.paths.value(code) }
      let start = try begin(.origin)
      return try Self.path(start + (try columns[Column.origin.rawValue].string(atMost: RelativePath.byteCountMax)))
    }

    private mutating func path(movedFrom: RelativePath?) throws(CanonicalError) -> RelativePath {
      let start = try begin(.path)
      var end: ArraySlice<UInt8> = []
      if let movedFrom {
        let count = try number(.path)
        guard count <= UInt64(movedFrom.bytes.count) else { throw .notCanonical }
        end = movedFrom.bytes.suffix(Int(count))
      }
      let path = try Self.path(start + (try columns[Column.path.rawValue].string(atMost: RelativePath.byteCountMax)) + end)
      memory.path = path.bytes
      memory.paths.append(path)
      return path
    }

    /// As many bytes of the path before as the column says.
    private mutating func begin(_ column: Column) throws(CanonicalError) -> ArraySlice<UInt8> {
      let count = try number(column)
      guard count <= UInt64(memory.path.count) else { throw .notCanonical }
      return memory.path.prefix(Int(count))
    }

    private static func path(_ bytes: ArraySlice<UInt8>) throws(CanonicalError) -> RelativePath {
      do { return try RelativePath(Array(bytes)) } catch { throw .notCanonical }
    }
  }
}
