import CoveyCore
import CoveyProtocol
import NIOCore
import Testing

/// Batches take little on the wire, and come out as they were signed.
@Suite struct PackedBatchesTests {
  private static let folder = FolderID(high: 5, low: 6)

  /// A batch of these versions, of which some travel.
  private static func slice(_ versions: [Version], sending: (Int) -> Bool = { _ in true }, _ g: inout SeededGenerator) throws -> BatchSlice {
    let first = try #require(versions.first).dot
    let batch = try Batch.make(
      team: TeamID(genesis: .zero), folder: folder, author: DeviceID(key: g.bytes32()), log: first.log, firstSequence: first.sequence,
      previous: first.sequence == 1 ? .zero : g.bytes32(), authHeads: [g.bytes32()], records: versions.map(\.record))
    return BatchSlice(
      header: batch.header, signature: g.bytes(64), records: versions.enumerated().filter { sending($0.offset) }.map(\.element.record))
  }

  private static func version(_ dot: Dot, _ g: inout SeededGenerator, paths: [RelativePath]) -> Version {
    let kind = Kind.allCases[Int.random(in: 0..<4, using: &g)]
    let isLive = kind != .tombstone
    let modified = kind == .file || kind == .symlink ? Timestamp(nanoseconds: Int64(bitPattern: g.next())) : .zero
    let target = kind == .symlink ? Array("to \(g.next())".utf8) : []
    var vector = g.vector(3)
    if Bool.random(using: &g) { vector.include(Dot(log: dot.log, sequence: dot.sequence + UInt64.random(in: 0...3, using: &g))) }
    vector.include(dot)
    let other = Dot(log: LogID(g.next() & 3), sequence: g.next() | 1)
    let path = paths.randomElement(using: &g) ?? g.path()
    return Version(
      path: Bool.random(using: &g) ? path : g.path(), kind: kind, size: kind == .file ? .random(in: 0..<(1 << 53), using: &g) : 0,
      mode: kind == .file || kind == .directory ? .random(in: 0...0o777, using: &g) : 0, modified: modified,
      root: kind == .file ? Root(smallContent: [UInt8.random(in: 0...9, using: &g)]) : kind == .symlink ? Root(linkTarget: target) : .none,
      target: target, dot: dot, vector: vector, contentDot: isLive ? [dot, other].randomElement(using: &g) : nil,
      metadataDot: isLive ? [dot, other].randomElement(using: &g) : nil,
      origin: Origin(modified: Bool.random(using: &g) ? modified : Timestamp(nanoseconds: Int64(bitPattern: g.next())), device: g.text(0...9)),
      replaced: Bool.random(using: &g) ? Root(smallContent: [UInt8.random(in: 0...9, using: &g)]) : .none,
      movedFrom: Bool.random(using: &g) ? paths.randomElement(using: &g) : nil, isConflictCopy: isLive && Bool.random(using: &g))
  }

  private static func batches(_ g: inout SeededGenerator) throws -> Message {
    let paths = (0..<5).map { _ in g.path() }
    let slices = try (0..<3).map { _ in
      let (log, first) = (LogID(g.next()), UInt64.random(in: 1...(1 << 40), using: &g))
      let versions = (0..<UInt64.random(in: 1...20, using: &g)).map { version(Dot(log: log, sequence: first + $0), &g, paths: paths) }
      let odds = Int.random(in: 1...3, using: &g)
      return try slice(versions, sending: { $0.isMultiple(of: odds) }, &g)
    }
    return .batches(folder, slices)
  }

  @Test func `versions of every kind come out byte for byte`() throws {
    var g = SeededGenerator(seed: 11)
    for round in 0..<300 {
      let sent = try Self.batches(&g)
      #expect(try message(in: MessageCoder.encode(sent)) == sent, "round \(round)")
    }
  }

