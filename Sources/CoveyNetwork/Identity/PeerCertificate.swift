import CoveyCore
import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// Reads the device's key out of a peer's certificate, and refuses every other kind of certificate.
enum PeerCertificate {
  static let byteCountMax = 1024

  /// Nil unless there is exactly one certificate of the right form.
  ///
  /// The leaf has been parsed by the TLS library, elements after it have not: asking them anything could trap, so the count
  /// comes first. This says nothing about who holds the key: TLS proves that later.
  static func device(of chain: [NIOSSLCertificate]) -> DeviceID? {
    guard chain.count == 1, let bytes = try? chain[0].toDERBytes() else { return nil }
    return device(der: bytes)
  }

  static func device(der bytes: [UInt8]) -> DeviceID? {
    guard bytes.count <= byteCountMax, let certificate = try? Certificate(derEncoded: bytes),
      // Nil for every other algorithm; there is one form of an Ed25519 key, of 44 bytes.
      let publicKey = Curve25519.Signing.PublicKey(certificate.publicKey), let key = Bytes32(Array(publicKey.rawRepresentation))
    else { return nil }
    return DeviceID(key: key)
  }
}
