/// What this device leaves alone in a folder: nothing of it is authored, applied or fetched.
package protocol IgnoreRules: Sendable {
  /// Whether the path, or a directory above it, is ignored.
  /// - Parameter isDirectory: what the path is; nil where nothing is known of it.
  func ignores(_ path: RelativePath, isDirectory: Bool?) -> Bool
}

/// Rules that ignore nothing.
package struct NoIgnoreRules: IgnoreRules {
  package init() {}
  package func ignores(_ path: RelativePath, isDirectory: Bool?) -> Bool { false }
}
