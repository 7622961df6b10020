import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Testing

/// Crashes between any two system calls of a step, made by hand.
@Suite struct ReplayTests {
  static let time = Timestamp(seconds: 1_763_836_937, nanoseconds: 0)

  private func replaceStep(_ folder: TestFolder, displaced: DiskStep.Displaced = .history(at: time)) throws -> DiskStep {
    try folder.write("f", "old")
    let staged = try folder.stage("s", "new")
    return DiskStep(
      path: try RelativePath("f"), expected: try folder.stat("f"), action: .place(try folder.name("s"), displaced: displaced),
      stagedInode: staged.inode)
  }

  private func exchange(_ folder: TestFolder, _ path: String, _ name: String) throws {
    try TestFolder.check(covey_rename_exchange(AT_FDCWD, folder.absolute(path), AT_FDCWD, folder.absolute(".covey/staging/\(name)")))
  }

  @Test func afterTheExchangeTheOldBytesStillGoToHistory() throws {
    let folder = try TestFolder()
    let step = try replaceStep(folder)
    try exchange(folder, "f", "s")
    for _ in 0..<2 {
      guard case .done(.done(let now?, let history?, nil)) = folder.linux.replay(step) else { Issue.record("not done"); return }
      #expect(now == (try folder.stat("f")))
      #expect(try folder.linux.read(.history(history), offset: 0, byteCount: 10) == Array("old".utf8))
    }
    #expect(folder.text("f") == "new")
    #expect(try folder.linux.stagedNames() == [])
  }

  @Test func afterTheExchangeTheOldBytesStillBecomeTheCopy() throws {
    let folder = try TestFolder()
    let step = try replaceStep(folder, displaced: .copy(RelativePath("f.copy")))
    try exchange(folder, "f", "s")
    for _ in 0..<2 {
      guard case .done(.done(_, nil, let copy?)) = folder.linux.replay(step) else { Issue.record("not done"); return }
      #expect(copy == (try folder.stat("f.copy")))
    }
    #expect(folder.text("f.copy") == "old")
  }

  @Test func whatWasWrittenAfterTheExchangeIsLate() throws {
    let folder = try TestFolder()
    let step = try replaceStep(folder)
    let writer = try folder.open(RelativePath("f"))
    try exchange(folder, "f", "s")
    guard case .done(.late(_, let name)) = folder.linux.replay(step) else { Issue.record("not late"); return }
    try writer.write(Array("written after the crash".utf8))
    try writer.close()
    guard case .done(.late(_, name)) = folder.linux.replay(step) else { Issue.record("not late"); return }
    #expect(try folder.linux.read(.staged(name), offset: 0, byteCount: 100) == Array("written after the crash".utf8))
  }

  @Test func anEditThatCameOutIsLate() throws {
    let folder = try TestFolder()
    let step = try replaceStep(folder)
    try folder.write("edit", "somebody's new file")
    try folder.rename(RelativePath("edit"), to: RelativePath("f"))
    try exchange(folder, "f", "s")
    guard case .done(.late(let now?, let name)) = folder.linux.replay(step) else { Issue.record("not late"); return }
    #expect(now.inode == step.stagedInode)
    #expect(try folder.linux.read(.staged(name), offset: 0, byteCount: 100) == Array("somebody's new file".utf8))
  }

  @Test func anEditBeforeTheExchangeIsNotBegun() throws {
    let folder = try TestFolder()
    let step = try replaceStep(folder)
    try folder.write("edit", "somebody's new file")
    try folder.rename(RelativePath("edit"), to: RelativePath("f"))
    #expect(folder.linux.replay(step) == .notBegun)
    #expect(folder.linux.perform([step]) == [.changed])
    #expect(folder.text("f") == "somebody's new file")
  }

  @Test func whatWasPutAwayAndThenEditedIsFoundAsItIs() throws {
    let folder = try TestFolder()
    let step = try replaceStep(folder)
    guard case .done(_, let history, _) = folder.linux.perform([step])[0] else { Issue.record("not done"); return }
    try folder.write("f", "edited after the step")
    guard case .done(.done(let now?, history, nil)) = folder.linux.replay(step) else { Issue.record("not done"); return }
    #expect(now.size == 21)
  }

  @Test func aCopyInHistoryIsFoundThoughItIsAnotherInode() throws {
    let folder = try TestFolder()
    try folder.write("f", "old")
    try TestFolder.check(link(folder.absolute("f"), folder.absolute("g")))
    let staged = try folder.stage("s", "new")
    let step = DiskStep(
      path: try RelativePath("f"), expected: try folder.stat("f"), action: .place(try folder.name("s"), displaced: .history(at: Self.time)),
      stagedInode: staged.inode)
    let outcome = folder.linux.perform([step])[0]
    #expect(folder.linux.replay(step) == .done(outcome))
  }

