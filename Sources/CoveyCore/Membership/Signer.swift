/// Who signs in the name of a device.
package protocol Signer: Sendable {
  var device: DeviceID { get }
  /// The Ed25519 signature, 64 bytes, over `bytes`, which begin with the prefix of what they are.
  func sign(_ bytes: [UInt8]) throws -> [UInt8]
}

/// What stands before bytes that are signed or hashed, so that no signature or hash of one thing passes for another.
package enum SigningPrefix {
  package static let record = Array("covey/rec/v1\0".utf8)
  package static let recordID = Array("covey/recid/v1\0".utf8)
  package static let join = Array("covey/join/v1\0".utf8)
  package static let batch = Array("covey/batch/v1\0".utf8)
}
