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
      let peer = (try device.status()["peers"] as? [[String: Any]])?.first
      let now = (peer?["bytesSent"] as? Int ?? 0) + (peer?["bytesReceived"] as? Int ?? 0)
      defer { before = now }
      return now - before
    }
    var bytes = random(64 << 20)
    try device.write(bytes, to: "large")
    #expect(try transferred() < 65 << 20)
    bytes[30_000_000] ^= 1
    try device.write(bytes, to: "large")
    #expect(try transferred() < 4_000)
    for index in 0..<10 { bytes.replaceSubrange((index * 6_000_000)..<(index * 6_000_000 + 64), with: random(64)) }
    try device.write(bytes, to: "large")
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
