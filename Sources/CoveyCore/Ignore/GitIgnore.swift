/// The ignore rules of a folder in gitignore syntax: those its `.coveyignore` shares, then those of this device alone.
///
/// The last rule that matches a path decides; what lies in an ignored directory is ignored with it. Bytes are compared as they are.
/// `.coveyignore` itself is never ignored.
///
/// In one case it goes beyond git, where a file in an ignored directory cannot be had back: a directory is not ignored itself when
/// a later negated rule with a slash in it names something below, as far as its segments go before a `**`. Everything else in such
/// a directory stays ignored, and what the negated rule names takes part with all that is in it, unless another rule ignores that.
/// So `*` and `!keep/deep` share `keep`, `keep/deep`, what is in it, and nothing else.
/// - Source: gitignore(5).
package struct GitIgnore: IgnoreRules {
  /// The name of the shared list in the root of a folder.
  package static let fileName: [UInt8] = Array(".coveyignore".utf8)

  package static let byteCountMax = 1 << 20
  package static let lineByteCountMax = 4096
  package static let ruleCountMax = 10_000

  /// The rule that decided about a path.
  package struct Match: Hashable, Sendable {
    /// Counted from 1.
    package var line: Int
    /// The line as it is written.
    package var text: [UInt8]
    /// Whether it stands in the list of this device alone.
    package var isLocal: Bool
    /// Whether the path is ignored because of it, and not had back.
    package var ignores: Bool
  }

  private let program: GitIgnoreProgram
  private let shared: [UInt8]
  private let local: [UInt8]

  /// - Parameters:
  ///   - bytes: the content of `.coveyignore`.
  ///   - local: further rules, which come after those.
  /// - Throws: ``IgnoreSyntaxError`` for the first mistake: an open bracket, an unknown class, a backslash at the end, a NUL, or a line
  ///   or list beyond the limits.
  package init(parsing bytes: [UInt8], local: [UInt8] = []) throws(IgnoreSyntaxError) {
    var compiler = GitIgnoreCompiler()
    try compiler.add(bytes, isLocal: false)
    try compiler.add(local, isLocal: true)
    program = compiler.program
    shared = bytes
    self.local = local
  }

  /// - Complexity: O(rules) for each directory on the way; for hostile patterns at most the product of their length and the path's.
  package func ignores(_ path: RelativePath, isDirectory: Bool?) -> Bool {
    verdict(path, isDirectory: isDirectory).isIgnored
  }

  /// The rule that ignores the path, or the negated one that has it back; nil where none matches. It may be one that matches a
  /// directory above.
  package func matchingRule(_ path: RelativePath, isDirectory: Bool?) -> Match? {
    let verdict = verdict(path, isDirectory: isDirectory)
    guard let number = verdict.rule else { return nil }
    let rule = program.rules[number]
    let text = (rule.isLocal ? local : shared)[Int(rule.textStart)..<Int(rule.textEnd)]
    return Match(line: Int(rule.line), text: Array(text), isLocal: rule.isLocal, ignores: verdict.isIgnored)
  }

  private func verdict(_ path: RelativePath, isDirectory: Bool?) -> GitIgnoreProgram.Verdict {
    guard !program.rules.isEmpty, path.bytes != Self.fileName else { return .init(isIgnored: false, rule: nil) }
    if let isDirectory { return program.verdict(on: path.bytes, isDirectory: isDirectory) }
    let asFile = program.verdict(on: path.bytes, isDirectory: false)
    return asFile.isIgnored ? program.verdict(on: path.bytes, isDirectory: true) : asFile
  }
}
