import CoveyCore
import CoveyEngine

/// What every ``FolderDisk`` must do: the in-memory disk and the real one pass the same rules.
package enum FolderDiskContract {
  package struct Rule: Sendable, CustomStringConvertible {
    package let description: String
    /// Fails with ``ContractBreach``. The world is an empty folder with a marker.
    package let check: @Sendable (any DiskWorld) throws -> Void
  }

  package static let rules: [Rule] = lookingRules + stagingRules + placingRules + removingRules + directoryRules + replayRules

  static func rule(_ description: String, _ check: @escaping @Sendable (any DiskWorld) throws -> Void) -> Rule {
    Rule(description: description, check: check)
  }

  // Words for rules.

  static let early = Timestamp(seconds: 1_600_000_000, nanoseconds: 123_456_789)
  static let later = Timestamp(seconds: 1_700_000_000, nanoseconds: 5)
  static let old = Array("the old content".utf8)
  static let new = Array("what is new".utf8)

  static func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw ContractBreach(message()) }
  }

  static func expect<T: Equatable>(_ value: T, is wanted: T, _ what: String) throws {
    if value != wanted { throw ContractBreach("\(what): \(value) instead of \(wanted)") }
  }

  static func required<T>(_ value: T?, _ what: String) throws -> T {
    guard let value else { throw ContractBreach("\(what) is missing") }
    return value
  }

  /// The code of the error that `body` must end with.
  static func code(_ body: () throws -> Void) throws -> DiskError.Code {
    do { try body() } catch let error as DiskError { return error.code }
    throw ContractBreach("an error was expected")
  }
}

extension DiskWorld {
  func path(_ text: String) throws -> RelativePath { try RelativePath(text) }

  func name(_ text: String) throws -> StagedName { try FolderDiskContract.required(StagedName(text), "the name") }

  func write(_ path: String, _ bytes: [UInt8]) throws { try write(RelativePath(path), bytes, modified: FolderDiskContract.early) }

  func content(_ path: String) throws -> [UInt8]? {
    guard let stat = try disk.stat(RelativePath(path)) else { return nil }
    return try disk.read(.file(RelativePath(path)), offset: 0, byteCount: Int(stat.size))
  }

  func content(_ source: ContentSource) throws -> [UInt8] { try disk.read(source, offset: 0, byteCount: 1 << 20) }

  func stat(_ path: String) throws -> FileStat { try FolderDiskContract.required(try disk.stat(RelativePath(path)), path) }

  @discardableResult
  func stage(_ name: String, _ bytes: [UInt8]) throws -> FileStat {
    try disk.stage(.file(bytes: bytes, mode: 0o640, modified: FolderDiskContract.later), as: self.name(name))
  }

  func perform(_ path: String, expected: FileStat?, _ action: DiskStep.Action, stagedInode: UInt64? = nil) throws -> DiskOutcome {
    let step = DiskStep(path: try RelativePath(path), expected: expected, action: action, stagedInode: stagedInode)
    return try FolderDiskContract.required(disk.perform([step]).first, "the outcome")
  }

  func walked(below directory: String? = nil, descend: (RelativePath) -> Bool = { _ in true }) throws -> [String] {
    var all: [String] = []
    try disk.walk(below: directory.map { try RelativePath($0) }, descend: descend) { item in
      switch item {
      case .found(let path, let stat): all.append(path.string + (stat.kind == .directory ? "/" : ""))
      case .problem(let path, _, _): all.append("! " + String(decoding: path, as: UTF8.self))
      }
    }
    return all
  }
}

extension DiskOutcome {
  /// What stands at the path and where displaced bytes went, of a step that was done.
  func finished() throws -> (now: FileStat?, history: HistoryName?, copy: FileStat?) {
    guard case .done(let now, let history, let copy) = self else { throw ContractBreach("the step was not done: \(self)") }
    return (now, history, copy)
  }
}
