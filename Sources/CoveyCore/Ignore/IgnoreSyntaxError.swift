/// Why a list of ignore rules cannot be used: no rule of it is, and the folder keeps the rules it had.
package struct IgnoreSyntaxError: Error, Hashable, Sendable {
  /// The line with the mistake, counted from 1.
  package var line: Int
  package var reason: String
  /// Whether it stands in the list of this device alone.
  package var isLocal: Bool
  package init(line: Int, reason: String, isLocal: Bool) {
    self.line = line
    self.reason = reason
    self.isLocal = isLocal
  }
}

extension IgnoreSyntaxError: CustomStringConvertible {
  package var description: String { "\(isLocal ? ".covey/ignore" : ".coveyignore"), line \(line): \(reason)" }
}
