import CoveyCore
import CoveyEngine
import Logging
import ServiceLifecycle

/// How things stand.
extension SyncService {
  /// While somebody waits, things are looked at anew at most this often.
  static let lookInterval = Duration.milliseconds(20)
  static let watchInterval = Duration.milliseconds(500)

  package func status(_ request: StatusRequest) async throws -> StatusReport {
    guard let wait = request.waitSeconds else {
      for runner in await engine.allRunners { try? await runner.drain() }
      return try await statusNow()
    }
    let end = ContinuousClock.now + .seconds(min(max(wait, 0), StatusRequest.waitSecondsMax))
    let changes = engine.activity.changes()
    while true {
      // A change that the kernel knows of and this device has not looked at is no state to report as in sync.
      for runner in await engine.allRunners { try? await runner.drain() }
      var report = try await statusNow()
      let connected = await connectedCount()
      report.satisfied = report.folders.allSatisfy(\.inSync) && connected >= (request.peers ?? 0)
      if report.satisfied == true || ContinuousClock.now >= end { return report }
      await Self.next(of: changes, until: end)
      try await Task.sleep(for: Self.lookInterval)
    }
  }

  /// Returns at the next change, or at `end`.
  private static func next(of changes: AsyncStream<Void>, until end: ContinuousClock.Instant) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in changes { return } }
      group.addTask { try? await Task.sleep(until: end) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Peers that have said what they share.
  private func connectedCount() async -> Int { await engine.introduced.count }

  package func watch(_ request: EmptyRequest, send: @Sendable (StatusReport) async throws -> Void) async throws {
    for await _ in engine.activity.changes() {
      try await send(try await statusNow())
      try await Task.sleep(for: Self.watchInterval)
    }
  }

  func statusNow() async throws -> StatusReport {
    var folders: [FolderReport] = []
    var statuses: [FolderStatus] = []
    for runner in await engine.allRunners {
      guard let status = try? await runner.status() else {
        folders.append(await failed(runner))
        continue
      }
      statuses.append(status)
      folders.append(report(on: runner, status))
    }
    let open = Set(folders.map(\.id))
    for (id, settings) in self.folders.sorted(by: { $0.value.label < $1.value.label }) where !open.contains(id.hex) {
      folders.append(closed(id, label: settings.label, path: settings.path, reason: "it is not open"))
    }
    var offered: [OfferReport] = []
    for (offer, from) in await engine.openOffers() {
      offered.append(OfferReport(label: offer.label, from: await name(of: from), files: offer.fileCount, bytes: offer.byteCount))
    }
    return StatusReport(
      device: .init(id: device.text, name: engine.name, version: ProgramVersion.text), folders: folders, offered: offered,
      peers: await peerReports(statuses), uptimeSeconds: (ContinuousClock.now - started).components.seconds, satisfied: nil)
  }

  private func failed(_ runner: FolderRunner) async -> FolderReport {
    closed(runner.folder, label: runner.label, path: runner.place.path, reason: await runner.failure ?? "it has stopped")
  }

  /// A folder of which nothing can be said now.
  private func closed(_ folder: FolderID, label: String, path: String, reason: String) -> FolderReport {
    FolderReport(
      id: folder.hex, label: label, path: path, state: .blocked, inSync: false, paused: false, files: 0, directories: 0, bytes: 0,
      pendingFiles: 0, pendingBytes: 0, conflicts: 0, digest: "",
      problems: [ProblemReport(path: "", reason: "\(reason): it is opened again in a few seconds")], held: 0, progress: nil)
  }

  private func peerReports(_ statuses: [FolderStatus]) async -> [PeerReport] {
    let known = await engine.knownPeers
    let refusals = await engine.refusals
    // A folder that both share and of which nothing is known now, because it is paused or blocked, is not in sync.
    let sharedCounts = await engine.sharedCounts
    var reports: [PeerReport] = []
    let members = engine.team.members.keys.sorted().filter { $0 != key.device }
    let backlogs = await backlogs(of: members.filter { engine.table.session($0) == nil })
    for member in members {
      let session = engine.table.session(member)
      let standings = statuses.compactMap { $0.peers[member] }
      reports.append(
        PeerReport(
          id: member.text, name: await name(of: member), connected: session != nil,
          address: session?.connection.remoteAddress ?? known[member]?.addresses.first,
          inSync: session != nil && standings.allSatisfy(\.isInSync) && standings.count >= sharedCounts[member, default: 0] && statuses.allSatisfy(\.isSettled),
          behindFiles: standings.reduce(backlogs[member]?.fileCount ?? 0) { $0 + $1.behindFileCount },
          behindBytes: standings.reduce(backlogs[member]?.byteCount ?? 0) { $0 + $1.behindByteCount },
          lastSeen: session != nil ? SystemFacts.wallClock().rfc3339 : known[member]?.lastSeen.map { Timestamp(seconds: $0, nanoseconds: 0).rfc3339 },
          bytesSent: session?.connection.bytesSent ?? 0, bytesReceived: session?.connection.bytesReceived ?? 0,
          paused: known[member]?.isPaused == true ? true : nil, problem: session == nil ? refusals[member] : nil))
    }
    return reports
  }

  private func backlogs(of members: [DeviceID]) async -> [DeviceID: FolderBacklog] {
    var sum: [DeviceID: FolderBacklog] = [:]
    for runner in await engine.allRunners {
      for (member, backlog) in (try? await runner.backlogs(of: members)) ?? [:] {
        sum[member] = FolderBacklog(
          fileCount: (sum[member]?.fileCount ?? 0) + backlog.fileCount, byteCount: (sum[member]?.byteCount ?? 0) + backlog.byteCount)
      }
    }
    return sum
  }

  func report(on label: String) async throws -> FolderReport {
    let id = try folder(labelled: label)
    guard let runner = await engine.runner(id) else { throw ControlError(.failed, "the folder '\(label.escaped)' has stopped: start the daemon again") }
    return report(on: runner, try await runner.status())
  }

  private func report(on runner: FolderRunner, _ status: FolderStatus) -> FolderReport {
    let progress = engine.activity.progress(of: runner.folder, lackingByteCount: status.pendingByteCount)
    return FolderReport(runner, status, ProgressReport(progress, status))
  }

  package func folders(_ request: EmptyRequest) async throws -> [FolderListing] {
    var listings: [FolderListing] = []
    for runner in await engine.allRunners {
      guard let status = try? await runner.status() else { continue }
      var members: [FolderListing.Member] = []
      for (peer, standing) in status.peers.sorted(by: { $0.key < $1.key }) {
        members.append(.init(id: peer.text, name: await name(of: peer), connected: engine.table.session(peer) != nil, inSync: standing.isInSync))
      }
      let report = FolderReport(runner, status, nil)
      let history = try store.read(runner.folder) { try $0.historyTotals() }
      listings.append(
        FolderListing(
          id: report.id, label: report.label, path: report.path, state: report.state.rawValue, inSync: report.inSync, paused: report.paused,
          files: report.files, bytes: report.bytes, historyFiles: history.count, historyBytes: history.byteCount, devices: members))
    }
    for (offer, from) in await engine.openOffers() {
      listings.append(
        FolderListing(
          id: offer.folder.hex, label: offer.label, path: nil, state: "offered", inSync: false, paused: false, files: offer.fileCount,
          bytes: offer.byteCount, historyFiles: 0, historyBytes: 0, devices: [.init(id: from.text, name: await name(of: from), connected: true, inSync: true)]))
    }
    return listings
  }

  package func devices(_ request: EmptyRequest) async throws -> [DeviceReport] {
    let known = await engine.knownPeers
    var reports: [DeviceReport] = []
    for member in engine.team.members.keys.sorted() {
      let isOwn = member == key.device
      let session = engine.table.session(member)
      reports.append(
        DeviceReport(
          id: member.text, name: await name(of: member), own: isOwn, connected: isOwn || session != nil, paused: known[member]?.isPaused ?? false,
          address: session?.connection.remoteAddress ?? known[member]?.addresses.first,
          lastSeen: isOwn ? nil : session != nil ? SystemFacts.wallClock().rfc3339 : known[member]?.lastSeen.map { Timestamp(seconds: $0, nanoseconds: 0).rfc3339 }))
    }
    return reports.sorted { ($0.own ? 0 : 1, $0.name) < ($1.own ? 0 : 1, $1.name) }
  }

  package func renameDevice(_ request: RenameDeviceRequest) async throws -> DeviceReport {
    let member = try await device(named: request.device)
    if let objection = NameRule.objection(to: request.name) { throw ControlError(.usage, "the name '\(request.name.escaped)': \(objection)") }
    if member == key.device {
      configuration = try surroundings.file.update([.setName(request.name)])
      await engine.takeName(request.name)
      return DeviceReport(id: member.text, name: request.name, own: true, connected: true, paused: false, address: nil, lastSeen: nil)
    }
    for other in engine.team.members.keys where other != member {
      if await name(of: other) == request.name { throw ControlError(.conflict, "another device is called '\(request.name.escaped)': choose another name") }
    }
    try await engine.rename(member, to: request.name)
    let all = try await devices(EmptyRequest())
    guard let report = all.first(where: { $0.id == member.text }) else { throw ControlError(.failed, "the device is gone: list them with covey devices") }
    return report
  }
}

