import CoveyCore

/// Slices of batches as they travel: without the hashes that follow from the versions that travel along, and with the versions by columns.
///
/// Canonical form: count of slices; of each its header up to the hashes, its signature, the count of its versions, and the hashes of
/// those versions of the batch that are not among them; count and bytes of distinct roots; how many bytes the columns have, zero where
/// they are not deflated, and the columns.
enum PackedBatches {
  /// Fast enough not to be felt beside the record, and a tenth smaller than the fastest.
  private static let level: Int32 = 4

  /// Nil where a slice is not what `make` of ``Batch`` and `record` of ``Version`` write: it travels as it is.
  static func pack(_ slices: [BatchSlice]) -> [UInt8]? {
    var out = CanonicalWriter()
    var columns = VersionColumns.Writer()
    out.number(UInt64(slices.count))
    for slice in slices {
      guard let batch = try? Batch(header: slice.header) else { return nil }
      var present: Set<UInt64> = []
      var previous = batch.firstSequence - 1
      for record in slice.records {
        guard let version = try? Version(record: record), version.dot.log == batch.log, version.dot.sequence > previous,
          batch.range.contains(version.dot.sequence), Version.leaf(record) == batch.leaves[Int(version.dot.sequence - batch.firstSequence)]
        else { return nil }
        columns.add(version, after: previous)
        previous = version.dot.sequence
        present.insert(previous)
      }
      out.string(Array(slice.header.prefix(slice.header.count - 32 * batch.leaves.count)))
      out.string(slice.signature)
      out.number(UInt64(slice.records.count))
      for (sequence, leaf) in zip(batch.range, batch.leaves) where !present.contains(sequence) { out.raw(leaf) }
    }
    out.number(UInt64(columns.roots.count))
    for root in columns.roots { out.raw(root) }
    let bytes = columns.bytes
    guard bytes.count <= WireLimits.contentByteCountMax else { return nil }
    let deflated = Deflate.compress(bytes, level: level)
    out.number(deflated == nil ? 0 : UInt64(bytes.count))
    out.string(deflated ?? bytes)
    return out.bytes
  }

  /// - Throws: ``WireError`` for anything that ``pack(_:)`` does not write, or that becomes longer than a frame.
  static func unpack(_ bytes: [UInt8]) throws(WireError) -> [BatchSlice] {
    do throws(CanonicalError) {
      var input = CanonicalReader(bytes)
      let frames = try readFrames(&input)
      var roots: [Bytes32] = []
      for _ in 0..<(try input.count(atMost: bytes.count / 32)) { roots.append(try input.bytes32()) }
      let plainByteCount = try input.count(atMost: WireLimits.contentByteCountMax)
      let stored = try input.string(atMost: bytes.count)
      try input.end()
      let plain = plainByteCount == 0 ? stored : try inflate(stored, plainByteCount)
      return try fill(frames, from: VersionColumns.Reader(plain, roots: roots))
    } catch {
      throw .invalid("a batch", reason: "its packed form is \(error)")
    }
  }

  /// A slice whose versions are still in the columns.
  private struct Frame {
    var prefix: [UInt8]
    var signature: [UInt8]
    var log: LogID
    var firstSequence: UInt64
    var leafCount: Int
    var recordCount: Int
    var otherLeaves: [Bytes32] = []
  }

  private static func readFrames(_ input: inout CanonicalReader) throws(CanonicalError) -> [Frame] {
    var frames: [Frame] = []
    for _ in 0..<(try input.count(atMost: WireLimits.sliceCountMax)) {
      let prefix = try input.string(atMost: WireLimits.batchHeaderByteCountMax)
      let signature = try input.string(atMost: WireLimits.signatureByteCountMax)
      let recordCount = try input.count(atMost: WireLimits.recordsPerSliceMax)
      guard let place = Batch.place(inPrefix: prefix), place.count >= recordCount else { throw .notCanonical }
      var frame = Frame(
        prefix: prefix, signature: signature, log: place.log, firstSequence: place.firstSequence, leafCount: place.count, recordCount: recordCount)
      for _ in 0..<(place.count - recordCount) { frame.otherLeaves.append(try input.bytes32()) }
      frames.append(frame)
    }
    return frames
  }

  private static func fill(_ frames: [Frame], from reader: VersionColumns.Reader) throws(CanonicalError) -> [BatchSlice] {
    var reader = reader
    var slices: [BatchSlice] = []
    // What a few bytes stand for may be long: paths and vectors repeat.
    var room = WireLimits.controlFrameByteCountMax
    for frame in frames {
      var slice = BatchSlice(header: frame.prefix, signature: frame.signature, records: [])
      room -= frame.prefix.count + frame.signature.count + 32 * frame.leafCount
      var others = frame.otherLeaves[...]
      var next = frame.firstSequence
      var previous = frame.firstSequence - 1
      let end = frame.firstSequence + UInt64(frame.leafCount)
      for _ in 0..<frame.recordCount {
        let version = try reader.next(in: frame.log, after: previous)
        let record = version.record
        room -= record.count
        guard room >= 0, record.count <= WireLimits.recordByteCountMax else { throw .tooLarge }
        previous = version.dot.sequence
        guard previous < end else { throw .notCanonical }
        while next < previous {
          guard let leaf = others.popFirst() else { throw .notCanonical }
          slice.header += leaf.bytes
          next += 1
        }
        slice.header += Version.leaf(record).bytes
        next += 1
        slice.records.append(record)
      }
      guard UInt64(others.count) == end - next, room >= 0 else { throw .notCanonical }
      for leaf in others { slice.header += leaf.bytes }
      slices.append(slice)
    }
    try reader.end()
    return slices
  }

  private static func inflate(_ bytes: [UInt8], _ byteCount: Int) throws(CanonicalError) -> [UInt8] {
    do { return try Inflate.inflate(bytes, exactly: byteCount) } catch { throw .notCanonical }
  }
}

extension CanonicalReader {
  fileprivate mutating func count(atMost limit: Int) throws(CanonicalError) -> Int {
    let count = try number()
    guard count <= UInt64(limit) else { throw .tooLarge }
    return Int(count)
  }
}
