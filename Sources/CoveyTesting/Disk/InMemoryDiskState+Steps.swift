import CoveyCore
import CoveyEngine

/// Steps and their replay, by the rules of DESIGN section 8.
extension InMemoryDiskState {
  /// The outcome of a step that finds something else than it expects; nil when it may go on.
  func refusal(of step: DiskStep) -> DiskOutcome? {
    let there = live.nodes[step.path]?.stat
    if case .place(let name, _) = step.action {
      guard let staged = live.staging[name], step.stagedInode.map({ $0 == staged.inode }) ?? true else { return .failed(.absent(name.text)) }
    }
    if case .move(let from) = step.action {
      guard let source = live.nodes[from]?.stat, let expected = step.expected else { return .changed }
      guard matches(source, expected), there == nil, live.hasParent(step.path) else { return .changed }
      return twin(of: step.path).map { .failed(.twin(step.path, spelled: Array($0.name))) }
    }
    guard live.hasParent(step.path) else { return .changed }
    if step.expected == nil, there == nil, let twin = twin(of: step.path) { return .failed(.twin(step.path, spelled: Array(twin.name))) }
    switch step.action.displaced {
    case .copy(let copy) where live.nodes[copy] != nil || !live.hasParent(copy): return .changed
    default: break
    }
    guard let expected = step.expected else { return there == nil ? nil : .changed }
    guard let there, matches(there, expected) else { return .changed }
    return nil
  }

  private func matches(_ stat: FileStat, _ expected: FileStat) -> Bool {
    stat.kind == .directory ? expected.kind == .directory && stat.inode == expected.inode : stat == expected
  }

  /// Renames without comparing again, as the kernel does, and looks at what came out.
  mutating func perform(_ step: DiskStep) -> DiskOutcome {
    note()
    defer { note() }
    // Its directory may have become something else in that very moment.
    guard live.hasParent(step.path) else { return .changed }
    switch step.action {
    case .place(let name, let displaced): return place(step, name, displaced)
    case .makeDirectory(let mode):
      guard live.nodes[step.path] == nil else { return .changed }
      let node = Node(kind: .directory, bytes: [], modified: time, changed: stamp(), inode: newInode(), mode: mode & 0o777)
      live.nodes[step.path] = node
      return .done(now: node.stat, history: nil, copy: nil)
    case .remove(let displaced):
      guard let expected = step.expected, let out = live.nodes[step.path], matchesContent(out.stat, expected) else { return .changed }
      let name = Self.removedName(expected)
      live.nodes[step.path] = nil
      live.staging[name] = out
      note()
      return putAway(step, name, displaced, now: nil)
    case .removeDirectory:
      guard live.nodes[step.path]?.kind == .directory else { return .changed }
      guard live.isEmpty(step.path) else { return Self.notEmpty(step.path) }
      live.nodes[step.path] = nil
      return .done(now: nil, history: nil, copy: nil)
    case .move(let from):
      guard let expected = step.expected, let moved = live.nodes[from], matchesContent(moved.stat, expected), live.nodes[step.path] == nil
      else { return .changed }
      live.rename(from, to: step.path)
      let changed = stamp()
      live.nodes[step.path]?.changed = changed
      return .done(now: live.nodes[step.path]?.stat, history: nil, copy: nil)
    case .setMetadata(let mode, let modified):
      guard let expected = step.expected, var node = live.nodes[step.path], matches(node.stat, expected) else { return .changed }
      if node.kind != .symlink { node.mode = node.mode & 0o7000 | mode & 0o777 }
      if node.kind != .directory { node.modified = modified }
      node.changed = stamp()
      live.nodes[step.path] = node
      return .done(now: node.stat, history: nil, copy: nil)
    }
  }

  /// The outcome of a step as a second look at its new name leaves it.
  func look(at step: DiskStep, _ outcome: DiskOutcome) -> DiskOutcome {
    guard case .done(var now?, let history, let copy) = outcome, now.kind != .directory, live.nodes[step.path]?.stat != now else { return outcome }
    switch step.action {
    case .place where step.expected == nil, .move: break
    default: return outcome
    }
    now.changed = FileStat.unseen
    return .done(now: now, history: history, copy: copy)
  }

  private static func notEmpty(_ path: RelativePath) -> DiskOutcome {
    .failed(DiskError(code: .notEmpty, path: path.string, message: "the directory is not empty"))
  }

  static func removedName(_ expected: FileStat) -> StagedName {
    guard let name = StagedName("removed-\(expected.inode)-\(UInt64(bitPattern: expected.changed.nanoseconds))") else {
      preconditionFailure("digits and hyphens are a staged name")
    }
    return name
  }

  private func matchesContent(_ stat: FileStat, _ expected: FileStat) -> Bool {
    guard stat.kind == expected.kind, stat.inode == expected.inode, stat.mode == expected.mode else { return false }
    return stat.kind == .directory || (stat.size == expected.size && stat.modified == expected.modified)
  }

  private mutating func place(_ step: DiskStep, _ name: StagedName, _ displaced: DiskStep.Displaced) -> DiskOutcome {
    guard var node = live.staging[name] else { return .failed(.absent(name.text)) }
    let out = live.nodes[step.path]
    guard (out == nil) == (step.expected == nil) else { return .changed }
    if let out, out.kind == .directory {
      guard step.expected?.kind == .directory else { return .changed }
      if !live.isEmpty(step.path) { return Self.notEmpty(step.path) }
    }
    node.changed = stamp()
    live.nodes[step.path] = node
    live.staging[name] = out
    guard var out else { return .done(now: node.stat, history: nil, copy: nil) }
    if out.kind == .directory {
      live.staging[name] = nil
      return .done(now: node.stat, history: nil, copy: nil)
    }
    out.changed = stamp()
    live.staging[name] = out
    note()
    return putAway(step, name, displaced, now: node.stat)
  }

