import CoveyCore
import CoveyTesting

extension ModelWorld {
  func run(_ history: ModelHistory) throws { for operation in history.operations { try act(operation) } }

  func act(_ operation: ModelOperation) throws {
    if let device = operation.device.map({ devices[$0] }), device.isGone { return }
    clock += 1
    switch operation {
    case .write(let i, let name): write(devices[i], Self.path(name), kind: .file)
    case .same(let i, let name): write(devices[i], Self.path(name), kind: .file, tag: "S")
    case .link(let i, let name): write(devices[i], Self.path(name), kind: .symlink)
    case .touch(let i, let name): touch(devices[i], Self.path(name))
    case .delete(let i, let name): delete(devices[i], Self.path(name))
    case .makeDirectory(let i, let name): makeDirectory(devices[i], Self.path(name))
    case .chmod(let i, let name, let mode): chmod(devices[i], Self.path(name), mode)
    case .rename(let i, let from, let to): rename(devices[i], Self.path(from), to: Self.path(to))
    case .deleteCopy(let i, let k): if let copy = copy(devices[i], k) { kill(devices[i], copy) }
    case .editCopy(let i, let k):
      guard let copy = copy(devices[i], k) else { return }
      clock += 1
      write(devices[i], copy, kind: .file)
    case .rules(let i, let names):
      clock += 1
      write(devices[i], Self.ruleFile, kind: .file)
      if let item = devices[i].disk[Self.ruleFile] { ruleTable[item.root] = Set(names.map(Self.path)) }
    case .localRules(let i, let names): devices[i].localRules = Set(names.map(Self.path))
    default: try step(operation)
    }
  }

  private func step(_ operation: ModelOperation) throws {
    switch operation {
    case .scan(let i): try scan(devices[i])
    case .round(let i, let j, let cut): try round(from: devices[j], to: devices[i], cutAfter: cut)
    case .apply(let i, let name, let sources): try apply(devices[i], Self.path(name), from: sources.map { devices[$0] }.filter { !$0.isAway })
    case .applyAll(let i, let sources): _ = try applyAll(devices[i], from: sources.map { devices[$0] }.filter { !$0.isAway })
    case .sync(let i, let j):
      guard !devices[i].isAway, !devices[j].isAway else { return }
      try scan(devices[j])
      try scan(devices[i])
      try round(from: devices[j], to: devices[i], cutAfter: nil)
      _ = try applyAll(devices[i], from: [devices[j]])
    case .send(let i, let j):
      guard i != j, !devices[i].isAway, !devices[j].isAway else { return }
      let known = devices[i].state.knowledge
      devices[i].mail = heads(of: devices[j]).filter { !known.covers($0.dot) }
    case .deliver(let i):
      if !devices[i].isAway { for version in devices[i].mail { try transaction(devices[i]) { try $0.learn(version, record: version.record) } } }
      devices[i].mail = []
    case .restate(let i):
      let device = devices[i]
      guard !device.isAway, !device.state.isFresh else { return }
      let old = device.state.log
      try transaction(device) { try $0.renewLog(device.nextLog(), because: .numbers) }
      while try transaction(device, { try $0.restate(from: old, limit: 2) }) {}
    case .drop(let i): try drop(devices[i])
    case .quiet: _ = try quiesce()
    default: try accident(operation)
    }
  }

  private func accident(_ operation: ModelOperation) throws {
    switch operation {
    case .out(let i):
      guard devices.count > 1, !devices[i].holdsMarker else { return }
      devices[i].isOut = true
      for device in devices { device.members.remove(devices[i].key) }
    case .remove(let i, let j): remove(devices[j], by: devices[i])
    case .join(let i, let j):
      let device = devices[i]
      guard device.isOut, !devices[j].isAway else { return }
      if device.holdsMarker { device.renewKey() }
      device.wipe()
      device.isOut = false
      devices[j].members.insert(device.key)
    case .keepHeld(let i):
      guard let entry = devices[i].index.heldEntries(after: nil, limit: 1).first else { return }
      if let tag = entry.held.flatMap({ tag(of: $0) }) { exempt.insert(tag) }
      try transaction(devices[i]) { ledger in
        try ledger.observe(entry.path, devices[i].disk[entry.path]?.observation)
        try ledger.releaseHeld(entry.path)
      }
    case .dropHeld(let i):
      guard let path = devices[i].index.heldEntries(after: nil, limit: 1).first?.path else { return }
      for (other, item) in devices[i].disk where other == path || other.isBelow(path) {
        devices[i].index.contents.historyRoots.insert(item.root)
      }
      kill(devices[i], path)
    case .wipe(let i):
      shock = shock ?? .wiped
      devices[i].isLossy = true
      devices[i].wipe()
    case .snap(let i): devices[i].save()
    case .restore(let i):
      guard let snapshot = devices[i].snapshot else { return }
      shock = .restored
      devices[i].isLossy = true
      devices[i].restore(snapshot)
      if customs.contains(.recognisesOldState) { try renew(devices[i]) }
    case .gone(let i): if present.count > 1 { devices[i].isGone = true }
    default: break
    }
  }

