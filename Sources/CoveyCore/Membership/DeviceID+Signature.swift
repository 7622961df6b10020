import Crypto

extension DeviceID {
  package static let signatureByteCount = 64

  /// Whether `signature` is this device's over `message`. Wrong lengths and keys that are no point on the curve verify nothing.
  package func hasSigned(_ message: [UInt8], signature: [UInt8]) -> Bool {
    guard signature.count == Self.signatureByteCount, !isDegenerate,
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.key.bytes)
    else { return false }
    return key.isValidSignature(signature, for: message)
  }

  /// Whether this names a point of small order, or names its point in another than the shortest way. Under such a key verifiers
  /// disagree, or one signature fits many messages; nobody honest has one.
  package var isDegenerate: Bool {
    var bytes = key.bytes
    // The sign bit of x does not change the order.
    bytes[31] &= 0x7F
    let isReduced = bytes[31] != 0x7F || bytes[0] < 0xED || bytes[1..<31].contains { $0 != 0xFF }
    return !isReduced || Self.smallOrderPoints.contains(bytes)
  }

  /// The y coordinates of the eight points whose order divides eight, little end first.
  private static let smallOrderPoints: Set<[UInt8]> = {
    var identity = [UInt8](repeating: 0, count: 32)
    identity[0] = 1
    var minusOne = [UInt8](repeating: 0xFF, count: 32)
    minusOne[0] = 0xEC
    minusOne[31] = 0x7F
    let orderEight: [UInt8] = [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
      0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ]
    // The other y of order eight is the negative of the first, modulo 2^255 - 19.
    var negative = [UInt8](repeating: 0, count: 32)
    var borrow = 0
    for index in 0..<32 {
      let modulus = index == 0 ? 0xED : index == 31 ? 0x7F : 0xFF
      let difference = modulus - Int(orderEight[index]) - borrow
      negative[index] = UInt8(truncatingIfNeeded: difference)
      borrow = difference < 0 ? 1 : 0
    }
    return [[UInt8](repeating: 0, count: 32), identity, minusOne, orderEight, negative]
  }()
}
