import CoveyCore
import CoveyEngine
import CoveyTesting
import Testing

/// Two devices of one team whose programs speak different versions of the protocol.
@Suite(.timeLimit(.minutes(1))) struct ProtocolVersionTests {
  private static let remedy = "install the same version of Covey on both"

  @Test func `who speaks another version is refused on both sides, each says why, and both go on`() async throws {
    let team = try TwoDevices()
    let (oldLog, newLog) = (MemoryLog(), MemoryLog())
    let old = team.runner(team.founder, log: oldLog)
    let new = team.runner(team.other, log: newLog) { $0.protocolVersion = 2 }
    let address = try await old.listen()
    _ = try await new.listen()
    let running = [old, new].map { runner in Task { await runner.run() } }
    let changes = (old: old.activity.changes(), new: new.activity.changes())
    await new.meet(team.founder.device, at: address)
    for await _ in changes.old { if await old.refusals[team.other.device] != nil { break } }
    for await _ in changes.new { if await new.refusals[team.founder.device] != nil { break } }
    #expect(await old.refusals[team.other.device] == "the peer speaks protocol version 2, this device 1: \(Self.remedy)")
    #expect(await new.refusals[team.founder.device] == "the peer speaks protocol version 1, this device 2: \(Self.remedy)")
    #expect(old.table.all.isEmpty && new.table.all.isEmpty, "neither counts the other as connected")
    for runner in [old, new] { await runner.stop() }
    for task in running { await task.value }
    #expect(oldLog.warnings.contains { $0.contains("protocol version 2, this device 1: \(Self.remedy)") })
    #expect(newLog.warnings.contains { $0.contains("protocol version 1, this device 2: \(Self.remedy)") })
  }

  @Test func `once both speak the same they are connected, and nothing is said of it any more`() async throws {
    let team = try TwoDevices()
    let device = team.runner(team.founder)
    let address = try await device.listen()
    let running = Task { await device.run() }
    let changes = device.activity.changes()
    let connect = { try await team.hub.network(of: team.other.device).connect(to: address, expecting: team.founder.device) }
    try await connect().send(.hello(Hello(protocolVersion: 2, deviceName: "x", programVersion: "1", addresses: [])))
    for await _ in changes { if await device.refusals[team.other.device] != nil { break } }
    let connection = try await connect()
    for message in [.hello(Hello(protocolVersion: 1, deviceName: "x", programVersion: "1", addresses: [])), .membershipHeads([]), .membershipDone] as [Message] {
      try await connection.send(message)
    }
    for await _ in changes { if device.table.session(team.other.device) != nil { break } }
    #expect(await device.refusals[team.other.device] == nil)
    await device.stop()
    await running.value
  }

  @Test func `who hangs up before the greeting is dialled again`() async throws {
    let team = try TwoDevices()
    let began = ContinuousClock.now
    let device = team.runner(team.founder) { $0.now = { Instant.start.advanced(by: ContinuousClock.now - began) } }
    _ = try await device.listen()
    let running = Task { await device.run() }
    let (dials, dialled) = AsyncStream<any PeerConnection>.makeStream()
    let address = try await team.hub.network(of: team.other.device).listen(
      NetworkHandlers(authorize: { _ in true }, acceptsPairing: { false }, connected: { dialled.yield($0) }, pairing: { _ in }))
    await device.meet(team.other.device, at: address)
    var count = 0
    for await connection in dials {
      connection.close()
      count += 1
      if count == 2 { break }
    }
    await device.stop()
    await running.value
  }
}
