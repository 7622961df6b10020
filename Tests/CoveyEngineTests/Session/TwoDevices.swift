import CoveyCore
import CoveyEngine
import CoveyProtocol
import CoveyTesting
import Logging
import Synchronization
import Testing

/// A team of two, of which either may be a whole device at work.
struct TwoDevices {
  static let agreement = Bytes32(words: (1, 2, 3, 4))

  let hub = MemoryHub()
  let founder: DeviceKey
  let other: DeviceKey
  let graph: MembershipGraph

  init() throws {
    founder = try #require(DeviceKey(seed: Array(repeating: 9, count: 32)))
    other = try #require(DeviceKey(seed: Array(repeating: 8, count: 32)))
    var generator = SeededGenerator(seed: 1)
    var graph = try MembershipGraph(
      genesis: try MembershipGraph.genesis(name: "t", keyAgreementKey: Self.agreement, recovery: nil, by: founder, at: .zero, using: &generator))
    let message = Addition.joinMessage(
      team: graph.team, inviter: founder.device, device: other.device, keyAgreementKey: Self.agreement, role: .write, rank: 2)
    let addition = Addition(
      device: other.device, keyAgreementKey: Self.agreement, role: .write, rank: 2, name: "other", joinSignature: try other.sign(message))
    _ = graph.insert(try graph.record(.add(addition), by: founder, at: .zero))
    self.graph = graph
  }

  /// A device at work, once it runs.
  func runner(_ key: DeviceKey, log: MemoryLog = MemoryLog(), change: (inout DeviceRunner.Setup) -> Void = { _ in }) -> DeviceRunner {
    var setup = DeviceRunner.Setup(
      key: key, keyAgreementKey: Self.agreement, name: "here", programVersion: "1", machineID: "m", advertise: [], usesDiscovery: false,
      store: InMemoryStore(clock: { .zero }), network: hub.network(of: key.device), discovery: NoDiscovery(), work: BlockingWork(label: "test"),
      pace: TransferPace(send: 0, receive: 0, now: { .start }), logger: Logger(label: "test") { _ in log }, now: { .start },
      wallClock: { .zero }, saveMembership: { _ in }, reachable: { [$0] })
    change(&setup)
    return DeviceRunner(setup: setup, team: TeamState(graph: graph))
  }

  private struct NoDiscovery: Discovery {
    func start(_ handlers: DiscoveryHandlers) async throws {}
    func announce(port: UInt16) async {}
    func findPairing(slot: UInt16, for duration: Duration) async -> [String] { [] }
    func stop() async {}
  }
}

/// Keeps what was logged as a warning or worse.
struct MemoryLog: LogHandler {
  private final class Lines: Sendable { let all = Mutex<[String]>([]) }
  private let lines = Lines()
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  var warnings: [String] { lines.all.withLock { $0 } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.message)") } }
}
