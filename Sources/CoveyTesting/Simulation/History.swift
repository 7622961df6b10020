/// One thing that happens in a simulated history, and how long the devices then go on before the next.
package struct Happening: Hashable, Sendable {
  package enum Act: String, CaseIterable, Sendable {
    // What users do. `x` and `y` name paths.
    case write, rewrite, same, link, touch, chmod, delete, directory, rename, swap, cycle, deleteCopy, editCopy
    /// A program opens a file, writes half of what it has to say, all of it, closes it.
    case open, writeHalf, writeRest, close
    /// `x` says which names are ignored.
    case rules, localRules
    case pause, resume, scan
    // Accidents of a device. `x` below 4 in `kill`: amid the next effect.
    case kill, powerCut, start, stop, lose, save, restore, clock
    /// The whole device, folder and state, is copied; the copy takes its place, with `y` odd on another machine.
    case copy, putBack
    /// The folder is taken out of the configuration, and shared again at the next start.
    case unshare
    // Accidents of a disk.
    case full, free, fail, unmark, mark, unreadable, readable, overflow
    // Accidents of the network, between the device and device `x`.
    case cut, hold, sever, mend
    /// One bit of what is under way from the device is turned over.
    case flip
    /// Nothing but time: `x` seconds.
    case wait
    case quiet
  }

  package var act: Act
  package var device: Int
  package var x: Int
  package var y: Int
  /// Above 0: it happens in the midst of something, at this call of the device's disk from now on.
  package var call: Int
  /// How many steps follow.
  package var steps: Int
  /// Chance of those steps.
  package var seed: UInt64

  package init(_ act: Act, _ device: Int = 0, _ x: Int = 0, _ y: Int = 0, call: Int = 0, steps: Int = 0, seed: UInt64 = 0) {
    self.act = act
    self.device = device
    self.x = x
    self.y = y
    self.call = call
    self.steps = steps
    self.seed = seed
  }
}

/// `ACT.DEVICE.X.Y.CALL.STEPS.SEED`, of which zeros at the end may be left out.
extension Happening: CustomStringConvertible {
  package var description: String { "\(act.rawValue).\(device).\(x).\(y).\(call).\(steps).\(seed)" }

  package init?(_ text: some StringProtocol) {
    let parts = String(text).split(separator: ".").map(String.init)
    guard (1...7).contains(parts.count), let act = Act(rawValue: parts[0]) else { return nil }
    let numbers = Array(parts.dropFirst()) + [String](repeating: "0", count: 7 - parts.count)
    guard let device = Int(numbers[0]), let x = Int(numbers[1]), let y = Int(numbers[2]), let call = Int(numbers[3]), let steps = Int(numbers[4]),
      let seed = UInt64(numbers[5]), device >= 0, x >= 0, y >= 0
    else { return nil }
    self.init(act, device, x, y, call: call, steps: steps, seed: seed)
  }
}

/// A history: how many devices, and what happens.
package struct History: Hashable, Sendable {
  /// More than a simulated folder holds.
  package static let pageCount = 1_000

  package var devices: Int
  /// How many paths a device takes up at once. With few, much happens between one half of something and the other.
  package var pageCount = History.pageCount
  package var happenings: [Happening]
  /// What is to stand on every device at the end, one line `PATH:CONTENT` each; nil where the promises say enough.
  package var expected: [String]?
  package init(devices: Int, happenings: [Happening]) { self.devices = devices; self.happenings = happenings }
}

/// `DEVICES:HAPPENING,HAPPENING,...` or `DEVICES/PAGE:HAPPENING,...`, and for a history that says what is to stand at the end, `=PATH:CONTENT,PATH:CONTENT,...`
extension History: CustomStringConvertible {
  package var description: String {
    "\(devices)" + (pageCount == Self.pageCount ? "" : "/\(pageCount)") + ":" + happenings.map(\.description).joined(separator: ",") + (expected.map { "=" + $0.joined(separator: ",") } ?? "")
  }

  package init?(_ text: String) {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if sides.count == 2 { expected = sides[1].split(separator: ",").map(String.init).sorted() }
    let parts = sides[0].split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let counts = parts[0].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard let devices = counts[0], (1...16).contains(devices), counts.count <= 2, let pageCount = counts.count == 2 ? counts[1] : Self.pageCount,
      (1...Self.pageCount).contains(pageCount)
    else { return nil }
    let happenings = parts[1].split(separator: ",").map { Happening($0) }
    guard happenings.allSatisfy({ $0.map { $0.device < devices } ?? false }) else { return nil }
    self.devices = devices
    self.pageCount = pageCount
    self.happenings = happenings.compactMap(\.self)
  }
}

