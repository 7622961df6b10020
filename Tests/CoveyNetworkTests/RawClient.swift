import Crypto
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import X509
import SwiftASN1

/// A client that is not ours: any bytes, any certificate, any protocol.
final class RawClient: Sendable {
  let channel: any Channel
  private let observer: Observer

  private init(_ channel: any Channel, _ observer: Observer) {
    self.channel = channel
    self.observer = observer
  }

  /// Everything that came back in plain text.
  var received: [UInt8] { observer.received.withLock { $0 } }

  /// - Parameter tls: nil: bare TCP.
  static func connect(to address: String, tls: TLSConfiguration? = nil) async throws -> RawClient {
    let port = Int(address.split(separator: ":").last ?? "") ?? 0
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let observer = Observer()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: { $1.succeed(.certificateVerified) }))
          }
          try channel.pipeline.syncOperations.addHandler(Reader(observer))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel, observer)
  }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

  /// Returns once the other side has closed.
  func closed() async { try? await channel.closeFuture.get() }

  func close() { channel.close(promise: nil) }

  private final class Observer: Sendable {
    let received = Mutex<[UInt8]>([])
  }

  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let observer: Observer
    init(_ observer: Observer) { self.observer = observer }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(unwrapInboundIn(data).readableBytesView)
      observer.received.withLock { $0 += bytes }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}

/// Certificates as strangers make them.
enum Forged {
  static func ed25519(_ key: Curve25519.Signing.PrivateKey, padding: Int = 0) throws -> NIOSSLCertificate {
    try certificate(.init(key.publicKey), .init(key), .ed25519, padding: padding)
  }

  static func p256() throws -> (NIOSSLCertificate, NIOSSLPrivateKey) {
    let key = P256.Signing.PrivateKey()
    return (
      try certificate(.init(key.publicKey), .init(key), .ecdsaWithSHA256),
      try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)
    )
  }

  private static func certificate(
    _ publicKey: Certificate.PublicKey, _ privateKey: Certificate.PrivateKey, _ algorithm: Certificate.SignatureAlgorithm, padding: Int = 0
  ) throws -> NIOSSLCertificate {
    let name = try DistinguishedName { CommonName("covey") }
    let extensions = try Certificate.Extensions {
      if padding > 0 {
        Certificate.Extension(oid: [1, 2, 3, 4], critical: false, value: [UInt8](repeating: 0, count: padding)[...])
      }
    }
    let issued = try Certificate(
      version: .v3, serialNumber: .init(1), publicKey: publicKey, notValidBefore: Date(timeIntervalSince1970: 1_600_000_000),
      notValidAfter: Date(timeIntervalSince1970: 4_000_000_000), issuer: name, subject: name, signatureAlgorithm: algorithm,
      extensions: extensions, issuerPrivateKey: privateKey)
    var serializer = DER.Serializer()
    try serializer.serialize(issued)
    return try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
  }

  static func privateKey(_ key: Curve25519.Signing.PrivateKey) throws -> NIOSSLPrivateKey {
    try NIOSSLPrivateKey(bytes: Array(pem(key).utf8), format: .pem)
  }

  static func pem(_ key: Curve25519.Signing.PrivateKey) throws -> String {
    let pkcs8: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20] + Array(key.rawRepresentation)
    return PEMDocument(type: "PRIVATE KEY", derBytes: pkcs8).pemString
  }

  /// What a device would use, to be spoiled by a test.
  static func client(
    _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey?, protocols: [String] = ["covey/1"]
  ) -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv13
    tls.certificateVerification = .noHostnameVerification
    tls.trustRoots = .certificates([])
    tls.verifySignatureAlgorithms = [.ed25519]
    tls.signingSignatureAlgorithms = [.ed25519, .ecdsaSecp256R1Sha256]
    tls.certificateChain = chain.map { .certificate($0) }
    tls.privateKey = key.map { .privateKey($0) }
    tls.applicationProtocols = protocols
    return tls
  }
}
