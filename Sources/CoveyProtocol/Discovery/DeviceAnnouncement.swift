package import CoveyCore
import Crypto

/// What a running device tells its local network: hints only. It names nobody to those who do not know the device's key already.
package struct DeviceAnnouncement: Hashable, Sendable {
  package static let nonceByteCount = 8
  package static let tagByteCount = 16

  /// Random bytes of this announcement.
  package var nonce: [UInt8]
  /// First 16 bytes of SHA-256 over a prefix, the nonce, the device's key and the port.
  package var tag: [UInt8]
  package var port: UInt16
  package init(nonce: [UInt8], tag: [UInt8], port: UInt16) { self.nonce = nonce; self.tag = tag; self.port = port }

  /// What the device with `key` says when it listens at `port`.
  /// - Parameter nonce: eight random bytes, new for every announcement.
  package static func make(key: DeviceID, port: UInt16, nonce: [UInt8]) -> DeviceAnnouncement {
    DeviceAnnouncement(nonce: nonce, tag: tag(key: key, port: port, nonce: nonce), port: port)
  }

  /// Whether this may come from `device`: whoever knows its key can say the same, so only TLS proves it.
  package func matches(_ device: DeviceID) -> Bool { tag == Self.tag(key: device, port: port, nonce: nonce) }

  private static func tag(key: DeviceID, port: UInt16, nonce: [UInt8]) -> [UInt8] {
    var hasher = SHA256()
    hasher.update(data: Array("covey/announce/v1\0".utf8))
    hasher.update(data: nonce)
    key.key.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    withUnsafeBytes(of: port.bigEndian) { hasher.update(bufferPointer: $0) }
    return Array(hasher.finalize().prefix(tagByteCount))
  }
}
