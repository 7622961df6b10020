import CoveyCore
import CoveyDaemon
import CoveyNetwork
import Foundation
import Testing

struct ConfigurationDocumentTests {
  static let text = """
    # my laptop
    [device]
    name = "old"   # as on the sticker
      listen = "0.0.0.0:22500"

    # work
    [[folder]]
    label = "docs"  # everything
    path = "/srv/docs"
    # looked at rarely
    rescan = "6h"

    # home
    [[folder]]
    label = "photos"
    path = "/srv/photos"

    [limits]
    send = "1MB"

    """

  private func edited(_ text: String, _ edits: ConfigurationEdit...) -> String {
    var document = ConfigurationDocument(text: text)
    edits.forEach { document.apply($0) }
    return document.text
  }

  @Test func aTextWithoutEditsStaysAsItIs() {
    #expect(edited(Self.text) == Self.text)
  }

  @Test func aValueIsReplacedInItsLineAndItsCommentStays() {
    #expect(
      edited(Self.text, .setName("new \"one\""))
        == Self.text.replacing("name = \"old\"   # as", with: "name = \"new \\\"one\\\"\"   # as"))
    #expect(edited(Self.text, .setListen(HostPort(host: "::1", port: 0))) == Self.text.replacing("0.0.0.0:22500", with: "[::1]:0"))
  }

  @Test func aHashInAStringIsNoComment() {
    #expect(edited("[device]\nname = \"a # b\" # c\n", .setName("x")) == "[device]\nname = \"x\" # c\n")
  }

  @Test func aMissingKeyIsAddedToItsTable() {
    #expect(
      edited(Self.text, .setDiscovery(false))
        == Self.text.replacing("  listen = \"0.0.0.0:22500\"\n", with: "  listen = \"0.0.0.0:22500\"\ndiscovery = false\n"))
  }

  @Test func aMissingTableIsAddedAtTheEnd() {
    #expect(edited("[limits]\nsend = \"0\"\n", .setName("x")) == "[limits]\nsend = \"0\"\n\n[device]\nname = \"x\"\n")
    #expect(edited("", .setName("x")) == "[device]\nname = \"x\"\n")
  }

  @Test func aListOverSeveralLinesIsReplacedWhole() {
    let text = "[device]\nadvertise = [\n  \"a:1\", # one\n  \"b:2\",\n]\nname = \"x\"\n"
    #expect(edited(text, .setAdvertise(.none)) == "[device]\nadvertise = [\"none\"]\nname = \"x\"\n")
    #expect(
      edited(text, .setAdvertise(.only([HostPort(host: "c", port: 3)]))) == "[device]\nadvertise = [\"c:3\"]\nname = \"x\"\n")
  }

  @Test func aFolderIsAddedBehindTheLastOne() {
    let folder = FolderSettings(label: "music", id: FolderID(high: 0, low: 1), path: "/srv/music", history: .seconds(86_400), durability: .fast)
    let block = """

      [[folder]]
      label = "music"
      id = "00000000000000000000000000000001"
      path = "/srv/music"
      history = "1d"
      durability = "fast"

      """
    #expect(edited(Self.text, .addFolder(folder)) == Self.text.replacing("path = \"/srv/photos\"\n", with: "path = \"/srv/photos\"\n" + block))
  }

  @Test func aFolderIsRemovedAndNothingElse() {
    #expect(
      edited(Self.text, .removeFolder(label: "photos"))
        == Self.text.replacing("[[folder]]\nlabel = \"photos\"\npath = \"/srv/photos\"\n", with: ""))
    let withoutDocs = edited(Self.text, .removeFolder(label: "docs"))
    #expect(!withoutDocs.contains("/srv/docs"))
    #expect(withoutDocs.contains("# work") && withoutDocs.contains("# home") && withoutDocs.contains("/srv/photos"))
    #expect(edited(Self.text, .removeFolder(label: "none such")) == Self.text)
  }

  @Test func anIDIsWrittenIntoItsOwnFolder() {
    #expect(
      edited(Self.text, .setFolderID(FolderID(high: 0, low: 255), label: "docs"))
        == Self.text.replacing("rescan = \"6h\"\n", with: "rescan = \"6h\"\nid = \"000000000000000000000000000000ff\"\n"))
  }

  @Test func addingAndRemovingAFolderLeavesTheTextAsItWas() {
    let folder = FolderSettings(label: "music", id: nil, path: "/srv/music")
    #expect(edited(Self.text, .addFolder(folder), .removeFolder(label: "music")) == Self.text)
  }

  @Test func theFileIsRewrittenThroughALinkAndKeepsItsMode() throws {
    let directory = TemporaryDirectory()
    let real = directory.path + "/real.toml"
    try Data(Self.text.utf8).write(to: URL(filePath: real))
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: real)
    let home = Home(directory: directory.path + "/home")
    try FileManager.default.createDirectory(atPath: home.configDirectory, withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: home.config, withDestinationPath: "../real.toml")
    let file = ConfigurationFile(home, userDirectory: nil)
    #expect(try file.update([.setName("new")]).device.name == "new")
    #expect(try String(contentsOfFile: real, encoding: .utf8) == Self.text.replacing("\"old\"", with: "\"new\""))
    #expect(try FileManager.default.attributesOfItem(atPath: real)[.posixPermissions] as? Int == 0o640)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: home.config) == "../real.toml")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["home", "real.toml"])
  }

  @Test func whatCannotBeEditedByLinesIsRefusedAndLeftAlone() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path)
    let text = "device = { name = \"old\" }\n"
    try Data(text.utf8).write(to: URL(filePath: home.config))
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile(home, userDirectory: nil).update([.setName("new")]) }
    #expect(error?.path == home.config)
    #expect(try String(contentsOfFile: home.config, encoding: .utf8) == text)
  }

  @Test func anEditThatMakesTheConfigImpossibleIsRefused() throws {
    let directory = TemporaryDirectory()
    let home = Home(directory: directory.path)
    let file = ConfigurationFile(home, userDirectory: nil)
    try file.update([.addFolder(FolderSettings(label: "a", id: nil, path: "/srv/a"))])
    let before = try String(contentsOfFile: home.config, encoding: .utf8)
    #expect(throws: ConfigurationError.self) { try file.update([.addFolder(FolderSettings(label: "b", id: nil, path: "/srv/a/b"))]) }
    #expect(try String(contentsOfFile: home.config, encoding: .utf8) == before)
  }

  @Test func theSampleSaysTheDefaults() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "Config/covey.toml"), encoding: .utf8)
    #expect(try ConfigurationTests.read(text) == Configuration())
    // The commented part, taken at its word, is a config too.
    let folder = text.split(separator: "\n").filter { $0.hasPrefix("# ") && ($0.contains(" = ") || $0 == "# [[folder]]") && !$0.contains(", for example") }
    let read = try ConfigurationTests.read(folder.filter { !$0.hasPrefix("# name") }.map { $0.dropFirst(2) }.joined(separator: "\n"))
    #expect(read.folders == [FolderSettings(label: "docs", id: FolderID(high: 0, low: 0), path: "/home/u/docs")])
  }
}
