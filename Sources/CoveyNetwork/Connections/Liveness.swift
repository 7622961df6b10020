package import NIOCore

/// Decides from the times of the last bytes whether a connection lives: when to ask the other end for a sign, when to close.
///
/// While this side does not read, because its reader is slow, silence and half frames are its own doing: nothing is held against
/// the other end, and now and then a sign is sent so that the other end does not give up either.
package struct Liveness: Sendable {
  package enum Verdict: Hashable, Sendable {
    case fine
    case sendPing
    case sendSign
    case close(Reason)
  }

  package enum Reason: Hashable, Sendable {
    case silent
    case slowFrame
  }

  private let limits: NetworkLimits
  private var heard: NIODeadline
  /// When the last sign was sent without having been asked for.
  private var signed: NIODeadline
  private var hasPinged = false
  private var isPaused = false
  /// When the other end must have been heard after a change of the network.
  private var probeEnd: NIODeadline?
  /// When the frame that is coming in has to be whole, or to have grown enough.
  private var frameEnd: NIODeadline?
  /// What came of it since that was set.
  private var frameByteCount = 0

  package init(_ limits: NetworkLimits, at now: NIODeadline) {
    self.limits = limits
    heard = now
    signed = now
  }

  /// Bytes came; `frames` were whole by now, and perhaps another has begun.
  ///
  /// A frame that grows by ``NetworkLimits/frameDeadlineByteCount`` gets the time anew: a slow link is no stalling peer.
  package mutating func received(_ byteCount: Int, frames: Int, isInsideFrame: Bool, at now: NIODeadline) {
    heard = now
    hasPinged = false
    probeEnd = nil
    guard isInsideFrame else { frameEnd = nil; return }
    frameByteCount += byteCount
    if frameEnd == nil || frames > 0 || frameByteCount >= limits.frameDeadlineByteCount {
      frameEnd = now + limits.frameDeadline
      frameByteCount = 0
    }
  }

  /// The network changed: the way to the other end may be lost, and nothing would say so for long.
  package mutating func probe(at now: NIODeadline) -> Verdict {
    guard !isPaused, probeEnd == nil else { return .fine }
    probeEnd = now + limits.probeTimeout
    return .sendPing
  }

  package mutating func paused() { isPaused = true; probeEnd = nil }

  package mutating func resumed(at now: NIODeadline) {
    isPaused = false
    heard = now
    hasPinged = false
    if frameEnd != nil { frameEnd = now + limits.frameDeadline }
  }

  /// When ``check(at:)`` has to be called at the latest, if nothing else happens.
  package var nextCheck: NIODeadline {
    if isPaused { return signed + .nanoseconds(limits.pingAfter.nanoseconds / 2) }
    let silence = heard + (hasPinged ? limits.closeAfter : limits.pingAfter)
    return [frameEnd, probeEnd].compactMap(\.self).reduce(silence, min)
  }

  package mutating func check(at now: NIODeadline) -> Verdict {
    guard now >= nextCheck else { return .fine }
    if isPaused {
      signed = now
      return .sendSign
    }
    if let frameEnd, now >= frameEnd { return .close(.slowFrame) }
    if let probeEnd, now >= probeEnd { return .close(.silent) }
    if hasPinged { return .close(.silent) }
    hasPinged = true
    return .sendPing
  }
}
