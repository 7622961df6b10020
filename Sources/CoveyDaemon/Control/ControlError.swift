/// Why a command was not done: a word for programs, a sentence with the remedy for people.
package struct ControlError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Codable, Hashable, Sendable {
    /// The request makes no sense as it is.
    case usage
    /// There is no such folder, device, path, conflict or version.
    case notFound
    /// What was asked stands against something that is there.
    case conflict
    /// This user, or this device's role, may not.
    case denied
    /// Not now: nobody there to ask, the disk is full, the daemon stops.
    case unavailable
    case tooLarge
    /// Our own mistake.
    case failed
  }
  package var code: Code
  /// `what went wrong: what to do about it`.
  package var message: String

  package init(_ code: Code, _ message: String) { self.code = code; self.message = message }

  package var description: String { message }

  /// How the error travels: `{"error": {...}}`.
  package struct Envelope: Codable, Sendable {
    package var error: ControlError
    package init(error: ControlError) { self.error = error }
  }
}