  @Test func `a renamed directory of 2,000 files takes less than 50 bytes a file`() throws {
    var g = SeededGenerator(seed: 12)
    let log = LogID(g.next())
    var versions: [Version] = []
    var time: Int64 = 1_790_000_000_000_000_000
    let files = (0..<2_000).map { index in
      time += Int64.random(in: 20_000...90_000, using: &g)
      return (name: "f\(index)", root: g.root(), time: Timestamp(nanoseconds: time))
    }.sorted { $0.name < $1.name }
    func add(_ kind: Kind, _ path: String, from: String?, _ file: (name: String, root: Root, time: Timestamp)) throws {
      let dot = Dot(log: log, sequence: 3_001 + UInt64(versions.count))
      let isLive = kind == .file
      versions.append(
        Version(
          path: try RelativePath(path), kind: kind, size: isLive ? 1024 : 0, mode: isLive ? 0o644 : 0, modified: isLive ? file.time : .zero,
          root: isLive ? file.root : .none, target: [], dot: dot, vector: VersionVector([dot]), contentDot: isLive ? dot : nil,
          metadataDot: isLive ? dot : nil, origin: Origin(modified: isLive ? file.time : .zero, device: "laptop"),
          replaced: isLive ? .none : file.root, movedFrom: try from.map { try RelativePath($0) }))
    }
    for file in files.reversed() { try add(.tombstone, "old/\(file.name)", from: nil, file) }
    for file in files { try add(.file, "new/\(file.name)", from: "old/\(file.name)", file) }
    let slices = try stride(from: 0, to: versions.count, by: 1_000).map { try Self.slice(Array(versions[$0..<($0 + 1_000)]), &g) }
    let frames = try Message.split(slices, in: Self.folder).map { try MessageCoder.encode($0) }
    #expect(frames.count == 1)
    #expect(frames.reduce(0) { $0 + $1.readableBytes } < 100_000)
    #expect(try message(in: try #require(frames.first)) == .batches(Self.folder, slices))
  }

  @Test func `what is no batch travels as it is`() throws {
    var g = SeededGenerator(seed: 13)
    guard case .batches(_, var slices) = try Self.batches(&g) else { return }
    slices[0].records[0][0] ^= 1
    #expect(try message(in: MessageCoder.encode(.batches(Self.folder, slices))) == .batches(Self.folder, slices))
  }

  @Test func `packed bytes that nobody packed are refused or are batches, and never trap`() throws {
    var g = SeededGenerator(seed: 14)
    for _ in 0..<60 {
      let frame = Array(try MessageCoder.encode(try Self.batches(&g)).readableBytesView.dropFirst(5))
      for _ in 0..<100 {
        var damaged = frame
        for _ in 0..<Int.random(in: 1...3, using: &g) { damaged[Int.random(in: 0..<damaged.count, using: &g)] = UInt8.random(in: 0...255, using: &g) }
        guard let accepted = try? MessageCoder.decode(.control(damaged)) else { continue }
        #expect(try message(in: MessageCoder.encode(accepted)) == accepted)
      }
    }
  }

  @Test func `a few bytes that stand for many are refused`() throws {
    var g = SeededGenerator(seed: 15)
    let log = LogID(9)
    let path = RelativePath(trusted: [UInt8](repeating: 0x78, count: 250) + Array(repeating: [0x2F] + [UInt8](repeating: 0x78, count: 250), count: 15).joined())
    let versions = (1...900).map { sequence in
      let dot = Dot(log: log, sequence: UInt64(sequence))
      return Version(
        path: path, kind: .directory, size: 0, mode: 0o755, modified: .zero, root: .none, target: [], dot: dot, vector: VersionVector([dot]),
        contentDot: dot, metadataDot: dot, origin: Origin(modified: .zero, device: "d"), replaced: .none)
    }
    // 3.6 MB of records, which an honest sender would have split.
    #expect(throws: WireError.self) { try message(in: MessageCoder.encode(.batches(Self.folder, [Self.slice(versions, &g)]))) }
  }
}
