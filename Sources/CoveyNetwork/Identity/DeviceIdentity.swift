package import CoveyCore
package import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// Who this device is: its Ed25519 key, and the certificate that shows it in TLS.
package struct DeviceIdentity: Sendable {
  package let key: Curve25519.Signing.PrivateKey
  package let device: DeviceID
  /// About 200 bytes, equal for equal keys but for the signature.
  let certificate: NIOSSLCertificate
  let privateKey: NIOSSLPrivateKey

  /// Makes the self-signed certificate. It carries nothing but the key: one name for all devices, dates that nobody checks.
  package init(key: Curve25519.Signing.PrivateKey) throws {
    self.key = key
    guard let bytes = Bytes32(Array(key.publicKey.rawRepresentation)) else {
      throw NetworkError(.badIdentity, "the device's key has no 32-byte public half")
    }
    device = DeviceID(key: bytes)
    let name = try DistinguishedName { CommonName("covey") }
    let issued = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(1), publicKey: .init(key.publicKey),
      notValidBefore: Date(timeIntervalSince1970: 1_577_836_800),  // 2020-01-01
      notValidAfter: Date(timeIntervalSince1970: 4_102_358_400),  // 2099-12-31
      issuer: name, subject: name, signatureAlgorithm: .ed25519, extensions: .init(), issuerPrivateKey: .init(key))
    var serializer = DER.Serializer()
    try serializer.serialize(issued)
    certificate = try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    privateKey = try NIOSSLPrivateKey(bytes: IdentityFile.pkcs8Prefix + Array(key.rawRepresentation), format: .der)
  }
}
