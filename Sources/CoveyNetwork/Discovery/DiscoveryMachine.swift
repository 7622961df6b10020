package import CoveyCore
package import CoveyProtocol

/// Decides what is answered to which datagram: limits on the rate of each source, and nothing twice.
package struct DiscoveryMachine: Sendable {
  package enum Verdict: Hashable, Sendable {
    case ignore
    case heard(DeviceAnnouncement, greetsBack: Bool)
    /// Somebody asks for a slot; the nonce goes back with the answer.
    case asked(slot: UInt16, nonce: [UInt8])
  }

  static let datagramsPerSecond = 10.0
  private static let rememberedMax = 256
  /// Own announcements follow each other no faster when others ask for them by announcing themselves.
  static let greetingInterval = Duration.seconds(10)

  private var rates = SourceRates(perSecond: datagramsPerSecond, sourceCountMax: 1024)
  /// Nonces of announcements that were heard or sent lately: the same one comes through several interfaces, and back to us.
  private var recent: [[UInt8]] = []
  /// Sources that have announced themselves since we began.
  private var known: Set<Source> = []
  private var announced: Instant?

  package init() {}

  package mutating func willAnnounce(_ nonce: [UInt8], at now: Instant) {
    remember(nonce)
    announced = now
  }

  package mutating func receive(_ datagram: DiscoveryDatagram, from source: Source, at now: Instant) -> Verdict {
    if case .announcement(let announcement) = datagram, recent.contains(announcement.nonce) { return .ignore }
    guard rates.take(source, at: now) else { return .ignore }
    switch datagram {
    case .pairingQuery(let slot, let nonce): return .asked(slot: slot, nonce: nonce)
    case .pairingReply: return .ignore
    case .announcement(let announcement):
      remember(announcement.nonce)
      return .heard(announcement, greetsBack: greetsBack(source, at: now))
    }
  }

  /// A newcomer's first announcement asks for ours: it has not heard the one we made at our start.
  private mutating func greetsBack(_ source: Source, at now: Instant) -> Bool {
    guard known.count < Self.rememberedMax || known.contains(source) else { return false }
    let isNew = source == .loopback || known.insert(source).inserted
    guard isNew, let announced, now.duration(since: announced) >= Self.greetingInterval else { return false }
    return true
  }

  private mutating func remember(_ nonce: [UInt8]) {
    if recent.count == Self.rememberedMax { recent.removeFirst() }
    recent.append(nonce)
  }
}
