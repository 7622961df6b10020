import Foundation
import Glibc
import Testing

/// Codes, right and wrong. Serialized: several daemons a test on two cores.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PairingTests {
  /// Two daemons that do not know each other; the first shares `F`.
  private final class Strangers {
    let root = Team.newRoot()
    let inviter: Device
    let joiner: Device

    init() throws {
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
      inviter = try Device("A", in: root)
      joiner = try Device("B", in: root)
      try inviter.write("of A", to: "f")
      try inviter.start(sharing: inviter.folder)
      try inviter.covey("status", "--wait", "30")
      try joiner.start()
    }

    deinit {
      inviter.killHard()
      joiner.killHard()
      try? FileManager.default.removeItem(atPath: root)
    }

    /// The code with its last symbol changed into another one of the alphabet: well-formed but for its check symbol.
    static func mistyped(_ code: String) -> String { code.dropLast() + (code.last == "7" ? "8" : "7") }
  }

  @Test func `a code pairs once, and both sides say with whom`() throws {
    let pair = try Strangers()
    let invitation = try pair.inviter.invite("--json")
    let made = try #require(try JSONSerialization.jsonObject(with: Data(invitation.code.utf8)) as? [String: Any])
    #expect(made["event"] as? String == "code")
    let code = try #require(made["code"] as? String)
    #expect(try pair.joiner.attempt("pair", code, "--at", pair.inviter.address).code == 0)
    let lines = invitation.child.outcome()
    #expect(lines.code == 0)
    let paired = try #require(try JSONSerialization.jsonObject(with: Data(lines.output.utf8)) as? [String: Any])
    #expect(paired["event"] as? String == "paired" && (paired["device"] as? [String: Any])?["name"] as? String == "B")
    let offered = try #require(try pair.joiner.status()["offered"] as? [[String: Any]])
    #expect(offered.count == 1 && offered[0]["label"] as? String == "F" && offered[0]["from"] as? String == "A")
    #expect(offered[0]["files"] as? Int == 1 && offered[0]["bytes"] as? Int == 4)
    // What was not placed can be accepted later; a used code is worth nothing.
    let other = try Device("C", in: pair.root)
    try other.start()
    let used = try other.attempt("pair", code, "--at", pair.inviter.address)
    #expect(used.isError(1) && used.errors.contains("it expired or was used") && used.errors.contains("ask for a new code"))
    try pair.joiner.covey("accept", "F", pair.joiner.folder)
    try pair.joiner.covey("status", "--wait", "30", "--peers", "1")
    #expect(pair.joiner.read("f") == "of A")
  }

  @Test func `a mistyped code is caught before anything is sent`() throws {
    let pair = try Strangers()
    let invitation = try pair.inviter.invite()
    for wrong in [Strangers.mistyped(invitation.code), "7K-QF3M-9D2Y", "nonsense", "", "🙂🙂", invitation.code + "7"] {
      #expect(try pair.joiner.attempt("pair", wrong, "--at", pair.inviter.address).isError(2), "\(wrong)")
    }
    // Nothing of it was charged to the code.
    #expect(try pair.joiner.attempt("pair", invitation.code.lowercased().replacingOccurrences(of: "-", with: " "), "--at", pair.inviter.address).code == 0)
    #expect(invitation.child.outcome().code == 0)
  }

  @Test func `three wrong tries kill a code`() throws {
    let pair = try Strangers()
    let invitation = try pair.inviter.invite()
    let wrong = try Self.other(than: invitation.code, in: pair)
    for attempt in 1...3 {
      // A source that failed waits three seconds before its next try counts.
      try eventually("try \(attempt) is made") {
        let outcome = try pair.joiner.attempt("pair", wrong, "--at", pair.inviter.address)
        #expect(outcome.isError(1))
        return pair.inviter.log.contains("failed (\(attempt) of 3)") || pair.inviter.log.contains("after 3 failed tries")
      }
    }
    let end = invitation.child.outcome()
    #expect(end.code == 1 && end.errors.contains("covey: ") && end.errors.contains("withdrawn"))
    #expect(try pair.joiner.attempt("pair", invitation.code, "--at", pair.inviter.address).isError(1))
    #expect(try (pair.inviter.json("devices") as? [Any])?.count == 1)
  }

  /// Another well-formed code of the same slot, as somebody who guesses would try: its middle symbols differ, its check symbol fits.
  private static func other(than code: String, in pair: Strangers) throws -> String {
    let symbols = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    var changed = Array(code)
    guard let place = changed.indices.dropLast().last(where: { changed[$0] != "-" }), let old = symbols.firstIndex(of: changed[place]) else {
      throw Failure("the code has another form: \(code)")
    }
    changed[place] = symbols[(old + 1) % symbols.count]
    // Whether a check symbol fits can be asked where nobody listens: only a well-formed code is tried at all.
    for symbol in symbols {
      changed[changed.count - 1] = symbol
      if try pair.joiner.attempt("pair", String(changed), "--at", "127.0.0.1:1").code == 1 { return String(changed) }
    }
    throw Failure("no check symbol fits \(code)")
  }

  @Test func `a code expires`() throws {
    let pair = try Strangers()
    let invitation = try pair.inviter.invite("--expires", "1s")
    let end = invitation.child.outcome()
    #expect(end.code == 1 && end.errors.contains("covey: the code expired: "))
    let late = try pair.joiner.attempt("pair", invitation.code, "--at", pair.inviter.address)
    #expect(late.isError(1) && late.errors.contains("it expired or was used"))
    for wrong in ["0s", "25h", "soon", "-1s"] { #expect(try pair.inviter.attempt("pair", "--expires=\(wrong)").isError(2), "\(wrong)") }
  }

  @Test func `interrupting covey pair withdraws its code`() throws {
    let pair = try Strangers()
    let invitation = try pair.inviter.invite()
    invitation.child.signal(SIGINT)
    invitation.child.wait()
    // Whether a code is open shows only to who uses it up.
    sleep(1)
    #expect(try pair.joiner.attempt("pair", invitation.code, "--at", pair.inviter.address).isError(1))
    #expect(try (pair.inviter.json("devices") as? [Any])?.count == 1)
  }

  @Test func `nobody there, nobody found, wrong addresses`() throws {
    let pair = try Strangers()
    let invitation = try pair.inviter.invite()
    #expect(try pair.joiner.attempt("pair", invitation.code, "--at", "127.0.0.1:1").isError(1, "127.0.0.1:1"))
    #expect(try pair.joiner.attempt("pair", invitation.code, "--at", pair.joiner.address).isError(1))
    for wrong in ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", ":22500", "no address"] {
      #expect(try pair.joiner.attempt("pair", invitation.code, "--at", wrong).isError(2), "\(wrong)")
    }
    #expect(try pair.joiner.attempt("pair", "--into", pair.root).isError(2))
    #expect(try pair.joiner.attempt("pair", invitation.code, "--folder", "F").isError(2))
  }

  @Test func `folders go where --folder says, and a home in a team cannot join another`() throws {
    let pair = try Strangers()
    let chosen = pair.root + "/chosen"
    let invitation = try pair.inviter.invite()
    try pair.joiner.covey("pair", invitation.code, "--at", pair.inviter.address, "--folder", "F=\(chosen)")
    try pair.joiner.covey("status", "--wait", "30", "--peers", "1")
    #expect(FileManager.default.contents(atPath: chosen + "/f") == Data("of A".utf8))
    let other = try Device("C", in: pair.root)
    try other.start()
    let second = try other.invite()
    #expect(try pair.joiner.attempt("pair", second.code, "--at", other.address).isError(1, "--home"))
  }

  @Test func `a home that shares alone comes along, and its path is taken over where both share`() throws {
    let pair = try Strangers()
    try pair.joiner.write("of B", to: "f")
    try pair.joiner.write("only B", to: "g")
    try pair.joiner.covey("share", pair.joiner.folder)
    let own = pair.root + "/B/own"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: own + "/m"))
    try pair.joiner.covey("share", own)
    let invitation = try pair.inviter.invite()
    try pair.joiner.covey("pair", invitation.code, "--at", pair.inviter.address, "--into", pair.root + "/B")
    for device in [pair.inviter, pair.joiner, pair.inviter] { try device.covey("status", "--wait", "30", "--peers", "1") }
    #expect(try pair.joiner.texts() == ["of A", "of B", "only B"])
    #expect(try Tree(pair.inviter.folder).differences(to: Tree(pair.joiner.folder)) == [])
    let offered = try #require(try pair.inviter.status()["offered"] as? [[String: Any]])
    #expect(offered.map { $0["label"] as? String } == ["own"])
    try pair.inviter.covey("accept", "own", pair.root + "/A/own")
    for device in [pair.inviter, pair.joiner] { try device.covey("status", "--wait", "30", "--peers", "1") }
    #expect(FileManager.default.contents(atPath: pair.root + "/A/own/m") == Data("mine".utf8))
  }

  @Test func `a place that will not do keeps no other folder from its own, and the pairing stands`() throws {
    let pair = try Strangers()
    let roots = (a: (pair.inviter.folder as NSString).deletingLastPathComponent, b: (pair.joiner.folder as NSString).deletingLastPathComponent)
    for directory in [roots.a + "/G", roots.b + "/mine", roots.b + "/other"] {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }
    try pair.inviter.covey("share", roots.a + "/G")
    try pair.joiner.covey("share", roots.b + "/mine", "--label", "F")
    try pair.joiner.covey("share", roots.b + "/other", "--label", "other")
    let invitation = try pair.inviter.invite()
    let outcome = try pair.joiner.attempt(
      "pair", invitation.code, "--at", pair.inviter.address, "--folder", "F=" + roots.b + "/other", "--folder", "G=" + roots.b + "/G")
    #expect(outcome.isError(1) && outcome.errors.contains("paired, but 'F' is not placed: another folder is called 'F' here"))
    #expect(invitation.child.outcome().code == 0)
    let labels = (try pair.joiner.status()["folders"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
    #expect(Set(labels) == ["F", "other", "G"])
    // Where it was to go is the remedy: both become one.
    try pair.joiner.covey("accept", "F", roots.b + "/mine")
    try pair.joiner.covey("status", "--wait", "30", "--peers", "1")
  }

  @Test func `of two devices of one name neither is meant`() throws {
    let pair = try Strangers()
    try pair.joiner.covey("devices", "rename", pair.joiner.name, pair.inviter.name)
    try pair.joiner.join(pair.inviter)
    for command in [["pause", pair.inviter.name], ["devices", "rename", pair.inviter.name, "new"], ["log", "--device", pair.inviter.name]] {
      let outcome = try Program.run([Program.path, command[0], "--home", pair.inviter.home] + command.dropFirst())
      #expect(outcome.code == 1 && outcome.errors.contains("2 devices are called"), "\(command)")
    }
  }
}
