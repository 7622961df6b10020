import CoveyDaemon
import CoveyEngine
import Synchronization
import Testing

/// A control service that answers from hand-written documents and remembers what it was asked.
final class FakeControlService: ControlService {
  private let asked = Mutex<[String]>([])
  /// Called when a stream or a wait was cancelled.
  let cancelled = Signal()

  var calls: [String] { asked.withLock { $0 } }

  private func note(_ call: String) { asked.withLock { $0.append(call) } }

  func status(_ request: StatusRequest) async throws -> StatusReport {
    note("status \(request.waitSeconds ?? -1) \(request.peers ?? -1)")
    var report: StatusReport = try Golden.value(Golden.status)
    if let seconds = request.waitSeconds, seconds > 0 { try await waitForever() }
    report.satisfied = request.waitSeconds.map { _ in true }
    return report
  }

  func watch(_ request: EmptyRequest, send: @Sendable (StatusReport) async throws -> Void) async throws {
    try await send(try Golden.value(Golden.status))
    try await waitForever()
  }

  func pair(_ request: PairRequest, send: @Sendable (PairEvent) async throws -> Void) async throws {
    note("pair \(request.expiresSeconds ?? 0)")
    try await send(try Golden.value(#"{"event":"code","code":"7K-QF3M-9D2X"}"#))
    try await send(try Golden.value(#"{"event":"paired","device":{"id":"XY","name":"desk"}}"#))
  }

  func join(_ request: JoinRequest) async throws -> JoinReport {
    note("join \(request.code)")
    throw ControlError(.denied, "this home is in a team: use another --home")
  }

  func share(_ request: ShareRequest) async throws -> FolderReport {
    note("share \(request.path.utf8.count)")
    return try #require(try Golden.value(Golden.status, as: StatusReport.self).folders.first)
  }

  func log(_ request: LogRequest, send: @Sendable (LogEntry) async throws -> Void) async throws {
    for number in 0..<1_000 {
      try await send(
        try Golden.value(
          #"{"arrived":"2026-11-22T18:42:17Z","folder":"docs","path":"\#(number)","change":"added","device":"desk","kind":"file","size":1,"modified":"2026-11-22T18:42:17Z","hash":"aa"}"#))
    }
    throw ControlError(.unavailable, "the rest is gone: ask again")
  }

  func conflicts(_ request: EmptyRequest) async throws -> [ConflictReport] { try Golden.value(Golden.conflicts) }

  func scan(_ request: CoveyDaemon.ScanRequest) async throws -> ScanReport {
    struct Unexpected: Error {}
    throw Unexpected()
  }

  func accept(_ request: AcceptRequest) async throws -> FolderReport { try unused() }
  func unshare(_ request: UnshareRequest) async throws -> EmptyReport { try unused() }
  func folders(_ request: EmptyRequest) async throws -> [FolderListing] { [] }
  func devices(_ request: EmptyRequest) async throws -> [DeviceReport] { [] }
  func renameDevice(_ request: RenameDeviceRequest) async throws -> DeviceReport { try unused() }
  func pause(_ request: PauseRequest) async throws -> PauseReport { try unused() }
  func resume(_ request: PauseRequest) async throws -> PauseReport { try unused() }
  func conflict(_ request: ConflictRequest) async throws -> ConflictSides { try unused() }
  func resolve(_ request: ResolveRequest) async throws -> ResolveReport { try unused() }
  func held(_ request: EmptyRequest) async throws -> [HeldReport] { [] }
  func decideHeld(_ request: DecideHeldRequest) async throws -> DecideHeldReport { try unused() }
  func approve(_ request: ApproveRequest) async throws -> ApproveReport { try unused() }
  func undo(_ request: UndoRequest) async throws -> UndoReport { try unused() }
  func verify(_ request: VerifyRequest) async throws -> VerifyReport { try unused() }
  func history(_ request: PathRequest) async throws -> [HistoryVersion] { [] }
  func restore(_ request: RestoreRequest) async throws -> RestoreReport {
    throw DiskError(code: .outsideFolder, path: "a/b", message: "a symlink stands on the way: name another place")
  }
  func why(_ request: PathRequest) async throws -> WhyReport { try unused() }
  func reload(_ request: EmptyRequest) async throws -> ReloadReport { try Golden.value(#"{"changes":[]}"#) }

  private func unused<Report>() throws -> Report { throw ControlError(.unavailable, "not in this test: choose another") }

  private func waitForever() async throws {
    await Signal().wait()
    cancelled.fire()
    try Task.checkCancellation()
  }
}

/// Something that happens once; waiting also ends when the waiting task is cancelled.
final class Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func fire() { continuation.finish() }
  func wait() async { for await _ in stream {} }
}
