import Glibc

/// The name of something inside a shared folder: components joined by `/`, checked once, then trusted.
///
/// The bytes are kept exactly as they came, without Unicode normalisation. Order is the plain order of the bytes, which is
/// also the order of the index: all paths below a directory stand together.
/// - Invariant: valid UTF-8, at most 4,096 bytes, components of 1 to 255 bytes, none of them `.` or `..`, no NUL, no `/` at either end.
package struct RelativePath: Hashable, Sendable {
  package static let byteCountMax = 4096
  package static let componentByteCountMax = 255
  /// The directory at the root of every shared folder that belongs to the tool.
  package static let toolDirectory: [UInt8] = Array(".covey".utf8)

  package let bytes: [UInt8]
  /// Sets and dictionaries of paths are asked several times for every change. A look into one compares with its neighbours, too, whose
  /// bytes lie all over memory. Seeded for the process: nobody can choose names that collide.
  private let hash: Int

  /// Takes bytes from a disk, a peer or a user.
  /// - Throws: ``PathError`` when they name nothing that can be shared.
  package init(_ bytes: [UInt8]) throws(PathError) {
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= Self.byteCountMax else { throw .tooLong(byteCount: bytes.count) }
    var start = 0
    for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
      let component = bytes[start..<end]
      guard !component.isEmpty else { throw .emptyComponent }
      guard component.count <= Self.componentByteCountMax else { throw .componentTooLong(byteCount: component.count) }
      guard component.count > 2 || component.contains(where: { $0 != UInt8(ascii: ".") }) else { throw .dotComponent }
      start = end + 1
    }
    guard !bytes.contains(0) else { throw .containsNUL }
    guard bytes.withUnsafeBufferPointer({ $0.isValidUTF8 }) else { throw .notUTF8 }
    guard bytes.prefix(while: { $0 != UInt8(ascii: "/") }) != Self.toolDirectory[...] else { throw .toolDirectory }
    self.init(trusted: bytes)
  }

  package init(_ string: String) throws(PathError) { try self.init(Array(string.utf8)) }

  /// Takes bytes that were checked before: the index's own columns, or a checked path with a checked component joined on.
  package init(trusted bytes: [UInt8]) {
    self.bytes = bytes
    var hasher = Hasher()
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    hash = hasher.finalize()
  }

  /// The directory that holds this, or nil at the top of the folder.
  package var parent: RelativePath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return RelativePath(trusted: Array(bytes[..<slash]))
  }

  /// The last component.
  package var name: ArraySlice<UInt8> {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
    return bytes[(slash + 1)...]
  }

  /// This with another last component.
  /// - Throws: ``PathError`` when the component or the whole is no path.
  package func sibling(named name: [UInt8]) throws(PathError) -> RelativePath {
    try RelativePath((parent.map { $0.bytes + [UInt8(ascii: "/")] } ?? []) + name)
  }

  package func appending(_ component: some Sequence<UInt8>) throws(PathError) -> RelativePath {
    try RelativePath(bytes + [UInt8(ascii: "/")] + component)
  }

  /// Whether this lies somewhere inside `directory`; no path is below itself.
  package func isBelow(_ directory: RelativePath) -> Bool {
    bytes.count > directory.bytes.count + 1 && bytes[directory.bytes.count] == UInt8(ascii: "/") && bytes.starts(with: directory.bytes)
  }

  /// All directories above, nearest first.
  package var ancestors: [RelativePath] {
    var all: [RelativePath] = []
    var next = parent
    while let path = next { all.append(path); next = path.parent }
    return all
  }

  /// The half-open range of byte strings that holds exactly the paths below this one: `path/` up to `path0`.
  package var rangeBelow: (lower: [UInt8], upper: [UInt8]) {
    (bytes + [UInt8(ascii: "/")], bytes + [UInt8(ascii: "/") + 1])
  }

  /// The path as text; never shown on a terminal without escaping.
  package var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension RelativePath {
  package func hash(into hasher: inout Hasher) { hasher.combine(hash) }

  package static func == (a: RelativePath, b: RelativePath) -> Bool {
    a.hash == b.hash && a.bytes.withUnsafeBytes { a in b.bytes.withUnsafeBytes { b in a.count == b.count && memcmp(a, b) == 0 } }
  }

  private static func memcmp(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int32 {
    guard let first = a.baseAddress, let second = b.baseAddress, first != second else { return 0 }
    return Glibc.memcmp(first, second, min(a.count, b.count))
  }
}

extension RelativePath: Comparable {
  package static func < (a: RelativePath, b: RelativePath) -> Bool {
    a.bytes.withUnsafeBytes { a in
      b.bytes.withUnsafeBytes { b in
        let order = memcmp(a, b)
        return order == 0 ? a.count < b.count : order < 0
      }
    }
  }
}

extension RelativePath: CustomStringConvertible {
  package var description: String { string }
}

/// Why bytes are no path that can be shared.
package enum PathError: Error, Hashable, Sendable {
  case empty
  case tooLong(byteCount: Int)
  case emptyComponent
  case componentTooLong(byteCount: Int)
  case dotComponent
  case containsNUL
  case notUTF8
  case toolDirectory
}

extension PathError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .empty: "the name is empty"
    case .tooLong(let count): "the path has \(count) bytes: shorten it to at most \(RelativePath.byteCountMax)"
    case .emptyComponent: "a component of the path is empty: remove the extra slash"
    case .componentTooLong(let count): "a name has \(count) bytes: shorten it to at most \(RelativePath.componentByteCountMax)"
    case .dotComponent: "'.' and '..' are no names"
    case .containsNUL: "the name contains a NUL byte"
    case .notUTF8: "the name is not valid UTF-8: rename it to share it"
    case .toolDirectory: ".covey belongs to Covey and is never shared"
    }
  }
}
