import CoveyCore
import CoveyProtocol
import Logging
import Synchronization

/// One connection from its first message to its last: greets, brings membership into step, then hands folder messages to their
/// folders and answers requests. The order is fixed; who breaks it is hung up on.
final class SessionServer: Sendable {
  static let requestCountMax = 64
  /// Records of one message: far below the frame's limit.
  static let recordsByteCountMax = 512 << 10

  private let device: DeviceRunner
  let session: PeerSession
  private let table: SessionTable
  private let team: TeamState
  private let logger: Logger
  private let greetingTimeout: Duration
  private let stage = Mutex(Stage())
  private let serving = Atomic<Int>(0)

  private struct Stage {
    var hasSentDone = false
    var hasHeardDone = false
    var isOpen: Bool { hasSentDone && hasHeardDone }
  }

  init(device: DeviceRunner, session: PeerSession, table: SessionTable, team: TeamState, logger: Logger, greetingTimeout: Duration) {
    self.device = device
    self.session = session
    self.table = table
    self.team = team
    self.logger = logger
    self.greetingTimeout = greetingTimeout
  }

  /// Serves until the connection ends.
  func run(hello: Hello) async {
    await withDiscardingTaskGroup { group in
      var reason = "the other device closed the connection"
      do {
        try await session.send(.hello(hello))
        guard case .hello(let theirs)? = try await greeting() else { throw SessionError.outOfOrder }
        guard theirs.protocolVersion == hello.protocolVersion else {
          let error = SessionError.version(theirs: theirs.protocolVersion, own: hello.protocolVersion)
          await device.refused(session.device, because: "\(error)")
          throw error
        }
        guard await device.enter(session, hello: theirs) else { return }
        try await session.send(.membershipHeads(team.heads))
        while let message = try await session.connection.receive() { try await take(message, in: &group) }
      } catch where error is SessionError || error is BatchError {
        reason = "\(error)"
        logger.warning("a connection was closed: \(error)", metadata: ["peer": "\(session.device.shortForm)", "address": "\(session.connection.remoteAddress)"])
      } catch {
        reason = "\(error)"
        logger.debug("a connection ended: \(error)", metadata: ["peer": "\(session.device.shortForm)"])
      }
      reason = session.closeReason ?? reason
      session.close()
      await device.left(session, because: reason)
      group.cancelAll()
    }
  }

  /// The other end's first message. Whoever is silent holds a place that another could use.
  private func greeting() async throws -> Message? {
    // Ends with the wait for that message, below.
    let watch = Task { [session, greetingTimeout] in
      try await Task.sleep(for: greetingTimeout)
      session.close(because: "the other device did not say who it is in time")
    }
    defer { watch.cancel() }
    return try await session.connection.receive()
  }

  private func take(_ message: Message, in group: inout DiscardingTaskGroup) async throws {
    if session.accept(message) { return }
    switch message {
    case .membershipHeads(let heads): try await sendRecords(beyond: heads)
    case .membershipRecords(let records): await device.learn(records, from: session)
    case .membershipDone:
      stage.withLock { $0.hasHeardDone = true }
      try await openIfReady()
    case .addresses(let addresses): await device.hear(addresses)
    case .hello(let hello): await device.hearAnew(hello, from: session)
    case .ping, .pong: return
    default:
      guard stage.withLock({ $0.isOpen }) else { throw SessionError.outOfOrder }
      try await takeOpen(message, in: &group)
    }
  }

