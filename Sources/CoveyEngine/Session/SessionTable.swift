package import CoveyCore
import Synchronization

/// The connections that count: one a device, and what each is told of which folder.
package final class SessionTable: Sendable {
  /// While two devices dial each other at once, a connection this young is no sign that the other end lost it.
  static let youth = Duration.seconds(3)

  private struct State {
    var sessions: [DeviceID: PeerSession] = [:]
    var senders: [Key: RoundSender] = [:]
  }

  private struct Key: Hashable {
    var device: DeviceID
    var folder: FolderID
  }

  private let state = Mutex(State())

  package init() {}

  package func session(_ device: DeviceID) -> PeerSession? { state.withLock { $0.sessions[device] } }
  package var all: [PeerSession] { state.withLock { Array($0.sessions.values) } }
  package var devices: Set<DeviceID> { state.withLock { Set($0.sessions.keys) } }
  package func isCurrent(_ session: PeerSession) -> Bool { state.withLock { $0.sessions[session.device] === session } }

  /// Makes this the connection with its device. Of two that were opened at once both ends keep the one that the lower id dialled;
  /// an older one is given up for a new one, for nobody dials who thinks to be connected. Returns what is to be closed.
  package func enter(_ session: PeerSession, own: DeviceID, at now: Instant) -> PeerSession? {
    state.withLock { state in
      guard let other = state.sessions[session.device] else {
        state.sessions[session.device] = session
        return nil
      }
      let isPreferred = session.connection.isOutgoing == (own < session.device)
      let isOtherPreferred = other.connection.isOutgoing == (own < session.device)
      let isYoung = now.duration(since: other.opened) < Self.youth
      if isYoung, isOtherPreferred, !isPreferred { return session }
      state.sessions[session.device] = session
      Self.removeSenders(of: session.device, from: &state)
      return other
    }
  }

  /// True when this was the connection that counts.
  package func leave(_ session: PeerSession) -> Bool {
    state.withLock { state in
      guard state.sessions[session.device] === session else { return false }
      state.sessions[session.device] = nil
      Self.removeSenders(of: session.device, from: &state)
      return true
    }
  }

  private static func removeSenders(of device: DeviceID, from state: inout State) {
    for (key, sender) in state.senders where key.device == device {
      sender.close()
      state.senders[key] = nil
    }
  }

  // MARK: Rounds

  /// The sender of a folder's rounds to a device; replaces the one before, which told a peer that has begun anew.
  func enter(_ sender: RoundSender, for device: DeviceID) {
    let old = state.withLock { $0.senders.updateValue(sender, forKey: Key(device: device, folder: sender.folder)) }
    old?.close()
  }

  func sender(_ folder: FolderID, _ device: DeviceID) -> RoundSender? { state.withLock { $0.senders[Key(device: device, folder: folder)] } }

  func removeSender(_ folder: FolderID, _ device: DeviceID) {
    let old = state.withLock { $0.senders.removeValue(forKey: Key(device: device, folder: folder)) }
    old?.close()
  }

  /// Wakes the senders of a folder.
  package func announce(_ folder: FolderID) {
    let senders = state.withLock { state in state.senders.filter { $0.key.folder == folder }.values.map(\.self) }
    for sender in senders { sender.wake() }
  }
}
