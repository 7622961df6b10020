import CLinux
import Foundation
import Glibc
import Testing

/// What history keeps on a real disk. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(4))) struct HistoryTests {
  private func kept(_ device: Device) throws -> [String] {
    (try? FileManager.default.subpathsOfDirectory(atPath: device.path(".covey/history"))) ?? []
  }

  private func listing(_ device: Device) throws -> (files: Int, bytes: Int) {
    let folder = (try device.json("folders") as? [[String: Any]])?.first ?? [:]
    return (folder["historyFiles"] as? Int ?? -1, folder["historyBytes"] as? Int ?? -1)
  }

  @Test func `history is counted, and goes when it is older than the config says`() throws {
    let team = try Team(2)
    try team[0].write("one", to: "t.txt")
    try team.sync()
    try team[0].write("two!", to: "t.txt")
    try team.sync()
    #expect(try listing(team[1]) == (1, 3))
    #expect(try kept(team[1]).count == 1)
    team[1].stop()
    // A second is as good as a month.
    let config = team[1].home + "/config.toml"
    let text = try String(contentsOfFile: config, encoding: .utf8)
    try text.replacingOccurrences(of: "[[folder]]", with: "[[folder]]\nhistory = \"1s\"").write(toFile: config, atomically: true, encoding: .utf8)
    let end = ContinuousClock.now + .seconds(20)
    while try Self.age(of: team[1].path(".covey/history")) < 2, ContinuousClock.now < end { usleep(50_000) }
    try team[1].start()
    while try listing(team[1]) != (0, 0), ContinuousClock.now < end { _ = try team[1].attempt("status", "--wait", "1") }
    #expect(try listing(team[1]) == (0, 0))
    #expect(try kept(team[1]).isEmpty)
    #expect(team[1].log.contains("history gave up 1 files"))
    try team.syncAndExpectEqual()
  }

  /// Seconds since the directory changed.
  private static func age(of path: String) throws -> Int {
    var info = stat()
    guard stat(path, &info) == 0 else { throw Failure("\(path): \(errno)") }
    return time(nil) - info.st_mtim.tv_sec
  }
}
