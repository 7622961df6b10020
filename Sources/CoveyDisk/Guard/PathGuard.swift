import CLinux
import CoveyCore
import Glibc

/// Resolves paths beneath one directory: no symlink is followed and nothing outside is ever opened, whatever others do to the
/// tree meanwhile. Directories are resolved anew for each use, for one that was renamed away would be written to elsewhere.
struct PathGuard: Sendable {
  let root: Descriptor
  /// Whether the kernel resolves a whole path at once (Linux 5.6); else it is walked component by component.
  let opensBeneath: Bool

  init(root: Descriptor, opensBeneath: Bool) {
    self.root = root
    self.opensBeneath = opensBeneath
  }

  /// Asks the kernel where `opensBeneath` is nil.
  init(root: Descriptor, asking opensBeneath: Bool?) throws(Errno) {
    self.root = root
    if let opensBeneath { self.opensBeneath = opensBeneath } else { self.opensBeneath = try Self.canOpenBeneath(root) }
  }

  /// Containers may answer `EPERM` for calls they do not know.
  private static func canOpenBeneath(_ root: Descriptor) throws(Errno) -> Bool {
    do throws(Errno) {
      _ = Descriptor(owning: try root.use { (descriptor) throws(Errno) in try call { covey_open_beneath(descriptor, ".", covey_o_path | O_DIRECTORY) } })
      return true
    } catch {
      guard error.number == ENOSYS || error.number == EPERM else { throw error }
      return false
    }
  }

  /// The place of a path: its parent opened, its name apart. A parent has at most 4,094 bytes, so that it fits into one call.
  func place(_ path: RelativePath) throws(Errno) -> Place { try place(path.bytes[...]) }

  func place(_ path: ArraySlice<UInt8>) throws(Errno) -> Place {
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return Place(parent: root, name: path) }
    return Place(parent: try directory(path[..<slash]), name: path[(slash + 1)...])
  }

  /// A directory that was opened, and its path.
  struct Opened {
    let path: ArraySlice<UInt8>
    let directory: Descriptor
  }

  /// The place of a path that is only to be read, a moment after another: in the same directory it is not opened again. If it is
  /// renamed in between, what is read is what stood at the path a moment ago, as if it had been read then.
  func place(_ path: RelativePath, after last: inout Opened?) throws(Errno) -> Place {
    let bytes = path.bytes
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return Place(parent: root, name: bytes) }
    let (above, name) = (bytes[..<slash], bytes[(slash + 1)...])
    if let last, last.path == above { return Place(parent: last.directory, name: name) }
    let opened = Opened(path: above, directory: try directory(above))
    last = opened
    return Place(parent: opened.directory, name: name)
  }

  /// A directory for use as the parent of calls.
  func directory(_ path: ArraySlice<UInt8>) throws(Errno) -> Descriptor { try directory(path, covey_o_path) }

  func directory(_ path: ArraySlice<UInt8>, _ flags: Int32) throws(Errno) -> Descriptor {
    guard opensBeneath else { return try walk(path, flags) }
    let text = path.map { CChar(bitPattern: $0) } + [0]
    for _ in 0..<8 {
      do throws(Errno) {
        return Descriptor(
          owning: try root.use { (root) throws(Errno) in try call { covey_open_beneath(root, text, flags | O_DIRECTORY) } })
      } catch {
        // EAGAIN: something was renamed while the kernel looked, and it could not be sure.
        guard error.number == EAGAIN else { throw error }
      }
    }
    return try walk(path, flags)
  }

  private func walk(_ path: ArraySlice<UInt8>, _ flags: Int32) throws(Errno) -> Descriptor {
    var current = root
    let components = path.split(separator: UInt8(ascii: "/"))
    for (index, component) in components.enumerated() {
      let isLast = index == components.count - 1
      let place = Place(parent: current, name: component)
      do throws(Errno) {
        current = try place.open((isLast ? flags : covey_o_path) | O_DIRECTORY)
      } catch {
        // With O_DIRECTORY the kernel calls a symlink "not a directory"; what openat2 says is told here, too.
        if error.number == ENOTDIR, let stat = try? place.stat(), stat.kind == .symlink { throw Errno(ELOOP) }
        throw error
      }
    }
    return current
  }
}
