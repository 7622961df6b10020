/// Every history of a few operations: two devices, two names, and a crash wherever it makes a difference.
///
/// Each begins with a directory and a file in it that both devices have. Between two operations the devices go on for a while or not at
/// all. The order in which effects happen is still drawn, from one seed. A crash comes at every call of a device's disk before which
/// anything happened since the call before: a step of any device, an event, a change of the disk. A way of which an operation finds nothing
/// to do is played without crashes, for without that operation it is one of the shorter ways.
package struct SmallScope {
  /// The operations of each way, with the pauses between them.
  package let ways: [[Happening]]

  /// - Parameter length: at most so many operations.
  package init(length: Int) {
    var all: [[Happening]] = []
    // All pauses behind the last operation are alike: the long one.
    var longest: [[Happening]] = [[]]
    for _ in 0..<length {
      all += longest.flatMap { way in Self.operations.map { way + [$0.followed(by: Self.longPause)] } }
      longest = longest.flatMap { way in Self.operations.flatMap { operation in Self.pauses.map { way + [operation.followed(by: $0)] } } }
    }
    ways = all
  }

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

  /// Plays a way, with and without crashes.
  /// - Parameter report: told of each history that breaks a promise.
  /// - Returns: how many were played.
  package static func play(_ way: [Happening], breaking breach: Breach = .none, report: (History, Fault) -> Void) -> Int {
    var count = 0
    func play(_ happenings: [Happening]) -> Simulation {
      let history = History(devices: 2, happenings: happenings)
      let simulation = Simulation(devices: 2, breaking: breach)
      if let fault = simulation.play(history) { report(history, fault) }
      count += 1
      return simulation
    }
    let whole = play(start + way)
    if whole.vainCount > 0 { return count }
    for device in 0..<2 {
      let calls = whole.devices[device].calls
      for accident in [Happening.Act.kill, .powerCut] {
        // The last one comes when the way has ended.
        for call in calls.telling + [calls.count + 1] { _ = play(start + [Happening(accident, device, call: call)] + way) }
      }
    }
    return count
  }
}

extension Happening {
  fileprivate func followed(by steps: Int) -> Happening {
    var next = self
    next.steps = steps
    return next
  }
}
