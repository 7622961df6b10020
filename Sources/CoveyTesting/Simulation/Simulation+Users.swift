import CoveyCore
import CoveyEngine
import Synchronization

/// What was written, and what became of it by the hand of a user. Each content is a word that nobody else writes.
struct Tags {
  enum Removal { case overwritten, deleted }
  enum Shock { case lost, restored }

  var all: Set<String> = []
  /// Who removed a content, and how.
  var dead: [String: Death] = [:]
  struct Death {
    var device: Int
    var how: Removal
    var path: RelativePath?
    init(_ device: Int, _ how: Removal, at path: RelativePath? = nil) { (self.device, self.how, self.path) = (device, how, path) }
  }
  /// Contents of which copies may come back, for their users did more with them than remove them.
  var exempt: Set<String> = []
  var moved: Set<String> = []
  /// Contents that a program wrote into what was put aside, or that were put aside when the state of their device was lost: it cannot
  /// know where they belong, and history keeps them. So it does what a copy of the device brought back that its user had removed.
  var adrift: Set<String> = []
  /// Contents that history gave up because of their age.
  var aged: Set<String> = []
  /// The devices whose users removed a content, be it from what nobody was told of.
  var removers: [String: Set<Int>] = [:]
  /// Contents that were put in place when a device died before it had recorded that: it takes them for its user's.
  var unrecorded: Set<String> = []
  var shock: Shock?
  var count = 0

  /// Ends with a mark that no other part has, so that a torn one is known.
  static func bytes(_ tag: String) -> [UInt8] { Array((tag + ".").utf8) }
  static func tag(_ bytes: [UInt8]) -> String? {
    bytes.last == UInt8(ascii: ".") ? String(decoding: bytes.dropLast(), as: UTF8.self) : nil
  }

  mutating func next(_ device: SimulatedDevice) -> String {
    count += 1
    let tag = "\(device.name)\(count)"
    all.insert(tag)
    return tag
  }
}

/// What users do to their folders, by all the ways that programs have.
extension Simulation {
  static func path(_ number: Int) -> RelativePath { RelativePath(trusted: Array(names[number % names.count].utf8)) }

  func write(_ device: SimulatedDevice, _ happening: Happening) {
    if device.isHidden { return }
    let path = Self.path(happening.x)
    switch happening.act {
    case .write: replace(device, path)
    case .same:
      tags.all.insert("S")
      tags.exempt.insert("S")
      replace(device, path, "S")
    case .rewrite: rewrite(device, path)
    case .link: link(device, path)
    case .touch:
      guard let node = device.node(path), node.kind == .file else { return }
      device.disk.write(path, node.bytes, mode: node.mode)
      report(.touched(path), to: device)
    case .chmod:
      guard let node = device.node(path), node.kind != .symlink else { return }
      device.disk.setMode(path, node.kind == .directory ? [0o755, 0o750, 0o700][happening.y % 3] : [0o644, 0o600, 0o755][happening.y % 3])
      report(.touched(path), to: device)
    case .delete: if device.node(path) != nil { remove(device, path, .deleted) }
    case .directory:
      guard isWritable(device, path), device.node(path)?.kind != .directory else { return }
      remove(device, path, .overwritten)
      device.disk.makeDirectory(path)
      overwrote(device, path)
      report(.arrived(path, isDirectory: true), to: device)
    case .rename: rename(device, path, to: Self.path(happening.y))
    case .swap: swap(device, path, Self.path(happening.y))
    case .cycle: cycle(device, path, Self.path(happening.y), Self.path(happening.x + happening.y + 1))
    case .deleteCopy: if let copy = copy(device, happening.x) { remove(device, copy, .deleted) }
    case .editCopy: if let copy = copy(device, happening.x) { replace(device, copy) }
    case .open, .writeHalf, .writeRest, .close: writeSlowly(device, path, happening.act)
    case .rules: writeRules(device, mask: happening.x * 7 + happening.y, isShared: true)
    case .localRules: writeRules(device, mask: happening.x * 7 + happening.y, isShared: false)
    default: break
    }
  }

  private func isWritable(_ device: SimulatedDevice, _ path: RelativePath) -> Bool { path.parent.map { device.node($0)?.kind == .directory } ?? true }

  /// As editors do: another file takes the name.
  private func replace(_ device: SimulatedDevice, _ path: RelativePath, _ given: String? = nil) {
    guard isWritable(device, path) else { return }
    let tag = given ?? tags.next(device)
    let old = device.node(path)
    remove(device, path, .overwritten)
    device.disk.write(path, Tags.bytes(tag), mode: old?.kind == .file ? old?.mode ?? 0o644 : 0o644)
    overwrote(device, path)
    report(.arrived(path, isDirectory: false), to: device)
  }

