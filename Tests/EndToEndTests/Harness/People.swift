import CLinux
import CoveyTesting
import Foundation
import Glibc

/// People who change a shared folder on several devices at random, and the book of what they wrote.
///
/// Everything that is written carries a *tag* of its own. A tag leaves the book only when a person destroys it with his own hand while
/// no other device has it: all others must be somewhere in the end.
struct People {
  private var generator: SeededGenerator
  private let seed: UInt64
  private let devices: [Device]
  private let trash: String
  private var count = 0
  /// Tags that must not be lost, with what was done to them, for the report of a failure.
  private(set) var owed: [String: String] = [:]
  /// Tags that everybody has seen deleted and that nobody may bring back.
  private(set) var deleted: Set<String> = []
  /// Top-level names that nobody touches while their deletion travels.
  private var untouchable: Set<String> = []
  private(set) var story: [String] = []
  /// What was found in files of the history: they stay as they are, and are read once.
  private var inHistory: [String: Set<String>] = [:]

  init(seed: UInt64, devices: [Device], trash: String) throws {
    generator = SeededGenerator(seed: seed)
    self.seed = seed
    self.devices = devices
    self.trash = trash
    try FileManager.default.createDirectory(atPath: trash, withIntermediateDirectories: true)
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  mutating func note(_ line: String) { story.append(line) }

  // MARK: One act

  /// One person does one thing on one device.
  mutating func act(on device: Device) throws {
    // What goes while it is looked at is looked at again.
    var tree = try? Tree(device.folder)
    while tree == nil { tree = try? Tree(device.folder) }
    let names = (tree?.entries ?? [:]).filter { isOpen($0.key) }
    let files = names.filter { $0.value.hasPrefix("file") }.keys.sorted()
    let directories = names.filter { $0.value.hasPrefix("directory") }.keys.sorted()
    switch below(20) {
    case 0..<5: try write(newName(in: directories), on: device, appends: false)
    case 5..<8: if let name = pick(files) { try write(name, on: device, appends: false) }
    case 8..<11: if let name = pick(files) { try write(name, on: device, appends: true) }
    case 11: if let name = pick(files) { try replace(name, on: device) }
    case 12..<14: if let name = pick(files) { try move(name, to: newName(in: directories), on: device) }
    case 14: if let name = pick(files), let other = pick(files), name != other { try move(name, to: other, on: device) }
    case 15: if let name = pick(directories), !holdsCopies(name, in: names) { try move(name, to: newName(in: []) + "-d", on: device) }
    case 16: if let name = pick(files) { try delete(name, on: device) }
    case 17: if let name = pick(directories) { try delete(name, on: device) }
    case 18:
      let name = newName(in: directories) + "-d"
      note("\(device.name): mkdir \(name)")
      mkdir(device.path(name), 0o755)
    default:
      let name = newName(in: directories) + "-l"
      if chance(50), symlink("target-\(below(5))", device.path(name)) == 0 { note("\(device.name): link \(name)") } else if let file = pick(files) {
        note("\(device.name): chmod \(file)")
        chmod(device.path(file), chance(50) ? 0o600 : 0o755)
      }
    }
  }

  /// One person saves a file, in one of the ways in which programs do.
  mutating func save(_ name: String, on device: Device) throws {
    switch below(3) {
    case 0: try write(name, on: device, appends: false)
    case 1: try write(name, on: device, appends: true)
    default: try replace(name, on: device)
    }
  }

  /// Conflict copies are left to themselves, but for deletes: what an edit of one means is another test's matter.
  private func isOpen(_ name: String) -> Bool {
    !name.contains(".conflict-") && !untouchable.contains(String(name.split(separator: "/")[0]))
  }

  private func holdsCopies(_ directory: String, in names: [String: String]) -> Bool {
    names.keys.contains { $0.hasPrefix(directory + "/") && $0.contains(".conflict-") }
  }

  private mutating func pick(_ names: [String]) -> String? { names.isEmpty ? nil : names[below(names.count)] }

  /// One of few names, so that people meet on them.
  private mutating func newName(in directories: [String]) -> String {
    let name = "n\(below(12)).txt"
    guard let directory = pick(directories), chance(50) else { return name }
    return directory + "/" + name
  }

  private mutating func newTag(_ device: Device) -> String {
    count += 1
    return "<\(seed)-\(count)-\(device.name)>"
  }

  private mutating func filling() -> String {
    switch below(12) {
    case 0: String(repeating: "x", count: below(400_000))
    case 1..<4: String(repeating: "y", count: below(40_000))
    default: ""
    }
  }

  /// Writes in place, into what is open.
  private mutating func write(_ name: String, on device: Device, appends: Bool) throws {
    let tag = newTag(device)
    let bytes = Array((tag + filling() + "\n").utf8)
    let file = open(device.path(name), O_RDWR | O_CREAT | O_CLOEXEC | (appends ? O_APPEND : 0), 0o644)
    guard file >= 0 else { return note("\(device.name): write \(name): \(errno)") }
    defer { close(file) }
    note("\(device.name): \(appends ? "append" : "write") \(name) \(tag)")
    if !appends {
      let before = contents(of: file)
      ftruncate(file, 0)
      strike(before, by: device, "overwritten at \(name)")
    }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw Failure("\(device.path(name)): \(errno)") }
    owed[tag] = "\(device.name) wrote it to \(name)"
  }

