/// How a command ends.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case usage = 2
  /// What was waited for did not come in time.
  case notYet = 3
  /// The daemon is not running.
  case noDaemon = 4
}

/// Ends a command with a status and, unless all is said already, one line on standard error.
package struct CommandFailure: Error {
  package let status: ExitStatus
  /// `what went wrong: what to do about it`.
  package let message: String?

  package init(_ status: ExitStatus, _ message: String? = nil) {
    self.status = status
    self.message = message
  }

  /// What the process ends with.
  package var exitCode: Int32 { status.rawValue }

  package static let noDaemon = CommandFailure(.noDaemon, "the daemon is not running: start it with 'covey run'")
}
