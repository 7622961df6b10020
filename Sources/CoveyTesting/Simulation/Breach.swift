package import CoveyCore

/// A rule that a simulation leaves out, to show that an oracle notices.
package struct Breach: Equatable, Sendable, CustomStringConvertible {
  package var name: String
  /// What the ledger goes by.
  package var safeguards: Safeguards = .all

  package var description: String { name }

  private init(_ name: String) { self.name = name }
  private init(_ name: String, without safeguard: Safeguards) {
    self.name = name
    safeguards.subtract(safeguard)
  }

  package static let none = Breach("none")

  // What the engine and its adapters owe.
  /// Staged contents are not flushed before they are put in place.
  package static let forgottenFlush = Breach("forgotten-flush")
  /// New names are not flushed before they are agreed.
  package static let forgottenNames = Breach("forgotten-names")
  /// Transactions are not flushed before what they hold leaves the device.
  package static let forgottenCommit = Breach("forgotten-commit")
  /// A step does not compare what stands there with what it expects.
  package static let unexpected = Breach("unexpected")
  /// What was displaced is put away although somebody may still write to it.
  package static let noLease = Breach("no-lease")
  /// Intents are forgotten at the start after a crash.
  package static let forgottenIntents = Breach("forgotten-intents")
  /// A directory that cannot be read counts as empty.
  package static let unreadableIsEmpty = Breach("unreadable-is-empty")
  /// A folder without its marker is scanned like any other.
  package static let unmarkedIsFine = Breach("unmarked-is-fine")
  /// Every start counts as one after a clean stop, and no marker disagrees.
  package static let alwaysNewest = Breach("always-newest")
  /// A message under way is lost while its connection lives.
  package static let lossyConnection = Breach("lossy-connection")
  /// A round says that it is whole before its versions are sent.
  package static let earlyEnd = Breach("early-end")
  /// Contents are taken without being compared with their names.
  package static let unverifiedContent = Breach("unverified-content")
  /// The watch forgets what it saw.
  package static let deafWatch = Breach("deaf-watch")

  /// What the watch tells of a name that this device gave once is passed over for ever.
  package static let echoes = Breach("echoes", without: .echoesEnd)

  package static let engine: [Breach] = [
    forgottenFlush, forgottenNames, forgottenCommit, unexpected, noLease, forgottenIntents, unreadableIsEmpty, unmarkedIsFine, alwaysNewest,
    lossyConnection, earlyEnd, unverifiedContent, deafWatch, echoes,
  ]

  /// The rules of the ledger, each of which can be left out alone.
  package static let ledger: [Breach] = [
    Breach("content-dots", without: .contentDots), Breach("inherited-dots", without: .inheritedDots),
    Breach("joined-vectors", without: .joinedVectors), Breach("kept-losers", without: .keptLosers), Breach("stand-ins", without: .standIns),
    Breach("implied-parents", without: .impliedParents), Breach("headless-parents", without: .headlessParents),
    Breach("stale-files", without: .staleFiles), Breach("elder", without: .elderEndsFirstContact),
    Breach("root-in-copy-name", without: .rootInCopyName), Breach("copy-keeps-its-name", without: .copyKeepsItsName),
    Breach("authored-deletes", without: .authoredDeletes), Breach("chosen-winners", without: .chosenWinners),
    Breach("held-on-disk", without: .heldOnDisk), Breach("late-records", without: .lateRecords), Breach("behind-dropped", without: .behindDropped),
    Breach("passed-dropped", without: .passedDropped), Breach("held-deleted", without: .heldDeleted), Breach("stepping-aside", without: .steppingAside),
    Breach("dropped-together", without: .droppedTogether), Breach("excused-paths", without: .excusedPaths),
    Breach("metadata-of-nothing", without: .metadataOfNothing), Breach("ignored-paths", without: .ignoredPaths),
    Breach("absent-under-rule", without: .absentUnderRule), Breach("absent-at-first-contact", without: .absentAtFirstContact),
    Breach("fetched-losers", without: .fetchedLosers),
  ]

  package static let all: [Breach] = engine + ledger
}
