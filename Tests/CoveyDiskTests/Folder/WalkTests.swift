import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Glibc
import Testing

@Suite struct WalkTests {
  private func names(_ items: [WalkItem]) -> [String] {
    items.compactMap { if case .found(let path, _) = $0 { path.string } else { nil } }
  }

  private func problems(_ items: [WalkItem]) -> [(path: String, hides: Bool)] {
    items.compactMap { item in
      guard case .problem(let path, let reason, let hides) = item, !reason.isEmpty else { return nil }
      return (String(decoding: path, as: UTF8.self), hides)
    }
  }

  /// The order of the index, found by sorting what was made.
  @Test func anyTreeComesInTheOrderOfItsPaths() throws {
    let folder = try TestFolder()
    var random = SystemRandomNumberGenerator()
    let letters = ["a", "b", "-", ".x", "0", "~", "é", "aaaaaaaa", "aaaaaaaab", "aaaaaaaa-"]
    for _ in 0..<200 {
      let depth = Int.random(in: 1...4, using: &random)
      let text = (0..<depth).map { _ in letters.randomElement(using: &random) ?? "a" }.joined(separator: "/")
      // Where a file stands on the way, or a directory at the end, the path is left out.
      try? folder.write(text, "x")
    }
    let walked = names(try folder.walk())
    #expect(walked.count > 20)
    #expect(try walked.map { try RelativePath($0) } == walked.map { try RelativePath($0) }.sorted())
    #expect(Set(walked).count == walked.count)
  }

  @Test func whatTakesNoPartIsAProblem() throws {
    let folder = try TestFolder()
    try folder.write("file", "x")
    try TestFolder.check(mkfifo(folder.absolute("pipe"), 0o600))
    let socketDescriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socketDescriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(folder.absolute("socket").utf8).prefix(100)) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socketDescriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    try TestFolder.check(bound)
    let invalid: [CChar] = Array(folder.absolute("bad-").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
    try TestFolder.check(mkdir(invalid, 0o755))
    let items = try folder.walk()
    #expect(names(items) == ["file"])
    // Nor does a directory with an impossible name hide anything: nothing below it can be in the record.
    #expect(problems(items).map(\.hides) == [false, false, false])
    #expect(try #require(throws: DiskError.self) { try folder.linux.hash(RelativePath("pipe")) }.code == .wrongKind)
    #expect(try #require(throws: DiskError.self) { try folder.linux.stat(RelativePath("pipe")) }.code == .wrongKind)
  }

  @Test func anotherSharedFolderIsLeftOut() throws {
    let folder = try TestFolder()
    try folder.write("inner/.covey/folder", "covey folder 1\n")
    try folder.write("inner/file", "x")
    try folder.write("other/.covey/note", "an ordinary directory")
    let items = try folder.walk()
    #expect(problems(items).map(\.path) == ["inner"])
    #expect(problems(items).map(\.hides) == [true])
    #expect(names(items) == ["other", "other/.covey", "other/.covey/note"])
  }

