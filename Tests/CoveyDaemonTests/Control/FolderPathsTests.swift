import CoveyCore
import CoveyDaemon
import Testing

struct FolderPathsTests {
  private static let paths: FolderPaths = {
    var paths = FolderPaths()
    paths.add(label: "docs", path: "/srv/docs", resolvedPath: "/data/docs")
    paths.add(label: "docs:old", path: "/srv/old", resolvedPath: nil)
    paths.add(label: "photos", path: "/srv/docs2", resolvedPath: "/srv/docs2")
    return paths
  }()

  @Test(arguments: [
    ("docs:a/b", ["/cwd/docs:a/b"], "docs", "a/b"),
    ("docs:/a//b/", [], "docs", "a/b"),
    ("docs:", [], "docs", nil),
    ("x", ["/srv/docs/a"], "docs", "a"),
    ("x", ["/srv/docs"], "docs", nil),
    ("x", ["/data/docs/a"], "docs", "a"),
    ("x", ["/link/a", "/srv/docs2/a"], "photos", "a"),
    // The longest label that fits is meant.
    ("docs:old:a", [], "docs:old", "a"),
    ("docs:older:a", [], "docs", "older:a"),
    ("docs:old", [], "docs", "old"),
    // By bytes: a mark behind a colon or a slash is part of the name behind it.
    ("docs:\u{301}x/\u{301}y", [], "docs", "\u{301}x/\u{301}y"),
    ("x", ["/srv/docs/\u{301}a"], "docs", "\u{301}a"),
    ("docs:e\u{301}", [], "docs", "e\u{301}"),
    // A colon in a name is no label where no folder has it.
    ("b:c", ["/srv/docs/b:c"], "docs", "b:c"),
  ] as [(String, [String], String, String?)])
  func aPathIsFoundInItsFolder(_ text: String, _ candidates: [String], _ label: String, _ inner: String?) throws {
    let place = try Self.paths.place(of: PathReference(text: text, candidates: candidates))
    #expect(place.label == label)
    #expect(place.inner?.bytes == inner.map { Array($0.utf8) })
  }

  @Test func aPathOutsideIsRefusedWithARemedy() {
    let error = #expect(throws: ControlError.self) { try Self.paths.place(of: PathReference(text: "x\u{7}", candidates: ["/srv/docs3/a"])) }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("x\\x07 lies in no shared folder: ") == true)
  }

  @Test(arguments: ["docs:.covey/folder", "docs:" + String(repeating: "n", count: 256)])
  func whatCanBeNoPathIsRefused(_ text: String) {
    let error = #expect(throws: ControlError.self) { try Self.paths.place(of: PathReference(text: text, candidates: [])) }
    #expect(error?.code == .usage)
  }

  @Test func dotsNeverLeadOut() throws {
    let place = try Self.paths.place(of: PathReference(text: "docs:../../etc/passwd", candidates: []))
    #expect(place.inner?.string == "etc/passwd")
  }
}
