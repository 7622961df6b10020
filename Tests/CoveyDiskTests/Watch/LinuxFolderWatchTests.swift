import CoveyCore
import CoveyDisk
import CoveyEngine
import Foundation
import Synchronization
import Testing

/// A folder in a temporary directory, watched, with everything that was reported.
private final class WatchedFolder: Sendable {
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

private func path(_ text: String) -> RelativePath { RelativePath(trusted: Array(text.utf8)) }

@Suite struct LinuxFolderWatchTests {
  @Test func `A file is reported when it is made, written, changed in its mode and removed`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/d", withIntermediateDirectories: true) }
    try folder.write("d/f")
    let made = folder.take()
    #expect(made.contains(.touched(path("d/f"))))
    #expect(made.contains(.writing(path("d/f"))))
    chmod(folder.path("d/f"), 0o600)
    #expect(folder.take() == [.touched(path("d/f"))])
    symlink("target", folder.path("link"))
    #expect(folder.take() == [.touched(path("link"))])
    try folder.remove("d/f")
    #expect(folder.take().contains(.gone(path("d/f"))))
    chmod(folder.path("d"), 0o700)
    #expect(folder.take() == [.touched(path("d"))])
  }

  @Test func `A file that is still open is only being written`() throws {
    let folder = try WatchedFolder()
    let file = try #require(fopen(folder.path("f"), "w"))
    _ = folder.take()
    for _ in 0..<100 { fputs("x", file); fflush(file) }
    #expect(folder.take().allSatisfy { $0 == .writing(path("f")) })
    fclose(file)
    #expect(folder.take() == [.touched(path("f"))])
  }

