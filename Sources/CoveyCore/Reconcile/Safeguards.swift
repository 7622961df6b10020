/// The rules beyond the obvious ones, each of which keeps one promise that would else be broken.
///
/// All of them always hold; a test leaves one out to see the history fail for which it is there.
package struct Safeguards: OptionSet, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static let all = Safeguards(rawValue: .max)

  /// A head that only changed metadata is known by its content dot.
  package static let contentDots = Safeguards(rawValue: 1 << 0)
  /// Copies and merges carry the content dot of the bytes they hold.
  package static let inheritedDots = Safeguards(rawValue: 1 << 1)
  /// An edit has seen every head whose content was shown.
  package static let joinedVectors = Safeguards(rawValue: 1 << 2)
  /// Bytes of a standing head that leave a path become a conflict copy.
  package static let keptLosers = Safeguards(rawValue: 1 << 3)
  /// A winner whose bytes nobody reachable has is stood in for.
  package static let standIns = Safeguards(rawValue: 1 << 4)
  /// A live path makes its parents directories.
  package static let impliedParents = Safeguards(rawValue: 1 << 5)
  /// A parent is a directory for its live child also where no head of it is left.
  package static let headlessParents = Safeguards(rawValue: 1 << 6)
  /// A file that was never agreed and equals what a tombstone replaced is deleted.
  package static let staleFiles = Safeguards(rawValue: 1 << 7)
  /// First contact ends with a device that is not new itself.
  package static let elderEndsFirstContact = Safeguards(rawValue: 1 << 8)
  /// The name of a copy contains digits of its root.
  package static let rootInCopyName = Safeguards(rawValue: 1 << 9)
  /// At the path of a conflict copy the bytes it is named for win.
  package static let copyKeepsItsName = Safeguards(rawValue: 1 << 10)
  /// A local delete is authored also when newer content wins.
  package static let authoredDeletes = Safeguards(rawValue: 1 << 11)
  /// A local change of a loser to what is shown is a merge.
  package static let chosenWinners = Safeguards(rawValue: 1 << 12)
  /// A tombstone counts as held when the disk has done it.
  package static let heldOnDisk = Safeguards(rawValue: 1 << 13)
  /// A record that knowledge covers and that is no head is not joined again.
  package static let lateRecords = Safeguards(rawValue: 1 << 14)
  /// Whose knowledge does not cover what a peer dropped meets the folder as at first contact.
  package static let behindDropped = Safeguards(rawValue: 1 << 15)
  /// What was dropped is passed on in the handshake.
  package static let passedDropped = Safeguards(rawValue: 1 << 16)
  /// At such a meeting files that no live head names are held for a decision.
  package static let heldDeleted = Safeguards(rawValue: 1 << 17)
  /// A held file in the way of content steps aside.
  package static let steppingAside = Safeguards(rawValue: 1 << 18)
  /// All heads of a path that shows nothing are dropped at once.
  package static let droppedTogether = Safeguards(rawValue: 1 << 19)
  /// What a device ignores or holds, or must keep for such a child, does not hold up its acknowledgements.
  package static let excusedPaths = Safeguards(rawValue: 1 << 20)
  /// A mere change of metadata of what shows nothing is not authored.
  package static let metadataOfNothing = Safeguards(rawValue: 1 << 21)
  /// Nothing is authored or applied for an ignored path.
  package static let ignoredPaths = Safeguards(rawValue: 1 << 22)
  /// When a rule goes, what is absent was never agreed.
  package static let absentUnderRule = Safeguards(rawValue: 1 << 23)
  /// While a folder is met anew, what is absent was never agreed.
  package static let absentAtFirstContact = Safeguards(rawValue: 1 << 24)
  /// A restated log keeps content and metadata dots.
  package static let restatedDots = Safeguards(rawValue: 1 << 25)
  /// A loser that only a device which ignores the path has is fetched by others.
  package static let fetchedLosers = Safeguards(rawValue: 1 << 26)
  /// What the watch tells of a step of this device is passed over once, and only while the step is carried out.
  package static let echoesEnd = Safeguards(rawValue: 1 << 27)
}
