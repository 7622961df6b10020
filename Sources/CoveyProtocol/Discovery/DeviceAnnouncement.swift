/// What a running device tells its local network: hints only. It names nobody to those who do not know the device's key already.
package struct DeviceAnnouncement: Hashable, Sendable {
  /// Random bytes of this announcement.
  package var nonce: [UInt8]
  /// First 16 bytes of SHA-256 over a prefix, the nonce and the device's key.
  package var tag: [UInt8]
  package var port: UInt16
  package init(nonce: [UInt8], tag: [UInt8], port: UInt16) { self.nonce = nonce; self.tag = tag; self.port = port }
}
