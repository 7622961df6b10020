import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Synchronization
import Testing

@Suite struct LateTests {
  static let time = Timestamp(seconds: 1_763_836_937, nanoseconds: 0)

  @Test func aLateFileIsKeptOnceNobodyHasItOpen() throws {
    let folder = try TestFolder()
    try folder.write("f", "old")
    let writer = try folder.open(RelativePath("f"))
    try folder.stage("s", "new")
    guard case .late(_, let name) = try folder.perform("f", expected: folder.stat("f"), .place(folder.name("s"), displaced: .history(at: Self.time)))
    else { Issue.record("not late"); return }
    #expect(folder.text("f") == "new")
    try writer.close()
    let kept = try folder.linux.keepStaged(name, asHistoryOf: RelativePath("f"), at: Self.time)
    #expect(try folder.linux.read(.history(kept), offset: 0, byteCount: 10) == Array("old".utf8))
  }

  @Test func aSharedMappingIsAWriter() throws {
    let folder = try TestFolder()
    try folder.write("f", "old content")
    let file = covey_openat(AT_FDCWD, folder.absolute("f"), O_RDWR, 0)
    let memory = mmap(nil, 11, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    close(file)
    defer { munmap(memory, 11) }
    try folder.stage("s", "new")
    guard case .late = try folder.perform("f", expected: folder.stat("f"), .place(folder.name("s"), displaced: .history(at: Self.time)))
    else { Issue.record("not late"); return }
  }

  @Test func aReaderIsNoWriter() throws {
    let folder = try TestFolder()
    try folder.write("f", "old")
    let reader = try Reader(folder.absolute("f"))
    try folder.stage("s", "new")
    guard case .done = try folder.perform("f", expected: folder.stat("f"), .place(folder.name("s"), displaced: .history(at: Self.time)))
    else { Issue.record("not done"); return }
    #expect(try reader.text() == "old")
  }

  /// A writer saves in place at any moment; whatever it has written is, in the end, at the path, in history or in staging.
  @Test func noSaveInTheVeryMomentIsLost() throws {
    let folder = try TestFolder(durability: .fast)
    try folder.write("f", "start")
    let saved = Saves()
    let path = folder.absolute("f")
    let finished = Finished()
    Thread {
      var number = 0
      while !finished.isSet {
        number += 1
        let text = "save \(number)"
        let file = covey_openat(AT_FDCWD, path, O_WRONLY, 0)
        guard file >= 0 else { continue }
        // Appended to what is there, so that a save is recognised wherever its inode went.
        let bytes = Array("\n\(text);".utf8)
        lseek(file, 0, SEEK_END)
        if bytes.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == bytes.count { saved.add(text) }
        close(file)
      }
      finished.leave()
    }.start()
    var counts = (done: 0, late: 0, changed: 0)
    for index in 0..<10_000 {
      let name = try folder.name("s-\(index)")
      try folder.linux.stage(.file(bytes: Array("version \(index)".utf8), mode: 0o644, modified: Self.time), as: name)
      switch try folder.perform("f", expected: folder.stat("f"), .place(name, displaced: .history(at: Self.time))) {
      case .done: counts.done += 1
      case .late: counts.late += 1
      case .changed: counts.changed += 1
      case .failed(let error): Issue.record(error)
      }
    }
    finished.set()
    finished.waitUntilLeft()
    var everything = folder.text("f") ?? ""
    var after: HistoryName?
    while true {
      let page = try folder.linux.historyNames(after: after, limit: 200)
      if page.isEmpty { break }
      for (name, stat) in page { everything += String(decoding: try folder.linux.read(.history(name), offset: 0, byteCount: Int(stat.size)), as: UTF8.self) }
      after = page.last?.0
    }
    for name in try folder.linux.stagedNames() {
      everything += String(decoding: try folder.linux.read(.staged(name), offset: 0, byteCount: 1 << 30), as: UTF8.self)
    }
    let found = Set(everything.split(whereSeparator: { $0 == "\n" || $0 == ";" }).map(String.init))
    let all = saved.all
    #expect(all.count > 0)
    #expect(all.filter { !found.contains($0) } == [], "of \(all.count) saves, steps \(counts)")
    #expect(counts.done + counts.late > 0)
  }

  /// A file at the path and a directory beside it change places again and again: seldom enough that most steps find what they expect.
  @Test func aDirectoryThatCameInTheVeryMomentIsGivenBack() throws {
    let folder = try TestFolder(durability: .fast)
    try folder.write("f", "start")
    try folder.write("d/inside", "kept")
    let (path, other) = (folder.absolute("f"), folder.absolute("d"))
    let finished = Finished()
    Thread {
      while !finished.isSet {
        _ = covey_rename_exchange(AT_FDCWD, path, AT_FDCWD, other)
        usleep(.random(in: 0..<200))
      }
      finished.leave()
    }.start()
    for index in 0..<1_000 {
      try folder.stage("s-\(index)", "version \(index)")
      var expected = try folder.linux.stat(RelativePath("f"))
      while expected?.kind != .file { expected = try folder.linux.stat(RelativePath("f")) }
      if case .failed(let error) = try folder.perform("f", expected: expected, .place(folder.name("s-\(index)"), displaced: .history(at: Self.time))) {
        Issue.record(error)
      }
    }
    finished.set()
    finished.waitUntilLeft()
    let staged = try folder.linux.stagedNames().map { folder.absolute(".covey/staging/\($0.text)") }
    #expect(staged.filter { Glibc.access($0 + "/.", F_OK) == 0 } == [])
    #expect(folder.text("f/inside") ?? folder.text("d/inside") == "kept")
  }

  /// What went to history without a writer is never written to afterwards: a late save is never hidden there.
  @Test func historyIsNeverWrittenTo() throws {
    let folder = try TestFolder(durability: .fast)
    try folder.write("f", "start")
    let path = folder.absolute("f")
    let finished = Finished()
    Thread {
      while !finished.isSet {
        let file = covey_openat(AT_FDCWD, path, O_WRONLY, 0)
        guard file >= 0 else { continue }
        _ = "+".withCString { pwrite(file, $0, 1, lseek(file, 0, SEEK_END)) }
        close(file)
      }
      finished.leave()
    }.start()
    var kept: [(HistoryName, Int64)] = []
    for index in 0..<500 {
      let name = try folder.name("s-\(index)")
      try folder.linux.stage(.file(bytes: Array("version \(index)".utf8), mode: 0o644, modified: Self.time), as: name)
      guard let expected = try folder.stat("f") else { continue }
      if case .done(_, let history?, _) = try folder.perform("f", expected: expected, .place(name, displaced: .history(at: Self.time))) {
        kept.append((history, expected.size))
      }
    }
    finished.set()
    finished.waitUntilLeft()
    let sizes = Dictionary(uniqueKeysWithValues: try folder.linux.historyNames(after: nil, limit: 1000).map { ($0.0, $0.1.size) })
    #expect(kept.allSatisfy { sizes[$0.0] == $0.1 })
  }

  /// Somebody who opens the path in a tight loop always finds a whole version.
  @Test func aReaderAlwaysFindsAWholeVersion() throws {
    let folder = try TestFolder(durability: .fast)
    try folder.write("f", "version;")
    let path = folder.absolute("f")
    let finished = Finished()
    let torn = Saves()
    Thread {
      while !finished.isSet {
        let text = (try? Reader(path).text()) ?? "missing"
        if !text.hasPrefix("version") || !text.hasSuffix(";") { torn.add(text) }
      }
      finished.leave()
    }.start()
    for index in 0..<1000 {
      try folder.stage("s", "version \(index);")
      guard case .done = try folder.perform("f", expected: folder.stat("f"), .place(folder.name("s"), displaced: .history(at: Self.time)))
      else { Issue.record("not done"); continue }
    }
    finished.set()
    finished.waitUntilLeft()
    #expect(torn.all == [])
  }
}

/// Lines that threads of a test collect.
final class Saves: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}
