import Crypto

/// A digest over a set of (path, kind, mode, root): the sum modulo 2^256 of their hashes, so that one path is added or taken
/// away in constant time and order does not matter.
///
/// The counts of what is in it travel along; two digests are compared by their sums.
/// It finds mistakes; it does not withstand a forger, who can search for colliding sums. Nothing is trusted because of it.
package struct FolderDigest: Hashable, Sendable {
  package private(set) var sum: Bytes32 = .zero
  /// Files and symlinks.
  package private(set) var fileCount: Int64 = 0
  package private(set) var directoryCount: Int64 = 0
  package private(set) var byteCount: Int64 = 0

  package init() {}

  package init(sum: Bytes32, fileCount: Int64, directoryCount: Int64, byteCount: Int64) {
    self.sum = sum
    self.fileCount = fileCount
    self.directoryCount = directoryCount
    self.byteCount = byteCount
  }

  package mutating func add(_ path: RelativePath, _ shown: Shown) {
    var terms = Terms(path)
    add(shown, &terms)
  }

  package mutating func add(_ shown: Shown, _ terms: inout Terms) {
    guard shown.isLive else { return }
    combine(terms.term(of: shown), subtract: false)
    count(shown, by: 1)
  }

  package mutating func remove(_ shown: Shown, _ terms: inout Terms) {
    guard shown.isLive else { return }
    combine(terms.term(of: shown), subtract: true)
    count(shown, by: -1)
  }

  /// Whether a digest cannot tell them apart.
  static func countsAlike(_ a: Shown, _ b: Shown) -> Bool { (a.kind, a.mode, a.root, a.size) == (b.kind, b.mode, b.root, b.size) }

  /// The hashes of what one path shows: three digests mostly count the same.
  package struct Terms {
    let path: RelativePath
    private var last: (shown: Shown, hash: Bytes32)?

    package init(_ path: RelativePath) { self.path = path }

    fileprivate mutating func term(of shown: Shown) -> Bytes32 {
      if let last, FolderDigest.countsAlike(last.shown, shown) { return last.hash }
      let hash = FolderDigest.hash(path, shown)
      last = (shown, hash)
      return hash
    }
  }

  private mutating func count(_ shown: Shown, by sign: Int64) {
    if shown.kind == .directory { directoryCount &+= sign } else { fileCount &+= sign }
    byteCount &+= sign &* shown.size
  }

  private static func hash(_ path: RelativePath, _ shown: Shown) -> Bytes32 {
    var hasher = SHA256()
    var head: [UInt8] = [shown.kind.rawValue, UInt8(truncatingIfNeeded: shown.mode >> 8), UInt8(truncatingIfNeeded: shown.mode)]
    shown.root.digest.withUnsafeBytes { head.append(contentsOf: $0) }
    hasher.update(data: head)
    hasher.update(data: path.bytes)
    return hasher.finalize().withUnsafeBytes { Bytes32($0) ?? .zero }
  }

  private mutating func combine(_ term: Bytes32, subtract: Bool) {
    var out: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var carry: UInt64 = 0
    func step(_ a: UInt64, _ b: UInt64) -> UInt64 {
      if subtract {
        let (first, borrow) = a.subtractingReportingOverflow(b)
        let (second, borrow2) = first.subtractingReportingOverflow(carry)
        carry = borrow || borrow2 ? 1 : 0
        return second
      }
      let (first, over) = a.addingReportingOverflow(b)
      let (second, over2) = first.addingReportingOverflow(carry)
      carry = over || over2 ? 1 : 0
      return second
    }
    out.0 = step(sum.words.0, term.words.0)
    out.1 = step(sum.words.1, term.words.1)
    out.2 = step(sum.words.2, term.words.2)
    out.3 = step(sum.words.3, term.words.3)
    sum = Bytes32(words: out)
  }
}
