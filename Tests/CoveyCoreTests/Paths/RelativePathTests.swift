import CoveyCore
import Testing

/// Names that a hostile peer may send: none of them is a path of a folder.
@Suite struct RelativePathTests {
  @Test(arguments: [
    "", "/", ".", "..", "../x", "a/../../x", "a/..", "/etc/passwd", "a//b", "a/", "a/./b", ".covey", ".covey/folder", ".covey/staging/f-1", "a\0b",
  ])
  func `what leads out or names the tool's own place is no path`(_ text: String) {
    #expect(throws: PathError.self) { try RelativePath(Array(text.utf8)) }
  }

  @Test(arguments: [
    ("", .empty), ("/etc", .emptyComponent), ("a//b", .emptyComponent), ("a/", .emptyComponent), ("a/..", .dotComponent), ("./a", .dotComponent),
  ] as [(String, PathError)])
  func `what is wrong with it is said`(_ text: String, _ error: PathError) { #expect(throws: error) { try RelativePath(text) } }

  @Test func `what is too long is no path, and what just fits is one`() throws {
    let (name, deep) = (String(repeating: "x", count: 255), String(repeating: "d/", count: 2_047) + "xx")
    for text in [name, "d/" + name, deep] { #expect(try RelativePath(text).bytes == Array(text.utf8)) }
    for text in [name + "x", "d/" + name + "x", deep + "x"] { #expect(throws: PathError.self) { try RelativePath(text) } }
  }

  @Test(arguments: [[0xFF], [0xC0, 0xAF], [0x61, 0xC2], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
  func `what is not UTF-8 is no path`(_ bytes: [UInt8]) { #expect(throws: PathError.notUTF8) { try RelativePath(bytes) } }

  @Test(arguments: [
    "a", "...", "..a", "a..", ".coveyignore", "d/.covey", ".Covey", "a\\b", "C:", "a\n\u{1B}[2J",
  ])
  func `unusual names are kept as they are`(_ text: String) throws { #expect(try RelativePath(text).bytes == Array(text.utf8)) }
}
