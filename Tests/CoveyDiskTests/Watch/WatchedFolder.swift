import CoveyCore
import CoveyDisk
import CoveyEngine
import Foundation
import Synchronization
import Testing

/// A folder in a temporary directory, watched, with everything that was reported.
final class WatchedFolder: Sendable {
  let base: String
  let root: String
  let watch: LinuxFolderWatch
  private let reports = Mutex<[WatchReport]>([])

  init(calls: InotifyCalls = .linux, prepare: (String) throws -> Void = { _ in }) throws {
    base = FileManager.default.temporaryDirectory.path + "/covey-watch-\(UInt64.random(in: 0 ... .max))"
    root = base + "/folder"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: base + "/outside", withIntermediateDirectories: true)
    try prepare(root)
    watch = LinuxFolderWatch(root: root, calls: calls)
    try start()
  }

  deinit {
    watch.stop()
    try? FileManager.default.removeItem(atPath: base)
  }

  func start() throws {
    try watch.start { [weak self] report in self?.reports.withLock { $0.append(report) } }
  }

  /// What was reported since the last time, and by what was done until now.
  func take() -> [WatchReport] {
    watch.drain()
    return reports.withLock { reports in
      defer { reports = [] }
      return reports
    }
  }

  func path(_ name: String) -> String { name.hasPrefix("../") ? base + "/" + name.dropFirst(3) : root + "/" + name }
  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
  }
  func write(_ name: String) throws {
    let file = try #require(fopen(path(name), "a"))
    fputs("x", file)
    fclose(file)
  }
  func move(_ name: String, _ other: String) throws { try #require(rename(path(name), path(other)) == 0) }
  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }
}

func relative(_ text: String) -> RelativePath { RelativePath(trusted: Array(text.utf8)) }

/// The real calls, but for a limit of watches and for events that get lost.
final class LossyCalls: Sendable {
  let watchCountMax = Mutex(Int.max)
  let isLossy = Mutex(false)
  private let watchCount = Mutex(0)

  var calls: InotifyCalls {
    InotifyCalls(
      add: { inotify, directory, mask in
        let isAllowed = self.watchCount.withLock { count in
          guard count < self.watchCountMax.withLock({ $0 }) else { return false }
          count += 1
          return true
        }
        return isAllowed ? InotifyCalls.linux.add(inotify, directory, mask) : -ENOSPC
      },
      read: { inotify, buffer in
        let count = InotifyCalls.linux.read(inotify, buffer)
        guard count > 0, self.isLossy.withLock({ $0 }) else { return count }
        // Watch, mask, cookie and length of the name.
        for (index, word) in [-1, Int32(IN_Q_OVERFLOW), 0, 0].enumerated() { buffer.storeBytes(of: word, toByteOffset: 4 * index, as: Int32.self) }
        return 16
      })
  }
}

/// The real calls, with events that stay in the kernel for a while.
final class HeldCalls: Sendable {
  let isHeld = Mutex(false)

  var calls: InotifyCalls {
    InotifyCalls(
      add: InotifyCalls.linux.add,
      read: { inotify, buffer in self.isHeld.withLock { $0 } ? 0 : InotifyCalls.linux.read(inotify, buffer) })
  }
}
