import CoveyCore
import CoveyProtocol
import Crypto
import Testing

@Suite struct DeviceAnnouncementTests {
  private let device = DeviceID(key: Bytes32(words: (1, 2, 3, 4)))

  @Test func onlyItsDeviceMatches() {
    let announcement = DeviceAnnouncement.make(key: device, port: 4711, nonce: [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(announcement.matches(device))
    #expect(!announcement.matches(DeviceID(key: Bytes32(words: (1, 2, 3, 5)))))
    #expect((try? DiscoveryDatagram.announcement(announcement).encoded()) != nil)
  }

  @Test func theTagIsBoundToNonceAndPort() {
    let announcement = DeviceAnnouncement.make(key: device, port: 4711, nonce: [1, 2, 3, 4, 5, 6, 7, 8])
    var moved = announcement
    moved.port = 4712
    #expect(!moved.matches(device))
    var replayed = announcement
    replayed.nonce[0] ^= 1
    #expect(!replayed.matches(device))
  }

  @Test func theTagIsTheBeginningOfTheHash() {
    let nonce: [UInt8] = [8, 7, 6, 5, 4, 3, 2, 1]
    let announcement = DeviceAnnouncement.make(key: device, port: 0x0102, nonce: nonce)
    let hashed = Array("covey/announce/v1\0".utf8) + nonce + device.key.bytes + [1, 2]
    #expect(announcement.tag == Array(SHA256.hash(data: hashed).prefix(16)))
  }
}
