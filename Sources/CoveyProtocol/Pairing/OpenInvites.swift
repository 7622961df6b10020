package import CoveyCore

/// The codes that are open on this device, by slot, and the runs that try them. In memory only: a restart closes all.
///
/// A code dies when it has been used, has expired, was cancelled, or when three runs have been charged to it. A run is charged
/// when a tag arrives, since that is what a guess needs; not when it ends without one. One run at a time tries a code, one a source
/// address, and a source that failed waits 3 s, so that nobody can keep the right device out.
package struct OpenInvites: Sendable {
  package static let countMax = 4
  package static let runCountMax = 3
  package static let runDuration = Duration.seconds(5)
  package static let pause = Duration.seconds(3)
  package static let lifetimeDefault = Duration.seconds(600)
  package static let lifetimeMax = Duration.seconds(24 * 3600)
  private static let sourceCountMax = 256

  private struct Invite: Sendable {
    var code: PairingCode
    var role: Role
    var expires: Instant
    var chargedCount = 0
    var run: (id: UInt64, until: Instant)?
  }

  /// One device's try of one code.
  struct Run: Sendable {
    let id: UInt64
    let code: PairingCode
    let role: Role
    let source: String
    let deadline: Instant
  }

  /// What charging a run came to.
  enum Charge: Hashable, Sendable {
    /// The code is used now.
    case used
    case wrong(chargedCount: Int)
    case withdrawn
    /// The code was used, cancelled or expired while the run went on.
    case gone
  }

  private var invites: [UInt16: Invite] = [:]
  /// Sources that have a run or must wait, and until when.
  private var sources: [String: Instant] = [:]
  private var nextRun: UInt64 = 0

  package init() {}

  package var isEmpty: Bool { invites.isEmpty }

  package var codes: [PairingCode] { invites.values.map(\.code) }

  /// Whether a code is open in this slot, for discovery and for choosing another.
  package func hasOpenCode(inSlot slot: UInt16, at now: Instant) -> Bool { invites[slot].map { now < $0.expires } ?? false }

  /// When the next code expires.
  package var nextExpiry: Instant? { invites.values.map(\.expires).min() }

  /// Opens a code that gives `role` to the device that uses it first.
  package mutating func open(_ code: PairingCode, role: Role, lifetime: Duration = lifetimeDefault, at now: Instant) throws(OpenInviteError) {
    _ = removeExpired(at: now)
    guard invites.count < Self.countMax else { throw .tooMany }
    guard invites[code.slot] == nil else { throw .slotTaken }
    guard lifetime > .zero, lifetime <= Self.lifetimeMax else { throw .lifetime }
    invites[code.slot] = Invite(code: code, role: role, expires: now.advanced(by: lifetime))
  }

  /// Closes a code; nothing when it is not open.
  package mutating func cancel(_ code: PairingCode) {
    if invites[code.slot]?.code == code { invites[code.slot] = nil }
  }

  /// Forgets the codes whose time is over and returns them.
  package mutating func removeExpired(at now: Instant) -> [PairingCode] {
    let expired = invites.values.filter { $0.expires <= now }.map(\.code)
    for code in expired { invites[code.slot] = nil }
    return expired
  }

  mutating func begin(slot: UInt16, from source: String, at now: Instant) -> Result<Run, PairingFailure> {
    sources = sources.filter { now < $0.value }
    guard sources[source] == nil, sources.count < Self.sourceCountMax else { return .failure(.busy) }
    guard var invite = invites[slot], now < invite.expires else { return .failure(.noOpenCode) }
    if let run = invite.run, now < run.until { return .failure(.busy) }
    nextRun += 1
    let run = Run(id: nextRun, code: invite.code, role: invite.role, source: source, deadline: now.advanced(by: Self.runDuration))
    invite.run = (run.id, run.deadline)
    invites[slot] = invite
    sources[source] = run.deadline.advanced(by: Self.pause)
    return .success(run)
  }

  /// Charges the run's tag to its code.
  mutating func charge(_ run: Run, isRight: Bool, at now: Instant) -> Charge {
    let slot = run.code.slot
    guard var invite = invites[slot], invite.code == run.code, invite.run?.id == run.id, now < invite.expires else {
      rest(run, at: now)
      return .gone
    }
    if isRight {
      invites[slot] = nil
      sources[run.source] = nil
      return .used
    }
    rest(run, at: now)
    invite.chargedCount += 1
    invite.run = nil
    invites[slot] = invite.chargedCount < Self.runCountMax ? invite : nil
    return invite.chargedCount < Self.runCountMax ? .wrong(chargedCount: invite.chargedCount) : .withdrawn
  }

  /// Ends a run that sent no tag.
  mutating func abandon(_ run: Run, at now: Instant) {
    if invites[run.code.slot]?.run?.id == run.id { invites[run.code.slot]?.run = nil }
    rest(run, at: now)
  }

  private mutating func rest(_ run: Run, at now: Instant) { sources[run.source] = now.advanced(by: Self.pause) }
}

/// Why a code cannot be opened.
package enum OpenInviteError: Error, Hashable, Sendable {
  case tooMany
  case slotTaken
  case lifetime
}

extension OpenInviteError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooMany: "\(OpenInvites.countMax) codes are open already: wait until one is used or expires, or cancel one"
    case .slotTaken: "another code has the same first two symbols: make another"
    case .lifetime: "a code lives for at most 24 hours"
    }
  }
}