  /// Writes a new file and puts it in place by a rename, as editors do.
  private mutating func replace(_ name: String, on device: Device) throws {
    let tag = newTag(device)
    let fresh = device.path(name + ".new\(count)")
    guard FileManager.default.createFile(atPath: fresh, contents: Data((tag + filling()).utf8)) else { return }
    note("\(device.name): replace \(name) \(tag)")
    owed[tag] = "\(device.name) saved it to \(name)"
    try put(fresh, over: name, on: device)
  }

  private mutating func move(_ name: String, to other: String, on device: Device) throws {
    note("\(device.name): move \(name) to \(other)")
    try put(device.path(name), over: other, on: device)
  }

  /// A rename onto a name, and exact knowledge of what that destroyed: what stood there is swapped out before it goes.
  private mutating func put(_ source: String, over name: String, on device: Device) throws {
    let target = device.path(name)
    if covey_rename_noreplace(AT_FDCWD, source, AT_FDCWD, target) == 0 { return }
    guard errno == EEXIST, covey_rename_exchange(AT_FDCWD, source, AT_FDCWD, target) == 0 else { return }
    try discard(source, by: device, "replaced at \(name)")
  }

  private mutating func delete(_ name: String, on device: Device) throws {
    note("\(device.name): delete \(name)")
    try discard(device.path(name), by: device, "deleted at \(name)")
  }

  /// Takes something out of the folder in one step, and strikes out what was in it.
  private mutating func discard(_ path: String, by device: Device, _ how: String) throws {
    count += 1
    let gone = "\(trash)/\(count)"
    guard rename(path, gone) == 0 else { return }
    strike(try Self.everything(in: gone), by: device, how)
    try FileManager.default.removeItem(atPath: gone)
  }

  // MARK: The book

  /// A person destroyed these bytes: what nobody else has is no longer owed.
  private mutating func strike(_ text: String, by device: Device, _ how: String) {
    let tags = Self.tags(in: text).filter { owed[$0] != nil }
    guard !tags.isEmpty else { return }
    let others = devices.filter { $0 !== device }.map { (try? Self.everything(in: $0.folder)) ?? "" }
    for tag in tags {
      if others.contains(where: { $0.contains(tag) }) { owed[tag]? += ", \(how) on \(device.name)" } else { owed[tag] = nil }
    }
  }