extension History {
  /// What may happen in a random history; each seed chooses one of them, so that some stay simple.
  package enum Kind: String, CaseIterable, Sendable {
    case users, network, crashes, disk, states, everything
    /// Cycles of renames and flipped bits, beside crashes; whole devices that are copied and put back, folders that are shared again.
    case more, copies

    /// Those among which a seed chooses unless others are named.
    package static let usual: [Kind] = [.users, .network, .crashes, .disk, .states, .everything]
  }

  /// A random history of one of these kinds out of a seed.
  package init(seed: UInt64, devices: Int, operations: Int, kinds: [Kind] = Kind.usual) {
    var chance = SeededGenerator(seed: seed)
    let kind = kinds[Int.random(in: 0..<kinds.count, using: &chance)]
    self.init(kind: kind, devices: devices, operations: operations, using: &chance)
  }

  /// The same happenings with other pauses, at other calls, with other chances: for aiming at what chance alone hardly meets.
  package func varied(seed: UInt64) -> History {
    var chance = SeededGenerator(seed: seed)
    let pace = [3, 12, 50][Int.random(in: 0..<3, using: &chance)]
    var varied = self
    for index in happenings.indices where happenings[index].act != .quiet {
      varied.happenings[index].steps = Int.random(in: 0..<3, using: &chance) == 0 ? 0 : Int.random(in: 0..<(pace * devices), using: &chance)
      varied.happenings[index].call = Int.random(in: 0..<5, using: &chance) == 0 ? Int.random(in: 1..<12, using: &chance) : 0
      varied.happenings[index].seed = UInt64.random(in: 0..<1_000_000, using: &chance)
    }
    return varied
  }

  init(kind: Kind, devices: Int, operations: Int, using chance: inout SeededGenerator) {
    var weights: [(Happening.Act, Int)] = [
      (.write, 18), (.rewrite, 10), (.same, 3), (.link, 2), (.touch, 3), (.chmod, 5), (.delete, 12), (.directory, 6), (.rename, 8), (.swap, 3),
      (.deleteCopy, 3), (.editCopy, 3), (.open, 3), (.writeHalf, 3), (.writeRest, 3), (.close, 3), (.scan, 1), (.wait, 3), (.quiet, 2),
    ]
    let network: [(Happening.Act, Int)] = [(.cut, 8), (.hold, 4), (.sever, 4), (.mend, 7)]
    let crashes: [(Happening.Act, Int)] = [(.kill, 6), (.powerCut, 6), (.start, 10), (.stop, 3), (.clock, 2)]
    let disk: [(Happening.Act, Int)] = [
      (.full, 3), (.free, 5), (.fail, 6), (.unmark, 2), (.mark, 4), (.unreadable, 3), (.readable, 5), (.overflow, 3), (.rules, 2),
      (.localRules, 4), (.pause, 2), (.resume, 4), (.clock, 2),
    ]
    let states: [(Happening.Act, Int)] = [(.lose, 2), (.save, 4), (.restore, 3), (.kill, 3), (.start, 8), (.cut, 4), (.mend, 4)]
    switch kind {
    case .users: break
    case .network: weights += network
    case .crashes: weights += crashes + network
    case .disk: weights += disk
    case .states: weights += states
    case .everything: weights += network + crashes + disk + states
    case .more: weights += network + crashes + [(.cycle, 8), (.flip, 8)]
    case .copies: weights += network + [(.copy, 4), (.putBack, 3), (.unshare, 2), (.kill, 3), (.start, 8), (.cycle, 4)]
    }
    let total = weights.reduce(0) { $0 + $1.1 }
    let names = [2, 4, Simulation.names.count, Simulation.names.count][Int.random(in: 0..<4, using: &chance)]
    let pace = [2, 10, 40][Int.random(in: 0..<3, using: &chance)]
    var happenings: [Happening] = []
    for _ in 0..<operations {
      var rest = Int.random(in: 0..<total, using: &chance)
      let act = weights.first { rest -= $0.1; return rest < 0 }?.0 ?? .wait
      happenings.append(
        Happening(
          act, Int.random(in: 0..<devices, using: &chance), Int.random(in: 0..<names, using: &chance), Int.random(in: 0..<names, using: &chance),
          call: Int.random(in: 0..<3, using: &chance) == 0 ? Int.random(in: 1..<12, using: &chance) : 0,
          steps: Int.random(in: 0..<3, using: &chance) == 0 ? 0 : Int.random(in: 0..<(pace * devices), using: &chance),
          seed: UInt64.random(in: 0..<1_000_000, using: &chance)))
    }
    self.init(devices: devices, happenings: happenings)
  }
}