  private func takeOpen(_ message: Message, in group: inout DiscardingTaskGroup) async throws {
    switch message {
    case .folders(let offers): await device.offered(offers, by: session)
    case .folderHandshake(let handshake): await give(handshake.folder, .handshake(handshake, from: session.device))
    case .batches(let folder, let slices): await give(folder, .batches(try verified(slices, folder: folder), from: session.device))
    case .roundEnd(let folder, let end):
      table.sender(folder, session.device)?.peerKnows(end.knowledge.vector)
      await give(folder, .roundEnd(end, from: session.device))
    case .folderStatus(let folder, let status): await give(folder, .peerStatus(status, from: session.device))
    case .contentRequest(let request):
      guard serving.add(1, ordering: .relaxed).newValue <= Self.requestCountMax else { throw SessionError.tooManyRequests }
      let server = await device.contentServer(request.folder)
      group.addTask { [self] in
        defer { serving.subtract(1, ordering: .relaxed) }
        guard let server else { return await refuse(request) }
        try? await server.answer(request, on: session)
      }
    case .manifestRequest(let request):
      guard serving.add(1, ordering: .relaxed).newValue <= Self.requestCountMax else { throw SessionError.tooManyRequests }
      let server = await device.contentServer(request.folder)
      group.addTask { [self] in
        defer { serving.subtract(1, ordering: .relaxed) }
        try? await answer(request, from: server)
      }
    case .cancel: return
    default: throw SessionError.outOfOrder
    }
  }

  /// Only the connection that counts may speak for its device: what a replaced one still brings is dropped.
  private func give(_ folder: FolderID, _ event: FolderEvent) async {
    guard table.isCurrent(session), let runner = await device.runner(folder) else { return }
    await runner.handle(event)
  }

  private func verified(_ slices: [BatchSlice], folder: FolderID) throws -> [VerifiedBatch] {
    let team = team.snapshot
    return try slices.map { slice in
      let batch = try VerifiedBatch(slice: slice, team: team.team, folder: folder)
      guard batch.items.allSatisfy({ team.authorizes(batch.author, writing: $0.version.dot, in: folder, at: batch.authHeads) }) else {
        throw SessionError.unauthorised
      }
      return batch
    }
  }

  // MARK: Membership

  private func sendRecords(beyond heads: [RecordID]) async throws {
    var part: [SignedRecord] = []
    var byteCount = 0
    for record in team.records(beyond: heads) {
      if byteCount + record.bytes.count > Self.recordsByteCountMax || part.count == 500 {
        try await session.send(.membershipRecords(part))
        (part, byteCount) = ([], 0)
      }
      part.append(record)
      byteCount += record.bytes.count + record.signature.count
    }
    if !part.isEmpty { try await session.send(.membershipRecords(part)) }
    stage.withLock { $0.hasSentDone = true }
    try await session.send(.membershipDone)
    try await openIfReady()
  }

  private func openIfReady() async throws {
    guard stage.withLock({ $0.isOpen }) else { return }
    guard team.isActive(session.device) else { throw SessionError.noMember }
    try await device.opened(session)
  }

  // MARK: Content

  private func refuse(_ request: ContentRequest) async {
    for item in request.items.indices { try? await session.send(.contentUnavailable(request: request.id, item: UInt32(item))) }
  }

  private func answer(_ request: ManifestRequest, from server: ContentServer?) async throws {
    guard let server, let answer = try await server.manifest(request) else {
      return try await session.send(.contentUnavailable(request: request.id, item: 0))
    }
    let parts = ManifestDifference.parts(of: answer.runs)
    for (index, part) in parts.enumerated() {
      try await session.send(.manifest(ManifestAnswer(request: request.id, base: answer.base, runs: part, isPartial: index + 1 < parts.count)))
    }
  }
}

/// Why a connection was closed from this side.
enum SessionError: Error, CustomStringConvertible {
  case outOfOrder
  case version(theirs: UInt32, own: UInt32)
  case noMember
  case unauthorised
  case tooManyRequests

  var description: String {
    switch self {
    case .outOfOrder: "the peer sent a message out of order"
    case .version(let theirs, let own): "the peer speaks protocol version \(theirs), this device \(own): install the same version of Covey on both"
    case .noMember: "the peer is no member of the team any more"
    case .unauthorised: "the peer passed on changes by a device that may not make them"
    case .tooManyRequests: "the peer asked for too much at once"
    }
  }
}
