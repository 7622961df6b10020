import Foundation
import Testing

/// What a change of a large file costs on the wire, both ways together: counts that no machine makes larger.
@Suite(.serialized, .timeLimit(.minutes(4))) struct LargeFileTests {
  @Test func `small changes of a large file cost little`() throws {
    let team = try Team(2)
    let device = team[0]
    var generator = SystemRandomNumberGenerator()
    func random(_ byteCount: Int) -> Data {
      var data = Data(capacity: byteCount + 8)
      while data.count < byteCount { withUnsafeBytes(of: generator.next()) { data.append(contentsOf: $0) } }
      return data.prefix(byteCount)
    }
    var before = 0
    func transferred() throws -> Int {
      try team.syncAndExpectEqual()
      let now = try device.transferredByteCount()
      defer { before = now }
      return now - before
    }
    var bytes = random(64 << 20)
    try device.write(bytes, to: "large")
    #expect(try transferred() < 65 << 20)
    // In place, so that nobody sees a file that is half written.
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: device.path("large")))
    func overwrite(_ offset: Int, with part: Data) throws {
      try file.seek(toOffset: UInt64(offset))
      try file.write(contentsOf: part)
      bytes.replaceSubrange(offset..<(offset + part.count), with: part)
    }
    try overwrite(30_000_000, with: Data([bytes[30_000_000] ^ 1]))
    #expect(try transferred() < 4_000)
    for index in 0..<10 { try overwrite(index * 6_000_000, with: random(64)) }
    try file.close()
    #expect(try transferred() < 25_000)
    bytes = random(1 << 10) + bytes
    try device.write(bytes, to: "large")
    #expect(try transferred() < 8_000)
    // Up to a seventh more, where a patch would save too little to be made.
    bytes += random(64 << 10)
    try device.write(bytes, to: "large")
    #expect(try transferred() < 80_000)
    try FileManager.default.copyItem(atPath: device.path("large"), toPath: device.path("copied"))
    #expect(try transferred() < 4_000)
  }
}
