import CoveyCore
import CoveyEngine

/// What a step gave a name where nothing stood, until it is looked at once more.
struct NewName {
  let place: Place
  /// What was renamed: as it was in staging, or as it stood at once under the new name.
  let put: FileStat
  /// The renaming left no later change time.
  let renamed: Timestamp

  /// What stands there now, if nobody has touched it since; else what was put there, as unseen.
  func look() -> FileStat {
    if let now = try? place.stat(), now.isStillContent(of: put), now.changed <= renamed { return now }
    var unseen = put
    unseen.changed = FileStat.unseen
    return unseen
  }
}
