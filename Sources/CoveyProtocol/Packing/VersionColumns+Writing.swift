import CoveyCore

extension VersionColumns {
  struct Writer {
    private var columns = [CanonicalWriter](repeating: CanonicalWriter(), count: Column.allCases.count)
    private var memory = Memory()

    /// Distinct roots, in the order in which they were first met: they cannot be deflated.
    var roots: [Bytes32] { memory.roots.values }

    /// All columns, each behind its length.
    var bytes: [UInt8] {
      var out = CanonicalWriter()
      for column in columns { out.string(column.bytes) }
      return out.bytes
    }

    /// - Parameter previous: the number of the version before in the batch, or the one before its first.
    mutating func add(_ version: Version, after previous: UInt64) {
      let own = version.vector[version.dot.log] == version.dot.sequence
      var shape = version.kind.rawValue
      if version.contentDot == version.dot { shape |= Flag.contentDotIsDot }
      if version.metadataDot == version.dot { shape |= Flag.metadataDotIsDot }
      if version.origin.modified == version.modified { shape |= Flag.originTimeIsModified }
      if version.replaced != .none { shape |= Flag.replaced }
      if version.movedFrom != nil { shape |= Flag.moved }
      if version.isConflictCopy { shape |= Flag.conflictCopy }
      write(.shape) { $0.byte(shape) }
      write(.sequence) { $0.number(version.dot.sequence &- previous &- 1) }
      if version.kind == .file { write(.size) { $0.number(UInt64(bitPattern: version.size)) } }
      if version.kind == .file || version.kind == .directory { write(.mode) { $0.number(UInt64(version.mode)) } }
      if version.kind == .file || version.kind == .symlink { add(version.modified) }
      if version.kind == .file { add(version.root) }
      if version.kind == .symlink { write(.target) { $0.string(version.target) } }
      add(version.vector, own: own ? version.dot : nil)
      if version.kind != .tombstone {
        if let dot = version.contentDot, dot != version.dot { add(dot, to: .dot) }
        if let dot = version.metadataDot, dot != version.dot { add(dot, to: .dot) }
      }
      if shape & Flag.originTimeIsModified == 0 { add(version.origin.modified) }
      let device = version.origin.device
      let isLikeLast = device == memory.device
      write(.device) { if isLikeLast { $0.number(0) } else { $0.number(1); $0.string(Array(device.utf8)) } }
      memory.device = device
      if version.replaced != .none { add(version.replaced) }
      if let from = version.movedFrom { addOrigin(from) }
      addPath(version.path, movedFrom: version.movedFrom)
    }

    private mutating func write(_ column: Column, _ body: (inout CanonicalWriter) -> Void) { body(&columns[column.rawValue]) }

    private mutating func add(_ time: Timestamp) {
      let difference = time.nanoseconds &- memory.time
      memory.time = time.nanoseconds
      write(.time) { $0.signed(difference) }
    }

    private mutating func add(_ root: Root) {
      let code = memory.roots.code(root.digest)
      if code == 0 { memory.roots.append(root.digest) }
      write(.root) { $0.number(code) }
    }

    private mutating func add(_ dot: Dot, to column: Column) {
      let code = memory.logs.code(dot.log)
      let difference = Int64(bitPattern: dot.sequence &- (memory.sequences[dot.log] ?? 0))
      if code == 0 { memory.logs.append(dot.log) }
      memory.sequences[dot.log] = dot.sequence
      write(column) {
        $0.number(code)
        if code == 0 { $0.fixed64(dot.log.value) }
        $0.signed(difference)
      }
    }

    private mutating func add(_ vector: VersionVector, own: Dot?) {
      var others = vector
      if let own { others.limit(own.log, to: 0) }
      let form: VectorForm = own == nil ? .whole : others == memory.others ? .likeLast : .others
      write(.vector) { $0.byte(form.rawValue) }
      guard form != .likeLast else { return }
      write(.vector) { $0.number(UInt64(others.dots.count)) }
      for dot in others.dots { add(dot, to: .vector) }
      memory.others = others
    }

    private mutating func addOrigin(_ from: RelativePath) {
      let code = memory.paths.code(from)
      write(.origin) { $0.number(code) }
      guard code == 0 else { return }
      let shared = sharedCount(from.bytes, memory.path)
      write(.origin) { $0.number(UInt64(shared)); $0.string(Array(from.bytes[shared...])) }
    }

    /// What it begins with like the path before, ends with like the one it was moved from, and has of its own.
    private mutating func addPath(_ path: RelativePath, movedFrom: RelativePath?) {
      let start = sharedCount(path.bytes, memory.path)
      let end = movedFrom.map { sharedCount(path.bytes[start...].reversed(), $0.bytes.reversed()) } ?? 0
      write(.path) {
        $0.number(UInt64(start))
        if movedFrom != nil { $0.number(UInt64(end)) }
        $0.string(Array(path.bytes[start..<(path.bytes.count - end)]))
      }
      memory.path = path.bytes
      memory.paths.append(path)
    }

    private func sharedCount(_ a: some Sequence<UInt8>, _ b: some Sequence<UInt8>) -> Int {
      var count = 0
      for (a, b) in zip(a, b) { if a == b { count += 1 } else { break } }
      return count
    }
  }
}
