import CoveyCore
import Synchronization

/// Holds what the watch reported until the folder takes it in. Full, it forgets the single reports and asks for a scan of everything.
package final class ReportBuffer: Sendable {
  private static let countMax = 50_000
  private let state = Mutex(State())

  private struct State {
    var reports: [WatchReport] = []
    var isOverfull = false
    /// Somebody comes and takes until nothing is left.
    var isServed = false

    var isEmpty: Bool { reports.isEmpty && !isOverfull }
  }

  package init() {}

  /// True when nobody is there to take it: whoever is told so takes until ``isDone()``.
  package func add(_ report: WatchReport) -> Bool {
    state.withLock { state in
      if state.reports.count < Self.countMax { state.reports.append(report) } else { state.isOverfull = true }
      let wasServed = state.isServed
      state.isServed = true
      return !wasServed
    }
  }

  package func take() -> [WatchReport] {
    state.withLock { state in
      let taken = state.isOverfull ? state.reports + [.rescan(nil)] : state.reports
      (state.reports, state.isOverfull) = ([], false)
      return taken
    }
  }

  /// Whether nothing came since it was taken; then the next report is somebody else's.
  package func isDone() -> Bool {
    state.withLock { state in
      if state.isEmpty { state.isServed = false }
      return state.isEmpty
    }
  }
}
