import CoveyCore
import CoveyEngine

/// What was given a name where nothing stood, until it is looked at once more.
///
/// Used by one thread, which holds the lock of the disk's changes.
final class NewNames {
  struct Name {
    let place: Place
    /// What was renamed: as it was in staging, or at the path that it left.
    let put: FileStat

    /// What stands there now, with its new change time, if it is what was put there; else that, as unseen.
    func look() -> FileStat {
      if let now = try? place.stat(), now.isStillContent(of: put) { return now }
      var unseen = put
      unseen.changed = FileStat.unseen
      return unseen
    }
  }

  /// That of the step just carried out.
  var last: Name?

  func take() -> Name? {
    defer { last = nil }
    return last
  }
}
