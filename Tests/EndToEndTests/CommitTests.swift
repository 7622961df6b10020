import Foundation
import Glibc
import Synchronization
import Testing

/// By default a part of the saves; `COVEY_ROUNDS=10000` makes all of them.
private let roundCount = Int(ProcessInfo.processInfo.environment["COVEY_ROUNDS"] ?? "") ?? 150

/// The very moment in which the daemon replaces a file. Serialized: two daemons and a busy person a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(5 + roundCount / 100))) struct CommitTests {
  @Test func `a save in the moment of a replacement is never lost`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    var people = try People(seed: 203, devices: team.devices, trash: team.root + "/trash")
    // What one person saves all the time is passed on when it rests: each of many files has rested when it is its turn again.
    let names = (0..<12).map { "t\($0)" }
    for name in names { try a.write("base", to: name) }
    try team.sync()
    for round in 1...roundCount {
      let name = names[round % names.count]
      try people.save(name, on: a)
      // What B is about to put in place lies in staging until it does.
      let end = ContinuousClock.now + .milliseconds(100)
      while (try? FileManager.default.contentsOfDirectory(atPath: b.path(".covey/staging")).isEmpty) != false, ContinuousClock.now < end {}
      usleep(UInt32(people.below(3_000)))
      try people.save(name, on: b)
      guard round % 50 == 0 else { continue }
      try team.sync()
      let breaches = try people.breaches()
      #expect(breaches == [])
      guard breaches.isEmpty else { return }
      // Settled conflicts leave the folder small.
      for conflict in try a.conflicts() { try a.covey("conflicts", "resolve", "\(try #require(conflict["id"] as? Int))", "--keep", "current") }
      try team.sync()
    }
  }

  @Test func `what is written into a version that was replaced under its writer is told of, and kept as that device's`() throws {
    let team = try Team(2)
    let (a, b) = (team[0], team[1])
    try a.write("first", to: "t")
    try team.sync()
    let descriptor = open(b.path("t"), O_RDWR)
    try a.write("second", to: "t")
    try eventually("the new version stands on B") { b.read("t") == "second" }
    // As long as a program can still write to the old one B is not in sync, and says what keeps it.
    try eventually("B says why") { try b.problems().contains { $0.path == "t" && $0.reason.contains("close the file") } }
    #expect(try b.attempt("status", "--wait", "1").code == 3)
    #expect(write(descriptor, "third", 5) == 5)
    close(descriptor)
    try team.syncAndExpectEqual()
    let copies = try Tree(a.folder).names.filter { $0.hasPrefix("t.conflict-") }
    #expect(copies.count == 1 && copies[0].contains("-B-"))
    #expect(try a.read("t") == "second" && a.read(#require(copies.first)) == "third")
    #expect(try b.problems().isEmpty)
  }

  @Test func `a reader in a tight loop always finds a whole version`() throws {
    let team = try Team(2)
    let count = min(roundCount, 200)
    func text(_ index: Int) -> String { String(repeating: "\(index)\n", count: 3_000) }
    try team[0].write(text(0), to: "t")
    try team.sync()
    let path = team[1].path("t")
    let reader = Reader(path)
    Thread { reader.read() }.start()
    defer { reader.isOver.store(true, ordering: .relaxed) }
    for index in 1...count {
      try team[0].write(text(index), to: "t.new")
      try team[0].move("t.new", to: "t")
      try eventually("version \(index) stands on B") { (FileManager.default.contents(atPath: path) ?? Data()).starts(with: Data("\(index)\n".utf8)) }
    }
    #expect(reader.broken.withLock { $0 } == [])
    #expect(reader.seen.load(ordering: .relaxed) > count)
    try team.syncAndExpectEqual()
  }

  /// Reads a file again and again on a thread of its own and notes what no reader may find.
  private final class Reader: Sendable {
    let path: String
    let isOver = Atomic(false)
    let seen = Atomic(0)
    let broken = Mutex<[String]>([])

    init(_ path: String) { self.path = path }

    func read() {
      while !isOver.load(ordering: .relaxed) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
          broken.withLock { $0.append("missing") }
          continue
        }
        let lines = bytes.split(separator: 0x0A)
        if lines.count != 3_000 || Set(lines).count != 1 { broken.withLock { $0.append("\(lines.count) lines of \(Set(lines).count) versions") } }
        seen.add(1, ordering: .relaxed)
      }
    }
  }
}