  @Test func aRemovedFileInStagingStillGoesToHistory() throws {
    let folder = try TestFolder()
    try folder.write("f", "old")
    let expected = try #require(try folder.stat("f"))
    let step = DiskStep(path: try RelativePath("f"), expected: expected, action: .remove(displaced: .history(at: Self.time)))
    try TestFolder.check(Glibc.mkdir(folder.absolute(".covey/staging"), 0o700))
    let name = "removed-\(String(expected.inode, radix: 16))-\(String(expected.changed.nanoseconds, radix: 16))"
    try TestFolder.check(Glibc.rename(folder.absolute("f"), folder.absolute(".covey/staging/\(name)")))
    for _ in 0..<2 {
      guard case .done(.done(nil, let history?, nil)) = folder.linux.replay(step) else { Issue.record("not done"); return }
      #expect(try folder.linux.read(.history(history), offset: 0, byteCount: 10) == Array("old".utf8))
    }
  }

  @Test func aDirectoryThatCameOutIsRemovedOrPutBack() throws {
    let folder = try TestFolder()
    try folder.makeDirectory(RelativePath("d"))
    try folder.makeDirectory(RelativePath("full"))
    for path in ["d", "full"] {
      let staged = try folder.stage("s", "new")
      let step = DiskStep(
        path: try RelativePath(path), expected: try folder.stat(path), action: .place(try folder.name("s"), displaced: .nothing),
        stagedInode: staged.inode)
      try exchange(folder, path, "s")
      if path == "d" {
        guard case .done(.done(_?, nil, nil)) = folder.linux.replay(step) else { Issue.record("not done"); return }
        #expect(folder.text("d") == "new")
      } else {
        try TestFolder.check(mkdir(folder.absolute(".covey/staging/s/put-in"), 0o755))
        guard case .done(.failed(let error)) = folder.linux.replay(step) else { Issue.record("not failed"); return }
        #expect(error.code == .notEmpty)
        #expect(try folder.stat("full/put-in")?.kind == .directory)
        #expect(try folder.linux.read(.staged(folder.name("s")), offset: 0, byteCount: 10) == Array("new".utf8))
      }
    }
  }

  @Test func aDirectoryWithoutItsModeGetsIt() throws {
    let folder = try TestFolder()
    try TestFolder.check(mkdir(folder.absolute("d"), 0o700))
    let step = DiskStep(path: try RelativePath("d"), expected: nil, action: .makeDirectory(mode: 0o755))
    guard case .done(.done(let now?, nil, nil)) = folder.linux.replay(step) else { Issue.record("not done"); return }
    #expect(now.mode == 0o755)
  }

  @Test func metadataIsToldByWhatStandsThere() throws {
    let folder = try TestFolder()
    try folder.write("f", "x")
    let step = DiskStep(
      path: try RelativePath("f"), expected: try folder.stat("f"), action: .setMetadata(mode: 0o600, modified: Self.time))
    #expect(folder.linux.replay(step) == .notBegun)
    let outcome = folder.linux.perform([step])[0]
    #expect(folder.linux.replay(step) == .done(outcome))
    try TestFolder.check(chmod(folder.absolute("f"), 0o640))
    #expect(folder.linux.replay(step) == .unknown)
  }

  @Test(arguments: [true, false]) func aDirectoryThatCameInTheVeryMomentIsGivenBack(isThere: Bool) throws {
    let folder = try TestFolder()
    try folder.write("f", "old")
    let expected = try folder.stat("f")
    let staged = try folder.stage("s", "new")
    let step = DiskStep(
      path: try RelativePath("f"), expected: expected, action: .place(try folder.name("s"), displaced: .nothing), stagedInode: staged.inode)
    // As the exchange left it: the directory in staging, the new file at the path, and perhaps removed since.
    try TestFolder.check(unlink(folder.absolute("f")))
    try folder.write("f.d/inside", "kept")
    try TestFolder.check(rename(folder.absolute(".covey/staging/s"), folder.absolute("f")))
    try TestFolder.check(rename(folder.absolute("f.d"), folder.absolute(".covey/staging/s")))
    if !isThere { try TestFolder.check(unlink(folder.absolute("f"))) }
    #expect(folder.linux.replay(step) == .unknown)
    #expect(folder.text("f/inside") == "kept")
    #expect(access(folder.absolute(".covey/staging/s/inside"), F_OK) != 0)
  }
}
