import CoveyCore
import CoveyTesting

extension ModelWorld {
  /// What a disk holds of a path, as far as it is synced.
  struct Leaf: Hashable {
    var content: Content
    var mode: UInt16
    var modified: Timestamp

    init?(_ item: ModelDevice.Item?) {
      guard let item else { return nil }
      content = Content(kind: item.kind, root: item.root)
      mode = item.kind == .symlink ? 0 : item.mode
      modified = item.kind == .directory ? .zero : item.modified
    }

    init?(_ shown: Shown) {
      guard shown.isLive else { return nil }
      content = shown.content
      mode = shown.kind == .symlink ? 0 : shown.mode
      modified = shown.kind == .directory ? .zero : shown.modified
    }
  }

  /// Everybody hears everybody, scans and applies, until nothing changes any more.
  func quiesce(limit: Int = 40) throws -> Bool {
    for _ in 0..<limit {
      let up = present
      let before = up.map(mark)
      for receiver in up { for sender in up { try round(from: sender, to: receiver, cutAfter: nil) } }
      if let first = up.first, up.allSatisfy(\.state.isFresh) {
        // Everybody is new: someone has to begin.
        if isEager { try look(first) }
        try transaction(first) { try $0.beginAlone() }
        first.holdsMarker = true
        if isEager { try readRules(first); try authorPending(first) }
      }
      for device in up { try scan(device) }
      var hit = false
      for device in up { hit = try applyAll(device, from: up) || hit }
      for device in up { try drop(device) }
      if !hit, before == up.map(mark) { return true }
    }
    return false
  }

  private struct Mark: Equatable {
    var state: FolderState
    var disk: [RelativePath: ModelDevice.Item]
    var held: [Entry]
    var headCount: Int
    var rules: ModelDevice.Rules
    var members: [Set<DeviceID>]
  }

  private func mark(_ device: ModelDevice) -> Mark {
    Mark(
      state: device.state, disk: device.disk, held: device.index.heldEntries(after: nil, limit: .max), headCount: heads(of: device).count,
      rules: device.rules, members: [device.members, device.removed])
  }

  func isHeld(_ device: ModelDevice, _ path: RelativePath) -> Bool { device.index.entry(path)?.held != nil }

  func tree(_ device: ModelDevice) -> [RelativePath: Leaf] {
    device.disk.filter { !isHeld(device, $0.key) && !ignores(device, $0.key) }.compactMapValues { Leaf($0) }
  }

  /// Directories that stay only for an ignored or held child.
  func stuck(_ device: ModelDevice) throws -> Set<RelativePath> {
    let ledger = ledger(device)
    return try Set(device.disk.filter { path, item in
      guard item.kind == .directory, try ledger.view(path).shown.kind != .directory else { return false }
      return device.disk.keys.contains { $0.isBelow(path) && (isHeld(device, $0) || ignores(device, $0)) }
    }.keys)
  }

  /// Where a tree differs from another device's; what either ignores and what a problem blocks is left out.
  private func differ(_ device: ModelDevice, _ tree: [RelativePath: Leaf], _ other: ModelDevice) throws -> [RelativePath] {
    let skip = try stuck(device).union(stuck(other))
    let theirs = self.tree(other)
    return Set(tree.keys).union(theirs.keys).filter {
      tree[$0] != theirs[$0] && !skip.contains($0) && !ignores(device, $0) && !ignores(other, $0)
    }.sorted()
  }

  func paths(_ device: ModelDevice) -> Set<RelativePath> {
    let known = Set(device.index.contents.heads.keys).union(device.index.contents.entries.keys)
    return known.union(known.flatMap(\.ancestors))
  }

  /// After quiet: the first promise that is broken, or nil.
  func check() throws -> String? {
    guard try quiesce() else { return "idle: does not come to rest" }
    let up = present
    let all = sources(up[0], up, for: Self.path("a"))
    for device in up where safeguards == .all {
      if let fault = try bookkeeping(device, up) { return "books: \(device.name): \(fault)" }
    }
    let missing = up.flatMap { $0.index.contents.heads.values }.map { Heads.see($0, safeguards: safeguards, can: all.canHave).shown }
    if missing.contains(where: { $0.kind == .file && !all.canHave($0.root) }) { return nil }
    for (number, device) in up.enumerated() {
      if let fault = try agreement(device, up, number, all) { return fault }
    }
    let losing = try up[0].index.contents.heads.keys.filter {
      try !ledger(up[0]).view($0).losers.isEmpty || !ledger(up[0]).view($0, sources: all).losers.isEmpty
    }
    let everybodyIsHere = shock == nil && !devices.contains(where: \.isAway)
    for path in losing where everybodyIsHere && !up.allSatisfy({ ignores($0, path) }) {
      if try ledger(up[0]).view(path, sources: all).losers.contains(where: { $0.kind == .symlink || all.canHave($0.root) }) {
        return "awaited: a loser at \(path), though everybody is here"
      }
    }
    if losing.isEmpty, up[0].members.subtracting(up[0].removed) == Set(up.map(\.key)) {
      for device in up {
        for path in device.index.contents.heads.keys where try !ledger(device).view(path).shown.isLive {
          return "garbage: tombstone of \(path) is not dropped by \(device.name)"
        }
      }
    }
    if let fault = loss(up) ?? copies(up) { return fault }
    return try losing.isEmpty ? probe(up) : nil
  }

