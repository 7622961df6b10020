import CoveyCore

/// Why a config cannot be used: the line and the reason, with the remedy.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1; nil when it is no matter of one line.
  package var line: Int?
  package var reason: String
  /// The file, once it is known.
  package var path: String?

  package init(line: Int?, reason: String, path: String? = nil) {
    self.line = line
    self.reason = reason
    self.path = path
  }

  package var description: String {
    let place = [path.map(\.escaped), line.map { "line \($0)" }].compactMap { $0 }.joined(separator: ", ")
    return place.isEmpty ? reason : "\(place): \(reason)"
  }
}
