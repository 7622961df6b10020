import CoveyCore
import CoveyTesting

/// A history for which one of the rules is there: with it the promises hold, without it one of them breaks.
struct NamedHistory: Sendable {
  var without: Omission
  var devices: Int
  var expectation: Expectation
  /// What happens without the rule.
  var title: String
  var operations: [ModelOperation]

  /// What is left out to see it fail.
  enum Omission: Sendable {
    case rule(Safeguards)
    case custom(ModelWorld.Customs)
  }

  /// What must hold at the end besides the promises.
  enum Expectation: Hashable, Sendable {
    case promises
    case copies(Int)
    case nothingLeft
    case settled
    case present(String)
    case absent(String)
  }

  init(_ without: Omission, _ devices: Int, _ expectation: Expectation, _ title: String, _ operations: [ModelOperation]) {
    self.without = without
    self.devices = devices
    self.expectation = expectation
    self.title = title
    self.operations = operations
  }

  /// The first thing that is not as it should be.
  func fault(safeguards: Safeguards = .all, customs: ModelWorld.Customs = .all, isEager: Bool = false) throws -> String? {
    func world() -> ModelWorld {
      ModelWorld(devices: devices, ticksPerSecond: 50, safeguards: safeguards, customs: customs, isEager: isEager)
    }
    let history = ModelHistory(devices: devices, ticksPerSecond: 50, operations: operations)
    let first = world()
    try first.run(history)
    if let fault = try first.check() { return fault }
    let second = world()
    try second.run(history)
    _ = try second.quiesce()
    return try unmet(second)
  }

  /// Without the rule that it is there for.
  func faultWithoutRule() throws -> String? {
    switch without {
    case .rule(let rule): try fault(safeguards: Safeguards.all.subtracting(rule))
    case .custom(let custom): try fault(customs: ModelWorld.Customs.all.subtracting(custom))
    }
  }

  private func unmet(_ world: ModelWorld) throws -> String? {
    let device = world.devices[0]
    let tree = device.disk.keys.sorted()
    switch expectation {
    case .promises: return nil
    case .copies(let count):
      let copies = tree.filter(ModelWorld.isCopy)
      return copies.count == count ? nil : "copies: \(copies)"
    case .nothingLeft: return tree.isEmpty ? nil : "brought back: \(tree)"
    case .settled:
      return try device.index.contents.heads.keys.first { path in
        let sources = world.sources(device, world.present, for: path)
        return try !world.ledger(device).view(path, sources: sources).losers.isEmpty
      }.map { "stands for ever: \($0)" }
    case .present(let name): return tree.contains(ModelWorld.path(name)) ? nil : "gone: \(tree)"
    case .absent(let name): return tree.contains(ModelWorld.path(name)) ? "brought back: \(tree)" : nil
    }
  }
}

