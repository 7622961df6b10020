import CoveyCore
import CoveyNetwork
import CoveyProtocol
import Testing

struct DiscoveryMachineTests {
  private var machine = DiscoveryMachine()

  private func nonce(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 8) }
  private func announcement(_ number: UInt8) -> DeviceAnnouncement {
    DeviceAnnouncement(nonce: nonce(number), tag: [UInt8](repeating: number, count: 16), port: 22500)
  }
  private func second(_ seconds: UInt64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

  @Test mutating func anAnnouncementIsHeardOnceThoughItComesThroughSeveralInterfaces() {
    #expect(machine.receive(.announcement(announcement(1)), from: .v4(1), at: .start) == .heard(announcement(1), greetsBack: false))
    #expect(machine.receive(.announcement(announcement(1)), from: .v4(2), at: .start) == .ignore)
  }

  @Test mutating func ownAnnouncementsAreNotHeard() {
    machine.willAnnounce(nonce(1), at: .start)
    #expect(machine.receive(.announcement(announcement(1)), from: .loopback, at: .start) == .ignore)
  }

  @Test mutating func aNewcomerIsGreetedButNotAtEachOfItsAnnouncements() {
    machine.willAnnounce(nonce(9), at: .start)
    #expect(machine.receive(.announcement(announcement(1)), from: .v4(1), at: second(5)) == .heard(announcement(1), greetsBack: false))
    #expect(machine.receive(.announcement(announcement(2)), from: .v4(2), at: second(11)) == .heard(announcement(2), greetsBack: true))
    #expect(machine.receive(.announcement(announcement(3)), from: .v4(2), at: second(30)) == .heard(announcement(3), greetsBack: false))
  }

  @Test mutating func aSourceIsAnsweredTenTimesASecondAtMost() {
    var answered = 0
    for number in 0..<100 {
      if case .asked = machine.receive(.pairingQuery(slot: 1, nonce: nonce(UInt8(number))), from: .v4(1), at: .start) { answered += 1 }
    }
    #expect(answered == 10)
    #expect(machine.receive(.pairingQuery(slot: 1, nonce: nonce(1)), from: .v4(2), at: .start) == .asked(slot: 1, nonce: nonce(1)))
  }

  @Test mutating func anAnswerNobodyAskedForIsIgnored() {
    #expect(machine.receive(.pairingReply(nonce: nonce(1), port: 5), from: .v4(1), at: .start) == .ignore)
  }
}
