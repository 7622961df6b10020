import Foundation
import Glibc
import Testing

/// More changes, names and directories than the kernel's watches follow. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WatchTests {
  /// Another count of inotify watches for one process and its children: a user namespace has limits of its own.
  private static func limited(to count: Int) -> [String] {
    ["unshare", "--user", "--map-root-user", "sh", "-c", "echo \(count) > /proc/sys/user/max_inotify_watches && exec \"$0\" \"$@\""]
  }
  static let canBeLimited = Program.works("unshare", "--user", "--map-root-user", "sh", "-c", "echo 5 > /proc/sys/user/max_inotify_watches")

  @Test func `fifty thousand files at once all arrive without the hourly scan`() throws {
    let team = try Team(2)
    let count = 50_000
    mkdir(team[0].path("many"), 0o755)
    for index in 0..<count { close(open(team[0].path("many/f\(index)"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)) }
    try eventually("the last one is recorded", seconds: 60) { try team[0].folderStatus()["files"] as? Int == count }
    try team.sync(seconds: 120)
    #expect(try FileManager.default.contentsOfDirectory(atPath: team[1].path("many")).count == count)
    let digests = Set(try team.devices.map { try $0.folderStatus()["digest"] as? String ?? "none" })
    #expect(digests.count == 1)
    try team[1].write("x", to: "many/f7")
    try team[0].remove("many/f8")
    try team.sync(seconds: 120)
    #expect(team[0].read("many/f7") == "x" && !team[1].has("many/f8"))
  }

  @Test(.enabled(if: canBeLimited, "a user namespace may not be made here"))
  func `where watches run out it says so and scans instead`() throws {
    let team = try Team(2, place: { Device.Place(prefix: $0 == 1 ? Self.limited(to: 12) : []) })
    for index in 0..<40 { try team[0].write("\(index)", to: "d\(index)/f") }
    try team.syncAndExpectEqual()
    try eventually("B says which limit is reached") { try team[1].problems().contains { $0.reason.contains("fs.inotify.max_user_watches") } }
    for index in 0..<40 { try team[1].write("changed \(index)", to: "d\(index)/f") }
    try eventually("all changes are found", seconds: 60) { (0..<40).allSatisfy { team[0].read("d\($0)/f") == "changed \($0)" } }
    try team.syncAndExpectEqual()
  }

  @Test func `when the directory above is replaced by a copy, the watch goes on with the copy`() throws {
    let team = try Team(2)
    try team[0].write("before", to: "d/f")
    try team.sync()
    let above = team.root + "/A"
    try Program.must("mv", above, above + "-old")
    try Program.must("cp", "-a", above + "-old", above)
    try team[0].covey("scan", "F")
    try team[0].write("after", to: "d/f")
    try team[0].write("new", to: "d/e/g")
    // The hourly scan is far away.
    try eventually("B has what was written", seconds: 20) { team[1].read("d/f") == "after" && team[1].read("d/e/g") == "new" }
    try team.syncAndExpectEqual()
  }

  @Test func `a path of nearly four thousand bytes`() throws {
    let team = try Team(2)
    let component = String(repeating: "p", count: 250)
    // The disk takes no longer path at once, and a person reaches it step by step.
    var directory = open(team[0].folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    var inner = ""
    while inner.utf8.count + component.utf8.count + 1 < 3_700 {
      #expect(mkdirat(directory, component, 0o755) == 0)
      let next = openat(directory, component, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      close(directory)
      directory = next
      inner += (inner.isEmpty ? "" : "/") + component
    }
    let file = openat(directory, "deep", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
    #expect(write(file, "deep", 4) == 4)
    close(file)
    close(directory)
    try team.syncAndExpectEqual()
    #expect(team[1].read(inner + "/deep") == "deep")
    try team[1].remove(component)
    try team.syncAndExpectEqual()
    #expect(try Tree(team[0].folder).names.isEmpty)
  }

  @Test func `a file that grows without a pause is never published torn, and its last bytes arrive`() throws {
    let team = try Team(2)
    let line = { (index: Int) in "line \(index) of a log that somebody writes all the time\n" }
    let file = open(team[0].path("log"), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o644)
    var count = 0
    let end = ContinuousClock.now + .seconds(4)
    while ContinuousClock.now < end {
      for _ in 0..<50 {
        let bytes = Array(line(count).utf8)
        #expect(write(file, bytes, bytes.count) == bytes.count)
        count += 1
      }
      if let seen = team[1].read("log") {
        // What is there is a beginning of what was written: as it stood at one moment.
        let lines = seen.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let whole = (0..<lines).map(line).joined()
        #expect(seen == whole)
        guard seen == whole else { break }
      }
    }
    close(file)
    try team.syncAndExpectEqual()
    #expect(team[1].read("log")?.hasSuffix(line(count - 1)) == true)
    #expect(try Tree(team[1].folder).names == ["log"])
  }
}
