import CoveyCore
import CoveyEngine

/// A promise that is looked after.
package enum Oracle: String, CaseIterable, Sendable {
  /// Every content that no user removed is at a path of somebody's folder.
  case loss
  /// What a user deleted or overwrote stands nowhere any more.
  case resurrection
  /// Nothing is announced from absence.
  case absence
  /// All folders hold the same, and what is wanted.
  case convergence
  /// The record of each device says what its disk shows, and all records show the same.
  case digests
  /// A path holds one whole content or another.
  case torn
  /// One copy a loser, none of a copy.
  case copies
  /// When all is quiet, it stays so: another look changes nothing.
  case idle
  /// Quiet comes.
  case rest
  /// In sync is said when it is so.
  case status
  /// No step is left half done.
  case intents
  /// Lists have a bound.
  case bounded
  /// The record takes what happens.
  case record
  /// Tombstones that everybody holds are dropped.
  case garbage
}

/// A promise that was broken, and how.
package struct Fault: Hashable, Sendable, CustomStringConvertible {
  package var oracle: Oracle
  package var text: String
  package var description: String { "\(oracle.rawValue): \(text)" }
}

extension Simulation {
  /// At the end: all is mended, and then every promise holds.
  func check() -> Fault? {
    guard calmDown() else { return fault ?? Fault(oracle: .rest, text: "no rest within \(Self.stepCountMax) steps") }
    if let fault { return fault }
    if let fault = checkStanding() { return fault }
    let before = marks
    for device in devices { handle(.command(.scan), by: device) }
    guard run(atMost: Self.stepCountMax) else { return fault ?? Fault(oracle: .rest, text: "no rest after another scan") }
    if let fault { return fault }
    if before != marks { return Fault(oracle: .idle, text: "another scan changed something: \(before) \(marks)") }
    return nil
  }

  private func checkStanding() -> Fault? {
    do {
      return try checkStatus() ?? checkConvergence() ?? checkDigests() ?? checkLoss() ?? checkResurrection() ?? checkCopies() ?? checkIntents()
        ?? checkGarbage()
    } catch {
      return Fault(oracle: .record, text: "\(error)")
    }
  }

  struct Mark: Equatable {
    var sequence: UInt64
    var log: LogID
    var tree: [String]
  }

  var marks: [Mark] {
    devices.map { device in
      let state = try? device.state()
      return Mark(sequence: state?.sequence ?? 0, log: state?.log ?? LogID(0), tree: device.tree.map { "\($0.path) \($0.node.inode) \($0.node.changed.nanoseconds)" })
    }
  }

  // MARK: One oracle each

  /// Whatever became of a power cut, no path holds what nobody wrote.
  func checkTorn(_ device: SimulatedDevice) {
    for (path, node) in device.tree where node.kind == .file {
      guard let tag = Tags.tag(node.bytes), tags.all.contains(tag) else {
        return note(.torn, "\(device.name) holds \(String(decoding: node.bytes, as: UTF8.self)) at \(path)")
      }
    }
  }

  private struct Leaf: Hashable {
    var kind: Kind
    var bytes: [UInt8]
    var mode: UInt16
    var modified: Int64
    init(_ node: InMemoryDiskState.Node) {
      kind = node.kind
      bytes = node.bytes
      mode = node.kind == .symlink ? 0 : node.mode & 0o777
      modified = node.kind == .directory ? 0 : node.modified.nanoseconds
    }
    var text: String { "\(kind) \(String(decoding: bytes, as: UTF8.self)) \(String(mode, radix: 8)) \(modified)" }
  }

  private func leaves(_ device: SimulatedDevice) -> [RelativePath: Leaf] {
    var leaves: [RelativePath: Leaf] = [:]
    for (path, node) in device.tree where !isHeld(device, path) { leaves[path] = Leaf(node) }
    return leaves
  }

  private func checkConvergence() -> Fault? {
    for (number, device) in devices.enumerated() {
      let mine = leaves(device)
      for other in devices[..<number] {
        let theirs = leaves(other)
        for path in Set(mine.keys).union(theirs.keys).sorted() where mine[path] != theirs[path] {
          if isWinnerGone(path) || [device, other].contains(where: { ignores($0, path) || isHeld($0, path) || isStuck($0, path) }) { continue }
          return Fault(
            oracle: .convergence,
            text: "\(path): \(device.name) has \(mine[path]?.text ?? "nothing"), \(other.name) \(theirs[path]?.text ?? "nothing")")
        }
      }
    }
    return nil
  }

  private func checkDigests() throws -> Fault? {
    let first = try devices[0].state()
    for device in devices {
      let state = try device.state()
      if state.shown != first.shown { return Fault(oracle: .digests, text: "\(device.name) shows something else than A") }
      if state.knowledge != first.knowledge { return Fault(oracle: .digests, text: "\(device.name) knows something else than A") }
      let entries = try device.store.read(Self.folder) { try $0.entries(below: nil, after: nil, limit: 10_000) }
      for entry in entries where entry.held == nil && !ignores(device, entry.path) {
        let there = device.node(entry.path)?.stat
        let isSeen = entry.observation.map { seen in there.map { seen.isUnchanged($0) } ?? false } ?? (there == nil)
        if !isSeen || entry.local != .same { return Fault(oracle: .digests, text: "\(device.name) has not taken in what stands at \(entry.path)") }
      }
      for (path, _) in device.tree where !ignores(device, path) && !entries.contains(where: { $0.path == path }) {
        return Fault(oracle: .digests, text: "\(device.name) does not know of \(path)")
      }
    }
    return nil
  }

