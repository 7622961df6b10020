import CoveyTesting
import Foundation
import Testing

/// Whole devices through random histories: what is promised holds, and every run can be repeated.
@Suite struct SimulationTests {
  /// Histories of three devices and sixty happenings that every run of the tests plays.
  private static let seedCount: UInt64 = 2_000
  private static let partSize: UInt64 = 100
  private static let kinds = History.Kind.allCases

  private static let isDeterministic = ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] != nil

  /// In parts, so that they share the cores.
  @Test(arguments: 0..<(seedCount / partSize))
  func `random histories keep every promise, and one in five is played twice alike`(part: UInt64) {
    for seed in (part * Self.partSize + 1)...((part + 1) * Self.partSize) {
      var history = History(seed: seed, devices: 3, operations: 60, kinds: Self.kinds)
      if seed % 2 == 0 { history.pageCount = 2 }
      let simulation = Simulation(history)
      let fault = simulation.play(history)
      #expect(fault == nil, "seed \(seed): simulate --history \(history)")
      // Sets come in another order each time unless the process was told otherwise when it began, as Packaging/test does.
      guard seed % 5 == 0, Self.isDeterministic else { continue }
      let again = Simulation(history)
      #expect(again.play(history) == fault)
      #expect(again.outcome == simulation.outcome, "seed \(seed) is not played alike")
    }
  }

  @Test(.enabled(if: isDeterministic, "sets come in another order each time: run Packaging/test"), arguments: CaughtBreach.all)
  func `a rule that is left out is noticed, and not otherwise`(caught: CaughtBreach) {
    #expect(Simulation.run(caught.history, breaking: caught.breach)?.oracle == caught.oracle)
    #expect(Simulation.run(caught.history) == nil)
  }

  @Test func `every rule that can be left out is noticed by a seed or a named history`() {
    #expect(CaughtBreach.all.map(\.breach.name).sorted() == Breach.all.map(\.name).sorted())
  }

  @Test(arguments: NamedHistory.all + NamedHistory.interrupted + NamedHistory.begunAnew + NamedHistory.underWay)
  func `histories that once broke a promise keep it`(named: NamedHistory) throws {
    #expect(Simulation.run(try #require(History(named.history))) == nil, "\(named.title)")
  }
}
