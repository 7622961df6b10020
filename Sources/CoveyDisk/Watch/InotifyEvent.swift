import Glibc

/// One event as the kernel writes it.
struct InotifyEvent: Hashable, Sendable {
  var watch: Int32
  var mask: UInt32
  /// The same in both halves of a rename.
  var cookie: UInt32
  /// The name in the watched directory; empty where the directory itself is meant.
  var name: [UInt8]

  func has(_ bits: Int32) -> Bool { mask & UInt32(bitPattern: bits) != 0 }

  /// The events in a buffer that `read` filled.
  static func events(in buffer: UnsafeRawBufferPointer) -> [InotifyEvent] {
    let headByteCount = MemoryLayout<inotify_event>.size
    var events: [InotifyEvent] = []
    var offset = 0
    while offset + headByteCount <= buffer.count {
      let head = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
      let start = offset + headByteCount
      let end = min(start + Int(head.len), buffer.count)
      events.append(InotifyEvent(
        watch: head.wd, mask: head.mask, cookie: head.cookie, name: Array(buffer[start..<end].prefix { $0 != 0 })))
      offset = end
    }
    return events
  }
}
