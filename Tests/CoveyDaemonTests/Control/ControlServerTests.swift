import CoveyClient
import CoveyDaemon
import Foundation
import Logging
import ServiceLifecycle
import Testing

struct ControlServerTests {
  /// A server on a socket of its own, for the time of `body`.
  private func withServer(
    in directory: String? = nil, isAllowed: (@Sendable (UInt32) -> Bool)? = nil,
    _ body: @Sendable (Home, FakeControlService) async throws -> Void
  ) async throws {
    let temporary = TemporaryDirectory()
    let home = Home(directory: temporary.path + (directory.map { "/" + $0 } ?? ""))
    _ = try HomeDirectory(making: home)
    let service = FakeControlService()
    let ready = Signal()
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server =
      if let isAllowed { ControlServer(home: home, service: service, log: log, isAllowed: isAllowed, onReady: { ready.fire() }) } else {
        ControlServer(home: home, service: service, log: log, onReady: { ready.fire() })
      }
    let group = ServiceGroup(configuration: .init(services: [server], logger: log))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      await ready.wait()
      do { try await body(home, service) } catch {
        await group.triggerGracefulShutdown()
        throw error
      }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
    #expect(!FileManager.default.fileExists(atPath: home.controlSocket))
    withExtendedLifetime(temporary) {}
  }

  @Test func aQuestionIsAnswered() async throws {
    try await withServer { home, service in
      let status: StatusReport = try await ControlClient.with(home) { try await $0.ask("status", StatusRequest(waitSeconds: 0, peers: 2)) }
      #expect(status.device.name == "laptop")
      #expect(status.satisfied == true)
      #expect(service.calls == ["status 0.0 2"])
    }
  }

  @Test func theSocketIsForItsOwnerAlone() async throws {
    try await withServer { home, _ in
      let mode = try FileManager.default.attributesOfItem(atPath: home.controlSocket)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
  }

  @Test func aVeryLongPathWorks() async throws {
    let long = (0..<4).map { _ in String(repeating: "d", count: 100) }.joined(separator: "/")
    try await withServer(in: long) { home, _ in
      #expect(FileManager.default.fileExists(atPath: home.controlSocket))
      let conflicts: [ConflictReport] = try await ControlClient.with(home) { try await $0.ask("conflicts", EmptyRequest()) }
      #expect(conflicts.count == 1)
    }
  }

  @Test func otherUsersAreTurnedAway() async throws {
    try await withServer(isAllowed: { _ in false }) { home, service in
      await #expect(throws: (any Error).self) {
        let _: StatusReport = try await ControlClient.with(home) { try await $0.ask("status", StatusRequest()) }
      }
      #expect(service.calls.isEmpty)
    }
  }

  @Test func theKernelsWordIsAskedFor() async throws {
    let own = getuid()
    try await withServer(isAllowed: { $0 == own }) { home, _ in
      let devices: [DeviceReport] = try await ControlClient.with(home) { try await $0.ask("devices", EmptyRequest()) }
      #expect(devices.isEmpty)
    }
  }

  @Test func errorsArriveAsTheyWereThrown() async throws {
    try await withServer { home, _ in
      let told = await #expect(throws: ControlError.self) {
        let _: JoinReport = try await ControlClient.with(home) { try await $0.ask("join", JoinRequest(code: "x")) }
      }
      #expect(told == ControlError(.denied, "this home is in a team: use another --home"))
      let unexpected = await #expect(throws: ControlError.self) {
        let _: ScanReport = try await ControlClient.with(home) { try await $0.ask("scan", ScanRequest()) }
      }
      #expect(unexpected?.code == .failed)
      // What a disk says of the path that was named is no mistake of ours.
      let place = PathReference(text: "x", candidates: [])
      let outside = await #expect(throws: ControlError.self) {
        let _: RestoreReport = try await ControlClient.with(home) { try await $0.ask("restore", RestoreRequest(path: place, version: nil, at: nil, to: nil)) }
      }
      #expect(outside == ControlError(.usage, "a/b: a symlink stands on the way: name another place"))
    }
  }

  @Test func anUnknownVerbAndAnUnreadableRequestAreRefused() async throws {
    try await withServer { home, _ in
      let unknown = await #expect(throws: ControlError.self) {
        let _: EmptyReport = try await ControlClient.with(home) { try await $0.ask("dance", EmptyRequest()) }
      }
      #expect(unknown?.code == .notFound)
      let unreadable = await #expect(throws: ControlError.self) {
        let _: FolderReport = try await ControlClient.with(home) { try await $0.ask("share", ["path": 7]) }
      }
      #expect(unreadable?.code == .usage)
    }
  }

  @Test func aBodyAtTheLimitPassesAndALargerOneDoesNot() async throws {
    try await withServer { home, service in
      let frame = #"{"path":""}"#.utf8.count
      let room = (1 << 20) - frame
      let _: FolderReport = try await ControlClient.with(home) {
        try await $0.ask("share", ShareRequest(path: String(repeating: "p", count: room)))
      }
      #expect(service.calls == ["share \(room)"])
      await #expect(throws: (any Error).self) {
        let _: FolderReport = try await ControlClient.with(home) {
          try await $0.ask("share", ShareRequest(path: String(repeating: "p", count: room + 1)))
        }
      }
      #expect(service.calls.count == 1)
    }
  }

  @Test func aStreamArrivesWholeAndInOrderAndEndsWithItsError() async throws {
    try await withServer { home, _ in
      var paths: [String] = []
      let request = LogRequest(path: nil, since: nil, device: nil, follow: false, limit: nil)
      let told = await #expect(throws: ControlError.self) {
        try await ControlClient.with(home) { client in try await client.follow("log", request) { (entry: LogEntry) in paths.append(entry.path) } }
      }
      #expect(paths == (0..<1_000).map(String.init))
      #expect(told?.message == "the rest is gone: ask again")
    }
  }

  @Test func eventsOfAPairingFollowOneAnother() async throws {
    try await withServer { home, _ in
      var events: [PairEvent.Kind] = []
      try await ControlClient.with(home) { client in
        try await client.follow("pair", PairRequest(expiresSeconds: 5)) { (event: PairEvent) in events.append(event.event) }
      }
      #expect(events == [.code, .paired])
    }
  }

  @Test(.timeLimit(.minutes(1))) func whoGoesAwayEndsTheStream() async throws {
    struct Enough: Error {}
    try await withServer { home, service in
      await #expect(throws: Enough.self) {
        try await ControlClient.with(home) { client in
          try await client.follow("watch", EmptyRequest()) { (_: StatusReport) in throw Enough() }
        }
      }
      await service.cancelled.wait()
    }
  }

  @Test(.timeLimit(.minutes(1))) func stoppingEndsWaitsAndStreams() async throws {
    try await withServer { home, service in
      let client = Task {
        let _: StatusReport = try await ControlClient.with(home) { try await $0.ask("status", StatusRequest(waitSeconds: 50)) }
      }
      // The wait has begun when it is noted; the server stops when this returns.
      while service.calls.isEmpty { await Task.yield() }
      withExtendedLifetime(client) {}
    }
  }

  @Test func withoutADaemonThatIsSaid() async throws {
    let directory = TemporaryDirectory()
    for home in [Home(directory: directory.path), Home(directory: directory.path + "/" + String(repeating: "d", count: 150))] {
      let failure = await #expect(throws: CommandFailure.self) {
        let _: StatusReport = try await ControlClient.with(home) { try await $0.ask("status", StatusRequest()) }
      }
      #expect(failure?.exitCode == 4)
    }
  }
}
