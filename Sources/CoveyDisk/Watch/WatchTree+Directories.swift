import Glibc

/// How directories of the tree are opened and listed: never through a symlink, and never one for another.
extension WatchTree {
  /// Opens a watched directory one component at a time, so that no symlink is followed; negative when it is not there any more. What
  /// is found under its path is never taken for what is in another that stands there by now.
  func openDirectory(_ node: WatchNode) -> Int32 {
    guard node !== root else { return openChild([UInt8(ascii: ".")], in: rootDescriptor) }
    var names: [[UInt8]] = []
    var next = node
    while next !== root {
      names.append(next.name)
      guard let parent = next.parent else { return -1 }
      next = parent
    }
    var descriptor = rootDescriptor
    for name in names.reversed() {
      let child = openChild(name, in: descriptor)
      if descriptor != rootDescriptor { close(descriptor) }
      guard child >= 0 else {
        if [-ENOENT, -ENOTDIR, -ELOOP].contains(child) { missed.insert(node.watch) }
        return child
      }
      descriptor = child
    }
    guard DirectoryIdentity(of: descriptor) == node.identity else {
      close(descriptor)
      missed.insert(node.watch)
      return -ESTALE
    }
    return descriptor
  }

  func openChild(_ name: [UInt8], in directory: Int32) -> Int32 {
    (name.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { name in
      guard let name = name.baseAddress else { return -EINVAL }
      let descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      return descriptor >= 0 ? descriptor : -errno
    }
  }

  /// The names of directories in an open directory, symlinks are none, and whether nothing else is in it.
  func childDirectories(of descriptor: Int32) -> (names: [[UInt8]], areAll: Bool) {
    // The stream takes a descriptor of its own.
    let own = openChild([UInt8(ascii: ".")], in: descriptor)
    guard own >= 0 else { return ([], false) }
    guard let stream = fdopendir(own) else {
      close(own)
      return ([], false)
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    var areAll = true
    while let entry = readdir(stream) {
      let type = Int(entry.pointee.d_type)
      guard type == Int(DT_DIR) || type == Int(DT_UNKNOWN), let field = UnsafePointer(entry).pointer(to: \.d_name) else {
        areAll = false
        continue
      }
      let bytes = UnsafeRawPointer(field).assumingMemoryBound(to: CChar.self)
      let name = Array(UnsafeRawBufferPointer(start: bytes, count: strlen(bytes)))
      // What has no known type is settled by opening it as a directory.
      if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
    }
    return (names, areAll)
  }
}