  /// In place: the inode stays.
  private func rewrite(_ device: SimulatedDevice, _ path: RelativePath) {
    guard let node = device.node(path), node.kind == .file else { return }
    kill(node, at: path, of: device, .overwritten)
    device.disk.write(path, Tags.bytes(tags.next(device)), mode: node.mode)
    overwrote(device, path)
    report(.touched(path), to: device)
  }

  private func link(_ device: SimulatedDevice, _ path: RelativePath) {
    guard isWritable(device, path) else { return }
    remove(device, path, .overwritten)
    device.disk.makeLink(path, to: Tags.bytes(tags.next(device)))
    overwrote(device, path)
    report(.touched(path), to: device)
  }

  /// Deleted and written again between two scans: for the others it was overwritten. And where something new is written at the path, no
  /// tombstone tells any more what was deleted there.
  private func overwrote(_ device: SimulatedDevice, _ path: RelativePath) {
    let agreed = device.entry(path)?.agreed.root
    for (tag, death) in tags.dead where death.how == .deleted {
      let isAgreed = agreed == Root(smallContent: Tags.bytes(tag)) || agreed == Root(linkTarget: Tags.bytes(tag))
      if death.path == path || (death.device == device.number && isAgreed) { tags.dead[tag]?.how = .overwritten }
    }
  }

  private func rename(_ device: SimulatedDevice, _ from: RelativePath, to path: RelativePath) {
    guard device.node(from) != nil, from != path, !from.isBelow(path), !path.isBelow(from), isWritable(device, path) else { return }
    remove(device, path, .overwritten)
    noteMoved(device, from)
    device.disk.rename(from, to: path)
    overwrote(device, path)
    report(.moved(from: from, to: path), to: device)
  }

  private func swap(_ device: SimulatedDevice, _ a: RelativePath, _ b: RelativePath) {
    guard device.node(a) != nil, device.node(b) != nil, a != b, !a.isBelow(b), !b.isBelow(a) else { return }
    let aside = RelativePath(trusted: Array("aside".utf8))
    guard device.node(aside) == nil else { return }
    for path in [a, b] { noteMoved(device, path) }
    for (from, to) in [(a, aside), (b, a), (aside, b)] {
      device.disk.rename(from, to: to)
      report(.moved(from: from, to: to), to: device)
    }
  }

  /// a to b, b to c, c to a.
  private func cycle(_ device: SimulatedDevice, _ a: RelativePath, _ b: RelativePath, _ c: RelativePath) {
    let paths = [a, b, c]
    guard Set(paths).count == 3, paths.allSatisfy({ path in device.node(path) != nil && !paths.contains { path.isBelow($0) } }) else { return }
    let aside = RelativePath(trusted: Array("aside".utf8))
    guard device.node(aside) == nil else { return }
    for path in paths { noteMoved(device, path) }
    for (from, to) in [(c, aside), (b, c), (a, b), (aside, a)] {
      device.disk.rename(from, to: to)
      report(.moved(from: from, to: to), to: device)
    }
  }

  private func noteMoved(_ device: SimulatedDevice, _ path: RelativePath) {
    for (other, node) in device.tree where other == path || other.isBelow(path) {
      guard let tag = Tags.tag(node.bytes) else { continue }
      tags.exempt.insert(tag)
      tags.moved.insert(tag)
      tags.removers[tag, default: []].insert(device.number)
    }
  }

  private func copy(_ device: SimulatedDevice, _ number: Int) -> RelativePath? {
    let copies = device.tree.map(\.path).filter { ConflictCopyName.original(of: $0) != nil }
    return copies.isEmpty ? nil : copies[number % copies.count]
  }

  // MARK: Removing

  private func remove(_ device: SimulatedDevice, _ path: RelativePath, _ how: Tags.Removal) {
    for (other, node) in device.tree.reversed() where other == path || other.isBelow(path) {
      kill(node, at: other, of: device, how)
      report(.gone(other), to: device)
    }
    device.disk.remove(path)
  }

  private func kill(_ node: InMemoryDiskState.Node, at path: RelativePath, of device: SimulatedDevice, _ how: Tags.Removal) {
    guard node.kind != .directory, let tag = Tags.tag(node.bytes) else { return }
    // What the record does not know yet as agreed, its user cannot be said to have removed from the team.
    let agreed = device.entry(path)?.agreed
    if agreed?.content != node.hashed.map({ Content(kind: node.kind, root: $0.root) }) { tags.exempt.insert(tag) }
    if ignores(device, path) { tags.exempt.insert(tag) }
    if tags.dead[tag] == nil { tags.dead[tag] = Tags.Death(device.number, how, at: path) }
    tags.removers[tag, default: []].insert(device.number)
  }

