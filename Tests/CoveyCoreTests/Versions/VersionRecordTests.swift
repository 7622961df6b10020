import CoveyCore
import CoveyTesting
import Testing

@Suite struct VersionRecordTests {
  @Test func `what is recorded is read back the same`() throws {
    var g = SeededGenerator(seed: 3)
    for _ in 0..<30_000 {
      let version = Version.random(&g)
      #expect(try Version(record: version.record) == version)
    }
  }

  @Test func `every prefix of a record is refused`() throws {
    var g = SeededGenerator(seed: 4)
    for _ in 0..<300 {
      let record = Version.random(&g).record
      for count in record.indices { #expect(throws: CanonicalError.self) { try Version(record: Array(record.prefix(count))) } }
    }
  }

  @Test func `a flipped bit is refused or makes another version, whose record it is`() throws {
    var g = SeededGenerator(seed: 5)
    for _ in 0..<100 {
      let version = Version.random(&g)
      let record = version.record
      for bit in 0..<record.count * 8 {
        var flipped = record
        flipped[bit / 8] ^= 1 << (bit % 8)
        guard let other = try? Version(record: flipped) else { continue }
        #expect(other != version)
        #expect(other.record == flipped)
      }
    }
  }

  @Test func `random bytes never trap`() {
    var g = SeededGenerator(seed: 6)
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<200, using: &g)).map { _ in UInt8.random(in: 0...255, using: &g) }
      if let version = try? Version(record: bytes) { #expect(version.record == bytes) }
    }
  }
}

extension Version {
  /// Any version that a record can hold.
  static func random(_ g: inout SeededGenerator) -> Version {
    let kind = Kind.allCases.pick(&g)
    let dot = Dot.random(&g)
    let isLive = kind != .tombstone
    let target = kind == .symlink ? Array("to/\(Int.random(in: 0...9, using: &g))".utf8) : []
    let root: Root =
      switch kind {
      case .file: Root(smallContent: [UInt8.random(in: 0...9, using: &g)])
      case .symlink: Root(linkTarget: target)
      default: .none
      }
    let time = Timestamp(nanoseconds: Int64.random(in: -9...9, using: &g) * Int64.random(in: 1...(.max / 9), using: &g))
    let modified = kind == .file || kind == .symlink ? time : .zero
    func other() -> Dot? { isLive ? [dot, Dot.random(&g)].pick(&g) : nil }
    return Version(
      path: RelativePath(trusted: Array(["a", "b/c", "ü/x.txt"].pick(&g).utf8)), kind: kind,
      size: kind == .file ? Int64.random(in: 0..<(1 << 53), using: &g) : 0,
      mode: kind == .file || kind == .directory ? UInt16.random(in: 0...0o777, using: &g) : 0, modified: modified, root: root,
      target: target, dot: dot, vector: VersionVector.random(&g).including(dot), contentDot: other(), metadataDot: other(),
      origin: Origin(modified: [modified, Timestamp(nanoseconds: 5)].pick(&g), device: ["", "laptop", "Büro"].pick(&g)),
      replaced: [.none, Root(smallContent: [1])].pick(&g), movedFrom: [nil, RelativePath(trusted: Array("old".utf8))].pick(&g),
      isConflictCopy: isLive && Bool.random(using: &g))
  }
}
