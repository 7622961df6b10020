package import CoveyCore

/// Trouble with one name on the disk: what went wrong and, where there is one, the remedy.
package struct DiskError: Error, Hashable, Sendable {
  package enum Code: Hashable, Sendable {
    case notFound
    case permissionDenied
    case noSpace
    case readOnly
    /// Something on the way is a symlink or leads out of the folder.
    case outsideFolder
    /// Another kind of thing stands there than was expected.
    case wrongKind
    /// The disk is no longer what the step expected: scan and plan again.
    case changed
    /// The name cannot be held by this file system.
    case nameNotPossible
    case notEmpty
    case exists
    case input
    case tooManyWatches
    case other
  }
  package var code: Code
  /// The path inside the folder, or the absolute one where there is no folder yet; raw bytes as text.
  package var path: String
  /// A sentence that names the trouble and the remedy.
  package var message: String
  package init(code: Code, path: String, message: String) { self.code = code; self.path = path; self.message = message }
}

extension DiskError: CustomStringConvertible {
  package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

extension DiskError {
  /// The disk takes the name for another that stands there: case or composition differ.
  package static func twin(_ path: RelativePath, spelled name: [UInt8]) -> DiskError {
    DiskError(
      code: .nameNotPossible, path: path.string,
      message: "this disk cannot hold it beside \(String(decoding: name, as: UTF8.self)), which it takes for the same name: rename or remove one of the two")
  }
}
