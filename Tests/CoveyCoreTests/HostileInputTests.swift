import CoveyCore
import CoveyTesting
import Testing

/// Bytes from peers, disks and people that no honest program writes: refused or accepted, never a trap, and what is accepted is exactly
/// what would be written.
@Suite struct HostileInputTests {
  /// The examples are from a peer's program: whatever is kept of an input must be all of it.
  private func feed(_ examples: [[UInt8]], seed: UInt64, count: Int, _ body: ([UInt8]) throws -> Void) throws {
    let before = try HostileInput.peakByteCount()
    var input = HostileInput(examples, seed: seed)
    try input.feed(randomCount: count, to: body)
    // Other tests run beside this one; what is claimed in these inputs is terabytes.
    #expect(try HostileInput.peakByteCount() - before < 1 << 30)
  }

  @Test func `membership records`() throws {
    let examples = MembershipRecordTests.bodies.map { MembershipRecordTests.record($0).bytes }
    try feed(examples, seed: 1, count: 80_000) { bytes in
      if let record = try? MembershipRecord(bytes: bytes) { #expect(record.bytes == bytes) }
    }
  }

  @Test func `versions`() throws {
    let examples = try StoreSamples.everyShape().map(\.record)
    try feed(examples, seed: 2, count: 80_000) { bytes in
      if let version = try? Version(record: bytes) { #expect(version.record == bytes) }
    }
  }

  @Test func `paths`() throws {
    let examples = ["a", "notes/today.txt", "../x", "a//b", "/etc/passwd", "a/./b", "ä/€/😀", ".covey/folder"].map { Array($0.utf8) }
    try feed(examples, seed: 3, count: 60_000) { bytes in
      guard let path = try? RelativePath(bytes) else { return }
      #expect(path.bytes == bytes && bytes.count <= 4096 && !bytes.contains(0))
      let components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      #expect(components.allSatisfy { (1...255).contains($0.count) && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E]) })
      if let original = ConflictCopyName.original(of: path) { #expect(ConflictCopyName.original(of: original) == nil) }
    }
  }

  @Test func `names of conflict copies`() throws {
    let copy = "dir/report.conflict-20261122-184217-desk-9f3c.7.txt"
    try feed([Array(copy.utf8), Array(copy.utf8) + Array(".conflict-20261122-184217-desk-9f3c".utf8)], seed: 4, count: 40_000) { bytes in
      guard let path = try? RelativePath(bytes), let original = ConflictCopyName.original(of: path) else { return }
      #expect(original.parent == path.parent && original.bytes.count < path.bytes.count)
    }
  }

  @Test func `ignore rules, and paths against them`() throws {
    let examples = ["*.o\n!keep.o\n/build/\n**/x/**\n", "[a-z]?\\ \n[[:alpha:]]*\n#c\n\\#d\n", "a/**/b/***/c\n!a/b/[!x]\n  \n"].map { Array($0.utf8) }
    let paths = try ["a", "a/b/c", "build/x/keep.o", "é/#d", String(repeating: "a", count: 200) + "/b"].map { try RelativePath($0) }
    try feed(examples, seed: 5, count: 40_000) { bytes in
      guard let rules = try? GitIgnore(parsing: bytes, local: Array(bytes.reversed())) else { return }
      for path in paths {
        #expect(rules.ignores(path, isDirectory: nil) == (rules.ignores(path, isDirectory: true) && rules.ignores(path, isDirectory: false)))
        _ = rules.matchingRule(path, isDirectory: nil)
      }
    }
  }

  @Test func `texts and their differences`() throws {
    let old = Array("one\ntwo\nthree\n\nfive\n".utf8)
    try feed([old, Array("one\r\n2\nthree".utf8), []], seed: 6, count: 30_000) { bytes in
      _ = UnifiedDiff.isText(bytes)
      let lines = UnifiedDiff(old: old, new: bytes).rendered(oldName: "a", newName: "b")
      #expect(lines.isEmpty == (old == bytes))
      _ = UnifiedDiff(old: bytes, new: old).rendered(oldName: "a", newName: "b", context: 0)
    }
  }

  @Test func `names on a terminal`() throws {
    let examples = [Array("a\n\u{1B}[2Jb\u{202E}c\u{9B}31m\u{7F}\u{2066}d".utf8), [0xFF, 0xC2, 0x41, 0xE2, 0x80], Array("plain ä 😀".utf8)]
    try feed(examples, seed: 7, count: 60_000) { bytes in
      let shown = bytes.escaped
      #expect(shown.unicodeScalars.allSatisfy { scalar in
        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && !(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value)
          && !(0x2028...0x2029).contains(scalar.value)
      })
      #expect(!shown.contains { $0.isNewline })
    }
  }

  @Test func `times`() throws {
    let examples = ["2026-11-22T18:42:17Z", "2026-02-29T23:59:60.123456789+14:00", "0000-01-01T00:00:00-23:59", "9999-12-31T23:59:59.9Z"]
    try feed(examples.map { Array($0.utf8) }, seed: 8, count: 60_000) { bytes in
      guard let time = Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self)) else { return }
      _ = time.rfc3339
      _ = time.nanoseconds
    }
    for seconds in [Int64.min, -1, 0, .max] { _ = Timestamp(seconds: seconds, nanoseconds: 0).rfc3339 }
  }

  @Test func `device ids as people type them`() throws {
    let id = MembershipRecordTests.device.text
    try feed([Array(id.utf8), Array(id.lowercased().utf8)], seed: 9, count: 40_000) { bytes in
      if let device = try? DeviceID(text: String(decoding: bytes, as: UTF8.self)) { #expect((try? DeviceID(text: device.text)) == device) }
    }
  }
}