  private func contents(of file: Int32) -> String {
    var info = stat()
    fstat(file, &info)
    var bytes = [UInt8](repeating: 0, count: Int(info.st_size))
    let count = pread(file, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  static func tags(in text: String) -> Set<String> {
    Set(text.utf8.split(separator: UInt8(ascii: "<")).compactMap { part in part.firstIndex(of: UInt8(ascii: ">")).map { "<\(text[part.startIndex..<$0])>" } })
  }

  /// All bytes of all files below a path, one after the other; `.covey` is left out.
  static func everything(in path: String) throws -> String {
    var info = stat()
    guard lstat(path, &info) == 0 else { return "" }
    switch info.st_mode & S_IFMT {
    case S_IFREG: return String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    case S_IFDIR:
      let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      return try names.sorted().filter { $0 != ".covey" }.map { try everything(in: path + "/" + $0) }.joined(separator: "\n")
    default: return ""
    }
  }

  // MARK: Deletes that are the last word

  /// Where all are in sync: deletes some names for everybody; nobody touches them until ``settleDeletes()``.
  mutating func deleteForGood() throws {
    let device = devices[below(devices.count)]
    let names = try Tree(device.folder).names.filter { !$0.contains("/") && isOpen($0) }
    for _ in 0..<min(2, names.count) {
      guard let name = pick(names), untouchable.insert(name).inserted else { continue }
      let tags = Self.tags(in: try Self.everything(in: device.path(name)))
      note("\(device.name): deletes \(name) for good")
      deleted.formUnion(tags.filter { tag in devices.allSatisfy { ((try? Self.places(of: tag, in: $0.folder)) ?? []) == [name] } })
      try discard(device.path(name), by: device, "deleted for good")
    }
  }

  mutating func settleDeletes() { untouchable = [] }

  /// Top-level names under which a tag is found.
  static func places(of tag: String, in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != ".covey" }.filter { try everything(in: folder + "/" + $0).contains(tag) }
  }

  // MARK: What must hold when all is quiet

  private mutating func keptTags() -> Set<String> {
    var kept: Set<String> = []
    for directory in devices.map({ $0.folder + "/.covey/history/" }) {
      for inner in FileManager.default.enumerator(atPath: directory)?.compactMap({ $0 as? String }) ?? [] {
        let path = directory + inner
        // Directories have none. A file that is gone by now, or a history that cannot be listed, gives none either: a tag that was only
        // there counts as lost then, so that nothing is hidden by it.
        let tags = inHistory[path] ?? FileManager.default.contents(atPath: path).map { Self.tags(in: String(decoding: $0, as: UTF8.self)) }
        inHistory[path] = tags
        kept.formUnion(tags ?? [])
      }
    }
    return kept
  }

  /// Every breach of a promise, in sentences.
  mutating func breaches() throws -> [String] {
    var breaches: [String] = []
    let trees = try devices.map { try Tree($0.folder) }
    for (device, tree) in zip(devices, trees).dropFirst() {
      breaches += tree.differences(to: trees[0]).map { "\(device.name) and \(devices[0].name) differ: \($0)" }
    }
    let digests = try devices.map { try $0.folderStatus()["digest"] as? String ?? "" }
    if Set(digests).count != 1 { breaches.append("digests differ: \(digests)") }
    let alive = try devices.map { try Self.everything(in: $0.folder) }
    let there = alive.reduce(into: keptTags()) { $0.formUnion(Self.tags(in: $1)) }
    for (tag, what) in owed.sorted(by: { $0.key < $1.key }) where !there.contains(tag) {
      breaches.append("\(tag) is lost: \(what)")
    }
    for tag in deleted.sorted() { for (device, text) in zip(devices, alive) where text.contains(tag) { breaches.append("\(tag) is back on \(device.name)") } }
    for (device, tree) in zip(devices, trees) {
      let copies = tree.names.filter { $0.contains(".conflict-") }.sorted()
      let listed = try device.conflicts().compactMap { $0["copy"] as? String }.sorted()
      if copies != listed { breaches.append("\(device.name) has the copies \(copies) and lists \(listed)") }
      let problems = try device.problems()
      if !problems.isEmpty { breaches.append("\(device.name) has problems: \(problems)") }
    }
    return breaches
  }
}
