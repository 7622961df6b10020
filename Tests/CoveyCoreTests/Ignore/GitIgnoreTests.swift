import CoveyCore
import Testing

/// One list of rules, and what it does to paths; a `/` at the end of a path says that a directory stands there.
struct IgnoreCase: Sendable, CustomTestStringConvertible {
  let rules: String
  let ignored: [String]
  let kept: [String]
  var testDescription: String { rules.split(separator: "\n").joined(separator: " | ") }

  init(_ rules: String, ignored: [String] = [], kept: [String] = []) {
    self.rules = rules
    self.ignored = ignored
    self.kept = kept
  }
}

private func ignores(_ rules: GitIgnore, _ path: String) throws -> Bool {
  let isDirectory = path.hasSuffix("/")
  return rules.ignores(try RelativePath(isDirectory ? String(path.dropLast()) : path), isDirectory: isDirectory)
}

@Suite struct GitIgnoreTests {
  static let cases = [
    // Lines.
    IgnoreCase("", kept: ["a", "a/b"]),
    IgnoreCase("\n\n  \n/\n!\n//\n", kept: ["a", " ", "a/b"]),
    IgnoreCase("# a\n#b", kept: ["a", "# a", "#b", "b"]),
    IgnoreCase("\\#b", ignored: ["#b", "a/#b"], kept: ["b"]),
    IgnoreCase("a#b", ignored: ["a#b"]),
    IgnoreCase(" #b", ignored: [" #b"]),
    IgnoreCase("\\!b", ignored: ["!b"], kept: ["b"]),
    IgnoreCase("a\r\nb\r", ignored: ["a", "b"], kept: ["a\r", "b\r"]),
    IgnoreCase("\u{FEFF}a", ignored: ["a"]),
    IgnoreCase("a  ", ignored: ["a"], kept: ["a  "]),
    IgnoreCase("a\\ ", ignored: ["a "], kept: ["a"]),
    IgnoreCase("a\\  ", ignored: ["a "], kept: ["a", "a  "]),
    IgnoreCase("a \\ b ", ignored: ["a  b"]),
    IgnoreCase("a\t", ignored: ["a\t"], kept: ["a"]),
    IgnoreCase(" a", ignored: [" a"], kept: ["a"]),
    // Names and anchors.
    IgnoreCase("a", ignored: ["a", "a/", "b/a", "a/b", "b/a/c/d"], kept: ["aa", "b", "A", "ab"]),
    IgnoreCase("/a", ignored: ["a", "a/", "a/b"], kept: ["b/a"]),
    IgnoreCase("a/b", ignored: ["a/b", "a/b/", "a/b/c"], kept: ["c/a/b", "a", "a/", "b", "a/bb"]),
    IgnoreCase("/a/b", ignored: ["a/b"], kept: ["c/a/b"]),
    IgnoreCase("a/", ignored: ["a/", "b/a/", "a/b", "b/a/c"], kept: ["a", "b/a"]),
    IgnoreCase("a/b/", ignored: ["a/b/", "a/b/c"], kept: ["a/b", "c/a/b/"]),
    IgnoreCase("a//b", kept: ["a/b", "a/c/b"]),
    IgnoreCase("a\\/b", ignored: ["a/b"], kept: ["c/a/b"]),
    IgnoreCase("é", ignored: ["é"], kept: ["e", "e\u{301}"]),
    // Stars and question marks.
    IgnoreCase("*", ignored: ["a", ".a", "a/b", "a/"], kept: [".coveyignore"]),
    IgnoreCase("*.o", ignored: ["x.o", ".o", "a/x.o", "x.o/y"], kept: ["x.oo", "o", "x.O"]),
    IgnoreCase("a*", ignored: ["a", "ab", "b/ab"], kept: ["ba"]),
    IgnoreCase("a*b*c", ignored: ["abc", "axbxbxc", "abbc"], kept: ["acb", "abcd"]),
    IgnoreCase("a/*", ignored: ["a/b", "a/.b", "a/b/c"], kept: ["a/", "c/a/b"]),
    IgnoreCase("a/*/c", ignored: ["a/b/c"], kept: ["a/c", "a/b/b/c"]),
    IgnoreCase("*/b", ignored: ["a/b"], kept: ["b", "a/a/b"]),
    IgnoreCase("?", ignored: ["a"], kept: ["ab", "é"]),
    IgnoreCase("a?c", ignored: ["abc"], kept: ["ac", "a/c", "abbc"]),
    IgnoreCase("/a?b", kept: ["a/b"]),
    IgnoreCase("\\*\\?\\[", ignored: ["*?["], kept: ["ab["]),
    IgnoreCase("\\a\\b", ignored: ["ab"]),
    IgnoreCase("a\\\\b", ignored: ["a\\b"], kept: ["ab"]),
    // Two stars.
    IgnoreCase("**", ignored: ["a", "a/b"]),
    IgnoreCase("**/", ignored: ["a/", "a/b"], kept: ["a"]),
    IgnoreCase("**/a", ignored: ["a", "b/a", "b/c/a", "a/b"], kept: ["ba"]),
    IgnoreCase("**/a/b", ignored: ["a/b", "c/a/b", "c/d/a/b"], kept: ["a/c/b"]),
    IgnoreCase("a/**", ignored: ["a/b", "a/b/c"], kept: ["a", "a/", "b/a/c"]),
    IgnoreCase("a/**/", ignored: ["a/b/", "a/b/c"], kept: ["a/", "a/b"]),
    IgnoreCase("a/**/b", ignored: ["a/b", "a/x/b", "a/x/y/b"], kept: ["a/x", "ab", "c/a/b"]),
    IgnoreCase("a/**/b/**/c", ignored: ["a/b/c", "a/x/b/y/c", "a/b/b/c"], kept: ["a/c", "a/x/c"]),
    IgnoreCase("a/***/b", ignored: ["a/b", "a/x/b"]),
    IgnoreCase("**/**/b", ignored: ["b", "a/b", "a/c/b"]),
    IgnoreCase("a/**/**", ignored: ["a/b", "a/b/c"], kept: ["a/"]),
    IgnoreCase("a**b", ignored: ["ab", "axb", "c/axxb"], kept: ["a/b"]),
    IgnoreCase("c/a**b", ignored: ["c/ab", "c/axb"], kept: ["c/a/b", "c/a/x/b"]),
    IgnoreCase("a/**b", ignored: ["a/b", "a/xb"], kept: ["a/x/b"]),
    IgnoreCase("a/\\**/b", ignored: ["a/*/b", "a/*x/b"], kept: ["a/b", "a/x/b"]),
    // Brackets.
    IgnoreCase("[ab]", ignored: ["a", "b"], kept: ["c", "ab"]),
    IgnoreCase("[a-c]x", ignored: ["ax", "bx", "cx"], kept: ["dx", "-x"]),
    IgnoreCase("[!a-c]", ignored: ["d", "-"], kept: ["a", "b", "c"]),
    IgnoreCase("[^a-c]", ignored: ["d", "^"], kept: ["a"]),
    IgnoreCase("[]]", ignored: ["]"], kept: ["["]),
    IgnoreCase("[!]a]", ignored: ["b"], kept: ["]", "a"]),
    IgnoreCase("[]-a]", ignored: ["]", "^", "a"], kept: ["-", "b"]),
    IgnoreCase("[a-]", ignored: ["a", "-"], kept: ["b"]),
    IgnoreCase("[-a]", ignored: ["a", "-"], kept: ["b"]),
    IgnoreCase("[c-a]", ignored: ["c"], kept: ["b", "a"]),
    IgnoreCase("[a-c-e]", ignored: ["a", "c", "-", "e"], kept: ["d"]),
    IgnoreCase("[\\]\\-x]", ignored: ["]", "-", "x"], kept: ["\\", "y"]),
    IgnoreCase("[[:digit:]]", ignored: ["0", "9"], kept: ["a", ":"]),
    IgnoreCase("[[:alpha:]_-]x", ignored: ["ax", "Zx", "_x", "-x"], kept: ["1x", ":x"]),
    IgnoreCase("[![:upper:][:space:]]", ignored: ["a", "1"], kept: ["A", " "]),
    IgnoreCase("[[:xdigit:]]", ignored: ["a", "F", "0"], kept: ["g"]),
    IgnoreCase("[[:punct:]]", ignored: ["!", "~", "_"], kept: ["a", " "]),
    IgnoreCase("[[:a]", ignored: ["[", ":", "a"], kept: ["b"]),
    IgnoreCase("[*?]", ignored: ["*", "?"], kept: ["a"]),
    IgnoreCase("x[a/]y", ignored: ["xay"], kept: ["x/y", "b/xay"]),
    IgnoreCase("/x[a/]y", ignored: ["xay"], kept: ["x/y", "b/xay"]),
    // Rules taken back.
    IgnoreCase("*.o\n!keep.o", ignored: ["x.o", "a/x.o"], kept: ["keep.o", "a/keep.o"]),
    IgnoreCase("!a\na", ignored: ["a"]),
    IgnoreCase("a\n!a\na", ignored: ["a"]),
    IgnoreCase("*\n!*/\n!*.c", ignored: ["x", "a/x", "a/b/x.h"], kept: ["a/", "a/b/", "x.c", "a/b/x.c"]),
    IgnoreCase("/*\n!/foo\n/foo/*\n!/foo/bar", ignored: ["a", "foo/a", "a/b"], kept: ["foo/", "foo/bar", "foo/bar/a"]),
    IgnoreCase("a\n!b", ignored: ["a/", "a/b"], kept: ["b"]),
    IgnoreCase("!!a", kept: ["!a", "a"]),
    IgnoreCase("*\n!!a", ignored: ["a"], kept: ["!a"]),
    // What a negated rule with a slash names is had back from an ignored directory, with the directories above it.
    IgnoreCase(
      "*\n!keep/deep", ignored: ["a", "a/", "a/b", "keep", "keep/a", "keep/a/", "keep/deeper", "a/keep/deep", "deep"],
      kept: ["keep/", "keep/deep", "keep/deep/", "keep/deep/a", "keep/deep/a/b"]),
    IgnoreCase("!keep/deep\n*", ignored: ["keep/", "keep/deep"]),
    IgnoreCase("build/\n!build/keep/", ignored: ["build/a", "build/a/", "build/keep"], kept: ["build/", "build/keep/", "build/keep/a"]),
    IgnoreCase("*.o\nbuild/\n!build/keep/", ignored: ["build/a", "build/keep/x.o"], kept: ["build/keep/x"]),
    IgnoreCase("*\n!a/b\na/b/c/\n!a/b/c/d", ignored: ["a/x", "a/b/c/x"], kept: ["a/b/x", "a/b/c/", "a/b/c/d/x"]),
    IgnoreCase("*\n!a/*/c", ignored: ["a/x", "a/x/d", "b/x/c", "b/"], kept: ["a/", "a/x/", "a/x/c"]),
    IgnoreCase("*\n!a/**/c", ignored: ["a/x/", "a/x/c", "b/"], kept: ["a/", "a/c"]),
    IgnoreCase("*\n!a/**", ignored: ["b/", "a"], kept: ["a/", "a/x/", "a/x/c"]),
    IgnoreCase("*\n!**/c", ignored: ["a/", "a/c"], kept: ["c"]),
    IgnoreCase("*\n!a/b\n/a/", ignored: ["a/", "a/b"]),
  ]

