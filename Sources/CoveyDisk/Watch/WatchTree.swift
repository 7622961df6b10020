import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// The watched directories of a folder, and what the kernel's events say of them.
///
/// A directory is known by the number of its watch, which the kernel gives it for as long as it is watched, whatever its name. Each
/// event about a directory only makes ``settle(_:in:)`` look which directory stands at the name now. So renames, exchanges and
/// events that are out of date by the time they are read all end in the tree that is on the disk.
final class WatchTree {
  let root: WatchNode
  let rootDescriptor: Int32
  /// What is watched in every directory, and what in the one above the folder.
  private static let mask =
    IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
    | IN_ONLYDIR | IN_EXCL_UNLINK
  private static let toolMask = IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR
  private static let nameMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR

  private let addWatch: (_ directory: Int32, _ mask: UInt32) -> Int32
  private let removeWatch: (_ watch: Int32) -> Int32
  var nodes: [Int32: WatchNode] = [:]
  /// The watch of the tool's own directory, where one file counts: the rules of this device alone.
  var toolWatch: Int32?
  /// The watch of the directory above the folder, and the folder's name there.
  var rootName: (watch: Int32, name: [UInt8])?
  /// Directories that lost their place in this batch; those that get none by its end have left the folder.
  private var orphans: [WatchNode] = []
  /// Directories, by the number of their watch, that had moved on when they were to be looked through: at the path by which they
  /// were known stood another or none. What moved them is among the events still to come, and after those they are looked through.
  var missed: Set<Int32> = []
  private var walkCount = 0
  var hasOverflowed = false

  /// First halves of renames, by cookie.
  var moves: [UInt32: Place] = [:]
  var lastMove: UInt32?
  private var reports: [WatchReport] = []
  private var reported: Set<WatchReport> = []

  enum Settlement {
    case absent
    /// It is where it was, or has moved here with all that is watched below it.
    case known
    /// It was not watched before.
    case added
  }

  /// Takes the descriptor of the folder's directory and closes it in the end.
  init(root: Int32, addWatch: @escaping (_ directory: Int32, _ mask: UInt32) -> Int32, removeWatch: @escaping (_ watch: Int32) -> Int32) {
    rootDescriptor = root
    self.addWatch = addWatch
    self.removeWatch = removeWatch
    let watch = addWatch(root, UInt32(Self.mask))
    self.root = WatchNode(name: [], watch: watch, descriptor: root)
    if watch >= 0 { nodes[watch] = self.root } else { addUnwatched(nil, -watch) }
  }

  deinit { close(rootDescriptor) }

  /// Watches every directory that is there, and forgets those that are not.
  func watchAll() {
    guard root.watch >= 0 else { return }
    walkCount += 1
    root.walk = walkCount
    walk(from: root)
    for node in nodes.values where node.walk != walkCount && node.parent?.walk == walkCount { orphan(node) }
    dropOrphans()
  }

  /// Whether the watched directory is the one at this path; also where there is none.
  func stands(at path: String) -> Bool {
    var (here, there) = (stat(), stat())
    guard fstat(rootDescriptor, &here) == 0, stat(path, &there) == 0 else { return true }
    return here.st_dev == there.st_dev && here.st_ino == there.st_ino
  }

  /// Watches for the folder's own name, as far as the kernel allows: a removed directory itself says nothing as long as anybody has it
  /// open.
  func watchName(of path: String) {
    guard let real = realpath(path, nil) else { return }
    defer { free(real) }
    let bytes = Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash + 1 < bytes.count else { return }
    let parent = openChild(slash == 0 ? [UInt8(ascii: "/")] : Array(bytes[..<slash]), in: rootDescriptor)
    guard parent >= 0 else { return }
    defer { close(parent) }
    let watch = addWatch(parent, UInt32(Self.nameMask))
    if watch >= 0 { rootName = (watch, Array(bytes[(slash + 1)...])) }
  }

  /// Watches for changes of `.covey/ignore`, once there is the directory for it.
  func watchTool() {
    let directory = openChild(RelativePath.toolDirectory, in: rootDescriptor)
    guard directory >= 0 else { return }
    defer { close(directory) }
    let watch = addWatch(directory, UInt32(Self.toolMask))
    if watch >= 0 { toolWatch = watch }
  }

  /// Watches a directory, and those on the way to it, with all that is below.
  func watch(_ directory: RelativePath) {
    var node = root
    for component in directory.bytes.split(separator: UInt8(ascii: "/")) {
      guard root.watch >= 0, settle(Array(component), in: node) != .absent, let child = node.children[Array(component)] else { break }
      node = child
    }
    dropOrphans()
  }

  /// What is to be reported, each thing once.
  func takeReports() -> [WatchReport] {
    defer {
      reports = []
      reported = []
    }
    return reports
  }

  private func addUnwatched(_ path: RelativePath?, _ code: Int32) {
    let cause = code == ENOSPC ? WatchLimit.remedy() : "the kernel cannot watch it: \(String(cString: strerror(code)))"
    add(.unwatched(path, reason: "\(cause); until then this part is looked through now and then"))
  }

  func add(_ report: WatchReport) {
    if reported.insert(report).inserted { return reports.append(report) }
    // Twice is twice.
    switch report {
    case .arrived(let path, let isDirectory): add(isDirectory ? .rescan(path) : .touched(path))
    case .moved(_, let path): add(.touched(path))
    default: break
    }
  }

