import CoveyCore
import CoveyEngine
import CoveyProtocol

/// One-time codes.
extension SyncService {
  /// How long a new member waits to hear what its team shares.
  static let offersTimeout = Duration.seconds(15)

  package func pair(_ request: PairRequest, send: @Sendable (PairEvent) async throws -> Void) async throws {
    let lifetime = request.expiresSeconds.map { Duration.seconds($0) } ?? OpenInvites.lifetimeDefault
    let (code, news): (PairingCode, AsyncStream<PairingDesk.News>)
    do { (code, news) = try await engine.invite(lifetime: lifetime) } catch let error as EngineError { throw ControlError(.unavailable, error.message) }
    do {
      let expires = Timestamp(seconds: SystemFacts.wallClock().seconds + lifetime.components.seconds, nanoseconds: 0).rfc3339
      try await send(PairEvent(event: .code, code: code.text, expires: expires))
      for await one in news {
        switch one {
        case .paired(let paired):
          try await send(PairEvent(event: .paired, device: .init(id: paired.device.text, name: paired.name)))
          return
        case .refused(let address, let triesLeft): try await send(PairEvent(event: .refused, address: address, triesLeft: triesLeft))
        case .withdrawn: return try await send(PairEvent(event: .withdrawn))
        }
      }
      try Task.checkCancellation()
      try await send(PairEvent(event: .expired))
    } catch {
      await engine.cancel(code)
      throw error
    }
  }

  package func join(_ request: JoinRequest) async throws -> JoinReport {
    let code: PairingCode
    do throws(PairingCodeError) { code = try PairingCode(request.code) } catch { throw ControlError(.usage, "\(error)") }
    guard engine.team.members.count <= 1 else {
      throw ControlError(.conflict, "this device is in a team with others already: use another --home to join a second team")
    }
    let (joined, address): (JoinedTeam, String)
    do { (joined, address) = try await engine.join(code, at: request.at) } catch let error as EngineError { throw ControlError(.failed, error.message) }
    try await enter(joined)
    await engine.meet(joined.inviter, at: address)
    let offers = await waitForOffers(of: joined.inviter)
    var placed: [JoinRequest.Placement] = []
    // That the devices are paired stands; a place that will not do keeps no other folder from its own.
    var refusal: ControlError?
    for offer in offers {
      let path = request.placements.first { $0.label == offer.label }?.path ?? request.into.map { $0 + "/" + offer.label }
      guard let path else { continue }
      do {
        try await accept(offer, label: offer.label, path: path)
        placed.append(.init(label: offer.label, path: path))
      } catch let error as ControlError {
        refusal = refusal ?? ControlError(error.code, "paired, but '\(offer.label.escaped)' is not placed: \(error.message)")
      }
    }
    if let refusal { throw refusal }
    for placement in request.placements where !placed.contains(where: { $0.label == placement.label }) {
      throw ControlError(.notFound, "paired, but nobody offers a folder '\(placement.label.escaped)': 'covey status' lists what is offered")
    }
    var offered: [OfferReport] = []
    for (offer, from) in await engine.openOffers() {
      offered.append(OfferReport(label: offer.label, from: await name(of: from), files: offer.fileCount, bytes: offer.byteCount))
    }
    return JoinReport(device: .init(id: joined.inviter.text, name: await name(of: joined.inviter)), placed: placed, offered: offered)
  }

  /// Leaves the team of one for the one that was joined. Folders shared so far come along: what was authored for the old team is
  /// authored anew, for its signatures name that team.
  private func enter(_ joined: JoinedTeam) async throws {
    let graph = try MembershipGraph(stored: joined.records)
    try teamFile.save(joined.records)
    let settings = folders
    for id in settings.keys { await engine.remove(id) }
    engine.team.replace(with: graph)
    for (id, folder) in settings {
      try refound(id)
      // It names a log that is no more, and the folder would wait for others to tell what was in it.
      removeMarker(folder.path)
    }
    for (_, folder) in settings.sorted(by: { $0.value.label < $1.value.label }) { try await open(folder, isMadeHere: true) }
  }

  private func refound(_ folder: FolderID) throws {
    try store.write(folder, flush: true) { records in
      try records.dropAllHeads()
      var after: RelativePath?
      while case let page = try records.entries(below: nil, after: after, limit: 1_000), let last = page.last {
        for entry in page { try records.setEntry(Entry(path: entry.path, observation: nil)) }
        after = last.path
      }
      while case let page = try records.todo(after: nil, limit: 1_000), !page.isEmpty { for path in page { try records.setTodo(nil, at: path) } }
      while case let page = try records.conflicts(after: nil, limit: 1_000), !page.isEmpty { for (_, path) in page { try records.setConflict(path, open: false) } }
      records.state = FolderState(log: SystemFacts.newLog(), isFresh: false)
    }
  }

  private func waitForOffers(of inviter: DeviceID) async -> [FolderOffer] {
    let end = ContinuousClock.now + Self.offersTimeout
    for await _ in engine.activity.changes() {
      if await engine.introduced.contains(inviter) || ContinuousClock.now >= end { break }
    }
    return await engine.openOffers().filter { $0.from == inviter }.map(\.offer)
  }
}