  private mutating func putAway(_ step: DiskStep, _ name: StagedName, _ displaced: DiskStep.Displaced, now: FileStat?) -> DiskOutcome {
    guard let expected = step.expected, let out = live.staging[name] else { return .done(now: now, history: nil, copy: nil) }
    let isStill = matchesContent(out.stat, expected)
    let isFree = isStill && (ignoresWriters || writers[out.inode] == nil)
    switch displaced {
    case .copy(let path) where out.inode == expected.inode:
      // Whoever still writes to it, or did in that very moment, edits the copy.
      guard live.nodes[path] == nil, live.hasParent(path) else { return .late(now: now, name) }
      live.nodes[path] = out
      live.staging[name] = nil
      var stat = out.stat
      if !isFree { stat.changed = FileStat.unseen }
      return .done(now: now, history: nil, copy: stat)
    case .copy: return .late(now: now, name)
    case _ where !isFree: return .late(now: now, name)
    case .history(let time): return .done(now: now, history: keep(name, asHistoryOf: step.path, at: time), copy: nil)
    case .nothing: return .done(now: now, history: keep(name, asHistoryOf: step.path, at: time), copy: nil)
    }
  }

  mutating func keep(_ name: StagedName, asHistoryOf path: RelativePath, at time: Timestamp) -> HistoryName {
    var number = 0
    let stamp = time.rfc3339.prefix(19).replacing("-", with: "").replacing(":", with: "").replacing("T", with: "-")
    // Before the extension, as on a real disk.
    let dot = path.name.dropFirst().lastIndex(of: UInt8(ascii: ".")) ?? path.name.endIndex
    let (stem, ending) = (path.bytes.prefix(path.bytes.count - path.name[dot...].count), path.name[dot...])
    while true {
      let kept = HistoryName(path: RelativePath(trusted: stem + Array(".\(stamp)\(number > 0 ? ".\(number)" : "")".utf8) + ending))
      if live.history[kept] == nil {
        live.history[kept] = live.staging.removeValue(forKey: name)
        return kept
      }
      number += 1
    }
  }

  mutating func replay(_ step: DiskStep) -> ReplayOutcome {
    let there = live.nodes[step.path]?.stat
    switch step.action {
    case .place(let name, let displaced):
      let under = live.staging[name]
      guard let expected = step.expected else {
        if let under { return step.stagedInode.map { $0 == under.inode } ?? true ? .notBegun : .unknown }
        guard let there, step.stagedInode.map({ $0 == there.inode }) ?? true else { return .unknown }
        return .done(.done(now: there, history: nil, copy: nil))
      }
      guard let under else {
        guard let there, there.inode != expected.inode else { return .unknown }
        let (history, copy) = (found(expected, displaced), copied(expected, displaced))
        if there.inode != step.stagedInode, history == nil, copy == nil { return .unknown }
        return .done(.done(now: there, history: history, copy: copy ?? (displaced.isCopy ? expected : nil)))
      }
      if under.inode == step.stagedInode { return .notBegun }
      if under.inode == expected.inode { return .done(putAway(step, name, displaced, now: there)) }
      if there?.inode == expected.inode { return .notBegun }
      if step.stagedInode == nil { return .unknown }
      return .done(.late(now: there, name))
    case .remove(let displaced):
      guard let expected = step.expected else { return .unknown }
      let name = Self.removedName(expected)
      if live.staging[name] != nil { return .done(putAway(step, name, displaced, now: there)) }
      if let there { return there.inode == expected.inode ? .notBegun : .unknown }
      let (history, copy) = (found(expected, displaced), copied(expected, displaced))
      return history == nil && copy == nil ? .unknown : .done(.done(now: nil, history: history, copy: copy))
    case .makeDirectory:
      guard let there else { return .notBegun }
      return there.kind == .directory ? .done(.done(now: there, history: nil, copy: nil)) : .unknown
    case .removeDirectory:
      guard let there else { return .done(.done(now: nil, history: nil, copy: nil)) }
      return there.inode == step.expected?.inode ? .notBegun : .unknown
    case .move(let from):
      guard let expected = step.expected else { return .unknown }
      if there?.inode == expected.inode { return .done(.done(now: there, history: nil, copy: nil)) }
      return live.nodes[from]?.inode == expected.inode ? .notBegun : .unknown
    case .setMetadata(let mode, let modified):
      guard let there, let expected = step.expected, there.inode == expected.inode else { return .unknown }
      if matches(there, expected) { return .notBegun }
      let isSet = there.kind == .symlink || there.mode & 0o777 == mode & 0o777
      return isSet && (there.kind == .directory || there.modified == modified) ? .done(.done(now: there, history: nil, copy: nil)) : .unknown
    }
  }

  private func found(_ expected: FileStat, _ displaced: DiskStep.Displaced) -> HistoryName? {
    guard case .history = displaced else { return nil }
    return live.history.first { $0.value.inode == expected.inode }?.key
  }

  private func copied(_ expected: FileStat, _ displaced: DiskStep.Displaced) -> FileStat? {
    guard case .copy(let path) = displaced, let stat = live.nodes[path]?.stat else { return nil }
    return stat.kind == expected.kind && stat.size == expected.size && stat.modified == expected.modified ? stat : nil
  }
}

extension DiskStep.Displaced {
  fileprivate var isCopy: Bool { if case .copy = self { true } else { false } }
}

extension DiskStep.Action {
  fileprivate var displaced: DiskStep.Displaced {
    switch self {
    case .place(_, let displaced), .remove(let displaced): displaced
    default: .nothing
    }
  }
}
