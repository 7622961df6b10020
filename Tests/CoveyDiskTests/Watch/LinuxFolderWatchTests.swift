import CoveyCore
import CoveyDisk
import CoveyEngine
import Foundation
import Synchronization
import Testing

/// What happens to single names is reported, and nothing else.
@Suite struct LinuxFolderWatchTests {
  @Test func `A file is reported when it is made, written, changed in its mode and removed`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/d", withIntermediateDirectories: true) }
    try folder.write("d/f")
    let made = folder.take()
    #expect(made.contains(.touched(relative("d/f"))))
    #expect(made.contains(.writing(relative("d/f"))))
    chmod(folder.path("d/f"), 0o600)
    #expect(folder.take() == [.touched(relative("d/f"))])
    symlink("target", folder.path("link"))
    #expect(folder.take() == [.touched(relative("link"))])
    try folder.remove("d/f")
    #expect(folder.take().contains(.gone(relative("d/f"))))
    chmod(folder.path("d"), 0o700)
    #expect(folder.take() == [.touched(relative("d"))])
  }

  @Test func `A file that is still open is only being written`() throws {
    let folder = try WatchedFolder()
    let file = try #require(fopen(folder.path("f"), "w"))
    _ = folder.take()
    for _ in 0..<100 { fputs("x", file); fflush(file) }
    #expect(folder.take().allSatisfy { $0 == .writing(relative("f")) })
    fclose(file)
    #expect(folder.take() == [.touched(relative("f"))])
  }

  @Test func `A rename is one report, wherever it goes`() throws {
    let folder = try WatchedFolder { root in
      for name in ["a", "b"] { try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true) }
    }
    try folder.write("a/f")
    _ = folder.take()
    try folder.move("a/f", "b/g")
    #expect(folder.take() == [.moved(from: relative("a/f"), to: relative("b/g"))])
    try folder.move("b/g", "../outside/g")
    #expect(folder.take() == [.gone(relative("b/g"))])
    try folder.move("../outside/g", "a/h")
    #expect(folder.take() == [.arrived(relative("a/h"), isDirectory: false)])
  }

  @Test func `What arrives twice is told of twice, in one reading as well`() throws {
    let held = HeldCalls()
    let folder = try WatchedFolder(calls: held.calls)
    for name in ["1", "2"] { try folder.write("../outside/" + name) }
    held.isHeld.withLock { $0 = true }
    try folder.move("../outside/1", "f")
    // The kernel makes one of two alike that follow each other.
    try folder.write("between")
    try folder.move("../outside/2", "f")
    held.isHeld.withLock { $0 = false }
    let reports = folder.take().filter { $0 != .touched(relative("between")) && $0 != .writing(relative("between")) }
    #expect(reports == [.arrived(relative("f"), isDirectory: false), .touched(relative("f"))])
  }

  @Test func `Names that cannot be shared are a matter of their directory`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/d", withIntermediateDirectories: true) }
    let name = (folder.path("d/") + "bad").utf8CString.dropLast() + [CChar(bitPattern: 0xFF), 0]
    #expect(mkdir(Array(name), 0o755) == 0)
    #expect(folder.take() == [.rescan(relative("d"))])
    let inside = name.dropLast() + [0x2F, 0x66, 0]
    let file = try #require(fopen(Array(inside), "w"))
    fclose(file)
    #expect(folder.take() == [])
    #expect(rename(Array(name), folder.path("d/good")) == 0)
    #expect(Set(folder.take()) == [.rescan(relative("d")), .rescan(relative("d/good"))])
    try folder.write("d/good/f")
    #expect(folder.take().contains(.touched(relative("d/good/f"))))
    #expect(rename(folder.path("d/good"), Array(name)) == 0)
    #expect(Set(folder.take()) == [.gone(relative("d/good")), .rescan(relative("d"))])
  }

  @Test func `Symlinks are not followed`() throws {
    let folder = try WatchedFolder { symlink("../outside", $0 + "/before") }
    symlink("../outside", folder.path("after"))
    #expect(folder.take() == [.touched(relative("after"))])
    try folder.write("../outside/f")
    #expect(folder.take() == [])
    folder.watch.watch(relative("before"))
    try folder.write("../outside/f")
    #expect(folder.take() == [])
  }

  @Test func `Of the tool's own directory the rules of this device are reported, as those of all`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/.covey", withIntermediateDirectories: true) }
    let rules = [WatchReport.touched(relative(".coveyignore"))]
    try folder.write(".covey/ignore")
    #expect(folder.take() == rules)
    try folder.write(".covey/ignore")
    #expect(folder.take() == rules)
    try folder.move(".covey/ignore", ".covey/other")
    #expect(folder.take() == rules)
    try folder.move(".covey/other", ".covey/ignore")
    #expect(folder.take() == rules)
    try folder.remove(".covey/ignore")
    #expect(folder.take() == rules)
    // A directory that comes back is watched anew.
    try folder.remove(".covey")
    _ = folder.take()
    try folder.makeDirectory(".covey")
    #expect(folder.take() == rules)
    try folder.write(".covey/ignore")
    #expect(folder.take() == rules)
  }

  @Test func `The tool's own directory is neither watched nor reported`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/.covey/staging", withIntermediateDirectories: true) }
    try folder.write(".covey/staging/f")
    try folder.write(".covey/f")
    chmod(folder.path(".covey"), 0o700)
    #expect(folder.take() == [])
    try folder.move(".covey/f", "f")
    #expect(folder.take() == [.arrived(relative("f"), isDirectory: false)])
    try folder.move("f", ".covey/f")
    #expect(folder.take() == [.gone(relative("f"))])
    try folder.makeDirectory("d/.covey")
    _ = folder.take()
    try folder.write("d/.covey/f")
    #expect(folder.take().contains(.touched(relative("d/.covey/f"))))
  }
}
