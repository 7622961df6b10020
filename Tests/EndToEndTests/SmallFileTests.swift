import Foundation
import Testing

/// What many small files cost: bytes on the wire, both ways together, and the calls that read and write. Counts that no machine makes larger.
@Suite(.serialized, .timeLimit(.minutes(4))) struct SmallFileTests {
  private static let count = 2_000

  @Test func `many small files cost little more than their bytes`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    try team.sync()
    let staged = a.folder + "-staged"
    var generator = SystemRandomNumberGenerator()
    var byteCount = 0
    // Made beside the folder and moved in, so that none is seen half written and read twice.
    for directory in 0..<Self.count / 100 { try FileManager.default.createDirectory(atPath: "\(staged)/s\(directory)", withIntermediateDirectories: true) }
    for index in 0..<Self.count {
      var bytes = Data()
      while bytes.count < 2_048 + index * 2 { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
      byteCount += bytes.count
      try bytes.write(to: URL(fileURLWithPath: "\(staged)/s\(index / 100)/f\(index)"))
    }
    let (wire, before) = (try b.transferredByteCount(), try (calls(of: a), calls(of: b)))
    #expect(rename(staged, a.path("many")) == 0)
    try team.syncAndExpectEqual()
    let (sender, receiver) = try (calls(of: a) - before.0, calls(of: b) - before.1)
    // Each is read twice by its sender, to be named and to be sent, and written once by its receiver.
    #expect(try b.transferredByteCount() - wire < byteCount + 130 * Self.count)
    #expect(sender.reads < 3 * Self.count && sender.writes < Self.count, "\(sender)")
    #expect(receiver.reads < Self.count && receiver.writes < 2 * Self.count, "\(receiver)")
  }

  @Test func `names and times of many files cost no content`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    for index in 0..<Self.count { try a.write("\(index)", to: "old/s\(index / 100)/f\(index)") }
    try team.sync()
    var (wire, before) = (try b.transferredByteCount(), try calls(of: b))
    try a.move("old", to: "new")
    try team.syncAndExpectEqual()
    var cost = try calls(of: b) - before
    #expect(try b.transferredByteCount() - wire < 60 * Self.count)
    #expect(cost.reads + cost.writes < 4 * Self.count, "\(cost)")
    (wire, before) = (try b.transferredByteCount(), try calls(of: b))
    // Only the times change: nothing is to be sent but what the files are called and when they were written.
    for index in 0..<Self.count { a.setTime(1_700_000_000 + index, 0, of: "new/s\(index / 100)/f\(index)") }
    try team.syncAndExpectEqual()
    cost = try calls(of: b) - before
    #expect(try b.transferredByteCount() - wire < 80 * Self.count)
    #expect(cost.reads + cost.writes < 2 * Self.count, "\(cost)")
  }

  /// Calls of the kernel that read or write, files and sockets alike, as it counts them for a process.
  private struct Calls: CustomStringConvertible {
    var (reads, writes) = (0, 0)
    var description: String { "\(reads) reads, \(writes) writes" }
    static func - (a: Calls, b: Calls) -> Calls { Calls(reads: a.reads - b.reads, writes: a.writes - b.writes) }
  }

  private func calls(of device: Device) throws -> Calls {
    let lines = try String(contentsOfFile: "/proc/\(try device.processID)/io", encoding: .utf8).split(separator: "\n")
    func count(_ name: String) -> Int { lines.first { $0.hasPrefix(name) }.flatMap { Int($0.dropFirst(name.count)) } ?? 0 }
    return Calls(reads: count("syscr: "), writes: count("syscw: "))
  }
}
