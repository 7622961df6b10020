import CoveyCore
import CoveyProtocol
import Testing

/// A member whose program is not ours signs versions that no version may be. Its signature is good; they are refused all the same.
@Suite struct HostileVersionTests {
  private let good = BatchTests()

  /// A file's version with these fields, canonical but for what is wrong in it.
  private func record(
    kind: UInt8 = Kind.file.rawValue, mode: UInt64 = 0o644, size: UInt64 = 3, target: [UInt8] = [], path: [UInt8] = [0x61], moved: [UInt8]? = nil
  ) -> [UInt8] {
    var out = CanonicalWriter()
    out.byte(kind)
    out.byte(1 | 2 | 4 | (moved == nil ? 0 : 16))
    if kind == Kind.file.rawValue { out.number(size) }
    if kind != Kind.symlink.rawValue { out.number(mode) }
    if kind != Kind.directory.rawValue { out.signed(17) }
    if kind == Kind.file.rawValue { out.raw(Bytes32(words: (1, 2, 3, 4))) }
    if kind == Kind.symlink.rawValue { out.string(target) }
    let dot = Dot(log: good.log, sequence: 11)
    out.dot(dot)
    out.vector(VersionVector([dot]))
    out.string(Array("ann".utf8))
    if let moved { out.string(moved) }
    out.string(path)
    return out.bytes
  }

  private func verify(_ record: [UInt8]) throws -> VerifiedBatch {
    try good.verify(good.slice(good.batch(records: [record]), [record]))
  }

  @Test func `the same with nothing wrong is taken`() throws {
    #expect(try verify(record()).items.count == 1)
    #expect(try verify(record(kind: Kind.symlink.rawValue, target: Array("/etc/passwd".utf8))).items.first?.version.target == Array("/etc/passwd".utf8))
    #expect(try verify(record(moved: [0x62])).items.count == 1)
  }

  @Test(arguments: [
    "../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "", "..", "a\0b", ".covey/folder", ".covey/staging/f-1", ".covey/history/x",
  ])
  func `no name leads out of the folder or into the tool's own place`(_ name: String) {
    #expect(throws: BatchError.self) { try verify(record(path: Array(name.utf8))) }
    #expect(throws: BatchError.self) { try verify(record(moved: Array(name.utf8))) }
  }

  @Test func `no name is anything but UTF-8, or too long`() {
    let long = [[UInt8](repeating: 0x78, count: 256), Array(String(repeating: "d/", count: 2_048).utf8) + [0x78]]
    for name in [[0xFF], [0x61, 0xC2], [0xED, 0xA0, 0x80]] + long as [[UInt8]] { #expect(throws: BatchError.self) { try verify(record(path: name)) } }
  }

  @Test func `no mode has special bits, and nothing but files, directories and links exists`() {
    for mode in [0o4777, 0o2755, 0o1777, 0o10644, .max] as [UInt64] { #expect(throws: BatchError.self) { try verify(record(mode: mode)) } }
    for kind in 4...255 as ClosedRange<UInt8> { #expect(throws: BatchError.self) { try verify(record(kind: kind)) } }
  }

  @Test func `no size and no target is beyond its limit`() {
    for size in [1 << 53, .max] as [UInt64] { #expect(throws: BatchError.self) { try verify(record(size: size)) } }
    for target in [[], [0x61, 0], [UInt8](repeating: 0x61, count: 4_096), [UInt8](repeating: 0x61, count: 1 << 20)] as [[UInt8]] {
      #expect(throws: BatchError.self) { try verify(record(kind: Kind.symlink.rawValue, target: target)) }
    }
  }
}
