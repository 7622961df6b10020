/// What the daemon does for who talks to its control socket: one verb for each command.
///
/// Errors are thrown as ``ControlError``; whatever else is thrown is told as a failure of ours. What still runs when the daemon stops
/// is cancelled, and so is a stream whose client goes away; another call then ends unheard.
package protocol ControlService: Sendable {
  /// How things stand; with a wait, as soon as all is in sync or the time is over, and `satisfied` says which.
  func status(_ request: StatusRequest) async throws -> StatusReport
  /// Sends how things stand now and again after every change, at most twice a second, until cancelled.
  func watch(_ request: EmptyRequest, send: @Sendable (StatusReport) async throws -> Void) async throws

  /// Makes a code, sends it, and ends when it was used, expired or was withdrawn; cancelled, it withdraws the code.
  func pair(_ request: PairRequest, send: @Sendable (PairEvent) async throws -> Void) async throws
  func join(_ request: JoinRequest) async throws -> JoinReport
  func devices(_ request: EmptyRequest) async throws -> [DeviceReport]
  func renameDevice(_ request: RenameDeviceRequest) async throws -> DeviceReport

  func share(_ request: ShareRequest) async throws -> FolderReport
  func accept(_ request: AcceptRequest) async throws -> FolderReport
  func unshare(_ request: UnshareRequest) async throws -> EmptyReport
  func folders(_ request: EmptyRequest) async throws -> [FolderListing]
  func pause(_ request: PauseRequest) async throws -> PauseReport
  func resume(_ request: PauseRequest) async throws -> PauseReport
  /// Returns when what was found is in the index.
  func scan(_ request: ScanRequest) async throws -> ScanReport

  func conflicts(_ request: EmptyRequest) async throws -> [ConflictReport]
  func conflict(_ request: ConflictRequest) async throws -> ConflictSides
  func resolve(_ request: ResolveRequest) async throws -> ResolveReport
  func held(_ request: EmptyRequest) async throws -> [HeldReport]
  func decideHeld(_ request: DecideHeldRequest) async throws -> DecideHeldReport

  /// Lets deletes count that are held.
  func approve(_ request: ApproveRequest) async throws -> ApproveReport
  /// Takes back what one device changed, or says what that would do.
  func undo(_ request: UndoRequest) async throws -> UndoReport
  /// Reads everything again; returns when what could be mended was.
  func verify(_ request: VerifyRequest) async throws -> VerifyReport
  func history(_ request: PathRequest) async throws -> [HistoryVersion]
  func restore(_ request: RestoreRequest) async throws -> RestoreReport
  /// Sends the past, oldest first, and goes on if asked to follow, until cancelled.
  func log(_ request: LogRequest, send: @Sendable (LogEntry) async throws -> Void) async throws
  func why(_ request: PathRequest) async throws -> WhyReport

  /// Reads the config again and does what it says now.
  func reload(_ request: EmptyRequest) async throws -> ReloadReport
}
