import CoveyCore
import CoveyDisk
import CoveyEngine
import Foundation
import Testing

/// A watch from its start to its end, and the moments that callers may rely on.
@Suite struct WatchLifeTests {
  @Test func `Everything that happened before a drain is reported when it returns`() async throws {
    let folder = try WatchedFolder()
    for number in 0..<2000 { try folder.write("f\(number)") }
    let reports = Set(folder.take())
    for number in 0..<2000 { #expect(reports.contains(.touched(relative("f\(number)")))) }
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<200 { folder.watch.drain() } } }
      group.addTask { for number in 0..<500 { try? folder.write("g\(number)") } }
    }
    #expect(folder.take().allSatisfy { $0 != .rescan(nil) })
  }

  @Test func `The end of the folder's directory is told, and it can be watched anew`() throws {
    let folder = try WatchedFolder()
    try folder.move("", "../away")
    #expect(folder.take().contains(.rootChanged))
    #expect(throws: DiskError.self) { try folder.start() }
    try folder.move("../away", "")
    try folder.start()
    try folder.write("f")
    #expect(folder.take().contains(.touched(relative("f"))))
    // As long as somebody has it open, a removed directory itself says nothing.
    let open = try #require(opendir(folder.root))
    defer { closedir(open) }
    try folder.remove("")
    #expect(folder.take().contains(.rootChanged))
    let error = #expect(throws: DiskError.self) { try folder.start() }
    #expect(error?.code == .notFound)
  }

  @Test func `That another directory has the folder's path is told to whoever asks`() throws {
    let folder = try WatchedFolder()
    #expect(folder.watch.isInPlace)
    let away = folder.base + "-away"
    // The folder takes only its own directory away at its end; the test has shown what it shows whether or not this succeeds.
    defer { try? FileManager.default.removeItem(atPath: away) }
    try #require(rename(folder.base, away) == 0)
    #expect(folder.watch.isInPlace, "nothing stands there")
    try folder.makeDirectory("")
    #expect(!folder.watch.isInPlace)
    try folder.start()
    #expect(folder.watch.isInPlace)
    try folder.write("f")
    #expect(folder.take().contains(.touched(relative("f"))))
  }

  @Test func `Nothing is reported after the watch was stopped`() throws {
    let folder = try WatchedFolder()
    folder.watch.stop()
    try folder.write("f")
    #expect(folder.take() == [])
    folder.watch.watch(relative("d"))
    try folder.start()
    try folder.write("f")
    #expect(folder.take().contains(.touched(relative("f"))))
  }

  @Test(.timeLimit(.minutes(1)))
  func `A report may drain, watch and stop its own watch`() async throws {
    let folder = try WatchedFolder()
    let (stream, continuation) = AsyncStream.makeStream(of: WatchReport.self)
    let watch = folder.watch
    try watch.start { report in
      watch.drain()
      watch.watch(relative("d"))
      watch.stop()
      continuation.yield(report)
    }
    try folder.write("f")
    for await report in stream {
      #expect(report == .touched(relative("f")))
      break
    }
    try folder.start()
    try folder.write("g")
    #expect(folder.take().contains(.touched(relative("g"))))
  }
}