  @Test func pathsUpToTheLimitAreFoundAndLongerOnesAreProblems() throws {
    let folder = try TestFolder()
    // 15 directories of 255 bytes and their slashes are 3,840; names of 255 and 256 bytes more end at 4,095 and beyond the limit.
    let component = String(repeating: "d", count: 255)
    var depth = 0
    try folder.makeDeep(component, depth: 16) { directory in
      depth += 1
      if depth == 16 { try TestFolder.makeFile("x", in: directory) }
    }
    let items = try folder.walk()
    #expect(names(items).last?.utf8.count == 4095)
    #expect(problems(items).map { $0.path.utf8.count } == [4097])
    // A directory at 4,095 bytes is looked at and removed; a file of 4,096 bytes is staged, placed and read.
    let parent = (0..<15).map { _ in component }.joined(separator: "/")
    let long = try RelativePath("\(parent)/\(String(repeating: "f", count: 254))/\("g")")
    #expect(long.bytes.count == 4096)
    let made = DiskStep(path: try #require(long.parent), expected: nil, action: .makeDirectory(mode: 0o755))
    try folder.stage("s", "content")
    let placed = DiskStep(path: long, expected: nil, action: .place(try folder.name("s"), displaced: .nothing))
    for outcome in folder.linux.perform([made, placed]) { guard case .done = outcome else { Issue.record("\(outcome)"); continue } }
    #expect(try folder.linux.hash(long).root == Root(smallContent: Array("content".utf8)))
    let replaced = DiskStep(
      path: long, expected: try folder.linux.stat(long), action: .remove(displaced: .history(at: Timestamp(nanoseconds: 0))))
    guard case .done(nil, let history?, nil) = folder.linux.perform([replaced])[0] else { Issue.record("not removed"); return }
    #expect(try folder.linux.read(.history(history), offset: 0, byteCount: 100) == Array("content".utf8))
  }

  @Test func deepTreesNeedFewDescriptors() throws {
    let folder = try TestFolder(durability: .fast)
    let depth = 600
    try folder.makeDeep("d", depth: depth) { try TestFolder.makeFile("e", in: $0) }
    var openMax = 0
    var visited = 0
    try folder.linux.walk(below: nil, descend: { _ in true }) { _ in
      visited += 1
      if visited % 100 == 0 { openMax = max(openMax, try folder.descriptorCount()) }
    }
    #expect(visited == 2 * depth)
    #expect(openMax < 80)
  }

  @Test func aDirectoryThatVanishesDuringTheWalkIsNoTrouble() throws {
    let folder = try TestFolder()
    for name in ["a", "b", "c"] { try folder.write("\(name)/f", "x") }
    var found: [String] = []
    try folder.linux.walk(below: nil, descend: { _ in true }) { item in
      if case .found(let path, _) = item { found.append(path.string) }
      if found == ["a"] { try folder.rename(RelativePath("b"), to: RelativePath("d")) }
    }
    #expect(found == ["a", "a/f", "c", "c/f"])
  }

  @Test func unusualNamesComeAndGoUnchanged() throws {
    let folder = try TestFolder()
    let unusual = [
      "new\nline", "back\\slash", "-x", " leading", "trailing ", "a:b*c?", "😀🏳️‍🌈", "\u{1B}[2J", "e\u{301}", "\u{E9}", "..x", "~",
      String(repeating: "n", count: 255), String(repeating: "é", count: 127),
    ]
    for (index, name) in unusual.enumerated() {
      try folder.stage("s-\(index)", name)
      let outcome = try folder.perform(name, expected: nil, .place(folder.name("s-\(index)"), displaced: .nothing))
      guard case .done = outcome else { Issue.record("\(name): \(outcome)"); continue }
    }
    #expect(Set(names(try folder.walk())) == Set(unusual))
    for name in unusual { #expect(try folder.linux.hash(RelativePath(name)).root == Root(smallContent: Array(name.utf8))) }
    for name in unusual {
      let outcome = try folder.perform(name, expected: folder.stat(name), .remove(displaced: .history(at: Timestamp(nanoseconds: 0))))
      guard case .done = outcome else { Issue.record("\(name): \(outcome)"); continue }
    }
    let kept = try folder.linux.historyNames(after: nil, limit: 100)
    #expect(try Set(kept.map { try String(decoding: folder.linux.read(.history($0.0), offset: 0, byteCount: 1000), as: UTF8.self) }) == Set(unusual))
  }

  @Test func historyIsReadPageByPage() throws {
    let folder = try TestFolder(durability: .fast)
    for path in ["a/b/c", "a/b-c", "a/x", "a-b", "b", "z/z"] {
      try folder.stage("s", path)
      _ = try folder.linux.keepStaged(folder.name("s"), asHistoryOf: RelativePath(path), at: Timestamp(nanoseconds: 0))
    }
    let all = try folder.linux.historyNames(after: nil, limit: 100).map(\.0)
    #expect(all.count == 6)
    #expect(all == all.sorted())
    for size in 1...6 {
      var paged: [HistoryName] = []
      while let page = try? folder.linux.historyNames(after: paged.last, limit: size), !page.isEmpty { paged += page.map(\.0) }
      #expect(paged == all)
    }
  }

  /// Not a measurement, but a bound that only a mistake in the order of growth can miss.
  @Test func manyFilesAreWalkedQuickly() throws {
    let folder = try TestFolder(durability: .fast)
    let directoryCount = 20
    let fileCount = 500
    for directory in 0..<directoryCount {
      try folder.makeDirectory(RelativePath("directory-\(directory)"))
      for file in 0..<fileCount { try TestFolder.makeFile(folder.absolute("directory-\(directory)/file-\(file)"), in: AT_FDCWD) }
    }
    var count = 0
    let duration = try ContinuousClock().measure {
      try folder.linux.walk(below: nil, descend: { _ in true }) { _ in count += 1 }
    }
    #expect(count == directoryCount * (fileCount + 1))
    #expect(duration < .seconds(1))
  }
}
