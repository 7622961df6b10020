import CoveyCore
package import CoveyProtocol
import Synchronization

/// The codes that are open on this device, and those who wait for one to be used. Asked by the network and by discovery, so at once.
package final class PairingDesk: Sendable {
  /// What the one who made a code is told.
  package enum News: Sendable {
    case paired(PairedDevice)
    /// Somebody at this address tried and failed.
    case refused(address: String, triesLeft: Int)
    case withdrawn(String)
  }

  private struct State {
    var invites = OpenInvites()
    var waiting: [UInt16: AsyncStream<News>.Continuation] = [:]
    var now: Instant = .start
  }

  private let state = Mutex(State())

  package init() {}

  package var isOpen: Bool { state.withLock { !$0.invites.isEmpty } }

  func isOpen(slot: UInt16) -> Bool { state.withLock { $0.invites.hasOpenCode(inSlot: slot, at: $0.now) } }

  func open(_ code: PairingCode, lifetime: Duration, at now: Instant) throws(OpenInviteError) -> AsyncStream<News> {
    let (stream, continuation) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingNewest(16))
    let result = state.withLock { state -> Result<Void, OpenInviteError> in
      state.now = now
      do throws(OpenInviteError) {
        try state.invites.open(code, role: .write, lifetime: lifetime, at: now)
        state.waiting[code.slot] = continuation
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
    return stream
  }

  func close(_ code: PairingCode) {
    let waiting = state.withLock { state in
      state.invites.cancel(code)
      return state.waiting.removeValue(forKey: code.slot)
    }
    waiting?.finish()
  }

  /// Ends the codes whose time is over.
  func expire(at now: Instant) {
    let ended = state.withLock { state in
      state.now = now
      return state.invites.removeExpired(at: now).compactMap { state.waiting.removeValue(forKey: $0.slot) }
    }
    for waiting in ended { waiting.finish() }
  }

  func handle(_ event: PairingInviter.Event, by inviter: inout PairingInviter, at now: Instant) -> [PairingInviter.Effect] {
    state.withLock { state in
      state.now = now
      return inviter.handle(event, invites: &state.invites, at: now)
    }
  }

  /// Tells whoever waits for the code of a run; all of them when the slot is not known.
  func tell(_ news: News, slot: UInt16?) {
    let waiting = state.withLock { state in slot.map { slot in state.waiting[slot].map { [$0] } ?? [] } ?? state.waiting.values.map(\.self) }
    for one in waiting { one.yield(news) }
    switch news {
    case .paired, .withdrawn:
      if let slot { state.withLock { _ = $0.waiting.removeValue(forKey: slot) } }
      for one in waiting { one.finish() }
    case .refused: break
    }
  }
}
