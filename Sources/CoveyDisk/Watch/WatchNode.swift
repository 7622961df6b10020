/// One watched directory in the tree of a folder.
final class WatchNode {
  var name: [UInt8]
  /// Nil for the folder's own directory and for one that has lost its place.
  weak var parent: WatchNode?
  var children: [[UInt8]: WatchNode] = [:]
  /// The kernel's number of the watch.
  let watch: Int32
  /// The last walk of the whole folder that met this directory.
  var walk = 0

  init(name: [UInt8], watch: Int32) {
    self.name = name
    self.watch = watch
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
