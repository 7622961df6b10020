import CoveyCore
import Testing

@Suite struct DeviceKeyTests {
  @Test func `A key signs as its device and nobody else`() throws {
    let (ann, bob) = (deviceKey(2), deviceKey(3))
    let signature = try ann.sign([1, 2, 3])
    #expect(ann.device.hasSigned([1, 2, 3], signature: signature))
    #expect(!ann.device.hasSigned([1, 2, 4], signature: signature))
    #expect(!bob.device.hasSigned([1, 2, 3], signature: signature))
    for count in [0, 63, 65] { #expect(!ann.device.hasSigned([1, 2, 3], signature: Array((signature + [0]).prefix(count)))) }
    #expect(DeviceKey(seed: ann.seed)?.device == ann.device)
    #expect(DeviceKey(seed: [1]) == nil && KeyAgreementKey(seed: [1]) == nil)
  }

  /// The seed and the key of RFC 8032, section 7.1, test 1.
  @Test func `A known seed gives the known key`() throws {
    let seed: [UInt8] = [
      0x9D, 0x61, 0xB1, 0x9D, 0xEF, 0xFD, 0x5A, 0x60, 0xBA, 0x84, 0x4A, 0xF4, 0x92, 0xEC, 0x2C, 0xC4,
      0x44, 0x49, 0xC5, 0x69, 0x7B, 0x32, 0x69, 0x19, 0x70, 0x3B, 0xAC, 0x03, 0x1C, 0xAE, 0x7F, 0x60,
    ]
    #expect(DeviceKey(seed: seed)?.device.key.hex == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
  }

  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ])
  func `A key of small order or in a longer form than needed is refused`(_ hex: String) throws {
    let bytes = stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    #expect(DeviceID(key: try #require(Bytes32(bytes))).isDegenerate)
  }

  @Test func `Honest keys are not refused`() {
    for number in 1...50 as ClosedRange<UInt8> { #expect(!deviceKey(number).device.isDegenerate) }
  }
}
