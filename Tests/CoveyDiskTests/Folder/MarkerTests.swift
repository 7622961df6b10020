import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc
import Testing

@Suite struct MarkerTests {
  @Test func itIsReadableText() throws {
    let folder = try TestFolder()
    #expect(folder.text(".covey/folder") == """
      covey folder 1
      folder 00000000000000010000000000000002
      device 0000000000000000000000000000000000000000000000000000000000000000
      log 0000000000000007
      reserved 0
      machine test

      """)
  }

  @Test(arguments: [
    "", "covey folder 2\n", "covey folder 1\n", "\n\n\n\n\n\n\n", String(repeating: "x", count: 5000),
    "covey folder 1\nfolder 0001\ndevice 00\nlog 7\nreserved 0\nmachine x\n",
  ])
  func aDamagedMarkerIsAnErrorWithARemedy(_ text: String) throws {
    let folder = try TestFolder()
    try folder.write(".covey-x", text)
    try TestFolder.check(Glibc.rename(folder.absolute(".covey-x"), folder.absolute(".covey/folder")))
    let error = try #require(throws: DiskError.self) { try folder.linux.readMarker() }
    #expect(error.path.hasSuffix("/.covey/folder"))
    #expect(error.message.contains("restore"))
  }

  @Test func everyChangedByteIsNoticed() throws {
    let text = TestFolder.marker.text
    #expect(FolderMarker(text: text) == TestFolder.marker)
    for index in text.utf8.indices where text.utf8[index] != UInt8(ascii: "\n") && text.utf8[index] != UInt8(ascii: " ") {
      var bytes = Array(text.utf8)
      bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] = UInt8(ascii: " ")
      let read = FolderMarker(text: String(decoding: bytes, as: UTF8.self))
      #expect(read != TestFolder.marker)
    }
    #expect(FolderMarker(text: text + "more\n") == nil)
    #expect(FolderMarker(text: String(text.dropLast())) == nil)
  }

  @Test(arguments: ["a\nb", "a\nfirst 0000000000000001"])
  func aMachineOfSeveralLinesIsRefused(_ machine: String) throws {
    let folder = try TestFolder()
    var marker = TestFolder.marker
    marker.machine = machine
    #expect(throws: DiskError.self) { try folder.linux.writeMarker(marker) { _ in nil } }
    #expect(try folder.linux.readMarker() == TestFolder.marker)
  }

  @Test func anEmptyDirectoryIsUnmarkedAndStaysEmpty() throws {
    let folder = try TestFolder()
    let path = folder.outside + "/empty"
    try TestFolder.check(mkdir(path, 0o755))
    let disk = try LinuxFolderDisk(path: path, durability: .full)
    #expect(try disk.readMarker() == nil)
    #expect(try disk.stagedNames() == [])
    #expect(try disk.historyNames(after: nil, limit: 10).isEmpty)
    #expect(try #require(throws: DiskError.self) { try disk.stage(.file(bytes: [], mode: 0o600, modified: .zero), as: folder.name("s")) }.code == .notFound)
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
  }

  @Test func aMissingFolderIsAnErrorAtTheStart() throws {
    let folder = try TestFolder()
    #expect(try #require(throws: DiskError.self) { try LinuxFolderDisk(path: folder.outside + "/none", durability: .full) }.code == .notFound)
    try folder.write("file", "x")
    #expect(throws: DiskError.self) { try LinuxFolderDisk(path: folder.absolute("file"), durability: .full) }
  }

  @Test func aFolderThatGoesAndComesBackIsNoticed() throws {
    let folder = try TestFolder()
    try folder.write("f", "first")
    try TestFolder.check(Glibc.rename(folder.root, folder.outside + "/away"))
    #expect(try folder.linux.readMarker() == nil)
    // Another directory with the marker, as after a restore: from now on the folder is that one.
    try TestFolder.check(mkdir(folder.root, 0o755))
    #expect(try folder.linux.readMarker() == nil)
    try TestFolder.check(mkdir(folder.root + "/.covey", 0o755))
    try FileManager.default.copyItem(atPath: folder.outside + "/away/.covey/folder", toPath: folder.root + "/.covey/folder")
    #expect(try folder.linux.readMarker() == TestFolder.marker)
    #expect(try folder.stat("f") == nil)
    try folder.stage("s", "second")
    guard case .done = try folder.perform("f", expected: nil, .place(folder.name("s"), displaced: .nothing)) else { Issue.record("not placed"); return }
    #expect(folder.text("f") == "second")
  }

  @Test func aFolderReachedThroughASymlinkWorks() throws {
    let folder = try TestFolder()
    try TestFolder.check(symlink(folder.root, folder.outside + "/link"))
    let disk = try LinuxFolderDisk(path: folder.outside + "/link", durability: .full)
    try folder.write("f", "x")
    #expect(try disk.readMarker() == TestFolder.marker)
    #expect(try disk.hash(RelativePath("f")).root == Root(smallContent: Array("x".utf8)))
  }
}
