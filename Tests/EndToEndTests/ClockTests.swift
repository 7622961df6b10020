import Foundation
import Glibc
import Testing

/// Clocks that go wrong: they choose which of two contents stands at a path, never whether one is kept.
///
/// The kernel goes on to stamp files by its own clock, so that the times of what a person writes on such a device are set by hand.
@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: Shim.path != nil, "a clock that is off needs a C compiler to be made")) struct ClockTests {
  private static let day = 86_400

  private func write(_ text: String, to name: String, on device: Device, off seconds: Int) throws {
    try device.write(text, to: name)
    device.setTime(time(nil) + seconds, 0, of: name)
  }

  @Test(arguments: [day, -3652 * day]) func `a clock that is off on one device changes nothing for edits one after the other`(off: Int) throws {
    let team = try Team(2, place: { Shim.clock(off: $0 == 1 ? off : 0) })
    let (a, b) = (team[0], team[1])
    try a.write("first", to: "t")
    try team.syncAndExpectEqual()
    try write("by B", to: "t", on: b, off: off)
    try team.syncAndExpectEqual()
    #expect(a.read("t") == "by B")
    try a.write("by A, later", to: "t")
    try team.syncAndExpectEqual()
    #expect(b.read("t") == "by A, later")
    try write("by B again", to: "t", on: b, off: off)
    try team.syncAndExpectEqual()
    #expect(a.read("t") == "by B again")
    #expect(try Tree(a.folder).names == ["t"])
    try b.remove("t")
    try team.syncAndExpectEqual()
    #expect(!a.has("t"))
  }

  @Test func `a conflict with a clock that is off keeps both texts, under the same names`() throws {
    let team = try Team(2, place: { Shim.clock(off: $0 == 1 ? Self.day : 0) })
    try team.offline {
      try team[0].write("by A", to: "t")
      try write("by B", to: "t", on: team[1], off: Self.day)
    }
    try team.expectEqual()
    #expect(try team[0].texts() == ["by A", "by B"])
    #expect(team[0].read("t") == "by B", "the later time wins, though it be wrong")
    let tomorrow = try team[0].conflicts()
    #expect(tomorrow.count == 1)
    try team[0].write("by A, once more", to: "t")
    try team.syncAndExpectEqual()
    #expect(team[1].read("t") == "by A, once more")
  }

  @Test func `a clock that jumps between two starts loses nothing`() throws {
    let team = try Team(2)
    try team[1].write("before", to: "t")
    try team.sync()
    for off in [10 * Self.day, -10 * Self.day] {
      team[1].stop()
      team[1].place = Shim.clock(off: off)
      try team[1].start()
      try write("at \(off)", to: "t", on: team[1], off: off)
      try team.syncAndExpectEqual()
      #expect(team[0].read("t") == "at \(off)")
    }
    #expect(try Tree(team[0].folder).names == ["t"])
    team[1].stop()
    team[1].place = Device.Place()
    try team[1].start()
    try team[0].remove("t")
    try team.syncAndExpectEqual()
    #expect(try Tree(team[1].folder).names.isEmpty)
  }
}