extension ProgressReport {
  /// Nil where nothing moves.
  init?(_ progress: FolderProgress, _ status: FolderStatus) {
    self.init(
      scannedFilesPerSecond: progress.scannedFilesPerSecond, readBytesPerSecond: progress.readBytesPerSecond,
      receivedBytesPerSecond: progress.receivedBytesPerSecond, sentBytesPerSecond: progress.sentBytesPerSecond)
    guard self != ProgressReport() else { return nil }
    if status.state == .scanning {
      // Reading is what takes long; where there is nothing to read, the names seen are compared with the names known.
      scanSecondsLeft = progress.bytesToRead > 0
        ? Self.secondsLeft(progress.bytesToRead, readBytesPerSecond)
        : Self.secondsLeft(status.held.fileCount + status.held.directoryCount - progress.scannedFileCount, scannedFilesPerSecond)
    }
    fetchSecondsLeft = Self.secondsLeft(status.pendingByteCount - progress.arrivedByteCount, receivedBytesPerSecond)
    sendSecondsLeft = Self.secondsLeft(status.peers.values.reduce(0) { $0 + $1.behindByteCount }, sentBytesPerSecond)
  }

  private static func secondsLeft(_ amount: Int64, _ perSecond: Double) -> Double? { amount > 0 && perSecond > 0 ? Double(amount) / perSecond : nil }
}

extension FolderReport {
  init(_ runner: FolderRunner, _ status: FolderStatus, _ progress: ProgressReport?) {
    self.init(
      id: runner.folder.hex, label: runner.label, path: runner.place.path, state: State(status.state), inSync: status.isInSync,
      paused: status.state == .paused, files: status.held.fileCount, directories: status.held.directoryCount, bytes: status.held.byteCount,
      pendingFiles: status.pendingFileCount, pendingBytes: status.pendingByteCount, conflicts: status.conflictCount,
      digest: status.held.sum.hex,
      problems: (status.heldDeletes.map { [ProblemReport(path: "", reason: HeldDeletes.sentence($0.fileCount, label: runner.label))] } ?? [])
        + status.problems.map(ProblemReport.init),
      held: Int64(status.heldForDecisionCount), progress: progress)
  }
}

extension FolderReport.State {
  init(_ state: FolderStatus.State) {
    self =
      switch state {
      case .scanning: .scanning
      case .syncing: .syncing
      case .idle: .idle
      case .paused: .paused
      case .blocked: .blocked
      }
  }
}

extension ProblemReport {
  init(_ problem: Problem) { self.init(path: String(decoding: problem.path, as: UTF8.self), reason: problem.reason) }
}
