import CoveyCore
import NIOCore
import Synchronization

/// Counts incoming connections before anything is spent on them: the first thing that happens to an accepted socket.
package final class AdmissionGate: Sendable {
  private struct State {
    var machine: AdmissionMachine
    var channels: [AdmissionMachine.Ticket: any Channel] = [:]
  }

  private let state: Mutex<State>

  package init(_ limits: NetworkLimits) { state = Mutex(State(machine: AdmissionMachine(limits))) }

  /// A ticket for the channel, given back by itself when the channel closes.
  /// - Throws: why it may not stay.
  func admit(_ channel: any Channel) throws(Refused) -> AdmissionMachine.Ticket {
    let now = Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds)
    let source = Source(channel.remoteAddress)
    let (verdict, displaced): (AdmissionMachine.Verdict, (any Channel)?) = state.withLock {
      let verdict = $0.machine.arrive(from: source, at: now)
      switch verdict {
      case .admitted(let ticket):
        $0.channels[ticket] = channel
        return (verdict, nil)
      case .replaced(let old, let ticket):
        $0.channels[ticket] = channel
        return (verdict, $0.channels.removeValue(forKey: old))
      case .refused:
        return (verdict, nil)
      }
    }
    displaced.map(Transport.abort)
    switch verdict {
    case .refused(let reason): throw Refused(reason: reason)
    case .admitted(let ticket), .replaced(_, with: let ticket):
      channel.closeFuture.whenComplete { [self] _ in
        state.withLock {
          $0.machine.leave(ticket)
          $0.channels[ticket] = nil
        }
      }
      return ticket
    }
  }

  /// The channel is authorised: it counts as one of its device from now on.
  func authenticated(_ ticket: AdmissionMachine.Ticket, as device: DeviceID) {
    let displaced: (any Channel)? = state.withLock {
      guard let old = $0.machine.authenticate(ticket, as: device) else { return nil }
      return $0.channels.removeValue(forKey: old)
    }
    displaced.map(Transport.abort)
  }

  package var unauthenticatedCount: Int { state.withLock { $0.machine.unauthenticatedCount } }
  package var authenticatedCount: Int { state.withLock { $0.machine.authenticatedCount } }

  struct Refused: Error { let reason: AdmissionMachine.Refusal }
}