  /// By a member that knows all that got out of the removed one.
  private func remove(_ device: ModelDevice, by member: ModelDevice) {
    guard device !== member, !device.isAway, !member.isAway else { return }
    let knowsAll = present.filter { $0 !== device }.allSatisfy { other in
      other.state.knowledge.dots.allSatisfy { $0.log.value >> 32 != UInt64(device.number + 1) || member.state.knowledge.covers($0) }
    }
    guard knowsAll else { return }
    member.removed.insert(device.key)
    device.isOut = true
    shock = shock ?? .wiped
    device.isLossy = true
  }

  // Users.

  private func isWritable(_ device: ModelDevice, _ path: RelativePath) -> Bool {
    path.parent.map { device.disk[$0]?.kind == .directory } ?? true
  }

  private func write(_ device: ModelDevice, _ path: RelativePath, kind: Kind, tag: String? = nil) {
    guard isWritable(device, path) else { return }
    let tag = tag ?? "\(device.name)\(clock)"
    let old = device.disk[path]
    kill(device, path)
    if tag == "S" { exempt.insert(tag) }
    // Deleted and written again between two scans: for the others overwritten.
    if let was = device.index.entry(path).flatMap({ self.tag(of: $0.agreed.content) }), let death = dead[was], death.device === device, death.how == .deleted {
      dead[was] = (device, .overwritten)
    }
    let mode = kind == .symlink ? 0 : old?.kind == .file ? old?.mode ?? 0 : Self.directoryMode
    let item = ModelDevice.Item(kind: kind, tag: tag, mode: mode, modified: now)
    device.disk[path] = item
    note(item)
  }

  private func touch(_ device: ModelDevice, _ path: RelativePath) {
    if device.disk[path]?.kind != .directory { device.disk[path]?.modified = now }
  }

  private func delete(_ device: ModelDevice, _ path: RelativePath) {
    if device.disk[path] != nil, isWritable(device, path) { kill(device, path, .deleted) }
  }

  private func makeDirectory(_ device: ModelDevice, _ path: RelativePath) {
    guard isWritable(device, path), device.disk[path]?.kind != .directory else { return }
    kill(device, path)
    device.disk[path] = ModelDevice.Item(kind: .directory, tag: "", mode: Self.directoryMode, modified: now)
  }

  private func chmod(_ device: ModelDevice, _ path: RelativePath, _ mode: UInt16) {
    if device.disk[path]?.kind != .symlink { device.disk[path]?.mode = Self.directoryMode + mode }
  }

  private func rename(_ device: ModelDevice, _ from: RelativePath, to: RelativePath) {
    guard device.disk[from] != nil, from != to, !from.isBelow(to), !to.isBelow(from), isWritable(device, to) else { return }
    kill(device, to)
    for (path, item) in device.disk where path == from || path.isBelow(from) {
      device.disk[path] = nil
      device.disk[RelativePath(trusted: to.bytes + path.bytes.dropFirst(from.bytes.count))] = item
      if !item.tag.isEmpty { exempt.insert(item.tag); moved.insert(item.tag) }
    }
  }

  private func copy(_ device: ModelDevice, _ number: Int) -> RelativePath? {
    let copies = device.disk.keys.filter(Self.isCopy).sorted()
    return copies.isEmpty ? nil : copies[number % copies.count]
  }

  func kill(_ device: ModelDevice, _ path: RelativePath, _ how: Removal = .overwritten) {
    for (other, item) in device.disk where other == path || other.isBelow(path) {
      device.disk[other] = nil
      guard !item.tag.isEmpty else { continue }
      if ignores(device, other, rulesOnDisk(device)) {
        // Under a rule: nobody else hears of it.
        exempt.insert(item.tag)
        if ignores(device, other), present.contains(where: { $0.disk.values.contains { $0.tag == item.tag } }) { continue }
      }
      if dead[item.tag] == nil { dead[item.tag] = (device, how) }
    }
  }
}

extension ModelOperation {
  /// The device to which it happens.
  var device: Int? {
    switch self {
    case .write(let i, _), .same(let i, _), .link(let i, _), .touch(let i, _), .delete(let i, _), .makeDirectory(let i, _),
      .chmod(let i, _, _), .rename(let i, _, _), .deleteCopy(let i, _), .editCopy(let i, _), .rules(let i, _), .localRules(let i, _),
      .scan(let i), .round(let i, _, _), .apply(let i, _, _), .applyAll(let i, _), .sync(let i, _), .send(let i, _), .deliver(let i),
      .restate(let i), .drop(let i), .out(let i), .remove(let i, _), .join(let i, _), .keepHeld(let i), .dropHeld(let i), .wipe(let i),
      .snap(let i), .restore(let i), .gone(let i):
      i
    case .quiet: nil
    }
  }
}