  @Test(arguments: cases)
  func `Rules decide as in the table`(item: IgnoreCase) throws {
    let rules = try GitIgnore(parsing: Array(item.rules.utf8))
    for path in item.ignored { #expect(try ignores(rules, path), "\(path) should be ignored") }
    for path in item.kept { #expect(try !ignores(rules, path), "\(path) should take part") }
  }

  @Test func `A path of which nothing is known is ignored only if it would be in any case`() throws {
    let rules = try GitIgnore(parsing: Array("a\nb/\n*.x\n!*.x/".utf8))
    #expect(rules.ignores(try RelativePath("a"), isDirectory: nil))
    #expect(!rules.ignores(try RelativePath("b"), isDirectory: nil))
    #expect(!rules.ignores(try RelativePath("c.x"), isDirectory: nil))
    #expect(rules.ignores(try RelativePath("b/c"), isDirectory: nil))
  }

  @Test func `Rules of this device come after those of the folder`() throws {
    let rules = try GitIgnore(parsing: Array("*.log\n".utf8), local: Array("!own.log\ncache/".utf8))
    #expect(try !ignores(rules, "own.log"))
    #expect(try ignores(rules, "a.log"))
    #expect(try ignores(rules, "cache/x"))
  }

  @Test func `The rule that decides can be told`() throws {
    let rules = try GitIgnore(parsing: Array("# objects\n*.o \n\n!keep.o\n*\n!a/b\n".utf8), local: Array("b/".utf8))
    func match(_ path: String, isDirectory: Bool? = false) throws -> GitIgnore.Match? {
      rules.matchingRule(try RelativePath(path), isDirectory: isDirectory)
    }
    let star = try #require(try match("x.o"))
    #expect((star.line, star.text, star.isLocal, star.ignores) == (5, Array("*".utf8), false, true))
    let opened = try #require(try match("a", isDirectory: true))
    #expect((opened.line, opened.text, opened.ignores) == (6, Array("!a/b".utf8), false))
    let inside = try #require(try match("b/x"))
    #expect((inside.line, inside.text, inside.isLocal) == (1, Array("b/".utf8), true))
    #expect(try GitIgnore(parsing: Array("a".utf8)).matchingRule(RelativePath("b"), isDirectory: nil) == nil)
    #expect(try match(".coveyignore") == nil)
    let spaced = try GitIgnore(parsing: Array("*.o ".utf8)).matchingRule(RelativePath("x.o"), isDirectory: nil)
    #expect(spaced?.text == Array("*.o ".utf8))
  }

  struct Mistake: Sendable { let list: [UInt8]; let line: Int; var isLocal = false }

  @Test(arguments: [
    Mistake(list: Array("a\n[b\n".utf8), line: 2),
    Mistake(list: Array("[".utf8), line: 1),
    Mistake(list: Array("[]".utf8), line: 1),
    Mistake(list: Array("[!]".utf8), line: 1),
    Mistake(list: Array("[a-".utf8), line: 1),
    Mistake(list: Array("[a\\".utf8), line: 1),
    Mistake(list: Array("[[:alpha:".utf8), line: 1),
    Mistake(list: Array("[[:letter:]]".utf8), line: 1),
    Mistake(list: Array("a\nb\n\nc\\".utf8), line: 4),
    Mistake(list: Array("c\\/\n".utf8), line: 1),
    Mistake(list: Array("!\\\n".utf8), line: 1),
    Mistake(list: [0x61, 0x0A, 0x62, 0x00, 0x0A], line: 2),
    Mistake(list: [UInt8](repeating: 0x61, count: 4097), line: 1),
    Mistake(list: Array(String(repeating: "a\n", count: 10_001).utf8), line: 10_001),
    Mistake(list: [UInt8](repeating: 0x0A, count: 1 << 20 + 1), line: 1),
    Mistake(list: Array("a\n[b\n".utf8), line: 2, isLocal: true),
  ])
  func `A mistake is told with its line`(item: Mistake) {
    let error = #expect(throws: IgnoreSyntaxError.self) {
      try item.isLocal ? GitIgnore(parsing: [], local: item.list) : GitIgnore(parsing: item.list)
    }
    #expect(error?.line == item.line)
    #expect(error?.isLocal == item.isLocal)
    #expect(error?.reason.isEmpty == false)
  }

  @Test func `Lists at the limits are taken`() throws {
    _ = try GitIgnore(parsing: [UInt8](repeating: 0x61, count: 4096))
    _ = try GitIgnore(parsing: Array(String(repeating: "a\n", count: 10_000).utf8), local: Array("b\n".utf8))
    _ = try GitIgnore(parsing: [UInt8](repeating: 0x0A, count: 1 << 20))
  }

  @Test(.timeLimit(.minutes(1)))
  func `Hostile patterns end soon`() throws {
    let name = String(repeating: "a", count: 250)
    let path = Array(repeating: name, count: 16).joined(separator: "/")
    let rules = [
      String(repeating: "*a", count: 2000) + "b", String(repeating: "*", count: 4000) + "b", "x/" + String(repeating: "**/", count: 1300) + "b",
      String(repeating: "**/a*/", count: 600) + "b", String(repeating: "[!b]*", count: 800) + "b",
    ]
    for rule in rules { #expect(try !ignores(try GitIgnore(parsing: Array(rule.utf8)), path), "\(rule.prefix(20))") }
  }

  @Test func `No bytes trap`() throws {
    for seed: UInt64 in 1...3000 {
      var random = SplitMix(seed: seed)
      let alphabet = Array("ab/*?[]!\\-: \n#^é".utf8) + [0x80, 0xFF]
      let list = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      guard let rules = try? GitIgnore(parsing: list) else { continue }
      for path in ["a", "a/b", "ab/a/b", "[a]", "*", "a-b/-"] {
        let asFile = try ignores(rules, path)
        let asDirectory = try ignores(rules, path + "/")
        #expect(rules.ignores(try RelativePath(path), isDirectory: nil) == (asFile && asDirectory), "seed \(seed)")
      }
    }
  }
}
