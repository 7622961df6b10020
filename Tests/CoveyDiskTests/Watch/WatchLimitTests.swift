import CoveyCore
import CoveyDisk
import CoveyEngine
import Foundation
import Synchronization
import Testing

/// Where the system has no more watches, or lost events: nothing is missed in silence.
@Suite struct WatchLimitTests {
  @Test func `After lost events everything is scanned, and what was made meanwhile is watched`() throws {
    let box = LossyCalls()
    let folder = try WatchedFolder(calls: box.calls)
    try folder.makeDirectory("old/deep")
    _ = folder.take()
    box.isLossy.withLock { $0 = true }
    try folder.makeDirectory("new/deep")
    try folder.move("old", "moved")
    let reports = folder.take()
    box.isLossy.withLock { $0 = false }
    #expect(reports.contains(.rescan(nil)))
    _ = folder.take()
    try folder.write("new/deep/f")
    try folder.write("moved/deep/f")
    let after = folder.take()
    #expect(after.contains(.touched(relative("new/deep/f"))))
    #expect(after.contains(.touched(relative("moved/deep/f"))))
  }

  @Test func `A part for which there is no watch is named once, with the remedy`() throws {
    let box = LossyCalls()
    let folder = try WatchedFolder(calls: box.calls)
    try folder.makeDirectory("watched")
    _ = folder.take()
    box.watchCountMax.withLock { $0 = 0 }
    try folder.makeDirectory("../outside/big")
    for number in 0..<100 { try folder.makeDirectory("../outside/big/\(number)") }
    try folder.move("../outside/big", "big")
    let reports = folder.take()
    #expect(reports.count == 2)
    #expect(reports.contains(.rescan(relative("big"))))
    let reason = reports.compactMap { if case .unwatched(relative("big"), let reason) = $0 { reason } else { nil } }.first
    #expect(reason?.contains("sudo sysctl -w fs.inotify.max_user_watches=") == true)
    try folder.write("watched/f")
    #expect(folder.take().contains(.touched(relative("watched/f"))))
    // The limit was raised.
    box.watchCountMax.withLock { $0 = .max }
    folder.watch.watch(relative("big"))
    try folder.write("big/7/f")
    #expect(folder.take().contains(.touched(relative("big/7/f"))))
  }

  @Test(arguments: [1, 3, 60, 150])
  func `A limit in the middle of the tree leaves the rest watched or named`(limit: Int) throws {
    let box = LossyCalls()
    box.watchCountMax.withLock { $0 = limit }
    let folder = try WatchedFolder(calls: box.calls) { root in
      for number in 0..<100 { try FileManager.default.createDirectory(atPath: root + "/\(number / 10)/\(number)", withIntermediateDirectories: true) }
    }
    let reports = folder.take()
    #expect(reports.count <= 32)
    let unwatched = reports.compactMap { if case .unwatched(let path, _) = $0 { Optional(path) } else { nil } }
    #expect(unwatched.isEmpty == (limit > 111))
    for number in 0..<100 {
      let file = relative("\(number / 10)/\(number)/f")
      try folder.write(file.string)
      let isNamed = unwatched.contains { $0.map { file.isBelow($0) } ?? true }
      #expect(folder.take().contains(.touched(file)) || isNamed, "\(file)")
    }
  }
}
