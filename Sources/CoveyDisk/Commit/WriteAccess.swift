import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// Write access to directories that refuse it to their owner, given for one batch and taken back after it.
///
/// The modes to give back stand in `.covey/modes` before a directory is changed, so that a crash does not leave it open: the next
/// start gives them back.
struct WriteAccess {
  private let root: FolderRoot
  private var opened: [(directory: Descriptor, mode: UInt16)] = []

  init(_ root: FolderRoot) { self.root = root }

  /// Gives the owner write access to a directory.
  /// - Returns: whether anything changed, so that another attempt may succeed.
  mutating func open(_ path: RelativePath?) -> Bool {
    do throws(Errno) {
      let bytes = path?.bytes ?? [0x2E]
      let directory = try root.guardian.directory(bytes[...])
      guard let stat = FileStat(try directory.stat()), stat.mode & 0o300 != 0o300 else { return false }
      try note(stat.mode, bytes)
      _ = try directory.use { (descriptor) throws(Errno) in try call { covey_chmod_descriptor(descriptor, mode_t(stat.mode | 0o300)) } }
      opened.append((directory, stat.mode))
      return true
    } catch {
      return false
    }
  }

  private func note(_ mode: UInt16, _ path: [UInt8]) throws(Errno) {
    let notes = try Place(parent: try root.toolDirectory(), name: "modes".utf8).open(O_WRONLY | O_CREAT, mode: 0o600)
    let line = Array("\(String(mode, radix: 8)) ".utf8) + path + [0]
    try notes.write(line, offset: Int64(try notes.stat().st_size))
    try notes.sync()
    try Place(parent: root.descriptor, name: RelativePath.toolDirectory).open(O_RDONLY | O_DIRECTORY).sync()
  }

  /// Gives the modes back, innermost last opened first.
  mutating func close() {
    guard !opened.isEmpty else { return }
    for (directory, mode) in opened.reversed() {
      _ = try? directory.use { (descriptor) throws(Errno) in try call { covey_chmod_descriptor(descriptor, mode_t(mode)) } }
    }
    opened = []
    Self.forgetNotes(in: root)
  }

  private static func forgetNotes(in root: FolderRoot) {
    if let tool = try? root.toolDirectory() { try? Place(parent: tool, name: "modes".utf8).remove() }
  }

  /// Does what a crash left undone.
  static func giveBack(in root: FolderRoot) {
    guard let tool = try? root.toolDirectory(), let notes = try? Place(parent: tool, name: "modes".utf8).open(O_RDONLY),
      let size = try? notes.stat().st_size, let bytes = try? notes.read(offset: 0, byteCount: Int(min(max(size, 0), 1 << 20)))
    else { return }
    // A line that was cut off was written before its directory was changed. The first line of a directory has its own mode.
    for line in bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().reversed() {
      let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
      guard parts.count == 2, let mode = UInt16(String(decoding: parts[0], as: UTF8.self), radix: 8), mode <= 0o7777,
        parts[1].elementsEqual([0x2E]) || (try? RelativePath(Array(parts[1]))) != nil,
        let directory = try? root.guardian.directory(parts[1])
      else { continue }
      _ = try? directory.use { (descriptor) throws(Errno) in try call { covey_chmod_descriptor(descriptor, mode_t(mode)) } }
    }
    forgetNotes(in: root)
  }
}
