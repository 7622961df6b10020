import CoveyCore

/// What the table `path` says of one path, with its heads once somebody asked for them: read once, changed in memory, and written
/// back by ``SQLiteRecords/flush()``, for most paths are changed several times in a row, and directories with every path below them.
///
/// Safe to share: a row of the writing connection is used inside its transactions only, one after the other, and one of a reading
/// connection inside the one transaction it was read in.
final class PathRow: @unchecked Sendable {
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
  /// Nil where nothing is known of the path's place on this disk.
  var entry: Entry?
  /// Nil until they are asked for.
  var heads: [Version]?
  /// In memory something differs from the row: anything at all, and the entry.
  var isDirty = false
  /// Versions of the path that wait to become rows.
  var arrived: [Dot] = []
  var isEntryDirty = false

  init(_ path: RelativePath, id: Int64) { self.path = path; self.id = id }

  var isObserved: Bool { entry?.observation != nil }

  /// Nothing but superseded versions, if any, needs the row.
  var isVacant: Bool { live == 0 && dead == 0 && liveBelow == 0 && observedBelow == 0 && todo == nil && entry == nil }
}
