/// What travels by UDP on the local network, always in exactly 64 bytes: no answer is longer than its question, so nobody can be
/// flooded through us.
///
/// Magic (4 bytes), version (1), kind (1), nonce (8), then by kind: slot (2); port (2); port (2) and tag (16). Zeros to the end.
package enum DiscoveryDatagram: Hashable, Sendable {
  /// Who has a code open in this slot? Slots have ten bits; the nonce has eight bytes.
  case pairingQuery(slot: UInt16, nonce: [UInt8])
  /// I have, at this TCP port; with the nonce of the query.
  case pairingReply(nonce: [UInt8], port: UInt16)
  case announcement(DeviceAnnouncement)

  package static let byteCount = 64
  package static let nonceByteCount = DeviceAnnouncement.nonceByteCount
  package static let slotMax: UInt16 = 1023

  private static let magic = Array("CVEY".utf8)
  private static let version: UInt8 = 1

  private enum Kind: UInt8 { case pairingQuery = 1, pairingReply = 2, announcement = 3 }

  /// - Throws: ``WireError/invalid(_:reason:)`` when a nonce, tag, slot or port has no place in a datagram.
  package func encoded() throws(WireError) -> [UInt8] {
    try check()
    var bytes = Self.magic + [Self.version]
    switch self {
    case .pairingQuery(let slot, let nonce): bytes += [Kind.pairingQuery.rawValue] + nonce + Self.bigEndian(slot)
    case .pairingReply(let nonce, let port): bytes += [Kind.pairingReply.rawValue] + nonce + Self.bigEndian(port)
    case .announcement(let announcement):
      bytes += [Kind.announcement.rawValue] + announcement.nonce + Self.bigEndian(announcement.port) + announcement.tag
    }
    return bytes + [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
  }

  /// Reads exactly what ``encoded()`` writes.
  /// - Throws: ``WireError`` for anything else; a stray datagram is dropped in silence.
  package init(_ bytes: some Collection<UInt8>) throws(WireError) {
    guard bytes.count == Self.byteCount else { throw .malformed("a datagram has \(bytes.count) bytes") }
    let bytes = Array(bytes)
    guard bytes[0..<4].elementsEqual(Self.magic), bytes[4] == Self.version, let kind = Kind(rawValue: bytes[5]) else {
      throw .unknownMessage
    }
    let nonce = Array(bytes[6..<14])
    let number = UInt16(bytes[14]) << 8 | UInt16(bytes[15])
    let end: Int
    switch kind {
    case .pairingQuery:
      self = .pairingQuery(slot: number, nonce: nonce)
      end = 16
    case .pairingReply:
      self = .pairingReply(nonce: nonce, port: number)
      end = 16
    case .announcement:
      self = .announcement(DeviceAnnouncement(nonce: nonce, tag: Array(bytes[16..<32]), port: number))
      end = 32
    }
    guard bytes[end...].allSatisfy({ $0 == 0 }) else { throw .malformed("a datagram has something behind its end") }
    try check()
  }

  private func check() throws(WireError) {
    let nonce: [UInt8]
    switch self {
    case .pairingQuery(let slot, let own):
      guard slot <= Self.slotMax else { throw .invalid("a slot", reason: "\(slot)") }
      nonce = own
    case .pairingReply(let own, let port):
      guard port > 0 else { throw .invalid("a port", reason: "0") }
      nonce = own
    case .announcement(let announcement):
      guard announcement.port > 0 else { throw .invalid("a port", reason: "0") }
      guard announcement.tag.count == DeviceAnnouncement.tagByteCount else {
        throw .invalid("a tag", reason: "it has \(announcement.tag.count) bytes")
      }
      nonce = announcement.nonce
    }
    guard nonce.count == Self.nonceByteCount else { throw .invalid("a nonce", reason: "it has \(nonce.count) bytes") }
  }

  private static func bigEndian(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
}
