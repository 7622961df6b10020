/// Every history of a few operations: two devices, two names, and a crash at every call of a device's disk.
///
/// Each begins with a directory and a file in it that both devices have. Between two operations the devices go on for a while or not at
/// all. The order in which effects happen is still drawn, from one seed.
package struct SmallScope {
  /// At most so many operations.
  package var length: Int
  package init(length: Int) { self.length = length }

  private static let names = [0, 2]
  private static let pauses = [0, 30]
  private static let longPause = 80

  private static let start = [
    Happening(.directory, 0, 0), Happening(.write, 0, 2), Happening(.quiet),
  ]

  private static let operations: [Happening] = (0..<2).flatMap { device in
    names.flatMap { name in [Happening.Act.write, .delete, .directory, .link, .chmod].map { Happening($0, device, name, 1) } }
      + [Happening(.rename, device, 0, 1), Happening(.rename, device, 2, 1), Happening(.rename, device, 1, 0), Happening(.swap, device, 0, 1)]
  }

  /// Plays them all, with and without crashes.
  /// - Parameter report: told of each that breaks a promise.
  /// - Returns: how many were played.
  package func play(breaking breach: Breach = .none, report: (History, Fault) -> Void) -> Int {
    var count = 0
    var ways: [[Happening]] = [[]]
    for _ in 0..<length {
      ways = ways.flatMap { way in
        Self.operations.flatMap { operation in
          Self.pauses.map { pause in
            var next = operation
            next.steps = pause
            return way + [next]
          }
        }
      }
      for way in ways { count += play(way, breaking: breach, report) }
    }
    return count
  }

  private func play(_ way: [Happening], breaking breach: Breach, _ report: (History, Fault) -> Void) -> Int {
    var way = way
    // All pauses behind the last operation are alike: the long one.
    guard way.last?.steps == 0 else { return 0 }
    way[way.count - 1].steps = Self.longPause
    var count = 0
    func play(_ happenings: [Happening]) -> Bool {
      let history = History(devices: 2, happenings: happenings)
      let simulation = Simulation(devices: 2, breaking: breach)
      if let fault = simulation.play(history) { report(history, fault) }
      count += 1
      return simulation.hasMetAll
    }
    _ = play(Self.start + way)
    for device in 0..<2 {
      for accident in [Happening.Act.kill, .powerCut] {
        var call = 1
        while play(Self.start + [Happening(accident, device, call: call)] + way) { call += 1 }
      }
    }
    return count
  }
}
