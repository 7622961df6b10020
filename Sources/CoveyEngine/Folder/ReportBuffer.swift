import CoveyCore
import Synchronization

/// Holds what the watch reported until the folder takes it in. Full, it forgets the single reports and asks for a scan of everything.
final class ReportBuffer: Sendable {
  private static let countMax = 50_000
  private let state = Mutex<(reports: [WatchReport], isOverfull: Bool)>(([], false))

  /// True when the buffer was empty, so that somebody must come and take.
  func add(_ report: WatchReport) -> Bool {
    state.withLock { state in
      let wasEmpty = state.reports.isEmpty && !state.isOverfull
      if state.reports.count < Self.countMax { state.reports.append(report) } else { state.isOverfull = true }
      return wasEmpty
    }
  }

  func take() -> [WatchReport] {
    state.withLock { state in
      let taken = state.isOverfull ? state.reports + [.rescan(nil)] : state.reports
      state = ([], false)
      return taken
    }
  }
}
