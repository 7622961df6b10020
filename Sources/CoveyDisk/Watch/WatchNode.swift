import CLinux
import Glibc

/// Which directory a descriptor has open, whatever its path.
struct DirectoryIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64

  /// Nil when the descriptor is not open.
  init?(of descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }
}

/// One watched directory in the tree of a folder.
final class WatchNode {
  var name: [UInt8]
  /// Nil for the folder's own directory and for one that has lost its place.
  weak var parent: WatchNode?
  var children: [[UInt8]: WatchNode] = [:]
  /// The kernel's number of the watch.
  let watch: Int32
  let identity: DirectoryIdentity?
  /// Whether there was nothing in it but watched directories when it was looked through last, after it had begun to be watched.
  var hadOnlyWatched = false
  /// The last walk of the whole folder that met this directory.
  var walk = 0

  /// - Parameter descriptor: has the directory open.
  init(name: [UInt8], watch: Int32, descriptor: Int32) {
    self.name = name
    self.watch = watch
    identity = DirectoryIdentity(of: descriptor)
  }

  /// This and everything below.
  var subtree: [WatchNode] {
    var all = [self]
    var index = 0
    while index < all.count {
      all.append(contentsOf: all[index].children.values)
      index += 1
    }
    return all
  }

  func isInside(_ other: WatchNode) -> Bool {
    var next: WatchNode? = self
    while let node = next {
      if node === other { return true }
      next = node.parent
    }
    return false
  }

  func attach(to parent: WatchNode, as name: [UInt8]) {
    self.name = name
    self.parent = parent
    parent.children[name] = self
  }

  func detach() {
    if let parent, parent.children[name] === self { parent.children[name] = nil }
    parent = nil
  }
}
