import CoveyCore
import CoveyProtocol
import Testing

@Suite struct DiscoveryDatagramTests {
  private static let nonce: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
  private static let tag = [UInt8](repeating: 9, count: 16)

  @Test(arguments: [
    DiscoveryDatagram.pairingQuery(slot: 0, nonce: nonce), .pairingQuery(slot: 1023, nonce: nonce),
    .pairingReply(nonce: nonce, port: 1), .pairingReply(nonce: nonce, port: .max),
    .announcement(DeviceAnnouncement(nonce: nonce, tag: tag, port: 47_103)),
  ])
  func everyDatagramHasSixtyFourBytesAndComesBack(_ datagram: DiscoveryDatagram) throws {
    let bytes = try datagram.encoded()
    #expect(bytes.count == 64)
    #expect(try DiscoveryDatagram(bytes) == datagram)
  }

  @Test func theLayoutStands() throws {
    let bytes = try DiscoveryDatagram.pairingQuery(slot: 0x0123, nonce: Self.nonce).encoded()
    #expect(bytes == Array("CVEY".utf8) + [1, 1] + Self.nonce + [1, 0x23] + [UInt8](repeating: 0, count: 48))
  }

  @Test(arguments: [
    DiscoveryDatagram.pairingQuery(slot: 1024, nonce: nonce), .pairingQuery(slot: 1, nonce: Array(nonce.dropLast())),
    .pairingReply(nonce: nonce, port: 0), .pairingReply(nonce: nonce + [9], port: 1),
    .announcement(DeviceAnnouncement(nonce: nonce, tag: tag, port: 0)),
    .announcement(DeviceAnnouncement(nonce: nonce, tag: [], port: 1)),
    .announcement(DeviceAnnouncement(nonce: [], tag: tag, port: 1)),
  ])
  func whatHasNoPlaceInADatagramIsNotSent(_ datagram: DiscoveryDatagram) {
    #expect(throws: WireError.self) { try datagram.encoded() }
  }

  @Test(arguments: [0, 3, 4, 5, 16, 63]) func anythingElseIsNoDatagram(changed index: Int) throws {
    var bytes = try DiscoveryDatagram.pairingQuery(slot: 5, nonce: Self.nonce).encoded()
    bytes[index] ^= 0x80
    #expect(throws: WireError.self) { try DiscoveryDatagram(bytes) }
    bytes[index] ^= 0x80
    #expect(throws: WireError.self) { try DiscoveryDatagram(bytes + [0]) }
    #expect(throws: WireError.self) { try DiscoveryDatagram(bytes.dropLast()) }
    #expect((try? DiscoveryDatagram(bytes)) != nil)
  }

  @Test func aSlotBeyondTenBitsOrPortZeroIsRefused() throws {
    var query = try DiscoveryDatagram.pairingQuery(slot: 1023, nonce: Self.nonce).encoded()
    query[14] = 4
    #expect(throws: WireError.invalid("a slot", reason: "1279")) { try DiscoveryDatagram(query) }
    var reply = try DiscoveryDatagram.pairingReply(nonce: Self.nonce, port: 5).encoded()
    reply[15] = 0
    #expect(throws: WireError.invalid("a port", reason: "0")) { try DiscoveryDatagram(reply) }
  }
}
