import CLinux
import CoveyCore
import CoveyEngine
import CoveyStorage
import Foundation
import Glibc
import Testing

/// What a team is kept from by asking first. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(4))) struct GuardTests {
  /// Two devices with 200 files, of which the second loses 150 at once.
  private func teamAfterMishap() throws -> Team {
    let team = try Team(2)
    for index in 0..<200 { try team[0].write("file \(index)", to: index < 150 ? "lost/sub/\(index)" : "kept/\(index)") }
    try team.sync()
    try team[1].remove("lost")
    let end = ContinuousClock.now + .seconds(20)
    while try team[1].folderStatus()["state"] as? String != "blocked", ContinuousClock.now < end { _ = try team[1].attempt("status", "--wait", "1") }
    return team
  }

  @Test func `a mass delete is held, also over a restart, until it is approved`() throws {
    let team = try teamAfterMishap()
    for _ in 0..<2 {
      let status = try team[1].folderStatus()
      #expect(status["state"] as? String == "blocked" && status["inSync"] as? Bool == false)
      #expect(((status["problems"] as? [[String: Any]])?.first?["reason"] as? String)?.contains("covey approve F") == true)
      #expect(try team[1].covey("log").contains("150 files were deleted here at once"))
      #expect(try team[1].attempt("status", "--wait", "1").code == 3)
      #expect(try Tree(team[0].folder).names.count == 203)
      team[1].killHard()
      try team[1].start()
      _ = try team[1].attempt("status", "--wait", "2")
    }
    try team[1].covey("approve", "F")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names.count == 51)
    #expect(try team[1].attempt("approve", "F").code == 1, "nothing is held any more")
  }

  @Test func `what one device did in a span is undone, and only that`() throws {
    let team = try Team(2)
    for name in ["changed", "gone", "dir/inner", "both", "old"] { try team[0].write("before \(name)", to: name) }
    try team.sync()
    let since = Self.now()
    let before = try Tree(team[0].folder)
    try team[1].write("after", to: "changed")
    try team[1].remove("gone")
    try team[1].move("dir/inner", to: "dir/moved")
    try team[1].write("added", to: "new/file")
    try team[1].write("theirs", to: "both")
    try team.sync()
    try team[0].write("mine", to: "both")
    try team[0].write("also mine", to: "other")
    try team.sync()
    #expect(try team[0].covey("log").contains("deleted"))
    let dry = try team[0].attempt("undo", "--device", "B", "--since", since, "F", "--dry-run")
    #expect(dry.code == 1 && dry.output.contains("F:new/file") && dry.errors.contains("F:both"))
    #expect(team[0].read("changed") == "after", "a dry run changes nothing")
    #expect(try team[0].attempt("undo", "--device", "B", "--since", since, "F").code == 1)
    try team.syncAndExpectEqual()
    let differences = try Tree(team[1].folder).differences(to: before).map { $0.prefix { $0 != ":" } }
    #expect(differences == ["both", "other"])
    #expect(team[1].read("both") == "mine")
  }

  private static func now() -> String {
    // The record's clock has nanoseconds; what arrived before this text was made is before it.
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    return formatter.string(from: Date())
  }

  @Test func `rotten bytes are found, kept from the others, and mended from a peer`() throws {
    let team = try Team(2)
    let good = String(repeating: "good ", count: 20_000)
    try team[0].write(good, to: "large")
    try team[0].write("sound", to: "small")
    try team.sync()
    team[1].stop()
    try Self.rot("large", of: team[1])
    try team[1].start()
    try team.sync()
    #expect(team[1].read("large") != good, "nobody can have noticed")
    let report = try team[1].json("verify", "F") as? [String: Any]
    let folder = (report?["folders"] as? [[String: Any]])?.first
    let damaged = (folder?["damaged"] as? [[String: Any]])?.first
    #expect(damaged?["path"] as? String == "large" && damaged?["mended"] as? Bool == true)
    try team.syncAndExpectEqual()
    #expect(team[0].read("large") == good && team[1].read("large") == good)
    #expect(try team[1].covey("verify").contains("F"))
  }

  /// Changes a byte as a disk may, with everything that a stat says as before. The ctime cannot be put back, so the record is made to have
  /// seen the new one.
  private static func rot(_ inner: String, of device: Device) throws {
    let (path, file) = (try RelativePath(Array(inner.utf8)), device.path(inner))
    let store = try SQLiteStore(directory: device.home, clock: { .zero })
    let folder = try #require(try store.folders().first)
    let seen = try #require(try store.read(folder) { try $0.entry(path)?.observation })
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
    try handle.seek(toOffset: 5_000)
    try handle.write(contentsOf: Data("X".utf8))
    try handle.close()
    device.setTime(Int(seen.modified.seconds), Int(seen.modified.subsecond), of: inner)
    var info = stat()
    guard stat(file, &info) == 0 else { throw Failure("\(file): \(errno)") }
    try store.write(folder, flush: true) { records in
      guard var entry = try records.entry(path) else { return }
      entry.observation?.changed = Timestamp(seconds: Int64(info.st_ctim.tv_sec), nanoseconds: Int64(info.st_ctim.tv_nsec))
      try records.setEntry(entry)
    }
    try store.close()
  }

  @Test func `a mass delete is taken back from the peer`() throws {
    let team = try teamAfterMishap()
    try team[1].covey("restore", "F:")
    try team.syncAndExpectEqual()
    #expect(team[1].read("lost/sub/7") == "file 7")
    #expect(try Tree(team[0].folder).names.count == 203)
  }
}