extension NamedHistory {
  static let all = [
    NamedHistory(
      .rule(.keptLosers), 2, .copies(1),
      "both edit offline, both scanned, meet: the loser goes to history, not to a copy",
      [
        .write(0, "a"), .quiet, .write(0, "a"), .write(1, "a")
      ]),
    NamedHistory(
      .rule(.contentDots), 2, .copies(1),
      "B edits, then chmods; A edits: the chmod makes the edit look like metadata only, its bytes get no copy",
      [
        .write(0, "a"), .quiet, .write(0, "a"), .scan(0), .write(1, "a"), .scan(1), .chmod(1, "a", 1), .scan(1)
      ]),
    NamedHistory(
      .rule(.joinedVectors), 2, .copies(0),
      "A and B write the same bytes, meet, then A edits: the old bytes come back as a conflict copy",
      [
        .quiet, .same(0, "a"), .same(1, "a"), .quiet, .write(0, "a"), .quiet
      ]),
    NamedHistory(
      .rule(.inheritedDots), 2, .copies(1),
      "the merge by A meets the delete of the winner by B: the deleted winner comes back",
      [
        .quiet, .write(0, "a"), .write(1, "a"), .sync(0, 1), .delete(1, "a")
      ]),
    NamedHistory(
      .rule(.inheritedDots), 3, .copies(1),
      "A and B both make the copy; A edits its copy before they meet again: a copy of the copy",
      [
        .quiet, .write(0, "a"), .write(1, "a"), .scan(0), .scan(1), .round(2, 0, nil), .applyAll(2, [0]), .round(0, 1, nil),
        .round(2, 1, nil), .applyAll(0, [1]), .applyAll(2, [1]), .editCopy(0, 0), .scan(0)
      ]),
    NamedHistory(
      .rule(.standIns), 3, .promises,
      "C shows a later version to A and is gone before its bytes: no later edit of A or B reaches the other",
      [
        .write(0, "a"), .quiet, .write(1, "a"), .scan(1), .write(2, "a"), .scan(2), .round(0, 2, nil), .gone(2)
      ]),
    NamedHistory(
      .rule(.impliedParents), 2, .copies(1),
      "A replaces the directory by a file while B makes a new child in it: B can place neither",
      [
        .makeDirectory(0, "a"), .quiet, .write(0, "a"), .write(1, "a/x")
      ]),
    NamedHistory(
      .rule(.impliedParents), 2, .nothingLeft,
      "A deletes a directory, the round is cut after the first tombstone: B, who did nothing, brings the directory back",
      [
        .makeDirectory(0, "a"), .write(0, "a/x"), .quiet, .delete(0, "a"), .scan(0), .round(1, 0, 1), .applyAll(1, [1]), .quiet
      ]),
    NamedHistory(
      .custom(.recognisesOldState), 2, .promises,
      "B runs on an old state.db and authors before it meets A: the numbers are used, A never asks for the edit",
      [
        .write(0, "a"), .write(0, "b"), .quiet, .snap(1), .write(1, "b"), .sync(0, 1), .restore(1), .write(1, "a"), .scan(1)
      ]),
    NamedHistory(
      .rule(.staleFiles), 2, .copies(0),
      "B lost its state, A deleted a file meanwhile: it comes back",
      [
        .write(0, "a"), .makeDirectory(0, "b"), .quiet, .wipe(1), .delete(0, "a"), .scan(0)
      ]),
    NamedHistory(
      .rule(.elderEndsFirstContact), 3, .copies(0),
      "B and C lost their state and meet each other before A, which deleted the file: it comes back",
      [
        .write(0, "a"), .quiet, .wipe(1), .wipe(2), .delete(0, "a"), .sync(1, 2), .scan(1), .sync(0, 1)
      ]),
    NamedHistory(
      .rule(.rootInCopyName), 2, .copies(2),
      "two losers of one device within a second: one name for two contents",
      [
        .write(0, "a"), .quiet, .write(1, "a"), .write(0, "a"), .quiet, .write(1, "a"), .write(0, "a"), .quiet
      ]),
    NamedHistory(
      .rule(.authoredDeletes), 3, .promises,
      "C deletes the version it sees while another wins: the deleted one stays a head, and a copy of it is made",
      [
        .quiet, .same(1, "a"), .write(2, "a"), .sync(0, 2), .sync(0, 1), .delete(2, "a")
      ]),
    NamedHistory(
      .rule(.copyKeepsItsName), 2, .copies(5),
      "a conflict copy is edited on a device that then loses its state, until the loser has no other name than the one it stands at",
      [
        .write(0, "a"), .write(1, "a"), .quiet, .editCopy(0, 0), .wipe(0), .quiet, .editCopy(0, 1), .wipe(0), .quiet, .editCopy(0, 2),
        .wipe(0), .quiet, .editCopy(0, 3), .wipe(0)
      ]),
    NamedHistory(
      .rule(.chosenWinners), 3, .settled,
      "C replaces its unshared losing file by the directory the others have: nobody has its bytes, its head stands for ever",
      [
        .quiet, .write(2, "a"), .scan(2), .makeDirectory(2, "a"), .makeDirectory(1, "a"), .sync(0, 1), .delete(1, "a")
      ]),
    NamedHistory(
      .rule(.heldOnDisk), 2, .nothingLeft,
      "B lost its state, learns the tombstone and acknowledges it before its disk has done it: all drop it, the file is new on B",
      [
        .write(0, "a"), .quiet, .wipe(1), .delete(0, "a"), .scan(0), .applyAll(0, [0]), .round(1, 0, nil), .round(0, 1, nil),
        .drop(1)
      ]),
    NamedHistory(
      .rule(.lateRecords), 3, .nothingLeft,
      "a record under way arrives at B after its tombstone was dropped: B has what nobody else knows of",
      [
        .write(0, "a"), .sync(2, 0), .send(1, 0), .delete(0, "a"), .quiet, .deliver(1)
      ]),
    NamedHistory(
      .rule(.behindDropped), 2, .nothingLeft,
      "B is removed, A deletes and drops, B joins again with its old folder: everything comes back",
      [
        .write(0, "a"), .quiet, .remove(0, 1), .delete(0, "a"), .quiet, .join(1, 0)
      ]),
    NamedHistory(
      .custom(.bothCompare), 2, .nothingLeft,
      "B runs on an old state with a chmod it never sent; A asks B first: the chmod of a file deleted long ago revives it",
      [
        .write(0, "a"), .quiet, .chmod(1, "a", 1), .scan(1), .snap(1), .wipe(1), .quiet, .delete(0, "a"), .quiet, .restore(1),
        .round(0, 1, nil)
      ]),
    NamedHistory(
      .rule(.passedDropped), 3, .nothingLeft,
      "C is new and has never seen the file; B, removed, joins again at C with its old folder: the file comes back",
      [
        .out(2), .write(0, "a"), .quiet, .remove(0, 1), .delete(0, "a"), .quiet, .join(2, 0), .quiet, .join(1, 2), .sync(1, 2),
        .scan(1)
      ]),
    NamedHistory(
      .rule(.heldDeleted), 2, .nothingLeft,
      "B joins again with an older version than the one deleted: it is no edit, but it is authored over the tombstone",
      [
        .write(0, "a"), .write(0, "b"), .quiet, .remove(0, 1), .delete(0, "b"), .quiet, .write(0, "a"), .scan(0),
        .delete(0, "a"), .scan(0), .join(1, 0), .quiet
      ]),
    NamedHistory(
      .rule(.steppingAside), 2, .copies(0),
      "B holds a file for a decision, A makes another of that name: the held one is announced as a conflict copy",
      [
        .write(0, "a"), .quiet, .remove(0, 1), .delete(0, "a"), .quiet, .join(1, 0), .quiet, .write(0, "a"), .quiet
      ]),
    NamedHistory(
      .custom(.wholeRounds), 2, .absent("a"),
      "the acknowledgement comes with a cut round, the chmod that the tombstone settles in the next: the file comes back",
      [
        .write(0, "a"), .quiet, .delete(0, "a"), .scan(0), .applyAll(0, [0]), .write(1, "b"), .scan(1), .chmod(1, "a", 1),
        .scan(1), .round(1, 0, nil), .applyAll(1, [0]), .round(0, 1, 1), .drop(0)
      ]),
    NamedHistory(
      .rule(.droppedTogether), 2, .nothingLeft,
      "a tombstone beside a chmod it settles is dropped alone: the chmod is all that is left",
      [
        .write(0, "a"), .quiet, .delete(0, "a"), .scan(0), .applyAll(0, [0]), .chmod(1, "a", 1), .scan(1), .round(1, 0, nil),
        .applyAll(1, [0]), .drop(1)
      ]),
    NamedHistory(
      .rule(.headlessParents), 3, .promises,
      "A makes a/x live again where the tombstone of a is dropped on C: C has no directory to put it in",
      [
        .makeDirectory(0, "a"), .quiet, .write(0, "a"), .write(2, "a/y"), .quiet, .delete(2, "a"), .makeDirectory(0, "a/x")
      ]),
    NamedHistory(
      .rule(.restatedDots), 2, .copies(0),
      "A restates its log while B edits: the old bytes come back as a conflict copy",
      [
        .write(0, "a"), .quiet, .restate(0), .write(1, "a"), .scan(1)
      ]),
    NamedHistory(
      .rule(.ignoredPaths), 2, .nothingLeft,
      "A deletes a directory in which B has an ignored child: it stays, on B alone, and nothing waits for it",
      [
        .makeDirectory(0, "a"), .write(0, "a/x"), .quiet, .localRules(1, ["a/y"]), .write(1, "a/y"), .delete(0, "a")
      ]),
    NamedHistory(
      .rule(.excusedPaths), 2, .promises,
      "B ignores what A deletes: B never acknowledges anything later of that log, nobody drops anything",
      [
        .write(0, "a"), .quiet, .localRules(1, ["a"]), .delete(0, "a"), .quiet
      ]),
    NamedHistory(
      .rule(.metadataOfNothing), 2, .nothingLeft,
      "B ignores a file that A deletes, all drop the tombstone; B chmods it, the rule goes: it comes back",
      [
        .write(0, "a"), .quiet, .localRules(1, ["a"]), .delete(0, "a"), .quiet, .chmod(1, "a", 1), .localRules(1, []), .quiet
      ]),
    NamedHistory(
      .custom(.readsRulesFirst), 2, .present("a"),
      "B writes the rule and deletes the file in one go: a scan by the old rules deletes it for everybody",
      [
        .write(0, "a"), .quiet, .rules(1, ["a"]), .delete(1, "a")
      ]),
    NamedHistory(
      .rule(.absentUnderRule), 2, .present("a"),
      "B ignores the file, deletes it to free space, the rule goes: deleted for everybody",
      [
        .write(0, "a"), .quiet, .localRules(1, ["a"]), .scan(1), .delete(1, "a"), .scan(1), .localRules(1, [])
      ]),
    NamedHistory(
      .rule(.absentAtFirstContact), 2, .present("a"),
      "the same, and the state is put back to before the rule: deleted for everybody",
      [
        .write(0, "a"), .quiet, .snap(1), .localRules(1, ["a"]), .scan(1), .delete(1, "a"), .scan(1), .localRules(1, []),
        .restore(1)
      ]),
    NamedHistory(
      .rule(.fetchedLosers), 2, .copies(1),
      "B writes, then ignores the file; A writes it too: only B could make the copy, and it never looks",
      [
        .quiet, .write(1, "a"), .scan(1), .localRules(1, ["a"]), .write(0, "a")
      ]),
  ]
}
