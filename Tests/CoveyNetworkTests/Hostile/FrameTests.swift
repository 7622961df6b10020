import CoveyCore
import CoveyEngine
import CoveyNetwork
import CoveyProtocol
import Crypto
import NIOCore
import Testing

/// A member whose program is not ours, connected to a device.
private struct Stranger {
  let device: TestDevice
  let client: RawClient
  let connection: any PeerConnection

  init(_ change: (inout NetworkLimits) -> Void = { _ in }) async throws {
    var limits = NetworkLimits()
    change(&limits)
    device = try TestDevice(limits)
    let address = try await device.listen()
    let key = Curve25519.Signing.PrivateKey()
    device.authorize(try DeviceIdentity(key: key).device)
    client = try await RawClient.connect(to: address, tls: Forged.client([try Forged.ed25519(key)], try Forged.privateKey(key)))
    connection = try await device.connections.next()
  }
}

/// Bytes behind a good handshake that are no frames, or too slow.
@Suite(.timeLimit(.minutes(patience))) struct FrameTests {
  @Test(arguments: [
    [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 5, 99, 1, 2, 3, 4], [0x7F, 0xFF, 0xFF, 0xFF, 2],
    [0, 0, 0, 4, 1, 0xFF, 0xFF, 0xFF], [0, 0, 0, 3, 3, 1, 2],
  ] as [[UInt8]])
  func whatIsNoFrameEndsTheConnection(_ bytes: [UInt8]) async throws {
    let stranger = try await Stranger()
    try await stranger.client.send(bytes)
    let error = await #expect(throws: NetworkError.self) { try await stranger.connection.receive() }
    #expect(error?.code == .protocolViolation)
    await stranger.client.closed()
    await stranger.device.network.stop()
  }

  @Test func whatCameBeforeABrokenFrameIsStillRead() async throws {
    let stranger = try await Stranger()
    let good = try MessageCoder.encode(.membershipDone)
    try await stranger.client.send(Array(good.readableBytesView) + [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(try await stranger.connection.receive() == .membershipDone)
    await #expect(throws: NetworkError.self) { try await stranger.connection.receive() }
    await stranger.device.network.stop()
  }

  @Test func aFrameThatIsNeverFinishedEndsTheConnection() async throws {
    let stranger = try await Stranger { $0.frameDeadline = .milliseconds(300 * patience) }
    try await stranger.client.send([0, 0, 1, 0, 1])
    let error = await #expect(throws: NetworkError.self) { try await stranger.connection.receive() }
    #expect(error?.code == .timedOut)
    await stranger.client.closed()
    await stranger.device.network.stop()
  }

  @Test func aFrameCutByTheEndIsNoFrame() async throws {
    let stranger = try await Stranger()
    try await stranger.client.send([0, 0, 1, 0, 1, 2, 3])
    stranger.client.close()
    #expect(try await stranger.connection.receive() == nil)
    await stranger.device.network.stop()
  }

  @Test func whoNeverAnswersAPingIsLeft() async throws {
    let stranger = try await Stranger {
      $0.pingAfter = .milliseconds(700 * patience)
      $0.closeAfter = .milliseconds(1_400 * patience)
    }
    let error = await #expect(throws: NetworkError.self) { try await stranger.connection.receive() }
    #expect(error?.code == .timedOut)
    await stranger.client.closed()
    let ping = Array(try MessageCoder.encode(.ping).readableBytesView)
    #expect(stranger.client.received.suffix(ping.count) == ping[...], "it was asked before")
    await stranger.device.network.stop()
  }

  @Test func aFloodOfPingsIsAnsweredWithinBounds() async throws {
    let stranger = try await Stranger()
    let ping = Array(try MessageCoder.encode(.ping).readableBytesView)
    for _ in 0..<20 { try await stranger.client.send([UInt8]((0..<1_000).flatMap { _ in ping })) }
    try await stranger.client.send(Array(try MessageCoder.encode(.membershipDone).readableBytesView))
    #expect(try await stranger.connection.receive() == .membershipDone, "pings are not messages")
    #expect(stranger.connection.bytesSent < Int64(20_000 * ping.count), "answers do not pile up")
    await stranger.device.network.stop()
  }
}

@Suite(.timeLimit(.minutes(patience))) struct LongSilenceTests {
  @Test func twoDevicesKeepAnIdleConnection() async throws {
    var limits = NetworkLimits()
    limits.pingAfter = .milliseconds(50 * patience)
    limits.closeAfter = .milliseconds(1_000 * patience)
    let (here, there) = (try TestDevice(limits), try TestDevice(limits))
    let address = try await there.listen()
    there.authorize(here.device)
    let connection = try await here.network.connect(to: address, expecting: there.device)
    let other = try await there.connections.next()
    let before = connection.bytesReceived
    #expect(try await eventually { connection.bytesReceived - before > 300 }, "by then both have asked and answered for longer than silence is borne")
    try await other.send(.membershipDone)
    #expect(try await connection.receive() == .membershipDone)
    await here.network.stop()
    await there.network.stop()
  }

  @Test func aReaderThatRestsForLongIsNotTakenForDead() async throws {
    var limits = NetworkLimits()
    limits.pingAfter = .milliseconds(200 * patience)
    limits.closeAfter = .milliseconds(500 * patience)
    limits.frameDeadline = .milliseconds(500 * patience)
    limits.receivedByteCountMax = 100_000
    let (here, there) = (try TestDevice(limits), try TestDevice(limits))
    let address = try await there.listen()
    there.authorize(here.device)
    let connection = try await here.network.connect(to: address, expecting: there.device)
    let other = try await there.connections.next()
    let part = Message.content(ContentPart(request: 1, item: 1, bytes: [UInt8](repeating: 7, count: 1 << 20)))
    let sending = Task { for _ in 0..<64 { try await connection.send(part) } }
    // Long enough to be closed twice over, were the rest held against it.
    try await Task.sleep(for: .milliseconds(1_200 * patience))
    for _ in 0..<64 { #expect(try await other.receive() == part) }
    try await sending.value
    await here.network.stop()
    await there.network.stop()
  }
}
