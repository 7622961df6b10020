/// What catches a rule that is left out: a seed or a named history, and the oracle that cries.
package struct CaughtBreach: Sendable, CustomStringConvertible {
  package var breach: Breach
  package var oracle: Oracle
  package var history: History
  /// The seed, or what happens without the rule.
  package var title: String
  package var description: String { "\(breach): \(title), \(oracle)" }

  /// By a history of three devices and sixty happenings, of all kinds unless others are named.
  private init?(_ name: String, _ oracle: Oracle, seed: UInt64, of kinds: [History.Kind] = History.Kind.usual) {
    self.init(name, oracle, History(seed: seed, devices: 3, operations: 60, kinds: kinds), "seed \(seed)")
  }

  private init?(_ name: String, _ oracle: Oracle, _ title: String, _ text: String) { self.init(name, oracle, History(text), title) }

  private init?(_ name: String, _ oracle: Oracle, _ history: History?, _ title: String) {
    guard let breach = Breach.all.first(where: { $0.name == name }), let history else { return nil }
    (self.breach, self.oracle, self.history, self.title) = (breach, oracle, history, title)
  }

  package static let all = seeds + named

  /// A low seed for each; `simulate --break RULE` finds others. Whatever shifts the moments of a history shifts them, too.
  private static let seeds: [CaughtBreach] = [
    CaughtBreach("forgotten-flush", .torn, seed: 6, of: [.users, .crashes]),
    CaughtBreach("forgotten-names", .loss, seed: 5),
    CaughtBreach("unexpected", .loss, seed: 46),
    CaughtBreach("no-lease", .loss, seed: 345),
    CaughtBreach("unmarked-is-fine", .loss, seed: 28),
    CaughtBreach("always-newest", .loss, seed: 1356),
    CaughtBreach("lossy-connection", .digests, seed: 13),
    CaughtBreach("early-end", .digests, seed: 1),
    CaughtBreach("unverified-content", .convergence, seed: 3),
    CaughtBreach("deaf-watch", .convergence, seed: 3),
    CaughtBreach("echoes", .convergence, seed: 62),
    CaughtBreach("content-dots", .loss, seed: 176),
    CaughtBreach("kept-losers", .status, seed: 3),
    CaughtBreach("implied-parents", .status, seed: 3),
    CaughtBreach("stale-files", .resurrection, seed: 1624),
    CaughtBreach("root-in-copy-name", .status, seed: 125),
    CaughtBreach("late-records", .digests, seed: 2879),
    CaughtBreach("authored-deletes", .status, seed: 100),
    CaughtBreach("passed-dropped", .rest, seed: 37),
    CaughtBreach("excused-paths", .garbage, seed: 59),
    CaughtBreach("ignored-paths", .rest, seed: 17),
    CaughtBreach("absent-at-first-contact", .loss, seed: 1356),
    CaughtBreach("forgotten-commit", .resurrection, seed: 776),
    CaughtBreach("inherited-dots", .resurrection, seed: 483),
    CaughtBreach("chosen-winners", .status, seed: 441),
    CaughtBreach("dropped-together", .resurrection, seed: 142),
  ].compactMap(\.self)

  /// What chance hardly meets, so that histories are aimed at it. ``History`` tells how to read them: 0, 1, 2 are a, b, a/x and A, B, C.
  private static let named: [CaughtBreach] = [
    CaughtBreach(
      "unreadable-is-empty", .absence, "A cannot read a directory for a while: what is in it is deleted for everybody",
      "2:directory.0.0,write.0.2,quiet,unreadable.0.0,overflow.0.0.0.0.60"),
    CaughtBreach(
      "joined-vectors", .copies, "A and B write the same bytes, meet, then B edits: the old bytes come back as a conflict copy",
      "2:quiet,sever.0.1,same.0.0.0.0.30,same.1.0.0.0.30,quiet,write.1.0,quiet=a:B1"),
    CaughtBreach(
      "copy-keeps-its-name", .status, "a copy is edited by a device that then loses its state, again and again: there is no name left for it",
      "2:quiet,sever.0.1,write.0.0.0.0.30,write.1.0.0.0.30,quiet"
        + ",editCopy.0.0,lose.0,quiet,editCopy.0.1,lose.0,quiet,editCopy.0.2,lose.0,quiet,editCopy.0.3,lose.0"),
    CaughtBreach(
      "held-on-disk", .resurrection, "B acknowledges a tombstone that its disk refuses, all drop it, B loses its state: the file comes back",
      "2:write.0.0,quiet,fail.1.1,delete.0.0.0.0.36,lose.1,quiet,unshare.1,quiet="),
    CaughtBreach(
      "behind-dropped", .digests, "A deletes and all drop, B is put back to a copy of before: it knows of what nobody else does",
      "2:write.0.0,quiet,copy.1,delete.0.0,quiet,putBack.1,quiet="),
    CaughtBreach(
      "held-deleted", .resurrection, "B is put back to an older version than the one deleted: it is no edit, but it is authored over the tombstone",
      "2:write.0.0,write.0.1,quiet,copy.1,delete.0.1,quiet,sever.0.1,write.0.0.0.0.30,delete.0.0.0.0.30,putBack.1,quiet="),
    CaughtBreach(
      "stepping-aside", .copies, "B holds a file for a decision, A makes another of that name: the held one is announced as a conflict copy",
      "2:write.0.0,quiet,copy.1,delete.0.0,quiet,putBack.1,quiet,write.0.0,quiet=a:A2"),
    CaughtBreach(
      "metadata-of-nothing", .resurrection, "B ignores a file that A deletes, all drop the tombstone; B chmods it, the rule goes: it comes back",
      "2:write.0.0,quiet,localRules.1.0.1,delete.0.0,quiet,chmod.1.0.1,localRules.1,quiet="),
    CaughtBreach(
      "absent-under-rule", .loss, "B ignores the file, deletes it to free space, the rule goes: deleted for everybody",
      "2:write.0.0,quiet,localRules.1.0.1.0.30,delete.1.0.0.0.30,localRules.1,quiet=a:A1"),
    CaughtBreach(
      "fetched-losers", .status, "B writes, then ignores the file; A writes it too: only B could make the copy, and it never looks",
      "2:quiet,sever.0.1,write.1.0.0.0.30,localRules.1.0.1.0.30,write.0.0.0.0.30,quiet=a:A2,a:B1"),
    CaughtBreach(
      "forgotten-intents", .loss, "B's user saves in the very moment of a replacement, and B dies: the edit is in history alone",
      "2:write.0.0,quiet,write.0.0,rewrite.1.0.0.5,kill.1.0.0.5.90"),
    CaughtBreach(
      "stand-ins", .loss, "C tells of a version, deletes it and loses its state: A waits for its bytes, and what B wrote never reaches it",
      "3:write.0.0,quiet,sever.1.2,full.0,full.1,write.1.0.0.0.60,write.2.0.0.0.90,delete.2.0,lose.2,quiet=a:B2"),
    CaughtBreach(
      "headless-parents", .status, "A makes a/x live again where the tombstone of a is dropped on C: C has no directory to put it in",
      "3:directory.0.0,quiet,sever.0.1,sever.0.2,sever.1.2,write.0.0.0.0.30,write.2.3.0.0.30,quiet"
        + ",sever.0.1,sever.0.2,delete.2.0.0.0.60,directory.0.2.0.0.30"),
    CaughtBreach(
      "elder", .resurrection, "B and C lost their state and meet each other before A, which deleted the file: it comes back",
      "3:write.0.0,quiet,sever.0.1,sever.0.2,lose.1,start.1,lose.2,start.2,delete.0.0.0.0.200"),
  ].compactMap(\.self)
}
