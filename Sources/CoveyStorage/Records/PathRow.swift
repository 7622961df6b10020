import CoveyCore

/// What the table `path` says of one path besides its entry, kept for the length of a transaction and written back by
/// ``SQLiteRecords/flush()``: most paths are changed several times in a row, and directories with every path below them.
final class PathRow {
  let path: RelativePath
  /// The number of the row; 0 as long as the path has none.
  var id: Int64
  /// Heads at the path: live ones and tombstones.
  var live: Int64 = 0
  var dead: Int64 = 0
  /// Paths somewhere below that have a live head, and that have an observation.
  var liveBelow: Int64 = 0
  var observedBelow: Int64 = 0
  var todo: Int64?
  var isObserved = false
  var hasEntry = false
  /// In memory something differs from the row.
  var isDirty = false

  init(_ path: RelativePath, id: Int64) { self.path = path; self.id = id }

  /// Nothing but superseded versions, if any, needs the row.
  var isVacant: Bool { live == 0 && dead == 0 && liveBelow == 0 && observedBelow == 0 && todo == nil && !hasEntry }
}
