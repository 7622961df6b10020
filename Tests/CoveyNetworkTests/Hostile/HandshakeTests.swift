import CoveyCore
import CoveyEngine
import CoveyNetwork
import CoveyProtocol
import Crypto
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// Certificates and handshakes that no device makes. Each must end in a closed connection that nobody hears of.
@Suite(.timeLimit(.minutes(patience))) struct HandshakeTests {
  enum Stranger: String, CaseIterable {
    case tls12Only, ellipticCurveP256, twoCertificates, hugeCertificate, tooLargeCertificate, noCertificate
    case noApplicationProtocol, otherApplicationProtocol, plainText, unknownKey

    func tls(_ key: Curve25519.Signing.PrivateKey) throws -> TLSConfiguration? {
      let certificate = try Forged.ed25519(key)
      let privateKey = try Forged.privateKey(key)
      switch self {
      case .tls12Only:
        var tls = Forged.client([certificate], privateKey)
        tls.minimumTLSVersion = .tlsv12
        tls.maximumTLSVersion = .tlsv12
        return tls
      case .ellipticCurveP256:
        let (certificate, privateKey) = try Forged.p256()
        return Forged.client([certificate], privateKey)
      case .twoCertificates:
        return Forged.client([certificate, try Forged.p256().0], privateKey)
      case .hugeCertificate: return Forged.client([try Forged.ed25519(key, padding: 90 << 10)], privateKey)
      case .tooLargeCertificate: return Forged.client([try Forged.ed25519(key, padding: 1 << 10)], privateKey)
      case .noCertificate: return Forged.client([], nil)
      case .noApplicationProtocol: return Forged.client([certificate], privateKey, protocols: [])
      case .otherApplicationProtocol: return Forged.client([certificate], privateKey, protocols: ["h2", "covey/2"])
      case .plainText: return nil
      case .unknownKey: return Forged.client([certificate], privateKey)
      }
    }
  }

  @Test(arguments: Stranger.allCases)
  func strangersGetNothing(_ stranger: Stranger) async throws {
    let device = try TestDevice()
    let address = try await device.listen()
    let key = Curve25519.Signing.PrivateKey()
    let strangerID = try DeviceIdentity(key: key).device
    // Its key would be welcome: only the form of what it does is wrong.
    if stranger != .unknownKey { device.authorize(strangerID) }
    let client = try await RawClient.connect(to: address, tls: try stranger.tls(key))
    if stranger == .plainText { try await client.send(Array("GET / HTTP/1.1\r\n\r\n".utf8)) }
    await client.closed()
    #expect(device.connections.count == 0 && device.pairings.count == 0)
    #expect(client.received == [], "not a byte of ours in plain text")
    if stranger != .unknownKey { #expect(device.askedAbout.withLock { $0 } == []) }
    #expect(try await eventually { device.network.gate.unauthenticatedCount == 0 }, "its place is free again")
    try await expectUsable(device, address)
    await device.network.stop()
  }

  /// The same client with nothing wrong gets in: otherwise the test above would prove nothing.
  @Test func theSameClientWithoutFaultGetsIn() async throws {
    let device = try TestDevice()
    let address = try await device.listen()
    let key = Curve25519.Signing.PrivateKey()
    let member = try DeviceIdentity(key: key).device
    device.authorize(member)
    let client = try await RawClient.connect(to: address, tls: Forged.client([try Forged.ed25519(key)], try Forged.privateKey(key)))
    let connection = try await device.connections.next()
    #expect(connection.device == member)
    client.close()
    #expect(try await connection.receive() == nil)
    await device.network.stop()
  }

  @Test func aCertificateWithoutItsKeyLeavesNoTrace() async throws {
    let device = try TestDevice()
    let address = try await device.listen()
    let (stolen, own) = (Curve25519.Signing.PrivateKey(), Curve25519.Signing.PrivateKey())
    device.authorize(try DeviceIdentity(key: stolen).device)
    let client = try await RawClient.connect(
      to: address, tls: Forged.client([try Forged.ed25519(stolen)], NIOSSLPrivateKey(customPrivateKey: OtherSigner(key: own))))
    await client.closed()
    #expect(device.askedAbout.withLock { $0 } == [] && device.connections.count == 0)
    await device.network.stop()
  }

  @Test func aDeviceThatIsNotTheExpectedOneIsNamedSo() async throws {
    let (here, there) = (try TestDevice(), try TestDevice())
    let address = try await there.listen()
    there.authorize(here.device)
    let error = await #expect(throws: NetworkError.self) { try await here.network.connect(to: address, expecting: here.device) }
    #expect(error?.code == .unexpectedDevice && error?.message.contains(address) == true)
    await there.network.stop()
  }

  @Test func whoIsUnknownIsToldThatItWasRefused() async throws {
    let (here, there) = (try TestDevice(), try TestDevice())
    let address = try await there.listen()
    let error = await #expect(throws: NetworkError.self) { try await here.network.connect(to: address, expecting: there.device) }
    #expect(error?.code == .refused && error?.message.contains(address) == true)
    #expect(there.askedAbout.withLock { $0 } == [here.device])
    await there.network.stop()
  }

  @Test func aServerThatIsNoDeviceIsRefused() async throws {
    let here = try TestDevice()
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Greeter()) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(server.localAddress?.port)
    let error = await #expect(throws: NetworkError.self) {
      try await here.network.connect(to: "127.0.0.1:\(port)", expecting: here.device)
    }
    #expect(error?.code == .protocolViolation || error?.code == .refused)
    try await server.close()
    await here.network.stop()
  }

  @Test func aDeviceDoesNotTalkToItself() async throws {
    let device = try TestDevice()
    device.authorize(device.device)
    let address = try await device.listen()
    await #expect(throws: NetworkError.self) { try await device.network.connect(to: address, expecting: device.device) }
    #expect(device.connections.count == 0)
    await device.network.stop()
  }

  private func expectUsable(_ device: TestDevice, _ address: String) async throws {
    let friend = try TestDevice()
    device.authorize(friend.device)
    let connection = try await friend.network.connect(to: address, expecting: device.device)
    try await connection.send(.membershipDone)
    #expect(try await device.connections.next().receive() == .membershipDone)
    await friend.network.stop()
  }
}

/// A server of another kind.
private final class Greeter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  func channelActive(context: ChannelHandlerContext) {
    context.writeAndFlush(NIOAny(ByteBuffer(string: "220 mail.example ESMTP\r\n")), promise: nil)
  }
}

/// Signs with another key than the certificate's.
private struct OtherSigner: NIOSSLCustomPrivateKey, Hashable {
  let key: Curve25519.Signing.PrivateKey
  var signatureAlgorithms: [SignatureAlgorithm] { [.ed25519] }
  func sign(channel: any Channel, algorithm: SignatureAlgorithm, data: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
    channel.eventLoop.makeCompletedFuture { ByteBuffer(bytes: try key.signature(for: Array(data.readableBytesView))) }
  }
  func decrypt(channel: any Channel, data: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
    channel.eventLoop.makeFailedFuture(CancellationError())
  }
  static func == (a: OtherSigner, b: OtherSigner) -> Bool { a.key.rawRepresentation == b.key.rawRepresentation }
  func hash(into hasher: inout Hasher) { hasher.combine(key.rawRepresentation) }
}