  @Test func `A rename is one report, wherever it goes`() throws {
    let folder = try WatchedFolder { root in
      for name in ["a", "b"] { try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true) }
    }
    try folder.write("a/f")
    _ = folder.take()
    try folder.move("a/f", "b/g")
    #expect(folder.take() == [.moved(from: path("a/f"), to: path("b/g"))])
    try folder.move("b/g", "../outside/g")
    #expect(folder.take() == [.gone(path("b/g"))])
    try folder.move("../outside/g", "a/h")
    #expect(folder.take() == [.touched(path("a/h"))])
  }

  @Test func `Directories made with all they hold are watched at once`() throws {
    let folder = try WatchedFolder()
    try folder.makeDirectory("a/b/c/d")
    try folder.write("a/b/c/d/f")
    let reports = folder.take()
    #expect(reports.contains(.rescan(path("a"))))
    try folder.write("a/b/c/d/f")
    #expect(folder.take().contains(.touched(path("a/b/c/d/f"))))
    try folder.remove("a")
    #expect(folder.take().contains(.gone(path("a"))))
    try folder.makeDirectory("a/b")
    #expect(folder.take().contains(.rescan(path("a"))))
    try folder.write("a/b/f")
    #expect(folder.take().contains(.touched(path("a/b/f"))))
  }

  @Test func `A tree that moves in is watched, one that moves out is not any more`() throws {
    let folder = try WatchedFolder()
    try folder.makeDirectory("../outside/tree/deep")
    try folder.move("../outside/tree", "tree")
    #expect(folder.take() == [.rescan(path("tree"))])
    try folder.write("tree/deep/f")
    #expect(folder.take().contains(.touched(path("tree/deep/f"))))
    try folder.move("tree", "../outside/tree")
    #expect(folder.take() == [.gone(path("tree"))])
    try folder.write("../outside/tree/deep/f")
    #expect(folder.take() == [])
    try folder.move("../outside/tree", "again")
    #expect(folder.take() == [.rescan(path("again"))])
    try folder.write("again/deep/f")
    #expect(folder.take().contains(.touched(path("again/deep/f"))))
  }

  @Test func `What is below a renamed directory is reported under its new path`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/a/b/c", withIntermediateDirectories: true) }
    try folder.makeDirectory("z")
    _ = folder.take()
    try folder.move("a", "z/y")
    #expect(folder.take() == [.moved(from: path("a"), to: path("z/y"))])
    try folder.write("z/y/b/c/f")
    #expect(folder.take().contains(.touched(path("z/y/b/c/f"))))
  }

  @Test func `Directories may change places before anybody looked`() throws {
    let folder = try WatchedFolder { root in
      for name in ["a/in-a", "b/in-b"] { try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true) }
    }
    for _ in 0..<50 {
      try folder.move("a", "t")
      try folder.move("b", "a")
      try folder.move("t", "b")
    }
    try folder.move("a", "t")
    try folder.move("b", "a")
    try folder.move("t", "b")
    _ = folder.take()
    // An odd number of exchanges.
    try folder.write("b/in-a/f")
    #expect(folder.take().contains(.touched(path("b/in-a/f"))))
    try folder.write("a/in-b/f")
    #expect(folder.take().contains(.touched(path("a/in-b/f"))))
  }

  @Test func `A directory that takes the place of an empty one is the one that is watched`() throws {
    let folder = try WatchedFolder { root in
      for name in ["a/x", "b"] { try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true) }
    }
    try folder.move("a", "b")
    #expect(folder.take().contains(.moved(from: path("a"), to: path("b"))))
    try folder.write("b/x/f")
    #expect(folder.take().contains(.touched(path("b/x/f"))))
  }

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
    #expect(after.contains(.touched(path("new/deep/f"))))
    #expect(after.contains(.touched(path("moved/deep/f"))))
  }

  @Test func `Names that cannot be shared are a matter of their directory`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/d", withIntermediateDirectories: true) }
    let name = (folder.path("d/") + "bad").utf8CString.dropLast() + [CChar(bitPattern: 0xFF), 0]
    #expect(mkdir(Array(name), 0o755) == 0)
    #expect(folder.take() == [.rescan(path("d"))])
    let inside = name.dropLast() + [0x2F, 0x66, 0]
    let file = try #require(fopen(Array(inside), "w"))
    fclose(file)
    #expect(folder.take() == [])
    #expect(rename(Array(name), folder.path("d/good")) == 0)
    #expect(Set(folder.take()) == [.rescan(path("d")), .rescan(path("d/good"))])
    try folder.write("d/good/f")
    #expect(folder.take().contains(.touched(path("d/good/f"))))
    #expect(rename(folder.path("d/good"), Array(name)) == 0)
    #expect(Set(folder.take()) == [.gone(path("d/good")), .rescan(path("d"))])
  }

  @Test func `Symlinks are not followed`() throws {
    let folder = try WatchedFolder { symlink("../outside", $0 + "/before") }
    symlink("../outside", folder.path("after"))
    #expect(folder.take() == [.touched(path("after"))])
    try folder.write("../outside/f")
    #expect(folder.take() == [])
    folder.watch.watch(path("before"))
    try folder.write("../outside/f")
    #expect(folder.take() == [])
  }

  @Test func `The tool's own directory is neither watched nor reported`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/.covey/staging", withIntermediateDirectories: true) }
    try folder.write(".covey/staging/f")
    try folder.write(".covey/f")
    chmod(folder.path(".covey"), 0o700)
    #expect(folder.take() == [])
    try folder.move(".covey/f", "f")
    #expect(folder.take() == [.touched(path("f"))])
    try folder.move("f", ".covey/f")
    #expect(folder.take() == [.gone(path("f"))])
    try folder.makeDirectory("d/.covey")
    _ = folder.take()
    try folder.write("d/.covey/f")
    #expect(folder.take().contains(.touched(path("d/.covey/f"))))
  }

  @Test func `Everything that happened before a drain is reported when it returns`() async throws {
    let folder = try WatchedFolder()
    for number in 0..<2000 { try folder.write("f\(number)") }
    let reports = Set(folder.take())
    for number in 0..<2000 { #expect(reports.contains(.touched(path("f\(number)")))) }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<200 { folder.watch.drain() } } }
      group.addTask { for number in 0..<500 { try? folder.write("g\(number)") } }
    }
    #expect(folder.take().allSatisfy { $0 != .rescan(nil) })
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
    #expect(reports.contains(.rescan(path("big"))))
    let reason = reports.compactMap { if case .unwatched(path("big"), let reason) = $0 { reason } else { nil } }.first
    #expect(reason?.contains("sudo sysctl -w fs.inotify.max_user_watches=") == true)
    try folder.write("watched/f")
    #expect(folder.take().contains(.touched(path("watched/f"))))
    // The limit was raised.
    box.watchCountMax.withLock { $0 = .max }
    folder.watch.watch(path("big"))
    try folder.write("big/7/f")
    #expect(folder.take().contains(.touched(path("big/7/f"))))
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
      let file = path("\(number / 10)/\(number)/f")
      try folder.write(file.string)
      let isNamed = unwatched.contains { $0.map { file.isBelow($0) } ?? true }
      #expect(folder.take().contains(.touched(file)) || isNamed, "\(file)")
    }
  }

  @Test func `The end of the folder's directory is told, and it can be watched anew`() throws {
    let folder = try WatchedFolder()
    try folder.move("", "../away")
    #expect(folder.take().contains(.rootChanged))
    #expect(throws: DiskError.self) { try folder.start() }
    try folder.move("../away", "")
    try folder.start()
    try folder.write("f")
    #expect(folder.take().contains(.touched(path("f"))))
    // As long as somebody has it open, a removed directory itself says nothing.
    let open = try #require(opendir(folder.root))
    defer { closedir(open) }
    try folder.remove("")
    #expect(folder.take().contains(.rootChanged))
    let error = #expect(throws: DiskError.self) { try folder.start() }
    #expect(error?.code == .notFound)
  }

  @Test func `Nothing is reported after the watch was stopped`() throws {
    let folder = try WatchedFolder()
    folder.watch.stop()
    try folder.write("f")
    #expect(folder.take() == [])
    folder.watch.watch(path("d"))
    try folder.start()
    try folder.write("f")
    #expect(folder.take().contains(.touched(path("f"))))
  }

  @Test(.timeLimit(.minutes(1)))
  func `A report may drain, watch and stop its own watch`() async throws {
    let folder = try WatchedFolder()
    let (stream, continuation) = AsyncStream.makeStream(of: WatchReport.self)
    let watch = folder.watch
    try watch.start { report in
      watch.drain()
      watch.watch(path("d"))
      watch.stop()
      continuation.yield(report)
    }
    try folder.write("f")
    for await report in stream {
      #expect(report == .touched(path("f")))
      break
    }
    try folder.start()
    try folder.write("g")
    #expect(folder.take().contains(.touched(path("g"))))
  }
}

/// The real calls, but for a limit of watches and for events that get lost.
private final class LossyCalls: Sendable {
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
