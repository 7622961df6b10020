import CoveyCore
import Foundation
import Testing

private let git = ["/usr/bin/git", "/usr/local/bin/git"].first { FileManager.default.isExecutableFile(atPath: $0) }

/// A repository with a tree of awkward names.
private final class Repository {
  let url: URL
  /// Every file and directory, directories with a `/` at the end.
  let paths: [String]

  init(using random: inout SplitMix) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("covey-ignore-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let names = ["a", "b", "ab", "foo", "a.c", "b.o", "foo.o", " x", "x ", "#h", "!n", "[x]", "a*b", "é", "A1", "a-b", "]", "^", "\\q"]
    var paths: [String] = []
    var open = [""]
    for depth in 0..<4 {
      var next: [String] = []
      for directory in open {
        for name in names.shuffled(using: &random).prefix(depth < 2 ? 7 : 3) {
          let isDirectory = depth < 3 && Bool.random(using: &random)
          paths.append(directory + name + (isDirectory ? "/" : ""))
          if isDirectory { next.append(directory + name + "/") }
        }
      }
      open = next
    }
    self.paths = paths
    for path in paths {
      let place = url.appendingPathComponent(path)
      if path.hasSuffix("/") {
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      } else {
        try Data().write(to: place)
      }
    }
    _ = try run(["init", "-q"], input: Data())
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func ignored(by rules: String) throws -> Set<String> {
    try Data(rules.utf8).write(to: url.appendingPathComponent(".gitignore"))
    let names = paths.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    let output = try run(["check-ignore", "--no-index", "-z", "--stdin"], input: Data((names.joined(separator: "\0") + "\0").utf8))
    return Set(String(decoding: output, as: UTF8.self).split(separator: "\0").map(String.init))
  }

  private func run(_ arguments: [String], input: Data) throws -> Data {
    let inputFile = url.appendingPathComponent(".git-input")
    try input.write(to: inputFile)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: git ?? "git")
    process.arguments = ["-C", url.path] + arguments
    // No settings of this machine take part.
    process.environment = ["HOME": url.path, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8"]
    let output = Pipe()
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return data
  }
}

@Suite struct GitIgnoreAgainstGitTests {
  private static let atoms = [
    "a", "b", "ab", "foo", ".c", ".o", "*", "*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[[:alpha:]]", "[[:upper:]1]", "[]]", "[!]a]", "[a-]",
    "[\\]x]", "\\*", "\\a", "\\ ", "é", "-", "#", "!", "x", " ", "[[:punct:]]", "[b-a]", "\\#", "\\!",
  ]

  /// A rule as people and fuzzers write them. A negated one has no slash but at its ends: those with one go beyond git.
  private static func rule(using random: inout SplitMix) -> String {
    func segment() -> String { (0..<Int.random(in: 1...3, using: &random)).map { _ in atoms.randomElement(using: &random) ?? "" }.joined() }
    let isNegated = Int.random(in: 0..<4, using: &random) == 0
    let segments = (0..<(isNegated ? 1 : Int.random(in: 1...4, using: &random))).map { _ in
      switch Int.random(in: 0..<8, using: &random) {
      case 0 where !isNegated: "**"
      case 1: "*"
      case 2...4: ["a", "b", "foo", "a.c"].randomElement(using: &random) ?? ""
      default: segment()
      }
    }
    return (isNegated ? "!" : "") + ["", "", "", "/"][Int.random(in: 0..<4, using: &random)] + segments.joined(separator: "/")
      + ["", "", "", "/", " ", "\\ ", "\r"][Int.random(in: 0..<7, using: &random)]
  }

  @Test(.enabled(if: git != nil, "git is not installed on this machine"), .timeLimit(.minutes(1)))
  func `Generated rules decide as git does`() throws {
    for seed: UInt64 in 1...3 {
      var random = SplitMix(seed: seed)
      let repository = try Repository(using: &random)
      for number in 0..<60 {
        let list = (0..<Int.random(in: 1...6, using: &random)).map { _ in Self.rule(using: &random) }.joined(separator: "\n")
        let rules = try GitIgnore(parsing: Array(list.utf8))
        let expected = try repository.ignored(by: list)
        for path in repository.paths {
          let isDirectory = path.hasSuffix("/")
          let name = isDirectory ? String(path.dropLast()) : path
          let isIgnored = rules.ignores(try RelativePath(name), isDirectory: isDirectory)
          #expect(isIgnored == expected.contains(name), "\(path) by \(list.debugDescription), seed \(seed), list \(number)")
        }
      }
    }
  }
}
