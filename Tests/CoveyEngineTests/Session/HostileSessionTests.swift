import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
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
      let team = try TwoDevices()
      stranger = team.other.device
      runner = team.runner(team.founder) { $0.greetingTimeout = greetingTimeout }
      let address = try await runner.listen()
      running = Task { [runner] in await runner.run() }
      connection = try await team.hub.network(of: stranger).connect(to: address, expecting: team.founder.device)
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
