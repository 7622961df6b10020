/// Ignore rules in the form in which they are matched: flat tables of plain values, so that matching allocates and counts nothing.
struct GitIgnoreProgram: Sendable {
  /// What one step of a segment matches: a byte by its value, or one of these, or from ``firstClass`` on a set of ``classes``.
  typealias Token = UInt32
  static let anyByte: Token = 0x100
  static let anyBytes: Token = 0x101
  static let firstClass: Token = 0x102

  /// What a pattern says about one component of a path.
  struct Segment: Sendable {
    enum Shape: UInt8, Sendable {
      /// Exactly these bytes.
      case literal
      /// One star, then these bytes; the star is not among the tokens.
      case suffix
      case glob
      /// `**` between slashes: any number of components, at the end of a pattern at least one.
      case globstar
    }
    var shape: Shape
    var first: Int32
    var count: Int32
  }

  struct Rule: Sendable {
    var firstSegment: Int32
    var segmentCount: Int32
    /// How many components of a directory are compared to see that a negated rule names something below it.
    var openDepth: Int32
    var line: Int32
    var textStart: Int32
    var textEnd: Int32
    var isNegated: Bool
    var isDirectoryOnly: Bool
    /// Compared with the whole path, not with the last component alone.
    var isAnchored: Bool
    var hasGlobstar: Bool
    var isLocal: Bool
  }

  /// A set of bytes.
  struct ByteSet: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    mutating func insert(_ byte: UInt8) {
      let bit: UInt64 = 1 << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: words.0 |= bit
      case 1: words.1 |= bit
      case 2: words.2 |= bit
      default: words.3 |= bit
      }
    }

    mutating func invert() { words = (~words.0, ~words.1, ~words.2, ~words.3) }

    func contains(_ byte: UInt8) -> Bool {
      let word = switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
      return word >> UInt64(byte & 63) & 1 == 1
    }

    static func == (a: ByteSet, b: ByteSet) -> Bool { a.words == b.words }
    func hash(into hasher: inout Hasher) {
      hasher.combine(words.0)
      hasher.combine(words.1)
      hasher.combine(words.2)
      hasher.combine(words.3)
    }
  }

  struct Verdict: Sendable {
    var isIgnored: Bool
    /// The number of the rule that decided.
    var rule: Int?
  }

  var rules: [Rule] = []
  var segments: [Segment] = []
  var tokens: [Token] = []
  var classes: [ByteSet] = []

  /// What the rules say of a path, given what stands there.
  func verdict(on path: [UInt8], isDirectory: Bool) -> Verdict {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: path.count / 2 + 2) { starts in
      // Component `n` is `starts[n]..<starts[n + 1] - 1`.
      var count = 0
      starts[0] = 0
      for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
        count += 1
        starts[count] = Int32(index + 1)
      }
      count += 1
      starts[count] = Int32(path.count + 1)
      return path.withUnsafeBufferPointer { path in
        rules.withUnsafeBufferPointer { rules in
          segments.withUnsafeBufferPointer { segments in
            tokens.withUnsafeBufferPointer { tokens in
              classes.withUnsafeBufferPointer { classes in
                GitIgnoreMatcher(
                  rules: rules, segments: segments, tokens: tokens, classes: classes, path: path,
                  starts: UnsafeBufferPointer(rebasing: starts[...count])
                ).verdict(isDirectory: isDirectory)
              }
            }
          }
        }
      }
    }
  }
}
