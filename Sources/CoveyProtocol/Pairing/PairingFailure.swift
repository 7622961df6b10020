/// Why a pairing came to nothing, as this side knows it. The other side is told nothing but `fail`.
package enum PairingFailure: Error, Hashable, Sendable {
  /// The inviter refused the slot or the tag.
  case codeNotAccepted
  /// Whoever answered does not know the code.
  case answeredByStranger
  /// Three tries were made with this code.
  case triesUsedUp
  /// The other end is this device.
  case sameDevice
  case timedOut
  case closed
  /// The other side closed without a word: it has no code open, or takes no more tries from here for now.
  case turnedAway
  /// The other side broke the protocol: a malformed or unexpected frame, or an invalid share.
  case protocolViolation
  /// This device's name cannot stand in a membership record.
  case unusableName
  /// The team's records do not prove that the inviter may add this device.
  case unprovenTeam
  /// The other side named a slot in which no code is open.
  case noOpenCode
  /// The code is being tried by somebody else, or its sender must wait after a failure.
  case busy
  /// A wrong code.
  case wrongCode(tries: Int)
  /// A wrong code for the third time: the code is dead.
  case withdrawn
  /// This device is no longer a member, or may not give the role.
  case notEntitled
  /// The team has more membership records than a new device can be sent at once.
  case teamTooLarge
}

extension PairingFailure {
  /// The sentence for a person.
  /// - Parameter peer: the address of the other side.
  package func text(peer: String) -> String {
    switch self {
    case .codeNotAccepted: "code not accepted (mistyped, expired or already used): ask for a new one"
    case .answeredByStranger: "\(peer) does not know this code: check the address and ask for a new code"
    case .triesUsedUp: "this code was tried \(PairingJoiner.runCountMax) times: ask for a new one"
    case .sameDevice: "\(peer) is this device: type the code on the other one"
    case .timedOut: "\(peer) did not answer in time: try again"
    case .closed: "\(peer) closed the connection: try again"
    case .turnedAway: "\(peer) has no code open (it expired or was used), or takes no more tries for the moment: ask for a new code, or try again soon"
    case .protocolViolation: "\(peer) does not follow the pairing protocol: run the same version of Covey on both devices"
    case .unusableName: "this device's name is empty, too long or has control characters: choose another"
    case .unprovenTeam: "\(peer) could not prove that it may add this device, so nothing was joined: ask somebody whose device is a member"
    case .noOpenCode: "\(peer) asked for a code that is not open here"
    case .busy: "\(peer) was turned away: a code is tried by one device at a time"
    case .wrongCode(let tries): "\(peer) tried your code and failed (\(tries) of \(OpenInvites.runCountMax))"
    case .withdrawn: "this code was withdrawn after \(OpenInvites.runCountMax) failed tries - somebody may be guessing: make a new one"
    case .notEntitled: "this device may not add another to its team: make the code on one that may"
    case .teamTooLarge: "the team has too many membership records to send to a new device: found a new team"
    }
  }
}
