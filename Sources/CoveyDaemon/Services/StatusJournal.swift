package import CoveyCore
package import Logging

/// What the log of the daemon tells of its folders: compares how each stands with how it stood at the last look, and says what changed.
///
/// Trouble with single paths is told a few times a look and not again for a while, however often it comes and goes.
package struct StatusJournal {
  package struct Line: Hashable, Sendable {
    package var level: Logger.Level
    package var message: String
    package var path: String?
    package var reason: String?

    package init(level: Logger.Level, message: String, path: String? = nil, reason: String? = nil) {
      self.level = level
      self.message = message
      self.path = path
      self.reason = reason
    }
  }

  /// Paths with trouble that one look tells of; the rest is counted.
  static let problemsPerLook = 5
  /// The same trouble is told again after this long.
  static let repeatInterval = Duration.seconds(600)
  /// A folder that was out of sync for less than this had an ordinary change, which is nothing to tell of.
  static let restInterval = Duration.seconds(5)
  static let rememberedMax = 1_000

  private struct Past {
    var blockReason: String?
    var conflicts: [Int64: String] = [:]
    var told: [ProblemReport: Instant] = [:]
    /// Since when it has not been in sync; nil while it is.
    var outSince: Instant?
    var isInSync = false
  }

  private var past: [String: Past] = [:]

  package init() {}

  /// - Parameter conflicts: the copies that nobody has settled, by number; as many as are remembered.
  package mutating func look(at folder: FolderReport, conflicts: [Int64: String], now: Instant) -> [Line] {
    let isFirst = past[folder.id] == nil
    var past = past[folder.id] ?? Past()
    var lines = blockLines(folder, &past)
    lines += problemLines(folder, &past, now)
    lines += conflictLines(conflicts, &past, isFirst: isFirst)
    lines += syncLines(folder, &past, now, isFirst: isFirst)
    self.past[folder.id] = past
    return lines
  }

  /// Forgets folders that are gone.
  package mutating func keep(_ ids: Set<String>) { past = past.filter { ids.contains($0.key) } }

  private func blockLines(_ folder: FolderReport, _ past: inout Past) -> [Line] {
    let reason = folder.state == .blocked ? folder.problems.first { $0.path.isEmpty }?.reason : nil
    defer { past.blockReason = reason }
    guard reason != past.blockReason else { return [] }
    return [reason.map { Line(level: .warning, message: "the folder is blocked", reason: $0) } ?? Line(level: .notice, message: "the folder is no longer blocked")]
  }

  private func problemLines(_ folder: FolderReport, _ past: inout Past, _ now: Instant) -> [Line] {
    past.told = past.told.filter { now.duration(since: $0.value) < Self.repeatInterval }
    let new = folder.problems.filter { !$0.path.isEmpty && past.told[$0] == nil }
    for problem in new.prefix(Self.rememberedMax - min(past.told.count, Self.rememberedMax)) { past.told[problem] = now }
    var lines = new.prefix(Self.problemsPerLook).map { Line(level: .warning, message: "cannot be synced now", path: $0.path, reason: $0.reason) }
    if new.count > lines.count { lines.append(Line(level: .warning, message: "\(new.count - lines.count) more paths have trouble: 'covey status' lists them")) }
    return lines
  }

  private func conflictLines(_ conflicts: [Int64: String], _ past: inout Past, isFirst: Bool) -> [Line] {
    defer { past.conflicts = conflicts }
    guard !isFirst else {
      return conflicts.isEmpty ? [] : [Line(level: .notice, message: "open conflicts: \(conflicts.count); see 'covey conflicts'")]
    }
    let made = conflicts.filter { past.conflicts[$0.key] == nil }.sorted { $0.key < $1.key }
    let settled = past.conflicts.filter { conflicts[$0.key] == nil }.sorted { $0.key < $1.key }
    return made.map { Line(level: .notice, message: "conflict \($0.key): both sides are kept, one as a copy", path: $0.value) }
      + settled.map { Line(level: .notice, message: "conflict \($0.key) is settled", path: $0.value) }
  }

  private func syncLines(_ folder: FolderReport, _ past: inout Past, _ now: Instant, isFirst: Bool) -> [Line] {
    guard isFirst || folder.inSync != past.isInSync else { return [] }
    past.isInSync = folder.inSync
    if !folder.inSync {
      past.outSince = now
      return [Line(level: .debug, message: "the folder is not in sync")]
    }
    let isWorthTelling = past.outSince.map { now.duration(since: $0) >= Self.restInterval } ?? true
    past.outSince = nil
    return [Line(level: isWorthTelling ? .info : .debug, message: "the folder is in sync")]
  }
}
