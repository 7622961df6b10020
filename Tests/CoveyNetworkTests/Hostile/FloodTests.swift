import CoveyCore
import CoveyEngine
import CoveyNetwork
import CoveyProtocol
import Crypto
import NIOCore
import Synchronization
import Testing

/// Very many connections, and very slow ones, of somebody who proves nothing.
@Suite(.serialized, .timeLimit(.minutes(patience))) struct FloodTests {
  @Test func halfOpenConnectionsAreFewAndAMemberStillComesIn() async throws {
    var limits = NetworkLimits()
    limits.givesWayAfter = .milliseconds(50 * patience)
    let device = try TestDevice(limits)
    let address = try await device.listen()
    var strangers: [RawClient] = []
    for _ in 0..<500 { strangers.append(try await RawClient.connect(to: address)) }
    #expect(device.network.gate.unauthenticatedCount <= limits.unauthenticatedMax)
    // Whatever the strangers hold by now has had its time.
    try await Task.sleep(for: .milliseconds(60 * patience))
    let friend = try TestDevice()
    device.authorize(friend.device)
    let connection = try await friend.network.connect(to: address, expecting: device.device)
    try await connection.send(.membershipDone)
    #expect(try await device.connections.next().receive() == .membershipDone)
    #expect(device.network.gate.unauthenticatedCount <= limits.unauthenticatedMax)
    let (all, keptMax) = (strangers, limits.unauthenticatedMax)
    #expect(try await eventually { all.filter(\.channel.isActive).count <= keptMax }, "the others were closed, not kept waiting")
    for stranger in strangers { stranger.close() }
    #expect(try await eventually { device.network.gate.unauthenticatedCount == 0 })
    await friend.network.stop()
    await device.network.stop()
  }

  @Test func silenceBeforeTheHandshakeIsEnded() async throws {
    var limits = NetworkLimits()
    limits.authorizationDeadline = .milliseconds(100 * patience)
    let device = try TestDevice(limits)
    let client = try await RawClient.connect(to: try await device.listen())
    await client.closed()
    #expect(try await eventually { device.network.gate.unauthenticatedCount == 0 })
    await device.network.stop()
  }

  @Test func aHandshakeOfSingleBytesIsEnded() async throws {
    var limits = NetworkLimits()
    limits.authorizationDeadline = .milliseconds(200 * patience)
    let device = try TestDevice(limits)
    let client = try await RawClient.connect(to: try await device.listen())
    // The beginning of a ClientHello, one byte every ten milliseconds.
    let dripping = Task {
      for byte in [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC] as [UInt8] + [UInt8](repeating: 3, count: 500) {
        try await client.send([byte])
        try await Task.sleep(for: .milliseconds(10 * patience))
      }
    }
    await client.closed()
    dripping.cancel()
    #expect(try await eventually { device.network.gate.unauthenticatedCount == 0 })
    await device.network.stop()
  }

  @Test func aPairingThatStandsStillIsEnded() async throws {
    var limits = NetworkLimits()
    limits.pairingDeadline = .milliseconds(150 * patience)
    let device = try TestDevice(limits)
    device.isPairing.withLock { $0 = true }
    let address = try await device.listen()
    let stranger = try TestDevice()
    let channel = try await stranger.network.connectForPairing(to: address)
    #expect(try await channel.receive(within: .seconds(10 * patience)) == nil)
    let other = try await device.pairings.next()
    #expect(try await other.receive(within: .seconds(10 * patience)) == nil)
    #expect(try await eventually { device.network.gate.unauthenticatedCount == 0 })
    await stranger.network.stop()
    await device.network.stop()
  }

  @Test func aLargeFrameBeforeTheCodeHasProvedRightIsRefused() async throws {
    let device = try TestDevice()
    device.isPairing.withLock { $0 = true }
    let address = try await device.listen()
    let key = Curve25519.Signing.PrivateKey()
    let client = try await RawClient.connect(
      to: address, tls: Forged.client([try Forged.ed25519(key)], try Forged.privateKey(key), protocols: ["covey-pair/1"]))
    let channel = try await device.pairings.next()
    // The length alone is enough: nothing follows it.
    try await client.send([0, 0, 0x10, 1])
    let error = await #expect(throws: NetworkError.self) { try await channel.receive(within: .seconds(10 * patience)) }
    #expect(error?.code == .protocolViolation)
    await client.closed()
    await device.network.stop()
  }

  @Test func aDeviceHoldsNoMoreThanItsConnections() async throws {
    let (here, there) = (try TestDevice(), try TestDevice())
    let address = try await there.listen()
    there.authorize(here.device)
    var ends: [any PeerConnection] = []
    for _ in 0..<6 { ends.append(try await here.network.connect(to: address, expecting: there.device)) }
    #expect(try await eventually { there.network.gate.authenticatedCount == 4 })
    #expect(try await ends[0].receive() == nil, "the oldest gave way")
    try await ends[5].send(.membershipDone)
    for _ in 0..<5 { _ = try await there.connections.next() }
    #expect(try await there.connections.next().receive() == .membershipDone)
    await here.network.stop()
    await there.network.stop()
  }

  @Test func aPortInUseIsNamedWithTheRemedy() async throws {
    let first = try TestDevice()
    let address = try await first.listen()
    let identity = try DeviceIdentity(key: Curve25519.Signing.PrivateKey())
    let second = try TLSNetwork(identity: identity, listeningAt: address, logger: quiet)
    let handlers = NetworkHandlers(authorize: { _ in false }, acceptsPairing: { false }, connected: { _ in }, pairing: { _ in })
    let error = await #expect(throws: NetworkError.self) { try await second.listen(handlers) }
    #expect(error?.code == .cannotListen)
    #expect(error?.message == "\(address): the port is in use: choose another with listen in config.toml")
    await first.network.stop()
    // And once it is free it can be taken.
    #expect(try await second.listen(handlers) == address)
    await second.stop()
  }

  @Test func nobodyThereIsSaidAtOnce() async throws {
    let (here, there) = (try TestDevice(), try TestDevice())
    let address = try await there.listen()
    await there.network.stop()
    let error = await #expect(throws: NetworkError.self) { try await here.network.connect(to: address, expecting: there.device) }
    #expect(error?.code == .unreachable && error?.message == "\(address): nobody listens there")
  }
}
