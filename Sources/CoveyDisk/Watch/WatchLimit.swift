import Glibc

/// The kernel's limit of watched directories per user.
enum WatchLimit {
  /// Parts of a folder that are named one by one when they cannot be watched; more are named by what holds them all.
  static let reportCountMax = 32

  /// A sentence that says how to raise the limit to at least twice what it is.
  static func remedy() -> String {
    let wanted = max(524_288, 2 * (current() ?? 0))
    return "the kernel's limit of watched directories is reached; raise it: sudo sysctl -w fs.inotify.max_user_watches=\(wanted)"
      + " (and put fs.inotify.max_user_watches=\(wanted) into /etc/sysctl.d/90-covey.conf to keep it)"
  }

  private static func current() -> Int? {
    guard let file = fopen("/proc/sys/fs/inotify/max_user_watches", "re") else { return nil }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 32)
    guard fgets(&text, Int32(text.count), file) != nil else { return nil }
    return Int(String(decoding: text.prefix { (0x30...0x39).contains($0) }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
}
