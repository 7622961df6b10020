import CoveyCore
import Testing

@Suite struct RandomHistoryTests {
  /// The first promise that a history breaks.
  static func fault(_ history: ModelHistory, isEager: Bool) throws -> String? {
    let world = ModelWorld(devices: history.devices, ticksPerSecond: history.ticksPerSecond, isEager: isEager)
    try world.run(history)
    return try world.check()
  }

  @Test(arguments: 0..<10)
  func `plain histories keep every promise`(part: UInt64) throws {
    for seed in part * 500..<(part + 1) * 500 {
      let fault = try Self.fault(RandomHistory.plain(seed: seed), isEager: seed % 2 == 0)
      #expect(fault == nil, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<10)
  func `eventful histories keep every promise`(part: UInt64) throws {
    for seed in part * 500..<(part + 1) * 500 {
      let fault = try Self.fault(RandomHistory.eventful(seed: seed), isEager: seed % 2 == 0)
      #expect(fault == nil, "seed \(seed)")
    }
  }
}
