import CoveyCore
import CoveyDaemon
import CoveyNetwork
import Testing

struct ConfigurationTests {
  static let surroundings = ConfigurationSurroundings(
    directory: "/home/u/.config/covey", userDirectory: "/home/u", privateDirectories: ["/home/u/.local/state/covey"])

  static func read(_ text: String) throws(ConfigurationError) -> Configuration {
    try Configuration(text: text, surroundings: surroundings)
  }

  @Test func anEmptyFileMeansTheDefaults() throws {
    let read = try Self.read("")
    #expect(read == Configuration())
    #expect(read.device.listen == HostPort(host: "0.0.0.0", port: 22500))
    #expect(read.device.discovery)
    #expect(read.device.advertise == .found)
  }

  @Test(arguments: ["[", "[[", "[.a]", "[ ]", "  [[ .a]]", "[[[a]]]", "[\u{301}a]", "\u{A0}[.a]"]) func `a line that opens a table and names none is refused with its number`(line: String) {
    #expect(throws: ConfigurationError.self) { try Self.read("[device]\n" + line) }
    do throws(ConfigurationError) { _ = try Self.read("[device]\n" + line) } catch { #expect(error.line == 2) }
  }

  @Test func everyKeyIsRead() throws {
    let read = try Self.read(
      """
      [device]
      name = "laptop"
      listen = "[::1]:0"
      advertise = ["home.example.org:22500", "192.0.2.7:1"]
      discovery = false
      [[folder]]
      label = "docs"
      id = "00112233445566778899AABBccddeeff"
      path = "/srv/docs/../docs/"
      rescan = "90s"
      history = "2w"
      durability = "fast"
      [[folder]]
      label = "photos"
      path = "~/photos"
      [[folder]]
      label = "beside"
      path = "notes"
      [limits]
      send = "10MB"
      receive = 1024
      """)
    #expect(read.device.name == "laptop")
    #expect(read.device.listen == HostPort(host: "::1", port: 0))
    #expect(read.device.advertise == .only([HostPort(host: "home.example.org", port: 22500), HostPort(host: "192.0.2.7", port: 1)]))
    #expect(!read.device.discovery)
    #expect(
      read.folders == [
        FolderSettings(
          label: "docs", id: FolderID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF), path: "/srv/docs", rescan: .seconds(90),
          history: .seconds(14 * 86_400), durability: .fast),
        FolderSettings(label: "photos", id: nil, path: "/home/u/photos"),
        FolderSettings(label: "beside", id: nil, path: "/home/u/.config/covey/notes"),
      ])
    #expect(read.limits == LimitSettings(send: 10_000_000, receive: 1024))
  }

  @Test func advertisingNothingIsSaidWithOneWord() throws {
    #expect(try Self.read("[device]\nadvertise = [\"none\"]").device.advertise == .none)
  }

  struct BadCase: Sendable, CustomTestStringConvertible {
    var text: String
    var line: Int
    var says: String
    var testDescription: String { says }
  }

  @Test(arguments: [
    BadCase(text: "[device]\nname = laptop\n", line: 2, says: "no TOML"),
    BadCase(text: "# hello\n[devise]\nname = \"x\"\n", line: 2, says: "'devise' is unknown"),
    BadCase(text: "name = \"x\"\n", line: 1, says: "'name' is unknown"),
    BadCase(text: "[device]\n\nnome = \"x\"\n", line: 3, says: "'nome' is unknown in [device]"),
    BadCase(text: "[device]\nname = 7\n", line: 2, says: "integer"),
    BadCase(text: "[device]\nname = \"a/b\"\n", line: 2, says: "'/'"),
    BadCase(text: "[device]\nname = \"a\\u0007b\"\n", line: 2, says: "control character"),
    BadCase(text: "[device]\nname = \"\(String(repeating: "n", count: 64))\"\n", line: 2, says: "64 bytes"),
    BadCase(text: "[device]\nlisten = \"22500\"\n", line: 2, says: "HOST:PORT"),
    BadCase(text: "[device]\nlisten = \"h:65536\"\n", line: 2, says: "HOST:PORT"),
    BadCase(text: "[device]\nlisten = \"::1:22500\"\n", line: 2, says: "HOST:PORT"),
    BadCase(text: "[device]\nadvertise = \"h:1\"\n", line: 2, says: "list"),
    BadCase(text: "[device]\nadvertise = [\n  \"h:1\",\n  \"h:0\"\n]\n", line: 2, says: "h:0"),
    BadCase(text: "[device]\nadvertise = [\"none\", \"h:1\"]\n", line: 2, says: "none"),
    BadCase(text: "[device]\ndiscovery = \"yes\"\n", line: 2, says: "neither true nor false"),
    BadCase(text: "[limits]\nsend = \"10 parsecs\"\n", line: 2, says: "no size"),
    BadCase(text: "[limits]\nreceive = -1\n", line: 2, says: "no size"),
    BadCase(text: "folder = 3\n", line: 1, says: "[[folder]]"),
    BadCase(text: "[folder]\nlabel = \"a\"\n", line: 1, says: "[[folder]]"),
    BadCase(text: "device = 3\n", line: 1, says: "[device]"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\n", line: 1, says: "no path"),
    BadCase(text: "\n[[folder]]\npath = \"/a\"\n", line: 2, says: "no label"),
    BadCase(text: "[[folder]]\nlabel = \"\"\npath = \"/a\"\n", line: 2, says: "empty"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"~bob/a\"\n", line: 3, says: "leads nowhere"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/\"\n", line: 3, says: "whole file system"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/home/u\"\n", line: 3, says: "keys"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\nrescan = \"soon\"\n", line: 4, says: "no duration"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\nhistory = \"0d\"\n", line: 4, says: "shorter than a second"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\nid = \"12\"\n", line: 4, says: "32 hexadecimal"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\ndurability = \"some\"\n", line: 4, says: "full"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\n[[folder]]\npath = \"/b\"\nlabel = \"a\"\n", line: 6, says: "'a' already"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\n[[folder]]\nlabel = \"b\"\npath = \"/a/b\"\n", line: 6, says: "lies inside"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a/b\"\n[[folder]]\nlabel = \"b\"\npath = \"/a\"\n", line: 6, says: "lies inside it"),
    BadCase(text: "[[folder]]\nlabel = \"a\"\npath = \"/a\"\n[[folder]]\nlabel = \"b\"\npath = \"/a/\"\n", line: 6, says: "there already"),
    BadCase(
      text: """
        [[folder]]
        label = "a"
        path = "/a"
        id = "00000000000000000000000000000001"
        [[folder]]
        label = "b"
        path = "/b"
        id = "00000000000000000000000000000001"
        """, line: 8, says: "has it already"),
  ])
  func whatIsWrongIsToldWithItsLine(_ bad: BadCase) {
    let error = #expect(throws: ConfigurationError.self) { try Self.read(bad.text) }
    #expect(error?.line == bad.line)
    #expect(error?.reason.contains(bad.says) == true, "\(error?.reason ?? "")")
  }

  @Test func foldersBesideOneAnotherWithACommonBeginningAreFine() throws {
    let read = try Self.read("[[folder]]\nlabel = \"a\"\npath = \"/srv/a\"\n[[folder]]\nlabel = \"ab\"\npath = \"/srv/ab\"\n")
    #expect(read.folders.map(\.path) == ["/srv/a", "/srv/ab"])
  }

  @Test(arguments: [
    ("0", 0), ("7", 7), ("500kB", 500_000), ("10MB", 10_000_000), ("10 MB", 10_000_000), ("1.5GiB", 1_610_612_736), ("2TB", 2_000_000_000_000),
    ("1k", 1_000), ("", nil), ("MB", nil), ("-1", nil), ("1e9", nil), ("10 M B", nil), ("99999999999999TB", nil),
  ] as [(String, Int64?)])
  func sizesAreReadWithTheirUnits(_ text: String, _ byteCount: Int64?) {
    #expect(Quantity.byteCount(text) == byteCount)
  }

  @Test(arguments: [
    ("90s", 90), ("15m", 900), ("1h", 3_600), ("30d", 2_592_000), ("2w", 1_209_600), ("1.5h", 5_400), ("5", nil), ("h", nil), ("1y", nil),
    ("40000d", nil),
  ] as [(String, Int64?)])
  func durationsAreReadWithTheirUnits(_ text: String, _ seconds: Int64?) {
    #expect(Quantity.duration(text) == seconds.map { .seconds($0) })
  }

  @Test(arguments: [Duration.seconds(1), .seconds(90), .seconds(3_600), .seconds(86_400 * 30), .milliseconds(1_500)])
  func aDurationSurvivesBeingWritten(_ duration: Duration) {
    #expect(Quantity.duration(Quantity.text(of: duration)) == duration)
  }
}
