import CLinux
import CoveyCore
import CoveyDisk
import CoveyEngine
import CoveyTesting
import Foundation
import Glibc

/// A marked folder in a temporary directory, removed at the end, and the hands of its user.
final class TestFolder: DiskWorld {
  /// The temporary directory; the folder is `folder` in it, so that tests can look outside.
  let outside: String
  let linux: LinuxFolderDisk
  var root: String { outside + "/folder" }
  var disk: any FolderDisk { linux }

  static let marker = FolderMarker(
    folder: FolderID(high: 1, low: 2), device: DeviceID(key: .zero), log: LogID(7), reserved: 0, machine: "test")

  init(durability: Durability = .full, opensBeneath: Bool? = nil, in parent: String = NSTemporaryDirectory()) throws {
    outside = "\(parent)/covey-disk-\(UInt64.random(in: 0 ... .max))"
    try Self.check(mkdir(outside, 0o755))
    try Self.check(mkdir(outside + "/folder", 0o755))
    linux = try LinuxFolderDisk(path: outside + "/folder", durability: durability, opensBeneath: opensBeneath)
    try linux.writeMarker(Self.marker) { _ in nil }
  }

  deinit { try? FileManager.default.removeItem(atPath: outside) }

  static func check(_ result: some BinaryInteger) throws {
    if result < 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  func absolute(_ path: String) -> String { "\(root)/\(path)" }

  private func makeParents(_ path: RelativePath) throws {
    for directory in path.ancestors.reversed() where mkdir(absolute(directory.string), 0o755) != 0 && errno != EEXIST {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
  }

  func write(_ path: RelativePath, _ bytes: [UInt8], modified: Timestamp) throws {
    try makeParents(path)
    let file = covey_openat(AT_FDCWD, absolute(path.string), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    try Self.check(file)
    defer { close(file) }
    let time = timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.subsecond))
    try Self.check(bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) })
    try Self.check(futimens(file, [time, time]))
  }

  func write(_ path: String, _ text: String) throws {
    try write(RelativePath(path), Array(text.utf8), modified: Timestamp(seconds: 1_600_000_000, nanoseconds: 1))
  }

  /// Names that come into a directory or leave it meanwhile, in order.
  func names(changedIn directory: String, by body: () throws -> Void) throws -> [String] {
    let watch = inotify_init1(Int32(IN_NONBLOCK))
    try Self.check(watch)
    defer { close(watch) }
    try Self.check(inotify_add_watch(watch, absolute(directory), UInt32(IN_CREATE | IN_DELETE | IN_MOVE)))
    try body()
    var bytes = [UInt8](repeating: 0, count: 4096)
    let (count, header) = (Glibc.read(watch, &bytes, bytes.count), MemoryLayout<inotify_event>.size)
    if count < 0, errno != EAGAIN { try Self.check(count) }
    var (names, rest) = ([String](), bytes.prefix(max(count, 0)))
    while rest.count > header {
      // The last field of the header is how many bytes the name takes up.
      let length = rest.dropFirst(header - 4).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      names.append(String(decoding: rest.dropFirst(header).prefix(length).prefix { $0 != 0 }, as: UTF8.self))
      rest = rest.dropFirst(header + length)
    }
    return names
  }

  func makeDirectory(_ path: RelativePath) throws {
    try makeParents(path)
    try Self.check(mkdir(absolute(path.string), 0o755))
  }

  func makeLink(_ path: RelativePath, to target: [UInt8]) throws {
    try makeParents(path)
    try Self.check(symlink(String(decoding: target, as: UTF8.self), absolute(path.string)))
  }

  func remove(_ path: RelativePath) throws { try Self.check(unlink(absolute(path.string))) }

  func rename(_ from: RelativePath, to path: RelativePath) throws { try Self.check(Glibc.rename(absolute(from.string), absolute(path.string))) }

  func open(_ path: RelativePath) throws -> any DiskWriter {
    let file = covey_openat(AT_FDCWD, absolute(path.string), O_WRONLY, 0)
    try Self.check(file)
    return Writer(file)
  }

  func text(_ path: String) -> String? {
    guard let bytes = FileManager.default.contents(atPath: absolute(path)) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  func stat(_ path: String) throws -> FileStat? { try linux.stat(RelativePath(path)) }

  func name(_ text: String) throws -> StagedName {
    guard let name = StagedName(text) else { throw ContractBreach("no staged name: \(text)") }
    return name
  }

  @discardableResult
  func stage(_ name: String, _ text: String, mode: UInt16 = 0o644) throws -> FileStat {
    try linux.stage(.file(bytes: Array(text.utf8), mode: mode, modified: Timestamp(seconds: 1_700_000_000, nanoseconds: 2)), as: self.name(name))
  }

  /// Performs one step.
  func perform(_ path: String, expected: FileStat?, _ action: DiskStep.Action, stagedInode: UInt64? = nil) throws -> DiskOutcome {
    linux.perform([DiskStep(path: try RelativePath(path), expected: expected, action: action, stagedInode: stagedInode)])[0]
  }

  /// How many descriptors of this process lead into the folder.
  func descriptorCount() throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?.hasPrefix(root) ?? false
    }
  }

  /// Makes directories one in another, each of this name, deeper than one path can say; calls `body` with each. Returns nothing open.
  func makeDeep(_ name: String, depth: Int, _ body: (Int32) throws -> Void) throws {
    var parent = covey_openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY, 0)
    defer { close(parent) }
    for _ in 0..<depth {
      try Self.check(mkdirat(parent, name, 0o755))
      let child = covey_openat(parent, name, O_RDONLY | O_DIRECTORY, 0)
      try Self.check(child)
      close(parent)
      parent = child
      try body(child)
    }
  }

  static func makeFile(_ name: String, in directory: Int32) throws {
    let file = covey_openat(directory, name, O_WRONLY | O_CREAT, 0o644)
    try check(file)
    close(file)
  }

  /// The paths of everything in history.
  func history() throws -> [String] { try linux.historyNames(after: nil, limit: 1000).map { $0.0.path.string } }

  func walk(_ disk: LinuxFolderDisk? = nil) throws -> [WalkItem] {
    var items: [WalkItem] = []
    try (disk ?? linux).walk(below: nil, descend: { _ in true }) { items.append($0) }
    return items
  }
}

/// A program that has a file open for writing; the descriptor closes with it.
final class Writer: DiskWriter {
  private var file: Int32?
  init(_ file: Int32) { self.file = file }
  deinit { close() }
  func write(_ bytes: [UInt8]) throws {
    guard let file else { throw ContractBreach("the file is closed") }
    try TestFolder.check(ftruncate(file, 0))
    try TestFolder.check(bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) })
  }
  func close() {
    if let file { Glibc.close(file) }
    file = nil
  }
}

/// A program that has a file open for reading.
final class Reader {
  private let file: Int32
  init(_ path: String) throws {
    file = covey_openat(AT_FDCWD, path, O_RDONLY, 0)
    try TestFolder.check(file)
  }
  deinit { close(file) }
  func text() throws -> String {
    let countMax = 1000
    var bytes = [UInt8](repeating: 0, count: countMax)
    let count = pread(file, &bytes, countMax, 0)
    try TestFolder.check(count)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
