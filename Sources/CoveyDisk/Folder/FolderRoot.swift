import CLinux
import CoveyCore
import CoveyEngine
import Glibc
import Synchronization

/// The opened directory of a folder, with what belongs to Covey inside it.
final class FolderRoot: Sendable {
  let descriptor: Descriptor
  let guardian: PathGuard
  let device: UInt64
  let inode: UInt64
  private let opened = Mutex(Opened())

  private struct Opened {
    var staging: Descriptor?
    var history: Descriptor?
    var foldsNames: Bool?
  }

  /// Opens the folder; its own path may lead through symlinks, for its user chose it.
  init(path: String, opensBeneath: Bool? = nil) throws(Errno) {
    descriptor = Descriptor(owning: try call { covey_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0) })
    guardian = try PathGuard(root: descriptor, asking: opensBeneath)
    let stat = try descriptor.stat()
    device = UInt64(stat.st_dev)
    inode = UInt64(stat.st_ino)
  }

  func place(_ path: RelativePath) throws(Errno) -> Place { try guardian.place(path) }

  /// Whether the disk finds a name under another spelling: asked of `.covey` itself, once it stands.
  var foldsNames: Bool {
    if let known = opened.withLock({ $0.foldsNames }) { return known }
    guard let tool = try? Place(parent: descriptor, name: RelativePath.toolDirectory).rawStat() else { return false }
    let other = try? Place(parent: descriptor, name: ".COVEY".utf8).rawStat()
    let folds = other?.st_ino == tool.st_ino
    opened.withLock { $0.foldsNames = folds }
    return folds
  }

  /// `.covey`, only where it stands: an empty mount point is left empty.
  func toolDirectory() throws(Errno) -> Descriptor {
    try Place(parent: descriptor, name: RelativePath.toolDirectory).open(covey_o_path | O_DIRECTORY)
  }

  func staged(_ name: StagedName) throws(Errno) -> Place { Place(parent: try staging(), name: name.text.utf8) }

  func staging() throws(Errno) -> Descriptor {
    if let known = opened.withLock({ $0.staging }), isLinked(known) { return known }
    let fresh = try subdirectory("staging")
    opened.withLock { $0.staging = fresh }
    return fresh
  }

  func history() throws(Errno) -> Descriptor {
    if let known = opened.withLock({ $0.history }), isLinked(known) { return known }
    let fresh = try subdirectory("history")
    opened.withLock { $0.history = fresh }
    return fresh
  }

  /// A directory that was removed under us keeps its descriptor and loses its links.
  private func isLinked(_ directory: Descriptor) -> Bool { ((try? directory.stat())?.st_nlink ?? 0) > 0 }

  private func subdirectory(_ name: String) throws(Errno) -> Descriptor {
    let place = Place(parent: try toolDirectory(), name: name.utf8)
    do throws(Errno) { return try place.open(O_RDONLY | O_DIRECTORY) } catch {
      guard error.isAbsent else { throw error }
    }
    // ext4 chooses by the name where a directory goes. Under a name that is always the same it would go where the files of another
    // folder have just been deleted, and there each new file costs up to a millisecond.
    let fresh = Place(parent: place.parent, name: "\(name).\(UInt64.random(in: 0...UInt64.max))".utf8)
    try fresh.makeDirectory(mode: 0o700)
    do throws(Errno) { try fresh.rename(to: place) } catch {
      try? fresh.remove(directory: true)
      guard error.number == EEXIST else { throw error }
    }
    return try place.open(O_RDONLY | O_DIRECTORY)
  }

  /// Does what a crash left undone: modes are given back, and a directory that had not got its name yet is taken away.
  func tidy() {
    WriteAccess.giveBack(in: self)
    for name in (try? names(in: ".")) ?? [] where name.starts(with: "staging.".utf8) || name.starts(with: "history.".utf8) {
      try? Place(parent: toolDirectory(), name: name).remove(directory: true)
    }
  }

  func place(_ name: HistoryName) throws(Errno) -> Place {
    try PathGuard(root: try history(), opensBeneath: guardian.opensBeneath).place(name.path)
  }

  func place(_ source: ContentSource) throws(Errno) -> Place {
    switch source {
    case .file(let path): try place(path)
    case .history(let name): try place(name)
    case .staged(let name): try staged(name)
    case .localRules: Place(parent: try toolDirectory(), name: "ignore".utf8)
    }
  }
}

extension ContentSource {
  /// The source as a user finds it, for messages.
  var shown: String {
    switch self {
    case .file(let path): path.string
    case .history(let name): name.shown
    case .staged(let name): name.shown
    case .localRules: ".covey/ignore"
    }
  }
}

extension StagedName {
  var shown: String { ".covey/staging/\(text)" }
}

extension HistoryName {
  var shown: String { ".covey/history/\(path.string)" }
}

extension FolderRoot {
  /// The names in a directory of `.covey`, without making it.
  func names(in directory: String) throws(Errno) -> [[UInt8]] {
    let opened = try Place(parent: try toolDirectory(), name: directory.utf8).open(O_RDONLY | O_DIRECTORY)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    defer { buffer.deallocate() }
    let listing = try DirectoryListing(of: opened, buffer: buffer)
    return listing.items.filter { !$0.isDescent }.map { Array(listing.bytes(of: $0)) }
  }
}
