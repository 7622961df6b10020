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
    let team: TwoDevices
    let log = MemoryLog()
    private let running: Task<Void, Never>

    init(greetingTimeout: Duration = .seconds(30)) async throws {
      team = try TwoDevices()
      stranger = team.other.device
      runner = team.runner(team.founder, log: log) { $0.greetingTimeout = greetingTimeout }
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

  /// Who signs a batch, and what is wrong with it.
  enum Forgery: CaseIterable {
    case noBatch, otherSigner, noMember, outside
  }

  @Test(arguments: Forgery.allCases)
  func `a batch that may not be ends the connection, and the log says why`(_ forgery: Forgery) async throws {
    let scene = try await Scene()
    let (member, nobody) = (scene.team.other, try #require(DeviceKey(seed: Array(repeating: 7, count: 32))))
    let author = forgery == .noMember ? nobody : member
    var record = StoreSamples.file(try RelativePath("aa/b"), Dot(log: LogID(5), sequence: 1)).record
    // The path is the last field.
    if forgery == .outside { record.replaceSubrange((record.count - 4)..., with: Array("../b".utf8)) }
    let batch = try Batch.make(
      team: scene.team.graph.team, folder: Self.folder, author: author.device, log: LogID(5), firstSequence: 1, previous: .zero,
      authHeads: scene.team.graph.heads, records: [record])
    let signature = try batch.signature(by: forgery == .otherSigner ? nobody : author)
    try await scene.connection.send(Self.hello)
    for message in [.membershipHeads([]), .membershipDone] as [Message] { try await scene.connection.send(message) }
    while let message = try await scene.connection.receive() { if case .folders = message { break } }
    try await scene.connection.send(.batches(Self.folder, [BatchSlice(header: forgery == .noBatch ? [1, 2, 3] : batch.header, signature: signature, records: [record])]))
    _ = try await scene.rest()
    await scene.stop()
    #expect(scene.log.warnings.contains { $0.hasPrefix("a connection was closed: ") }, "\(scene.log.warnings)")
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

  /// Else a folder that is new here would be begun beside a member that has it.
  @Test func `who has not said what it shares, or paused the folder, is not there yet`() async throws {
    let scene = try await Scene()
    try await scene.connection.send(Self.hello)
    for message in [.membershipHeads([]), .membershipDone] as [Message] { try await scene.connection.send(message) }
    while let message = try await scene.connection.receive() { if case .folders = message { break } }
    #expect(await scene.runner.introduced(to: Self.folder).isEmpty)
    func offer(isPaused: Bool) -> FolderOffer { FolderOffer(folder: Self.folder, label: "f", fileCount: 0, byteCount: 0, isPaused: isPaused) }
    for (offers, isThere) in [([], true), ([offer(isPaused: true)], false), ([offer(isPaused: false)], true)] {
      let changes = scene.runner.activity.changes()
      try await scene.connection.send(.folders(offers))
      for await _ in changes {
        if await scene.runner.introduced(to: Self.folder).contains(scene.stranger) == isThere { break }
      }
    }
    await scene.stop()
  }
}
