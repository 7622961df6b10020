import CoveyTesting

/// Histories out of a seed.
enum RandomHistory {
  private static let names = ["a", "b", "a/x", "a/y", "b/x"]
  private static let nameSets = [["a"], ["a", "b"], ["a", "a/x"], ["a", "a/x", "b"], names]

  /// Users on two to four devices, rounds whole and cut, steps in any order, lost and old states, devices that go for good.
  static func plain(seed: UInt64) -> ModelHistory {
    var g = SeededGenerator(seed: seed)
    let devices = [2, 2, 3, 3, 4].pick(&g)
    let profile = ["plain", "plain", "state", "gone", "fresh"].pick(&g)
    let names = nameSets.pick(&g)
    func device() -> Int { Int.random(in: 0..<devices, using: &g) }
    func user() -> ModelOperation { Self.user(devices, names, [9, 2, 4, 3, 3, 2, 1, 1, 1, 1], &g) }
    var operations = (0..<Int.random(in: 1...4, using: &g)).map { _ in user() }
    if profile != "fresh" { operations.append(.quiet) }
    for _ in 0..<[5, 10, 20, 40].pick(&g) {
      switch Double.random(in: 0..<1, using: &g) {
      case ..<0.40: operations.append(user())
      case ..<0.50: operations.append(.scan(device()))
      case ..<0.66: operations.append(.round(device(), device(), [nil, nil, 1, 2, 3].pick(&g)))
      case ..<0.76: operations.append(.apply(device(), names.pick(&g), someDevices(devices, &g)))
      case ..<0.82: operations.append(.applyAll(device(), [device()]))
      case ..<0.92: operations.append(.sync(device(), device()))
      case let x where profile == "state": operations.append(state(device(), x))
      case 0.96... where profile == "gone":
        let gone = device()
        operations += [.scan(gone), .round(device(), gone, nil), .gone(gone)]
      case 0.99...: operations.append(.quiet)
      default: break
      }
    }
    return ModelHistory(devices: devices, ticksPerSecond: [1, 4, 50].pick(&g), operations: operations)
  }

  private static func state(_ device: Int, _ x: Double) -> ModelOperation {
    switch x { case ..<0.936: .wipe(device); case ..<0.968: .snap(device); default: .restore(device) }
  }

  /// The same with tombstones dropped early, members that come and go, messages under way, rules that come and go.
  static func eventful(seed: UInt64) -> ModelHistory {
    var g = SeededGenerator(seed: ~seed)
    let devices = [2, 3, 3, 4].pick(&g)
    let profile = ["drop", "drop", "member", "member", "rules", "rules", "all"].pick(&g)
    let names = nameSets.pick(&g)
    let hasMembers = profile == "member" || profile == "all"
    let hasRules = profile == "rules" || profile == "all"
    func device() -> Int { Int.random(in: 0..<devices, using: &g) }
    func user() -> ModelOperation { Self.user(devices, names, [8, 2, 7, 4, 3, 2, 1, 1, 1, 1], &g) }
    var operations: [ModelOperation] = hasMembers && Double.random(in: 0..<1, using: &g) < 0.4 ? [.out(devices - 1)] : []
    operations += (0..<Int.random(in: 1...4, using: &g)).map { _ in user() } + [.quiet]
    for _ in 0..<[5, 10, 20, 40].pick(&g) {
      switch Double.random(in: 0..<1, using: &g) {
      case ..<0.36: operations.append(user())
      case ..<0.43: operations.append(.scan(device()))
      case ..<0.54: operations.append(.round(device(), device(), [nil, nil, nil, 1, 2].pick(&g)))
      case ..<0.59: operations.append(.apply(device(), names.pick(&g), someDevices(devices, &g)))
      case ..<0.63: operations.append(.applyAll(device(), [device()]))
      case ..<0.72: operations.append(.sync(device(), device()))
      case ..<0.76: operations.append(.quiet)
      case ..<0.80: operations += [.delete(device(), names.pick(&g)), .quiet]
      case ..<0.83: operations.append([.drop(device()), .drop(device()), .restate(device())].pick(&g))
      case ..<0.86 where hasMembers:
        // Away while things are deleted and dropped, then back with the old folder.
        let (j, k) = (device(), device())
        operations += [.scan(j), .quiet, .remove(k, j), .delete(k, names.pick(&g)), user(), .quiet, user(), .join(j, k)]
      case ..<0.86 where hasRules:
        // An ignored child in a directory that a peer deletes.
        let (j, k, child) = (device(), device(), Self.names[2...].randomElement(using: &g) ?? "a/x")
        let parent = String(child.prefix(1))
        operations += [.makeDirectory(k, parent), .quiet, .localRules(j, [child]), .write(j, child), .delete(k, parent), .sync(j, k), user()]
      case ..<0.90: operations.append([.send(device(), device()), .deliver(device())].pick(&g))
      case ..<0.96 where hasRules:
        let which = names.filter { _ in Double.random(in: 0..<1, using: &g) < 0.35 }
        operations.append([.rules(device(), which), .localRules(device(), which), .localRules(device(), which)].pick(&g))
      default:
        guard hasMembers || (profile == "drop" && seed % 3 == 0) else { continue }
        var some: [ModelOperation] = [.wipe(device()), .snap(device()), .restore(device()), .keepHeld(device()), .dropHeld(device())]
        if hasMembers { some += [.remove(device(), device()), .remove(device(), device()), .join(device(), device()), .join(device(), device())] }
        operations.append(some.pick(&g))
      }
    }
    return ModelHistory(devices: devices, ticksPerSecond: [1, 4, 50].pick(&g), operations: operations)
  }

  /// What a user does, by weights: write, same, delete, directory, chmod, rename, delete and edit a copy, link, touch.
  private static func user(_ devices: Int, _ names: [String], _ weights: [Int], _ g: inout SeededGenerator) -> ModelOperation {
    let i = Int.random(in: 0..<devices, using: &g)
    let name = names.pick(&g)
    var rest = Int.random(in: 0..<weights.reduce(0, +), using: &g)
    let which = weights.firstIndex { rest -= $0; return rest < 0 } ?? 0
    switch which {
    case 0: return .write(i, name)
    case 1: return .same(i, name)
    case 2: return .delete(i, name)
    case 3: return .makeDirectory(i, name)
    case 4: return .chmod(i, name, UInt16.random(in: 1...3, using: &g))
    case 5: return .rename(i, name, names.pick(&g))
    case 6: return .deleteCopy(i, Int.random(in: 0..<4, using: &g))
    case 7: return .editCopy(i, Int.random(in: 0..<4, using: &g))
    case 8: return .link(i, name)
    default: return .touch(i, name)
    }
  }

  private static func someDevices(_ count: Int, _ g: inout SeededGenerator) -> [Int] {
    Double.random(in: 0..<1, using: &g) < 0.6 ? Array(0..<count) : [Int.random(in: 0..<count, using: &g)]
  }
}

extension Array {
  /// One of the elements; the array is never empty.
  func pick(_ g: inout SeededGenerator) -> Element { self[Int.random(in: indices, using: &g)] }
}