  private func checkStatus() throws -> Fault? {
    let inVain = try awaitedInVain()
    let statuses = try devices.compactMap { device in try device.machine.map { (device, try $0.status()) } }
    let waiting = devices.filter { waits($0, inVain) }
    for (device, status) in statuses {
      // Who waits for something keeps its peers from saying that they are in sync with it.
      if status.isInSync || (!waiting.isEmpty && status.isSettled) || waiting.contains(where: { $0 === device }) { continue }
      return Fault(oracle: .status, text: "\(device.name) is not in sync, though all is quiet: \(status.problems.map(\.reason)) \(status.pendingFileCount) \(status.state) settled \(status.isSettled)")
    }
    return nil
  }

  private func checkLoss() -> Fault? {
    var at: Set<String> = []
    var kept: Set<String> = []
    for device in devices {
      for (_, node) in device.tree where node.kind != .directory { if let tag = Tags.tag(node.bytes) { at.insert(tag) } }
      for bytes in device.disk.keptBytes() { if let tag = Tags.tag(bytes) { kept.insert(tag) } }
    }
    for tag in tags.all.sorted() where !at.contains(tag) && tags.dead[tag] == nil && !tag.hasSuffix("#") && tag != "S" {
      if tags.adrift.contains(tag), kept.contains(tag) || tags.aged.contains(tag) { continue }
      if kept.contains(tag), wasToldDeleted(tag) { continue }
      return Fault(oracle: .loss, text: "\(tag) is \(kept.contains(tag) ? "only in history, and no user removed it" : "nowhere")")
    }
    return nil
  }

  private func checkResurrection() throws -> Fault? {
    let inVain = try awaitedInVain()
    for device in devices {
      for (path, node) in device.tree where node.kind != .directory && !isHeld(device, path) && !ignores(device, path) {
        // A copy is made of what its maker knows; its author may have gone on since.
        guard ConflictCopyName.original(of: path) == nil, let tag = Tags.tag(node.bytes), let death = tags.dead[tag], !tags.exempt.contains(tag)
        else { continue }
        // It stands in for its successor.
        if death.how == .overwritten, inVain.contains(path) { continue }
        if tags.shock == nil || (tags.shock == .lost && death.how == .deleted && !devices[death.device].isLossy) {
          return Fault(oracle: .resurrection, text: "\(tag), \(death.how) on \(devices[death.device].name), stands at \(path) of \(device.name)")
        }
      }
    }
    return nil
  }

  private func checkCopies() -> Fault? {
    var seen: [String: [RelativePath]] = [:]
    // Where the device ignores a path, it holds what stood there before.
    for (path, node) in devices[0].tree where ConflictCopyName.original(of: path) != nil && !isHeld(devices[0], path) && !ignores(devices[0], path) {
      if path.string.split(separator: ".conflict-", omittingEmptySubsequences: false).count > 2 {
        return Fault(oracle: .copies, text: "a copy of a copy: \(path)")
      }
      if node.kind != .directory, let tag = Tags.tag(node.bytes), tag != "S", !tags.moved.contains(tag), !tags.unrecorded.contains(tag), !tag.hasSuffix("#") {
        seen[tag, default: []].append(path)
      }
    }
    guard tags.shock == nil, let twice = seen.first(where: { $0.value.count > 1 }) else { return nil }
    return Fault(oracle: .copies, text: "\(twice.key) at \(twice.value.sorted())")
  }

  private func checkIntents() throws -> Fault? {
    for device in devices {
      let (intents, late) = try device.store.read(Self.folder) { (try $0.intents(), try $0.lateFiles()) }
      if !intents.isEmpty { return Fault(oracle: .intents, text: "\(device.name) has an intent for \(intents[0].step.path)") }
      if !late.isEmpty { return Fault(oracle: .intents, text: "\(device.name) has a late file of \(late[0].path)") }
    }
    return nil
  }

  private func checkGarbage() throws -> Fault? {
    let inVain = try awaitedInVain()
    let ends = try devices.map { try done($0, butFor: inVain) }
    for device in devices where tags.shock == nil {
      let open = try device.store.read(Self.folder) { records in
        let ledger = Ledger(index: records, device: device.key.device, deviceName: device.name)
        return try records.pathsWithTombstones(after: nil, limit: 1_000).first { path in
          let view = try ledger.view(path)
          return !view.shown.isLive && view.heads.allSatisfy { head in ends.allSatisfy { $0.covers(head.dot) } }
        }
      }
      if let open { return Fault(oracle: .garbage, text: "\(device.name) keeps the tombstone of \(open)") }
    }
    return nil
  }
}
