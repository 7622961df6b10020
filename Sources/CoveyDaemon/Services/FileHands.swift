import CoveyCore
import CoveyEngine
import Glibc

/// Changes single files of a folder for a person: as a person would, but through staging and with what is replaced in history. The
/// scan that follows authors what was done.
final class FileHands {
  private static let pieceByteCount = 1 << 20

  private let runner: FolderRunner
  private let disk: any FolderDisk
  private let store: any DeviceStore
  /// What was changed and is to be looked at.
  private(set) var touched: [RelativePath] = []
  private var count = 0

  init(runner: FolderRunner, store: any DeviceStore) async throws {
    guard let disk = await runner.disk else {
      throw ControlError(.unavailable, "the folder '\(runner.label.escaped)' is not there now: 'covey status' says why")
    }
    self.runner = runner
    self.disk = disk
    self.store = store
  }

  func entry(_ path: RelativePath) throws -> Entry? { try store.read(runner.folder) { try $0.entry(path) } }

  /// Takes a file, symlink or empty directory away; its bytes go to history.
  func remove(_ path: RelativePath) throws {
    guard let stat = try disk.stat(path) else { return }
    let action: DiskStep.Action = stat.kind == .directory ? .removeDirectory : .remove(displaced: .history(at: SystemFacts.wallClock()))
    try perform(DiskStep(path: path, expected: stat, action: action))
  }

  /// Sets mode and time as a version has them.
  func setMetadata(_ path: RelativePath, like version: Version) throws {
    guard let stat = try disk.stat(path) else { return }
    let modified = version.kind == .directory ? stat.modified : version.modified
    try perform(DiskStep(path: path, expected: stat, action: .setMetadata(mode: version.mode, modified: modified)))
  }

  /// Makes room for something of another kind: what stands there goes to history, an empty directory away.
  func clear(_ path: RelativePath, for kind: Kind) throws {
    guard let stat = try disk.stat(path), (stat.kind == .directory) != (kind == .directory) else { return }
    try remove(path)
  }

  /// Puts the content of `source`, which looked like `seen`, at a path, and makes the directories it needs.
  func put(_ source: ContentSource, like seen: Observation, at path: RelativePath) throws {
    let name = try newName()
    let inode: UInt64
    if seen.kind == .symlink {
      inode = try disk.stage(.symlink(target: seen.target, modified: seen.modified), as: name).inode
    } else {
      try disk.openStaged(name, byteCount: seen.size)
      try disk.copyToStaged(name, offset: 0, from: source, sourceOffset: 0, byteCount: seen.size)
      inode = try disk.finishStaged(name, mode: seen.mode & 0o777, modified: seen.modified).inode
    }
    try put(name, inode: inode, at: path)
  }

  /// Puts the content of a file anywhere on this machine at a path.
  func putOutside(_ file: String, at path: RelativePath) throws {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw ControlError(.notFound, "\(file.escaped) cannot be read (\(systemMessage())): name another file") }
    defer { close(descriptor) }
    var info = Glibc.stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw ControlError(.usage, "\(file.escaped) is no regular file: name another")
    }
    let name = try newName()
    try disk.openStaged(name, byteCount: Int64(info.st_size))
    var offset: Int64 = 0
    var buffer = [UInt8](repeating: 0, count: Self.pieceByteCount)
    while true {
      let got = read(descriptor, &buffer, buffer.count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw ControlError(.failed, "\(file.escaped) cannot be read (\(systemMessage())): check its disk") }
      if got == 0 { break }
      try disk.writeStaged(name, offset: offset, bytes: Array(buffer[..<got]))
      offset += Int64(got)
    }
    let mode = try disk.stat(path)?.mode ?? UInt16(info.st_mode & 0o777)
    let stat = try disk.finishStaged(name, mode: mode & 0o777, modified: SystemFacts.wallClock())
    try put(name, inode: stat.inode, at: path)
  }

  func makeDirectory(_ path: RelativePath, mode: UInt16) throws {
    for directory in path.ancestors.reversed() + [path] {
      guard let stat = try disk.stat(directory) else { try make(directory, mode: directory == path ? mode : 0o755); continue }
      guard stat.kind == .directory else {
        throw ControlError(.conflict, "\(directory.string.escaped) is no directory: move it away, or name another place with --to")
      }
    }
  }

  private func make(_ directory: RelativePath, mode: UInt16) throws {
    try perform(DiskStep(path: directory, expected: nil, action: .makeDirectory(mode: mode)))
  }

  func kind(of path: RelativePath) throws -> Kind? { try disk.stat(path)?.kind }

  /// Puts what is staged at a path.
  func put(_ name: StagedName, inode: UInt64, at path: RelativePath) throws {
    if let parent = path.parent { try makeDirectory(parent, mode: 0o755) }
    let now = try disk.stat(path)
    guard now?.kind != .directory else {
      try? disk.discardStaged(name)
      throw ControlError(.conflict, "\(path.string.escaped) is a directory: move it away, or name another place with --to")
    }
    try disk.flushStaged([name])
    let displaced: DiskStep.Displaced = now == nil ? .nothing : .history(at: SystemFacts.wallClock())
    try perform(DiskStep(path: path, expected: now, action: .place(name, displaced: displaced), stagedInode: inode))
  }

  private func newName() throws -> StagedName {
    count += 1
    guard let name = StagedName("h-\(UInt64.random(in: .min ... .max))-\(count)") else { throw ControlError(.failed, "no name for a staged file: report this") }
    return name
  }

  private func perform(_ step: DiskStep) throws {
    touched.append(step.path)
    let before = try entry(step.path)
    guard let outcome = disk.perform([step]).first else { return }
    switch outcome {
    case .done(_, let history, _):
      guard let history, let left = before?.observation ?? step.expected.map({ Observation($0, root: .none) }) else { return }
      let item = HistoryItem(
        name: history, path: step.path, kind: left.kind, root: left.root, size: left.size, mode: left.mode & 0o777, modified: left.modified,
        kept: SystemFacts.wallClock(), origin: before?.agreed.origin ?? Origin(modified: left.modified, device: ""))
      try store.write(runner.folder, flush: false) { try $0.insertHistory(item) }
    case .late(_, let name):
      guard let before, let left = before.observation else { return }
      try store.write(runner.folder, flush: true) { try $0.setLate(LateFile(name: name, path: step.path, agreed: before.agreed, root: left.root)) }
    case .changed: throw ControlError(.conflict, "\(step.path.string.escaped) was changed in this very moment: look at it and try again")
    case .failed(let error): throw ControlError(.failed, "\(error)")
    }
  }
}
