import Foundation
import Glibc
import Testing

/// Hosts on a network that is cut and healed; devices find each other by what they announce. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: LocalNetwork.canBeMade, "network namespaces need root and the command ip"))
struct NetworkTests {
  /// Hosts whose devices found each other and pair with nothing but the code.
  private func team(_ count: Int, _ network: LocalNetwork) throws -> Team {
    try Team(count, findsItself: true, place: network.place)
  }

  @Test func `a code alone is enough on one network, and who starts is found at once`() throws {
    let network = try LocalNetwork(3)
    let team = try team(3, network)
    defer { withExtendedLifetime(network) {} }
    try team[0].write("found", to: "found")
    try team.syncAndExpectEqual()
    #expect(team[2].read("found") == "found")
    for device in team.devices {
      device.stop()
      let begun = ContinuousClock.now
      try device.start()
      try eventually("\(device.name) has all its peers") { try device.connected().count == 2 }
      #expect(seconds(since: begun) < 5)
    }
  }

  @Test func `a host with a new address is found again`() throws {
    let network = try LocalNetwork(2)
    let team = try team(2, network)
    defer { withExtendedLifetime(network) {} }
    try network.readdress(1, to: "10.77.0.99")
    try team[1].write("from the new address", to: "t")
    try eventually("A has it", seconds: 20) { team[0].read("t") == "from the new address" }
    try team.syncAndExpectEqual()
  }

  @Test(arguments: [true, false]) func `a network that is cut in the middle of a transfer and healed converges soon`(isSeen: Bool) throws {
    let network = try LocalNetwork(2)
    let team = try team(2, network)
    defer { withExtendedLifetime(network) {} }
    try network.slow(0, megabitsPerSecond: 40)
    var generator = SystemRandomNumberGenerator()
    var bytes = Data(capacity: 12 << 20)
    while bytes.count < 12 << 20 { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
    try team[0].write(bytes, to: "large")
    try eventually("a part of it has come") { try team[1].receivedByteCount() > 2 << 20 }
    if isSeen { try network.pull(1) } else { try network.cut(1) }
    try team[0].write("by A while cut", to: "t")
    try team[1].write("by B while cut", to: "u")
    // The cut lasts: it is what the test is about, not what it waits for.
    sleep(6)
    if isSeen { try network.plug(1) } else { try network.heal(1) }
    let healed = ContinuousClock.now
    try eventually("each has what the other wrote", seconds: 40) { team[1].read("t") == "by A while cut" && team[0].read("u") == "by B while cut" }
    #expect(seconds(since: healed) < 15)
    try team.syncAndExpectEqual()
    #expect(try Data(contentsOf: URL(fileURLWithPath: team[1].path("large"))) == bytes)
  }

  @Test func `two halves of a cut network go on by themselves and meet`() throws {
    let network = try LocalNetwork(3)
    let team = try team(3, network)
    defer { withExtendedLifetime(network) {} }
    try team[0].write("base", to: "t")
    try team.sync()
    try network.cut(2)
    try team[0].write("by A", to: "t")
    try team[2].write("by C", to: "t")
    try eventually("B goes on with A") { team[1].read("t") == "by A" }
    sleep(3)
    try network.heal(2)
    let healed = ContinuousClock.now
    try eventually("all have both texts", seconds: 40) { try team.devices.allSatisfy { try $0.texts() == ["by A", "by C"] } }
    #expect(seconds(since: healed) < 15)
    try team.syncAndExpectEqual()
  }
}
