package import CoveyCore
import NIOCore

/// Decides who may hold a connection before and after authorisation. Pure: the gate around it keeps the channels.
///
/// When all places are taken, the oldest connection that has had ample time for a handshake gives way, so that a flood of
/// silent connections cannot keep a member out; one that is young does not, so that a flood cannot throw members out either.
package struct AdmissionMachine: Sendable {
  package typealias Ticket = UInt64

  package enum Refusal: Hashable, Sendable { case tooFast, sourceFull, full }

  package enum Verdict: Hashable, Sendable {
    case admitted(Ticket)
    /// Admitted in place of another connection, which has to be closed.
    case replaced(Ticket, with: Ticket)
    case refused(Refusal)
  }

  private struct Unauthenticated {
    var source: Source
    var since: Instant
  }

  private let limits: NetworkLimits
  private var rates: SourceRates
  private var next: Ticket = 0
  private var unauthenticated: [Ticket: Unauthenticated] = [:]
  /// Tickets of each device, oldest first.
  private var members: [DeviceID: [Ticket]] = [:]
  private var devices: [Ticket: DeviceID] = [:]

  package init(_ limits: NetworkLimits) {
    self.limits = limits
    rates = SourceRates(perSecond: limits.attemptsPerSecond, sourceCountMax: limits.rememberedSourcesMax)
  }

  package var unauthenticatedCount: Int { unauthenticated.count }
  package var authenticatedCount: Int { devices.count }

  package mutating func arrive(from source: Source, at now: Instant) -> Verdict {
    guard source == .loopback || rates.take(source, at: now) else { return .refused(.tooFast) }
    let ofSource = unauthenticated.filter { $0.value.source == source }
    let sourceMax = source == .loopback ? limits.unauthenticatedFromLoopbackMax : limits.unauthenticatedPerSourceMax
    var old: Ticket?
    if ofSource.count >= sourceMax {
      old = oldest(of: ofSource, at: now)
      guard old != nil else { return .refused(.sourceFull) }
    } else if unauthenticated.count >= limits.unauthenticatedMax {
      old = oldest(of: unauthenticated, at: now)
      guard old != nil else { return .refused(.full) }
    }
    next += 1
    unauthenticated[next] = Unauthenticated(source: source, since: now)
    guard let old else { return .admitted(next) }
    unauthenticated[old] = nil
    return .replaced(old, with: next)
  }

  private func oldest(of candidates: [Ticket: Unauthenticated], at now: Instant) -> Ticket? {
    let patience = Duration.nanoseconds(limits.givesWayAfter.nanoseconds)
    return candidates.filter { now.duration(since: $0.value.since) >= patience }
      .min { ($0.value.since, $0.key) < ($1.value.since, $1.key) }?.key
  }

  /// The connection proved to be `device` and is authorised; returns a connection of that device that has to be closed.
  package mutating func authenticate(_ ticket: Ticket, as device: DeviceID) -> Ticket? {
    guard unauthenticated.removeValue(forKey: ticket) != nil else { return nil }
    devices[ticket] = device
    members[device, default: []].append(ticket)
    guard let all = members[device], all.count > limits.connectionsPerDeviceMax else { return nil }
    let old = all[0]
    leave(old)
    return old
  }

  /// The connection is closed.
  package mutating func leave(_ ticket: Ticket) {
    unauthenticated[ticket] = nil
    guard let device = devices.removeValue(forKey: ticket) else { return }
    members[device]?.removeAll { $0 == ticket }
    if members[device]?.isEmpty == true { members[device] = nil }
  }
}