  private func agreement(_ device: ModelDevice, _ up: [ModelDevice], _ number: Int, _ all: Sources) throws -> String? {
    for other in up[..<number] {
      let bad = try differ(device, tree(device), other)
      if !bad.isEmpty { return "convergence: \(device.name) \(other.name): \(bad)" }
    }
    let ledger = ledger(device)
    var want: [RelativePath: Leaf] = [:]
    for path in paths(device) where !ignores(device, path) { want[path] = Leaf(try ledger.view(path, sources: all).shown) }
    let have = tree(device)
    let skip = try stuck(device)
    let off = Set(want.keys).union(have.keys).filter { want[$0] != have[$0] && !skip.contains($0) && !isHeld(device, $0) }
    if !off.isEmpty { return "insync: \(device.name) holds something else than is wanted at \(off.sorted())" }
    if device.state.shown != up[0].state.shown { return "digest: \(up[0].name) shows something else than \(device.name)" }
    if device.state.knowledge != up[0].state.knowledge { return "knowledge differs" }
    for entry in device.index.contents.entries.values where entry.held == nil && !ignores(device, entry.path) {
      if device.disk[entry.path]?.observation != entry.observation || entry.local != .same {
        return "status: unscanned change on \(device.name) at \(entry.path)"
      }
    }
    return nil
  }

  private func loss(_ up: [ModelDevice]) -> String? {
    let at = Set(up.flatMap { device in device.disk.filter { !isHeld(device, $0.key) && !ignores(device, $0.key) }.values.map(\.tag) })
    let here = Set(up.flatMap { $0.disk.values.map(\.tag) })
    let kept = up.reduce(into: Set<Root>()) { $0.formUnion($1.roots) }
    let left = devices.filter(\.isAway).reduce(into: Set<Root>()) { $0.formUnion($1.roots) }
    for tag in tags.sorted() {
      let roots = [Root(smallContent: tag.utf8), Root(linkTarget: Array(tag.utf8))]
      let isLeft = roots.contains { left.contains($0) }
      if !roots.contains(where: { kept.contains($0) }), dead[tag] == nil, !isLeft { return "lost: \(tag) nowhere" }
      if !here.contains(tag), dead[tag] == nil, !isLeft { return "lost: \(tag) only in history, no user removed it" }
      guard at.contains(tag), let death = dead[tag], !exempt.contains(tag), !death.device.isAway else { continue }
      if shock == nil || (shock == .wiped && death.how == .deleted && !death.device.isLossy) {
        return "resurrected: \(tag) was overwritten or deleted"
      }
    }
    return nil
  }

  private func copies(_ up: [ModelDevice]) -> String? {
    var seen: [String: [RelativePath]] = [:]
    for (path, item) in up[0].disk where !isHeld(up[0], path) && Self.isCopy(path) {
      if path.string.split(separator: ".conflict-", omittingEmptySubsequences: false).count > 2 { return "nested copy: \(path)" }
      if item.kind != .directory, item.tag != "S", !moved.contains(item.tag) { seen[item.tag, default: []].append(path) }
    }
    guard shock == nil, let twice = seen.first(where: { $0.value.count > 1 }) else { return nil }
    return "copies: \(twice.key) at \(twice.value.sorted())"
  }

  /// From quiet, one edit, one delete, one new file: exactly that must be everywhere afterwards.
  private func probe(_ up: [ModelDevice]) throws -> String? {
    let files = tree(up[0]).filter { path, leaf in
      leaf.content.kind == .file && path != Self.ruleFile && !up.contains { ignores($0, path) || isHeld($0, path) }
    }.keys.sorted()
    for path in Set(files.prefix(1) + files.suffix(1)).sorted() {
      for operation in [ModelOperation.write(0, path.string), .delete(0, path.string), .write(0, path.string)] {
        let isDelete = if case .delete = operation { true } else { false }
        let device = up[(path.bytes.count + (isDelete ? 3 : 5)) % up.count]
        let stuckPaths = try up.reduce(into: Set<RelativePath>()) { $0.formUnion(try stuck($1)) }
        if stuckPaths.contains(where: { $0 == path || path.isBelow($0) }) { continue }
        if !isDelete, let parent = path.parent, device.disk[parent] == nil { continue }
        let number = device.number
        try act(isDelete ? .delete(number, path.string) : .write(number, path.string))
        let want = tree(device)
        guard try quiesce() else { return "idle: does not come to rest after one edit" }
        for other in up {
          let bad = try differ(device, want, other)
          if !bad.isEmpty { return "sequential \(operation): \(other.name) has something else at \(bad)" }
        }
      }
    }
    return nil
  }
}
