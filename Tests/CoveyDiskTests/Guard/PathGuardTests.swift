import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Synchronization
import Testing

@Suite struct PathGuardTests {
  @Test(arguments: [nil, false] as [Bool?])
  func aSymlinkOnTheWayIsNeverFollowed(_ opensBeneath: Bool?) throws {
    let folder = try TestFolder(opensBeneath: opensBeneath)
    try TestFolder.check(mkdir(folder.outside + "/target", 0o755))
    try folder.makeLink(RelativePath("link"), to: Array("../target".utf8))
    try folder.makeLink(RelativePath("here"), to: Array(".".utf8))
    for path in ["link/f", "here/f"] {
      try folder.stage("s", "x")
      guard case .failed(let error) = try folder.perform(path, expected: nil, .place(folder.name("s"), displaced: .nothing)) else {
        Issue.record("placed at \(path)")
        continue
      }
      #expect(error.code == .outsideFolder)
      #expect(try #require(throws: DiskError.self) { try folder.linux.hash(RelativePath(path)) }.code == .outsideFolder)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.outside + "/target") == [])
  }

  /// A local user swaps the directory for a symlink to the outside while files are put into it.
  @Test(arguments: [nil, false] as [Bool?])
  func nothingIsWrittenOutsideWhileADirectoryIsSwapped(_ opensBeneath: Bool?) throws {
    let folder = try TestFolder(durability: .fast, opensBeneath: opensBeneath)
    let target = folder.outside + "/target"
    try TestFolder.check(mkdir(target, 0o755))
    try folder.makeDirectory(RelativePath("d"))
    try folder.makeLink(RelativePath("swap"), to: Array(target.utf8))
    var placed = 0
    swapping(in: folder) {
      for index in 0..<10_000 {
        try folder.stage("s", "content \(index)")
        if case .done = try folder.perform("d/f\(index)", expected: nil, .place(folder.name("s"), displaced: .nothing)) { placed += 1 }
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: target) == [])
    #expect(placed > 0)
  }

  /// Swaps `d` and `swap` on a thread of its own while `body` runs.
  private func swapping(in folder: TestFolder, _ body: () throws -> Void) {
    let (directory, link) = (folder.absolute("d"), folder.absolute("swap"))
    let finished = Finished()
    let thread = Thread {
      while !finished.isSet { _ = covey_rename_exchange(AT_FDCWD, directory, AT_FDCWD, link) }
      finished.leave()
    }
    thread.start()
    do { try body() } catch { Issue.record(error) }
    finished.set()
    finished.waitUntilLeft()
  }

  @Test func errorsNameThePathAndARemedy() throws {
    for number in [ENOENT, EACCES, ENOSPC, EDQUOT, EROFS, ELOOP, EXDEV, ENAMETOOLONG, EIO, EMFILE, EINVAL, ENOTEMPTY, 9999] as [Int32] {
      let error = DiskError(errno: number, path: "docs/t.txt")
      #expect(error.description.hasPrefix("docs/t.txt: "))
      #expect(error.message.count > 10)
    }
    #expect(DiskError(errno: ENOSPC, path: "").code == .noSpace)
    #expect(DiskError(errno: EROFS, path: "").code == .readOnly)
    #expect(DiskError(errno: EXDEV, path: "").code == .outsideFolder)
    #expect(DiskError(errno: ENAMETOOLONG, path: "").code == .nameNotPossible)
  }
}

/// Stops a thread of a test and waits until it has stopped.
final class Finished: Sendable {
  private let flag = Mutex(false)
  private let semaphore = DispatchSemaphore(value: 0)
  var isSet: Bool { flag.withLock { $0 } }
  func set() { flag.withLock { $0 = true } }
  func leave() { semaphore.signal() }
  func waitUntilLeft() { semaphore.wait() }
}
