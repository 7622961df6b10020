import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Logging
import Testing

/// A member whose program says things out of order, or nothing.
@Suite(.timeLimit(.minutes(1))) struct HostileSessionTests {
  /// A device at work, alone in its team, and a connection of its own team's other program.
  private final class Scene {
    let runner: DeviceRunner
    let connection: any PeerConnection
    let stranger: DeviceID
    private let running: Task<Void, Never>

    init(greetingTimeout: Duration = .seconds(30)) async throws {
      let key = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
      let stranger = try #require(DeviceKey(seed: Array(repeating: 8, count: 32)))
      self.stranger = stranger.device
      var generator = SeededGenerator(seed: 1)
      let agreement = Bytes32(words: (1, 2, 3, 4))
      var graph = try MembershipGraph(
        genesis: try MembershipGraph.genesis(name: "t", keyAgreementKey: agreement, recovery: nil, by: key, at: .zero, using: &generator))
      let message = Addition.joinMessage(
        team: graph.team, inviter: key.device, device: stranger.device, keyAgreementKey: agreement, role: .write, rank: 2)
      let addition = Addition(
        device: stranger.device, keyAgreementKey: agreement, role: .write, rank: 2, name: "other", joinSignature: try stranger.sign(message))
      _ = graph.insert(try graph.record(.add(addition), by: key, at: .zero))
      let hub = MemoryHub()
      var setup = DeviceRunner.Setup(
        key: key, keyAgreementKey: agreement, name: "here", programVersion: "1", machineID: "m", advertise: [], usesDiscovery: false,
        store: InMemoryStore(clock: { .zero }), network: hub.network(of: key.device), discovery: NoDiscovery(), work: BlockingWork(label: "test"),
        pace: TransferPace(send: 0, receive: 0, now: { .start }), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { .start },
        wallClock: { .zero }, saveMembership: { _ in }, reachable: { [$0] })
      setup.greetingTimeout = greetingTimeout
      runner = DeviceRunner(setup: setup, team: TeamState(graph: graph))
      let address = try await runner.listen()
      running = Task { [runner] in await runner.run() }
      connection = try await hub.network(of: stranger.device).connect(to: address, expecting: key.device)
    }

    func stop() async {
      await runner.stop()
      await running.value
    }

    /// Everything the device says until it hangs up.
    func rest() async throws -> [Message] {
      var messages: [Message] = []
      while let message = try await connection.receive() { messages.append(message) }
      return messages
    }
  }

  private struct NoDiscovery: Discovery {
    func start(_ handlers: DiscoveryHandlers) async throws {}
    func announce(port: UInt16) async {}
    func findPairing(slot: UInt16, for duration: Duration) async -> [String] { [] }
    func stop() async {}
  }

  private static let hello = Message.hello(Hello(protocolVersion: 1, deviceName: "other", programVersion: "1", addresses: []))
  private static let folder = FolderID(high: 3, low: 4)

  @Test func `who says nothing is hung up on in time`() async throws {
    let scene = try await Scene(greetingTimeout: .milliseconds(50))
    let said = try await scene.rest()
    #expect(said.count == 1, "only who this device is")
    await scene.stop()
  }

  @Test(arguments: [
    .membershipDone, .folders([]), .roundEnd(folder, RoundEnd(knowledge: Knowledge(vector: VersionVector(), batchHashes: [:]), dropped: VersionVector(), isFresh: true, shown: .zero, acknowledged: [:])),
  ] as [Message])
  func `who begins with anything but a greeting is hung up on, and hears nothing of the team`(_ first: Message) async throws {
    let scene = try await Scene()
    try await scene.connection.send(first)
    let said = try await scene.rest()
    #expect(said.allSatisfy { if case .hello = $0 { true } else { false } })
    await scene.stop()
  }

  @Test(arguments: [
    .folders([]), .batches(folder, []), .contentRequest(ContentRequest(id: 1, folder: folder, items: [])), .cancel(request: 1),
  ] as [Message])
  func `nothing of folders is heard before membership is in step`(_ early: Message) async throws {
    let scene = try await Scene()
    try await scene.connection.send(Self.hello)
    try await scene.connection.send(early)
    let said = try await scene.rest()
    #expect(!said.contains { if case .folders = $0 { true } else { false } })
    await scene.stop()
  }

  @Test func `another version of the protocol is hung up on`() async throws {
    let scene = try await Scene()
    try await scene.connection.send(.hello(Hello(protocolVersion: 2, deviceName: "x", programVersion: "1", addresses: [])))
    #expect(try await scene.rest().count == 1)
    await scene.stop()
  }

  @Test func `a greeting may come again, with another name`() async throws {
    let scene = try await Scene()
    try await scene.connection.send(Self.hello)
    for message in [.membershipHeads([]), .membershipDone] as [Message] { try await scene.connection.send(message) }
    // In step: folders are told.
    while let message = try await scene.connection.receive() { if case .folders = message { break } }
    let changes = scene.runner.activity.changes()
    try await scene.connection.send(.hello(Hello(protocolVersion: 1, deviceName: "renamed", programVersion: "1", addresses: [])))
    for await _ in changes {
      if await scene.runner.name(of: scene.stranger) == "renamed" { break }
    }
    await scene.stop()
  }
}
