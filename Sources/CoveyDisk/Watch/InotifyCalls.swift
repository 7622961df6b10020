import Glibc

/// The system calls of inotify that tests stand in between.
package struct InotifyCalls: Sendable {
  /// Watches the directory that this descriptor has open. The number of the watch, which is the same for the same directory, or a
  /// negative error number.
  package var add: @Sendable (_ inotify: Int32, _ directory: Int32, _ mask: UInt32) -> Int32
  /// Reads queued events without waiting: their bytes, or 0 when there are none.
  package var read: @Sendable (_ inotify: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int

  package init(
    add: @escaping @Sendable (_ inotify: Int32, _ directory: Int32, _ mask: UInt32) -> Int32,
    read: @escaping @Sendable (_ inotify: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int
  ) {
    self.add = add
    self.read = read
  }

  package static let linux = InotifyCalls(
    add: { inotify, directory, mask in
      // The link names the directory itself, wherever it stands by now.
      let number = inotify_add_watch(inotify, "/proc/self/fd/\(directory)", mask)
      return number >= 0 ? number : -errno
    },
    read: { inotify, buffer in
      while true {
        let count = Glibc.read(inotify, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        if errno != EINTR { return 0 }
      }
    })
}
