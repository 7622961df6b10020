import CoveyTesting
import Foundation
import Glibc
import Testing

/// Every change and every flush of a disk is a moment in which a process may be killed or the power may fail. Of a start that scans,
/// fetches and commits changes of every kind, each of these moments is the last in turn. Serialized: two daemons on two cores.
///
/// By default one moment in eleven is tried, others at each run; `COVEY_BARRIERS=1-9999 swift test --filter BarrierTests` tries all.
@Suite(.serialized, .timeLimit(.minutes(60))) struct BarrierTests {
  private static let triesAll = ProcessInfo.processInfo.environment["COVEY_BARRIERS"] != nil
  /// Which moments are tried, counted from the daemon's start; those that it does not come to are not.
  private static let moments: StrideThrough<Int> = {
    let bounds = (ProcessInfo.processInfo.environment["COVEY_BARRIERS"] ?? "").split(separator: "-").compactMap { Int($0) }
    return bounds.count == 2 ? stride(from: bounds[0], through: bounds[1], by: 1) : stride(from: .random(in: 1...11), through: 100_000, by: 11)
  }()

  @Test(.enabled(if: Shim.path != nil, "there is no C compiler"))
  func `whenever the receiver is killed, every path holds a whole version, and nothing is lost`() throws { try interruptEverywhere(disk: nil) }

  @Test(.enabled(if: Shim.path != nil && LoopDisk.canBeMade, LoopDisk.reason))
  func `whenever the power fails, every path holds a whole version, and nothing is lost`() throws {
    let disk = try LoopDisk(megabytes: 256)
    defer { withExtendedLifetime(disk) {} }
    try interruptEverywhere(disk: disk)
  }

  @Test(.enabled(if: LoopDisk.canBeMade, LoopDisk.reason))
  func `what status said was in sync is there when the power fails in that moment`() throws {
    let disk = try LoopDisk(megabytes: 256)
    defer { withExtendedLifetime(disk) {} }
    let team = try Team(2, place: { Device.Place(root: $0 == 1 ? disk.path : nil) })
    for round in 0..<5 {
      for index in 0..<40 { try team[0].write("file \(index) of round \(round)", to: "d\(round)/f\(index)") }
      try team[0].write(Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* (round + 7)) }), to: "large")
      try team.sync()
      try disk.cutPower()
      team[1].killHard()
      try disk.recover()
      #expect(try Tree(team[1].folder).differences(to: Tree(team[0].folder)) == [])
      try team[1].start()
      try team.syncAndExpectEqual()
    }
  }

  private func interruptEverywhere(disk: LoopDisk?) throws {
    let team = try Team(2, place: { Device.Place(root: $0 == 1 ? disk?.path : nil) })
    let b = team[1]
    // Enough that what all rounds delete within ten minutes is never most of the folder.
    for index in 0..<(Self.triesAll ? 2_000 : 250) { try team[0].write("\(index)", to: "ballast/\(index)") }
    for number in Self.moments {
      let round = Round(number)
      try round.prepare(team[0])
      try team.sync()
      b.killHard()
      try round.change(team[0], b)
      disk?.flush()
      b.place.environment = Shim.dying(at: number, withPowerOf: disk?.path)
      let isOver = try livesToBeInSync(b)
      b.place.environment = [:]
      if isOver { try disk?.cutPower() }
      b.killHard()
      try disk?.recover()
      let torn = try round.torn(b)
      #expect(torn == [], "before change \(number)")
      try b.start()
      do { try team.sync() } catch { throw Failure("after the end before change \(number): \(error)") }
      let (here, there) = (try Tree(team[0].path(round.name)), try Tree(b.path(round.name)))
      #expect(there.differences(to: here) == [], "before change \(number)")
      let breaches = try round.breaches(team[0])
      guard breaches == [] else {
        let stories = try team.devices.map { try $0.covey("log", "F:\(round.name)") + "\n" + $0.log.suffix(3_000) }
        throw Failure("before change \(number): \(breaches)\n\(stories.joined(separator: "\n"))")
      }
      if isOver { break }
    }
    try team.expectEqual()
  }

  /// Starts the daemon and waits until it is in sync, or has ended before that.
  private func livesToBeInSync(_ device: Device) throws -> Bool {
    do { try device.start() } catch { return false }
    while true {
      switch try device.attempt("status", "--wait", "20", "--peers", "1").code {
      case 0: return true
      case 3: throw Failure("neither dead nor in sync: \(device.log.suffix(2_000))")
      default: return false
      }
    }
  }

  /// What two people do in a directory of one round's own: a commit of every kind follows.
  private struct Round {
    let number: Int
    var name: String { "r\(number)" }

    init(_ number: Int) { self.number = number }

    private func path(_ inner: String) -> String { name + "/" + inner }
    /// A large content; versions differ in the middle, so that the chunks around it are taken from the old one.
    private func large(_ version: UInt8) -> Data {
      var generator = SeededGenerator(seed: UInt64(number))
      var bytes = Data((0..<400_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
      bytes.replaceSubrange(200_000..<200_100, with: repeatElement(version, count: 100))
      return bytes
    }

    func prepare(_ a: Device) throws {
      for file in ["replaced", "renamed", "deleted", "swap1", "swap2", "both", "mode", "dir/deleted", "moved/one", "moved/two", "kind"] {
        try a.write("old \(file) \(name)", to: path(file))
      }
      try a.write(large(1), to: path("large"))
    }

    func change(_ a: Device, _ b: Device) throws {
      for file in ["replaced", "both", "new", "dir2/new"] { try a.write("new \(file) \(name)", to: path(file)) }
      try b.write("B's both \(name)", to: path("both"))
      try a.move(path("renamed"), to: path("renamed2"))
      try a.remove(path("deleted"))
      try a.remove(path("dir"))
      try a.move(path("swap1"), to: path("swap"))
      try a.move(path("swap2"), to: path("swap1"))
      try a.move(path("swap"), to: path("swap2"))
      try a.move(path("moved"), to: path("moved2"))
      chmod(a.path(path("mode")), 0o600)
      try a.remove(path("kind"))
      try a.write("new kind \(name)", to: path("kind/inner"))
      try FileManager.default.createSymbolicLink(atPath: a.path(path("link")), withDestinationPath: "replaced")
      try a.write(large(2), to: path("large"))
    }

    /// Files of B that are neither what they were nor what they are to be.
    func torn(_ b: Device) throws -> [String] {
      var whole: [String: Set<String>] = [:]
      for file in ["replaced", "new", "dir2/new", "both"] { whole[file] = ["new \(file) \(name)", "old \(file) \(name)"] }
      whole["kind/inner"] = ["new kind \(name)"]
      whole["both"]?.insert("B's both \(name)")
      for file in ["renamed", "deleted", "mode", "dir/deleted", "moved/one", "moved/two", "kind"] { whole[file] = ["old \(file) \(name)"] }
      (whole["renamed2"], whole["moved2/one"], whole["moved2/two"]) = (whole["renamed"], whole["moved/one"], whole["moved/two"])
      (whole["swap1"], whole["swap2"]) = (["old swap1 \(name)", "old swap2 \(name)"], ["old swap1 \(name)", "old swap2 \(name)"])
      let standing = try Tree(b.path(name)).entries.filter { $0.value.hasPrefix("file") }.keys.filter { !$0.contains("conflict") }
      return standing.filter { file in
        let bytes = FileManager.default.contents(atPath: b.path(path(file)))
        if file == "large" { return bytes != large(1) && bytes != large(2) }
        return !(whole[file] ?? []).contains(String(decoding: bytes ?? Data(), as: UTF8.self))
      }
    }

    /// What is not as it must be in the end.
    func breaches(_ a: Device) throws -> [String] {
      var breaches: [String] = []
      let names = try Tree(a.path(name)).names
      let expected = [
        "both", "dir2", "dir2/new", "kind", "kind/inner", "large", "link", "mode", "moved2", "moved2/one", "moved2/two", "new", "renamed2",
        "replaced", "swap1", "swap2",
      ]
      let copies = names.filter { $0.contains("conflict") }
      if names.filter({ !copies.contains($0) }) != expected { breaches.append("names: \(names)") }
      if copies.count != 1 { breaches.append("copies: \(copies)") }
      let both = Set((["both"] + copies).compactMap { a.read(path($0)) })
      if both != ["new both \(name)", "B's both \(name)"] { breaches.append("both texts: \(both)") }
      if a.read(path("replaced")) != "new replaced \(name)" { breaches.append("an old version came back") }
      if FileManager.default.contents(atPath: a.path(path("large"))) != large(2) { breaches.append("the large file is another") }
      return breaches
    }
  }
}
