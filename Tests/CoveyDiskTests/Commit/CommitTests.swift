import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Testing

@Suite struct CommitTests {
  static let time = Timestamp(seconds: 1_763_836_937, nanoseconds: 0)

  @Test func historyKeepsTheOldPathWithTheTimeInFrontOfTheExtension() throws {
    let folder = try TestFolder()
    try folder.write("docs/t.txt", "first")
    for text in ["second", "third"] {
      try folder.stage("s", text)
      let outcome = try folder.perform("docs/t.txt", expected: folder.stat("docs/t.txt"), .place(folder.name("s"), displaced: .history(at: Self.time)))
      guard case .done = outcome else { Issue.record("\(outcome)"); return }
    }
    #expect(try folder.history() == ["docs/t.20251122-184217.1.txt", "docs/t.20251122-184217.txt"])
    #expect(folder.text(".covey/history/docs/t.20251122-184217.txt") == "first")
    #expect(folder.text(".covey/history/docs/t.20251122-184217.1.txt") == "second")
  }

  @Test(arguments: [false, true])
  func anInodeWithOtherLinksIsCopied(_ isConflict: Bool) throws {
    let folder = try TestFolder()
    let displaced = isConflict ? DiskStep.Displaced.copy(try RelativePath("copy")) : .history(at: Self.time)
    try folder.write("f", "shared")
    try TestFolder.check(link(folder.absolute("f"), folder.absolute("g")))
    try folder.stage("s", "new")
    let outcome = try folder.perform("f", expected: folder.stat("f"), .place(folder.name("s"), displaced: displaced))
    guard case .done(_, let history, let copy) = outcome else { Issue.record("\(outcome)"); return }
    try folder.write("g", "changed through the other link")
    let place = try history.map { .history($0) } ?? ContentSource.file(RelativePath("copy"))
    #expect(try folder.linux.read(place, offset: 0, byteCount: 100) == Array("shared".utf8))
    let other = try folder.stat("g")?.inode
    #expect(copy == nil || copy?.inode != other)
    #expect(try folder.stat("g")?.linkCount == 1)
    #expect(try folder.linux.stagedNames() == [])
  }

  @Test func timesBeforeAndFarAfterNowAreKeptToTheNanosecond() throws {
    let folder = try TestFolder()
    let seconds: [Int64] = [0, 1, -1, -86400 * 365, 4_294_967_295, 4_294_967_296, 1_763_836_937]
    for (index, second) in seconds.enumerated() {
      let modified = Timestamp(seconds: second, nanoseconds: 123_456_789)
      try folder.linux.stage(.file(bytes: [1], mode: 0o644, modified: modified), as: folder.name("s"))
      _ = try folder.perform("f\(index)", expected: nil, .place(folder.name("s"), displaced: .nothing))
      #expect(try folder.stat("f\(index)")?.modified == modified)
      try folder.linux.stage(.symlink(target: [65], modified: modified), as: folder.name("s"))
      _ = try folder.perform("l\(index)", expected: nil, .place(folder.name("s"), displaced: .nothing))
      #expect(try folder.stat("l\(index)")?.modified == modified)
      try folder.write("t\(index)", "x")
      let outcome = try folder.perform("t\(index)", expected: folder.stat("t\(index)"), .setMetadata(mode: 0o600, modified: modified))
      guard case .done(let now?, nil, nil) = outcome else { Issue.record("\(outcome)"); continue }
      #expect(now.modified == modified)
    }
  }

  @Test func specialBitsOfTheDiskAreKeptAndNoneIsMade() throws {
    let folder = try TestFolder()
    try folder.makeDirectory(RelativePath("d"))
    try TestFolder.check(chmod(folder.absolute("d"), 0o3775))
    #expect(try folder.stat("d")?.mode == 0o3775)
    let outcome = try folder.perform("d", expected: folder.stat("d"), .setMetadata(mode: 0o6700, modified: .zero))
    guard case .done(let now?, nil, nil) = outcome else { Issue.record("\(outcome)"); return }
    #expect(now.mode == 0o3700)
    try folder.write("f", "x")
    let file = try folder.perform("f", expected: folder.stat("f"), .setMetadata(mode: 0o6755, modified: .zero))
    guard case .done(let set?, nil, nil) = file else { Issue.record("\(file)"); return }
    #expect(set.mode == 0o755)
  }

  @Test func metadataOfAnOpenFileWaits() throws {
    let folder = try TestFolder()
    try folder.write("f", "x")
    let writer = try folder.open(RelativePath("f"))
    let step = DiskStep(path: try RelativePath("f"), expected: try folder.stat("f"), action: .setMetadata(mode: 0o644, modified: Self.time))
    guard case .failed(let error) = folder.linux.perform([step])[0] else { Issue.record("the time was set"); return }
    #expect(error.code == .changed)
    try writer.close()
    guard case .done = folder.linux.perform([step])[0] else { Issue.record("the time was not set"); return }
  }

