import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// What the watch tells of names that this device itself has just given.
@Suite struct EchoTests {
  private let path = RelativePath(trusted: Array("f".utf8))

  /// A bench whose watch tells of every new name, as the kernel does.
  private func bench() throws -> FolderBench {
    let bench = try FolderBench.withPeer()
    bench.reports = { $0.compactMap(\.echo) }
    return bench
  }

  @Test func `new names of our own are not looked at`() throws {
    let bench = try bench()
    try bench.tell(bench.versions([("f", "theirs", nil), ("g", "theirs too", nil)]))
    try bench.tell(bench.versions([("h", "theirs", "f"), ("f", nil, nil)]))
    try bench.pass(.seconds(10))
    #expect(bench.files == ["g": "theirs too", "h": "theirs"])
    #expect(bench.looked == [])
    #expect(try bench.isSettled)
  }

  @Test func `what is told twice was somebody else once`() throws {
    let bench = try bench()
    bench.reports = { $0.compactMap(\.echo) + $0.compactMap(\.echo) }
    try bench.tell(bench.versions([("f", "theirs", nil)]))
    try bench.pass(.seconds(10))
    #expect(bench.looked == [path])
  }

  @Test func `what is told once the steps are done is somebody else's`() throws {
    let bench = try bench()
    bench.reports = { _ in [] }
    try bench.tell(bench.versions([("f", "theirs", nil)]))
    bench.disk.write(path, Array("mine".utf8))
    try bench.handle(.watched([.arrived(path, isDirectory: false)]))
    try bench.pass(.seconds(10))
    #expect(try bench.shown(path).root == Root(smallContent: Array("mine".utf8)))
  }

  @Test func `what somebody put over a new name is seen, though the kernel told of both as one`() throws {
    let bench = try bench()
    bench.beforeLook = { [path] in bench.disk.write(path, Array("mine".utf8)) }
    try bench.tell(bench.versions([("f", "theirs", nil)]))
    bench.beforeLook = {}
    try bench.pass(.seconds(10))
    #expect(try bench.shown(path).root == Root(smallContent: Array("mine".utf8)))
    #expect(bench.files == ["f": "mine"])
  }

  @Test func `what arrived where a step failed is seen`() throws {
    let bench = try bench()
    bench.disk.setHook { [disk = bench.disk, path] moment in
      guard moment == .rename(path) else { return nil }
      disk.write(path, Array("mine".utf8))
      return DiskError(code: .input, path: path.string, message: "the disk fails")
    }
    try bench.tell(bench.versions([("f", "theirs", nil)]))
    bench.disk.setHook(nil)
    #expect(bench.looked == [path])
    // Until nobody is waited for who might make the copy.
    try bench.pass(.seconds(200))
    #expect(bench.files.values.sorted() == ["mine", "theirs"])
  }

  @Test func `a directory that is renamed before the record knows what was put into it takes that along`() throws {
    let bench = try bench()
    let (old, new, inside) = (try RelativePath("d"), try RelativePath("e"), try RelativePath("d/f"))
    bench.reports = { [disk = bench.disk] steps in
      guard steps.contains(where: { $0.path == inside }) else { return steps.compactMap(\.echo) }
      disk.rename(old, to: new)
      return steps.compactMap(\.echo) + [.moved(from: old, to: new)]
    }
    try bench.tell(bench.versions([("d/f", "theirs", nil)]))
    bench.reports = { $0.compactMap(\.echo) }
    try bench.pass(.seconds(10))
    #expect(bench.files == ["e/f": "theirs"])
    #expect(try !bench.shown(inside).isLive)
    #expect(try bench.isSettled)
  }
}