  // MARK: Writing slowly

  private func writeSlowly(_ device: SimulatedDevice, _ path: RelativePath, _ act: Happening.Act) {
    switch act {
    case .open:
      guard let node = device.node(path), node.kind == .file, let tag = Tags.tag(node.bytes), device.writers.count < 3 else { return }
      device.writers.append((device.disk.openForWriting(path), tag))
    case .close: if !device.writers.isEmpty { closeWriter(device.writers.removeFirst(), of: device) }
    default:
      guard !device.writers.isEmpty else { return }
      var (writer, old) = device.writers.removeFirst()
      // A file that has no name any more takes what is written with it.
      guard let node = device.disk.state.withLock({ $0.live.node(withInode: writer.inode) }) else { return writer.close() }
      // Another program may have written to the same file since it was opened.
      for gone in Set([old, Tags.tag(node.bytes) ?? old]) {
        tags.exempt.insert(gone)
        tags.removers[gone, default: []].insert(device.number)
        if tags.dead[gone] == nil { tags.dead[gone] = Tags.Death(device.number, .overwritten) }
      }
      let tag = tags.next(device)
      writer.write(Tags.bytes(tag))
      if let path = device.path(ofInode: writer.inode) { report(.writing(path), to: device) } else if device.isLossy { tags.adrift.insert(tag) }
      old = tag
      device.writers.append((writer, old))
    }
  }

  func closeWriter(_ open: (writer: InMemoryWriter, tag: String), of device: SimulatedDevice) {
    open.writer.close()
    if let path = device.path(ofInode: open.writer.inode) { report(.touched(path), to: device) }
  }

  // MARK: Rules

  static let rulesPath = RelativePath(trusted: Array(".coveyignore".utf8))

  private func writeRules(_ device: SimulatedDevice, mask: Int, isShared: Bool) {
    let names = Self.names.enumerated().filter { mask >> $0.offset & 1 == 1 }.map { "/" + $0.element }
    let before = rules(device)
    let text = Array((names.joined(separator: "\n") + "\n#.").utf8)
    if isShared {
      if let node = device.node(Self.rulesPath) { kill(node, at: Self.rulesPath, of: device, .overwritten) }
      let tag = String(decoding: text.dropLast(), as: UTF8.self)
      tags.all.insert(tag)
      tags.exempt.insert(tag)
      device.disk.write(Self.rulesPath, text)
      report(.touched(Self.rulesPath), to: device)
    } else {
      // It is not watched: whoever edits it scans.
      device.disk.setLocalRules(text)
      handle(.command(.scan), by: device)
    }
    noteRules(device)
    let after = rules(device)
    // What was done meanwhile may be announced or not.
    for other in devices {
      let agreed = (try? other.store.read(Self.folder) { try $0.entries(below: nil, after: nil, limit: 1_000) }) ?? []
      let roots = Set(agreed.filter { before.ignores($0.path, isDirectory: nil) != after.ignores($0.path, isDirectory: nil) }.map(\.agreed.root))
      for tag in tags.all where roots.contains(Root(smallContent: Tags.bytes(tag))) || roots.contains(Root(linkTarget: Tags.bytes(tag))) { tags.exempt.insert(tag) }
      for (path, node) in other.tree where before.ignores(path, isDirectory: nil) != after.ignores(path, isDirectory: nil) {
        if let tag = Tags.tag(node.bytes) { tags.exempt.insert(tag) }
      }
    }
  }

  func rulesText(_ device: SimulatedDevice) -> [[UInt8]] {
    let node = device.node(Self.rulesPath)
    return [node?.kind == .file ? node?.bytes ?? [] : [], device.disk.state.withLock { $0.localRules } ?? []]
  }

  func noteRules(_ device: SimulatedDevice) { device.rulesSeen.insert(rulesText(device)) }

  func rules(_ device: SimulatedDevice) -> GitIgnore { parsed(rulesText(device)) }

  func parsed(_ text: [[UInt8]]) -> GitIgnore {
    do { return try GitIgnore(parsing: text[0], local: text[1]) } catch { preconditionFailure("simulated rules are well formed: \(error)") }
  }

  func ignores(_ device: SimulatedDevice, _ path: RelativePath) -> Bool {
    rules(device).ignores(ConflictCopyName.original(of: path) ?? path, isDirectory: nil)
  }
}
