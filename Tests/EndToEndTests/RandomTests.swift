import Foundation
import Glibc
import Testing

/// Three devices, people who do anything at random, and daemons that are killed, stopped and held still meanwhile. In the end every
/// promise is looked at. Serialized: three daemons a test on two cores.
///
/// `COVEY_SEEDS=100-160 swift test --filter RandomTests` tries others; a seed chooses the acts, not how they meet.
@Suite(.serialized, .timeLimit(.minutes(60))) struct RandomTests {
  static let seeds: ClosedRange<UInt64> = {
    let bounds = (ProcessInfo.processInfo.environment["COVEY_SEEDS"] ?? "1-3").split(separator: "-").compactMap { UInt64($0) }
    return (bounds.first ?? 1)...max(bounds.first ?? 1, bounds.last ?? 1)
  }()

  @Test(arguments: seeds) func `whatever people do and machines suffer, every promise holds`(seed: UInt64) throws {
    let team = try Team(3)
    var people = try People(seed: seed, devices: team.devices, trash: team.root + "/trash")
    for round in 1...3 {
      people.note("round \(round)")
      if round > 1 { try people.deleteForGood() }
      for _ in 0..<30 {
        try people.act(on: team[people.below(3)])
        // Acts that follow at once hide each other; the pause is part of what is done, nothing is waited for.
        if people.chance(50) { usleep(UInt32(people.below(120_000))) }
        if people.chance(25) { try trouble(in: team, &people) }
      }
      for device in team.devices where !isDown(device) { device.signal(SIGCONT) }
      for device in team.devices where isDown(device) { try device.start() }
      do { try team.sync(seconds: 40) } catch { throw Failure("seed \(seed), round \(round): \(error)\n\(report(people, team))") }
      let breaches = try people.breaches()
      guard breaches.isEmpty else { throw Failure("seed \(seed), round \(round):\n\(breaches.joined(separator: "\n"))\n\(report(people, team))") }
      people.settleDeletes()
    }
  }

  private func isDown(_ device: Device) -> Bool { !device.isRunning }

  private func trouble(in team: Team, _ people: inout People) throws {
    let device = team[people.below(3)]
    switch people.below(6) {
    case _ where isDown(device):
      people.note("\(device.name): starts")
      try device.start()
    case 0, 1:
      people.note("\(device.name): killed")
      device.killHard()
    case 2:
      people.note("\(device.name): stopped")
      device.signal(SIGCONT)
      device.stop()
    case 3, 4:
      people.note("\(device.name): held still")
      device.signal(SIGSTOP)
    default:
      people.note("\(device.name): goes on")
      device.signal(SIGCONT)
    }
  }

  /// What was done, and a copy of everything for who looks into it.
  private func report(_ people: People, _ team: Team) -> String {
    let kept = team.root + ".kept"
    _ = try? Program.run(["cp", "-a", team.root, kept])
    return "kept in \(kept)\n" + people.story.joined(separator: "\n")
  }
}
