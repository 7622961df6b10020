import CoveyCore
import CoveyDisk
import CoveyEngine
import Foundation
import Testing

/// Directories that come, go, move and change places: what is in them is watched under the path where it is now.
@Suite struct WatchedDirectoryTests {
  @Test func `Directories made with all they hold are watched at once`() throws {
    let folder = try WatchedFolder()
    try folder.makeDirectory("a/b/c/d")
    try folder.write("a/b/c/d/f")
    let reports = folder.take()
    #expect(reports.contains(.rescan(relative("a"))) || reports.contains(.arrived(relative("a"), isDirectory: true)))
    try folder.write("a/b/c/d/f")
    #expect(folder.take().contains(.touched(relative("a/b/c/d/f"))))
    try folder.remove("a")
    #expect(folder.take().contains(.gone(relative("a"))))
    try folder.makeDirectory("a/b")
    _ = folder.take()
    try folder.write("a/b/f")
    #expect(folder.take().contains(.touched(relative("a/b/f"))))
  }

  @Test(arguments: 0..<20) func `What came into a new directory before it was watched is looked for, in an empty one there is nothing`(_ round: Int) throws {
    let folder = try WatchedFolder()
    try folder.makeDirectory("empty/deep/deeper")
    try folder.makeDirectory("full/deep/deeper")
    try folder.makeDirectory("full/other")
    try folder.write("full/deep/deeper/f")
    let reports = Set(folder.take())
    for name in ["empty", "empty/deep", "empty/deep/deeper", "full", "full/other"] {
      #expect(reports.contains(.arrived(relative(name), isDirectory: true)) || reports.contains(.rescan(relative(name))), "\(name)")
    }
    let names = ["full", "full/deep", "full/deep/deeper"]
    #expect(names.contains { reports.contains(.rescan(relative($0))) } || reports.contains(.touched(relative("full/deep/deeper/f"))))
  }

  @Test func `An empty directory that is made is told of as one that arrived`() throws {
    let folder = try WatchedFolder()
    try folder.makeDirectory("d")
    #expect(folder.take() == [.arrived(relative("d"), isDirectory: true)])
    symlink("nowhere", folder.path("d/link"))
    #expect(folder.take() == [.touched(relative("d/link"))])
  }

  @Test func `A tree that moves in is watched, one that moves out is not any more`() throws {
    let folder = try WatchedFolder()
    try folder.makeDirectory("../outside/tree/deep")
    try folder.move("../outside/tree", "tree")
    #expect(folder.take() == [.rescan(relative("tree"))])
    try folder.write("tree/deep/f")
    #expect(folder.take().contains(.touched(relative("tree/deep/f"))))
    try folder.move("tree", "../outside/tree")
    #expect(folder.take() == [.gone(relative("tree"))])
    try folder.write("../outside/tree/deep/f")
    #expect(folder.take() == [])
    try folder.move("../outside/tree", "again")
    #expect(folder.take() == [.rescan(relative("again"))])
    try folder.write("again/deep/f")
    #expect(folder.take().contains(.touched(relative("again/deep/f"))))
  }

  @Test func `What is below a renamed directory is reported under its new path`() throws {
    let folder = try WatchedFolder { try FileManager.default.createDirectory(atPath: $0 + "/a/b/c", withIntermediateDirectories: true) }
    try folder.makeDirectory("z")
    _ = folder.take()
    try folder.move("a", "z/y")
    #expect(folder.take() == [.moved(from: relative("a"), to: relative("z/y"))])
    try folder.write("z/y/b/c/f")
    #expect(folder.take().contains(.touched(relative("z/y/b/c/f"))))
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
    #expect(folder.take().contains(.touched(relative("b/in-a/f"))))
    try folder.write("a/in-b/f")
    #expect(folder.take().contains(.touched(relative("a/in-b/f"))))
  }

  @Test func `A directory that takes the place of an empty one is the one that is watched`() throws {
    let folder = try WatchedFolder { root in
      for name in ["a/x", "b"] { try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true) }
    }
    try folder.move("a", "b")
    #expect(folder.take().contains(.moved(from: relative("a"), to: relative("b"))))
    try folder.write("b/x/f")
    #expect(folder.take().contains(.touched(relative("b/x/f"))))
  }
}
