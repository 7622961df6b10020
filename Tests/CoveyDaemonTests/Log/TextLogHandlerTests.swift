import CoveyCore
import CoveyDaemon
import Logging
import Synchronization
import Testing

struct TextLogHandlerTests {
  @Test func anEventIsOneEscapedLine() throws {
    let box = LineBox()
    var log = Logger(label: "test") { _ in TextLogHandler(level: .info) { box.append($0) } }
    log[metadataKey: "folder"] = "docs"
    log.info("scanned", metadata: ["path": "a\nb\u{1B}[31m", "note": "two words"])
    log.debug("not shown")
    let line = try #require(box.lines.first)
    #expect(box.lines.count == 1)
    #expect(line.hasSuffix(" INFO  scanned folder=docs note=\"two words\" path=a\\x0Ab\\x1B[31m\n"))
    #expect(Timestamp(rfc3339: String(line.prefix { $0 != " " })) != nil)
  }
}

private final class LineBox: Sendable {
  private let state = Mutex<[String]>([])
  var lines: [String] { state.withLock { $0 } }
  func append(_ line: String) { state.withLock { $0.append(line) } }
}
