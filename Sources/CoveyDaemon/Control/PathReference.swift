/// A path as a person named it, with everything it may mean: the daemon chooses, for it knows the folders.
package struct PathReference: Codable, Hashable, Sendable {
  /// As it was written; perhaps `LABEL:inner/path`.
  package var text: String
  /// Absolute paths it may stand for, best first: as written, then with symlinks on the way resolved.
  package var candidates: [String]
  package init(text: String, candidates: [String]) { self.text = text; self.candidates = candidates }
}
