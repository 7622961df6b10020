import CLinux
import Foundation
import Glibc

/// What stands in a folder: kinds, modes, texts of links, bytes, times. `.covey` is left out.
struct Tree {
  private(set) var entries: [String: String] = [:]

  init(_ root: String) throws { try add(root, below: "") }

  private mutating func add(_ root: String, below prefix: String) throws {
    guard let directory = opendir(root + "/" + prefix) else { throw Failure("\(root)/\(prefix) cannot be read") }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
      if name == "." || name == ".." || (prefix.isEmpty && name == ".covey") { continue }
      let path = prefix.isEmpty ? name : prefix + "/" + name
      // Swift holds two spellings of one character for equal; the bytes tell them apart.
      let key = path.utf8.allSatisfy { $0 < 0x80 } ? path : path + " = " + path.utf8.map { String($0, radix: 16) }.joined()
      var info = stat()
      guard lstat(root + "/" + path, &info) == 0 else { continue }
      let mode = String(info.st_mode & 0o777, radix: 8)
      switch info.st_mode & S_IFMT {
      case S_IFDIR:
        entries[key] = "directory \(mode)"
        try add(root, below: path)
      case S_IFLNK: entries[key] = "link \(try FileManager.default.destinationOfSymbolicLink(atPath: root + "/" + path))"
      case S_IFREG:
        let bytes = try Data(contentsOf: URL(fileURLWithPath: root + "/" + path))
        entries[key] = "file \(mode) \(bytes.count) \(Self.checksum(bytes)) \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
      default: entries[key] = "other"
      }
    }
  }

  /// FNV-1a over all bytes: Foundation's own hash looks at the first few only.
  private static func checksum(_ bytes: Data) -> UInt64 {
    bytes.withUnsafeBytes { $0.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }
  }

  var names: [String] { entries.keys.sorted() }

  func differences(to other: Tree) -> [String] {
    Set(entries.keys).union(other.entries.keys).sorted().filter { entries[$0] != other.entries[$0] }
      .map { "\($0): \(entries[$0] ?? "nothing") here, \(other.entries[$0] ?? "nothing") there" }
  }
}

extension Device {
  func path(_ inner: String) -> String { folder + "/" + inner }

  func write(_ text: String, to inner: String) throws { try write(Data(text.utf8), to: inner) }

  func write(_ bytes: Data, to inner: String) throws {
    let url = URL(fileURLWithPath: path(inner))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: url)
  }

  func read(_ inner: String) -> String? { try? String(contentsOfFile: path(inner), encoding: .utf8) }
  func has(_ inner: String) -> Bool { var info = stat(); return lstat(path(inner), &info) == 0 }
  func remove(_ inner: String) throws { try FileManager.default.removeItem(atPath: path(inner)) }
  func move(_ inner: String, to other: String) throws {
    guard rename(path(inner), path(other)) == 0 else { throw Failure("rename \(inner): \(errno)") }
  }

  /// The texts of all files, sorted: what must not be lost.
  func texts() throws -> [String] { try Tree(folder).names.compactMap { read($0) }.sorted() }

  func setTime(_ seconds: Int, _ nanoseconds: Int, of inner: String) {
    var times = [timespec(tv_sec: seconds, tv_nsec: nanoseconds), timespec(tv_sec: seconds, tv_nsec: nanoseconds)]
    utimensat(AT_FDCWD, path(inner), &times, AT_SYMLINK_NOFOLLOW)
  }
}
