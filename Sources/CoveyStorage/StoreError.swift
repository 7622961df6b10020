/// Trouble with the state of this device as a whole: what went wrong and the remedy.
package struct StoreError: Error, Hashable, Sendable {
  package enum Code: Hashable, Sendable {
    /// What is stored cannot be understood: set the file aside and begin anew from the folders.
    case damaged
    /// The file is not Covey's.
    case foreign
    /// A later Covey wrote the file.
    case newer
    /// Another process has the state open.
    case locked
    case full
    case readOnly
    case permissionDenied
    case io
    /// The folder is not known here, or no longer.
    case unknownFolder
    /// The store was closed.
    case closed
    /// A rule of the schema was about to be broken; nothing was changed.
    case refused
  }
  package var code: Code
  /// The path of the database on this disk.
  package var path: String
  /// A sentence that names the trouble and the remedy.
  package var message: String
  package init(code: Code, path: String, message: String) { self.code = code; self.path = path; self.message = message }
}

extension StoreError: CustomStringConvertible {
  package var description: String { "\(path): \(message)" }
}