  @Test func namesThatDifferInCaseAloneAreRenamed() throws {
    let folder = try TestFolder()
    try folder.write("File", "x")
    try folder.write("Dir/f", "y")
    try folder.makeLink(RelativePath("Link"), to: Array("z".utf8))
    for (old, new) in [("File", "file"), ("Dir", "dir"), ("Link", "link")] {
      let outcome = try folder.perform(new, expected: folder.stat(old), .move(from: RelativePath(old)))
      guard case .done = outcome else { Issue.record("\(outcome)"); continue }
      #expect(try folder.stat(old) == nil)
    }
    #expect(folder.text("dir/f") == "y")
  }

  @Test func aReadOnlyFileIsReplacedAndStaysReadOnly() throws {
    let folder = try TestFolder()
    try folder.write("f", "old")
    try TestFolder.check(chmod(folder.absolute("f"), 0o444))
    try folder.stage("s", "new", mode: 0o444)
    let outcome = try folder.perform("f", expected: folder.stat("f"), .place(folder.name("s"), displaced: .history(at: Self.time)))
    guard case .done(let now?, _, _) = outcome else { Issue.record("\(outcome)"); return }
    #expect(now.mode == 0o444)
    #expect(folder.text("f") == "new")
  }

  /// What is found only after the rename goes back, but a reader has missed it by then.
  @Test func whatWasChangedSinceIsNotMovedForAMoment() throws {
    let folder = try TestFolder()
    try folder.makeDirectory(RelativePath("d"))
    for (place, isLink) in [(true, false), (false, false), (true, true), (false, true)] {
      if isLink { try folder.makeLink(RelativePath("d/f"), to: Array("old".utf8)) } else { try folder.write("d/f", "old") }
      let expected = try folder.stat("d/f")
      try TestFolder.check(unlink(folder.absolute("d/f")))
      if isLink { try folder.makeLink(RelativePath("d/f"), to: Array("other".utf8)) } else { try folder.write("d/f", "other") }
      try folder.stage("s", "new")
      let action = place ? DiskStep.Action.place(try folder.name("s"), displaced: .history(at: Self.time)) : .remove(displaced: .history(at: Self.time))
      var outcomes: [DiskOutcome] = []
      let names = try folder.names(changedIn: "d") {
        outcomes.append(try folder.perform("d/f", expected: expected, action))
        outcomes.append(try folder.perform("d/g", expected: expected, .move(from: RelativePath("d/f"))))
      }
      #expect(outcomes == [.changed, .changed] && names == [])
      try TestFolder.check(unlink(folder.absolute("d/f")))
    }
  }

  @Test func flushingDirectoriesTwiceIsFine() throws {
    let folder = try TestFolder()
    for index in 0..<100 {
      guard case .done = try folder.perform("d\(index)", expected: nil, .makeDirectory(mode: 0o755)) else { Issue.record("not made"); return }
      try folder.stage("s", "x")
      guard case .done = try folder.perform("d\(index)/f", expected: nil, .place(folder.name("s"), displaced: .nothing)) else { Issue.record("not placed"); return }
    }
    try folder.linux.flushDirectories()
    try folder.linux.flushDirectories()
    // A directory that is gone before the flush does not make it fail.
    guard case .done = try folder.perform("x", expected: nil, .makeDirectory(mode: 0o755)) else { Issue.record("not made"); return }
    guard case .done = try folder.perform("x/y", expected: nil, .makeDirectory(mode: 0o755)) else { Issue.record("not made"); return }
    try TestFolder.check(rmdir(folder.absolute("x/y")))
    try TestFolder.check(rmdir(folder.absolute("x")))
    try folder.linux.flushDirectories()
  }

  @Test func `a write to a new name before it is looked at counts as unseen, though size and time are as they were`() throws {
    let folder = try TestFolder()
    let staged = try folder.stage("s", "theirs")
    let path = try RelativePath("f")
    let step = DiskStep(path: path, expected: nil, action: .place(try folder.name("s"), displaced: .nothing), stagedInode: staged.inode)
    let outcomes = folder.linux.perform([step]) {
      // The change time of a file goes by the ticks of the kernel's clock.
      usleep(20_000)
      let file = Glibc.open(folder.absolute("f"), O_WRONLY)
      pwrite(file, "a user", 6, 0)
      let time = timespec(tv_sec: Int(staged.modified.seconds), tv_nsec: Int(staged.modified.subsecond))
      futimens(file, [time, time])
      close(file)
    }
    #expect(folder.text("f") == "a user")
    let now = try #require(try folder.stat("f"))
    #expect(now.isSame(as: staged))
    guard case .done(let told?, nil, nil) = outcomes[0] else { Issue.record("\(outcomes)"); return }
    #expect(told.changed == FileStat.unseen)
  }
}

extension FileStat {
  /// By all that a program can set.
  fileprivate func isSame(as other: FileStat) -> Bool {
    (inode, size, mode) == (other.inode, other.size, other.mode) && modified == other.modified
  }
}
