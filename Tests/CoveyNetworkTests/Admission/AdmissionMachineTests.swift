import CoveyCore
import CoveyNetwork
import NIOCore
import Testing

struct AdmissionMachineTests {
  private static let limits = {
    var limits = NetworkLimits()
    limits.unauthenticatedMax = 6
    limits.unauthenticatedPerSourceMax = 2
    limits.unauthenticatedFromLoopbackMax = 6
    limits.attemptsPerSecond = 3
    limits.connectionsPerDeviceMax = 2
    limits.rememberedSourcesMax = 100
    return limits
  }()

  private var machine = AdmissionMachine(AdmissionMachineTests.limits)

  private func second(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64(seconds * 1e9)) }
  private func device(_ number: UInt64) -> DeviceID { DeviceID(key: Bytes32(words: (number, 0, 0, 0))) }

  @Test mutating func aSourceHoldsNoMoreThanItsShare() {
    #expect(machine.arrive(from: .v4(1), at: .start) == .admitted(1))
    #expect(machine.arrive(from: .v4(1), at: .start) == .admitted(2))
    #expect(machine.arrive(from: .v4(1), at: .start) == .refused(.sourceFull))
    #expect(machine.arrive(from: .v4(2), at: .start) == .admitted(3), "another source is not in its way")
  }

  @Test mutating func allSourcesTogetherHoldNoMoreThanTheWhole() {
    for source in 1...6 { _ = machine.arrive(from: .v4(UInt32(source)), at: .start) }
    #expect(machine.arrive(from: .v4(7), at: .start) == .refused(.full))
    machine.leave(3)
    #expect(machine.arrive(from: .v4(7), at: .start) == .admitted(7))
    #expect(machine.unauthenticatedCount == 6)
  }

  @Test mutating func whoHasHadTimeEnoughGivesWay() {
    for source in 1...6 { _ = machine.arrive(from: .v4(UInt32(source)), at: second(Double(source) / 10)) }
    #expect(machine.arrive(from: .v4(7), at: second(1.05)) == .refused(.full), "nobody is a second old yet")
    #expect(machine.arrive(from: .v4(7), at: second(1.15)) == .replaced(1, with: 7))
    #expect(machine.unauthenticatedCount == 6)
  }

  @Test mutating func aSourceBeginsSoManyASecond() {
    for _ in 0..<3 {
      guard case .admitted(let ticket) = machine.arrive(from: .v6(1), at: .start) else { Issue.record("the burst passes"); return }
      machine.leave(ticket)
    }
    #expect(machine.arrive(from: .v6(1), at: .start) == .refused(.tooFast))
    #expect(machine.arrive(from: .v6(1), at: second(0.4)) == .admitted(4))
  }

  @Test mutating func loopbackIsNotCountedByTime() {
    for _ in 0..<100 {
      guard case .admitted(let ticket) = machine.arrive(from: .loopback, at: .start) else { Issue.record("loopback passes"); return }
      machine.leave(ticket)
    }
  }

  @Test mutating func rememberedSourcesAreBounded() {
    for source in 0..<100 {
      guard case .admitted(let ticket) = machine.arrive(from: .v4(UInt32(source)), at: .start) else { continue }
      machine.leave(ticket)
    }
    #expect(machine.arrive(from: .v4(1_000), at: .start) == .refused(.tooFast), "no memory for one more busy source")
    #expect(machine.arrive(from: .v4(1_000), at: second(2)) == .admitted(101), "quiet ones are forgotten")
  }

  @Test mutating func theOldestConnectionOfADeviceGivesWay() {
    for _ in 1...3 { _ = machine.arrive(from: .loopback, at: .start) }
    #expect(machine.authenticate(1, as: device(1)) == nil)
    #expect(machine.authenticate(2, as: device(1)) == nil)
    #expect(machine.authenticate(3, as: device(1)) == 1)
    #expect(machine.authenticatedCount == 2 && machine.unauthenticatedCount == 0)
    machine.leave(1)
    machine.leave(2)
    machine.leave(3)
    #expect(machine.authenticatedCount == 0)
  }

  @Test(arguments: [
    ("127.0.0.1", "127.8.9.1", true), ("::1", "127.0.0.1", true), ("::ffff:192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
    ("2001:db8::1", "2001:db8::ffff:1", true), ("2001:db8:0:1::1", "2001:db8:0:2::1", false), ("::2", "::1", false),
  ])
  func sourcesAreTheSame(_ a: String, _ b: String, _ areSame: Bool) throws {
    let (a, b) = try (Source(SocketAddress(ipAddress: a, port: 1)), Source(SocketAddress(ipAddress: b, port: 2)))
    #expect((a == b) == areSame)
  }
}
