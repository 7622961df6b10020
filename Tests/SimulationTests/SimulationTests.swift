import CoveyTesting
import Testing

/// Whole devices through random histories: what is promised holds, and every run can be repeated.
@Suite struct SimulationTests {
  @Test func `one seed gives one run`() {
    for seed in UInt64(1)...40 {
      let history = History(seed: seed, devices: 3, operations: 40)
      let outcomes = (0..<2).map { _ in
        let simulation = Simulation(devices: history.devices)
        _ = simulation.play(history)
        return simulation.outcome
      }
      #expect(outcomes[0] == outcomes[1], "seed \(seed)")
    }
  }

  @Test(arguments: NamedHistory.all)
  func `histories that once broke a promise keep it`(named: NamedHistory) throws {
    #expect(Simulation.run(try #require(History(named.history))) == nil, "\(named.title)")
  }
}