  func path(of name: [UInt8], in directory: [UInt8]) -> RelativePath? {
    do { return try RelativePath(directory.isEmpty ? name : directory + [UInt8(ascii: "/")] + name) } catch { return nil }
  }

  /// Where the directory stands below the folder: empty for the folder's own, nil for one without a place.
  func bytes(of node: WatchNode) -> [UInt8]? {
    var names: [[UInt8]] = []
    var next = node
    while next !== root {
      names.append(next.name)
      guard let parent = next.parent else { return nil }
      next = parent
    }
    return Array(names.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// Looks through the directories that had moved on when it was their turn, and has them scanned.
  func walkMissed() {
    let watches = missed
    missed = []
    for node in watches.compactMap({ nodes[$0] }) {
      guard let bytes = bytes(of: node) else { continue }
      for name in node.children.keys { _ = settle(name, in: node) }
      walk(from: node)
      if !missed.contains(node.watch) { add(.rescan(bytes.isEmpty ? nil : RelativePath(trusted: bytes))) }
    }
  }

  /// Looks which directory stands at the name now, and gives it its place in the tree. A new one is watched with all below it.
  func settle(_ name: [UInt8], in parent: WatchNode) -> Settlement {
    let descriptor = openDirectory(parent)
    guard descriptor >= 0 else { return .absent }
    defer { close(descriptor) }
    let (settlement, code) = place(name, in: parent, descriptor)
    if code != 0, let bytes = bytes(of: parent), let path = path(of: name, in: bytes) { addUnwatched(path, code) }
    if settlement == .added, let node = parent.children[name] { walk(from: node) }
    return settlement
  }

  /// Puts the directory at the name into the tree; the error number says that the kernel has no watch for it.
  private func place(_ name: [UInt8], in parent: WatchNode, _ descriptor: Int32) -> (Settlement, code: Int32) {
    let old = parent.children[name]
    guard let bytes = bytes(of: parent), path(of: name, in: bytes) != nil else {
      if let old { orphan(old) }
      return (.absent, 0)
    }
    let child = openChild(name, in: descriptor)
    guard child >= 0 else {
      // A directory that may not be read any more is still watched; what cannot be opened for want of descriptors is unknown.
      if child == -EMFILE || child == -ENFILE || child == -ENOMEM { return (.absent, -child) }
      if let old, child != -EACCES { orphan(old) }
      return (.absent, 0)
    }
    defer { close(child) }
    let watch = addWatch(child, UInt32(Self.mask))
    guard watch >= 0 else { return (.absent, watch == -ENOENT || watch == -EACCES ? 0 : -watch) }
    if let old, old.watch == watch { return (.known, 0) }
    if let old { orphan(old) }
    if let node = nodes[watch] {
      // The same directory mounted a second time below itself.
      guard !parent.isInside(node) else { return (.absent, 0) }
      node.detach()
      node.attach(to: parent, as: name)
      return (.known, 0)
    }
    let node = WatchNode(name: name, watch: watch, descriptor: child)
    nodes[watch] = node
    node.attach(to: parent, as: name)
    return (.added, 0)
  }

  /// Watches everything below a directory. Where the kernel has no more watches, what remains is reported, as one when it is much.
  private func walk(from start: WatchNode) {
    var open = [start]
    var unwatched: [RelativePath] = []
    var limit: Int32 = 0
    while limit == 0, let node = open.popLast() {
      let descriptor = openDirectory(node)
      guard descriptor >= 0 else { continue }
      let isWhole = start === root
      let (children, areAll) = childDirectories(of: descriptor)
      node.hadOnlyWatched = areAll
      for name in children where node !== root || name != RelativePath.toolDirectory {
        if limit != 0 {
          node.hadOnlyWatched = false
          if let bytes = bytes(of: node), let path = path(of: name, in: bytes), node.children[name] == nil { unwatched.append(path) }
          continue
        }
        let (settlement, code) = place(name, in: node, descriptor)
        if code != 0 {
          limit = code
          if let bytes = bytes(of: node), let path = path(of: name, in: bytes) { unwatched.append(path) }
        }
        if node.children[name] == nil { node.hadOnlyWatched = false }
        guard let child = node.children[name], settlement == .added || (isWhole && settlement == .known) else { continue }
        if child.walk != walkCount || !isWhole { open.append(child) }
        child.walk = walkCount
      }
      close(descriptor)
    }
    guard limit != 0 else { return }
    // Watched themselves, but not what is in them.
    unwatched += open.compactMap { bytes(of: $0).flatMap { $0.isEmpty ? nil : RelativePath(trusted: $0) } }
    if unwatched.count <= WatchLimit.reportCountMax {
      for path in unwatched { addUnwatched(path, limit) }
    } else {
      addUnwatched(bytes(of: start).flatMap { $0.isEmpty ? nil : RelativePath(trusted: $0) }, limit)
    }
  }

  func orphan(_ node: WatchNode) {
    node.detach()
    orphans.append(node)
  }

  func dropOrphans() {
    for orphan in orphans where orphan.parent == nil {
      for node in orphan.subtree where nodes[node.watch] === node {
        nodes[node.watch] = nil
        _ = removeWatch(node.watch)
      }
    }
    orphans = []
  }
}
