import CoveyCore
import CoveyEngine

private typealias Samples = StoreSamples

extension StoreContract {
  /// Entries of every shape: in sync, changed, deleted, held, never agreed, badly kept.
  static func everyEntry() throws -> [Entry] {
    var entries = try Samples.everyShape().filter(\.isLive).map { Samples.entry(of: $0, inode: .max) }
    let version = Samples.file(try Samples.path("x"), Samples.dot(8), seen: [Dot(log: Samples.lateLog, sequence: 3)])
    var changed = Samples.entry(of: version)
    changed.path = try Samples.path("e/changed")
    changed.observation?.root = Samples.root(500)
    changed.observation?.size = 11
    changed.observation?.mode = 0o4755
    changed.observation?.modified = Timestamp(nanoseconds: .min)
    entries.append(changed)
    entries.append(Entry(path: try Samples.path("e/deleted"), agreed: Samples.shown(version)))
    let link = Samples.shown(try Samples.everyShape()[2])
    entries.append(Entry(path: try Samples.path("e/link-now-file"), observation: changed.observation, agreed: link))
    entries.append(Entry(path: try Samples.path("e/new"), observation: Samples.observation(of: version)))
    entries.append(Entry(path: try Samples.path("e/settled"), agreed: .absent(seen: version.vector)))
    entries.append(
      Entry(path: try Samples.path("e/held"), observation: Samples.observation(of: version), held: version.content))
    entries.append(Entry(path: try Samples.path("e/held-directory"), held: .directory))
    var badlyKept = Samples.entry(of: version)
    badlyKept.path = try Samples.path("e/kept")
    badlyKept.kept = Entry.Kept(mode: 0o777, modified: Samples.time(2))
    entries.append(badlyKept)
    var implied = Shown.absent
    implied.kind = .directory
    implied.mode = 0o700
    entries.append(Entry(path: try Samples.path("e/implied"), agreed: implied))
    return entries
  }

  static let entryChecks = [
    Check("every shape of entry comes back as it was") { store in
      let entries = try everyEntry()
      try write(store) { records in
        for entry in entries {
          try records.setEntry(entry)
          try expect(try records.entry(entry.path), is: entry, "an entry is seen by its own transaction")
        }
      }
      try read(store) { records in
        for entry in entries { try expect(try records.entry(entry.path), is: entry, "an entry stays as it was") }
        let sorted = entries.sorted { $0.path < $1.path }
        try expect(try records.entries(below: nil, after: nil, limit: 99), is: sorted, "all entries, by path")
        try expect(
          try records.heldEntries(after: nil, limit: 9).map(\.path), is: [Samples.path("e/held"), Samples.path("e/held-directory")],
          "held entries")
        try expect(
          try records.heldEntries(after: Samples.path("e/held"), limit: 9).map(\.path), is: [Samples.path("e/held-directory")],
          "held entries after one")
      }
      // Each entry over each other: nothing of what stood there before shines through.
      let path = entries[0].path
      try write(store) { records in
        for var entry in entries + entries.reversed() {
          entry.path = path
          try records.setEntry(entry)
          try expect(try records.entry(path), is: entry, "an entry replaces another whole")
        }
      }
    },

    Check("a vacant entry is forgotten") { store in
      let version = Samples.file(try Samples.path("d/a"), Samples.dot(1))
      try write(store) { try $0.setEntry(Samples.entry(of: version)); try $0.setTodo(3, at: version.path) }
      try write(store) { records in
        try records.setEntry(Entry(path: version.path, kept: Entry.Kept(mode: 1, modified: .zero)))
        try expect(try records.entries(below: nil, after: nil, limit: 9), is: [], "no entry is left")
        try expect(try records.todo(after: nil, limit: 9), is: [version.path], "what is to do there stays")
        try records.setEntry(Entry(path: try Samples.path("never/known")))
      }
      try write(store) { records in
        try records.setTodo(nil, at: version.path)
        try expect((try records.entry(version.path) ?? Entry(path: version.path)).isVacant, "nothing is known of the path")
        try expect(try records.entry(Samples.path("never/known")) == nil, "a vacant entry is not kept")
      }
    },

    Check("entries below a directory come in order and in pages") { store in
      let names = ["a", "a!", "a/b", "a/b/c", "a/b-c", "a/c", "a0", "b"]
      let version = Samples.file(try Samples.path("x"), Samples.dot(1))
      try write(store) { records in
        for name in names.reversed() {
          var entry = Samples.entry(of: version)
          entry.path = try Samples.path(name)
          try records.setEntry(entry)
        }
        // Heads alone make no entry.
        try records.insert(Samples.file(try Samples.path("a/bb"), Samples.dot(2)))
      }
      try read(store) { records in
        func list(_ directory: String?, _ after: String?, _ limit: Int = 99) throws -> [String] {
          try records.entries(below: directory.map { try Samples.path($0) }, after: after.map { try Samples.path($0) }, limit: limit)
            .map(\.path.string)
        }
        try expect(try list("a", nil), is: ["a/b", "a/b-c", "a/b/c", "a/c"], "what is below a")
        try expect(try list("a", "a/b", 2), is: ["a/b-c", "a/b/c"], "two after a/b")
        try expect(try list("a", "Z"), is: ["a/b", "a/b-c", "a/b/c", "a/c"], "a cursor before the directory")
        try expect(try list("a", "a0"), is: [], "a cursor behind the directory")
        try expect(try list("a/b", nil), is: ["a/b/c"], "what is below a/b")
        try expect(try list("c", nil), is: [], "what is below nothing")
        try expect(try list(nil, "a0"), is: ["b"], "the rest of the folder")
        try expect(try list(nil, nil, 3), is: ["a", "a!", "a/b"], "the first three")
      }
    },

    Check("observations below a directory are known at every depth") { store in
      let top = try Samples.path("a"), inner = try Samples.path("a/b")
      let version = Samples.file(try Samples.path("a/b/c"), Samples.dot(1))
      func expectObserved(_ records: any FolderRecords, _ isObserved: Bool, _ when: String) throws {
        for directory in [top, inner] {
          try expect(try records.hasObservation(below: directory), is: isObserved, "\(directory) \(when)")
        }
        try expect(try records.hasObservation(below: version.path), is: false, "the file itself \(when)")
      }
      try write(store) { records in
        try records.setEntry(Samples.entry(of: version))
        try records.setEntry(Samples.entry(of: version, inode: 5))
        try expectObserved(records, true, "with an observation")
      }
      try write(store) { records in
        try expectObserved(records, true, "in the next transaction")
        try records.setEntry(Entry(path: version.path, agreed: Samples.shown(version)))
        try expectObserved(records, false, "with an agreed version alone")
      }
      try write(store) { try $0.setEntry(Samples.entry(of: version)) }
      try write(store) { try $0.setEntry(Entry(path: version.path)) }
      try read(store) { try expectObserved($0, false, "with nothing") }
    },

    Check("entries are found by the root that was observed") { store in
      let same = Samples.root(7)
      // The same beginning, another root.
      let twin = Root(digest: Bytes32(words: (same.digest.words.0, 1, 1, 1)))
      try write(store) { records in
        for (number, name) in ["c", "a", "b"].enumerated() {
          let version = Samples.file(try Samples.path(name), Samples.dot(UInt64(number + 1)), root: same)
          try records.setEntry(Samples.entry(of: version))
        }
        try records.setEntry(Samples.entry(of: Samples.file(try Samples.path("t"), Samples.dot(9), root: twin)))
        try records.setEntry(Samples.entry(of: Samples.directory(try Samples.path("z"), Samples.dot(10))))
      }
      try write(store) { records in
        try expect(try records.entries(withRoot: same, limit: 9).map(\.path.string), is: ["a", "b", "c"], "three paths hold it")
        try expect(try records.entries(withRoot: same, limit: 2).count, is: 2, "no more than asked for")
        try expect(try records.entries(withRoot: twin, limit: 9).map(\.path.string), is: ["t"], "roots are compared whole")
        try expect(try records.entries(withRoot: .none, limit: 9), is: [], "no content is found by the root of nothing")
        var moved = Samples.entry(of: Samples.file(try Samples.path("a"), Samples.dot(11)))
        moved.agreed.root = same
        try records.setEntry(moved)
        try expect(try records.entries(withRoot: same, limit: 9).map(\.path.string), is: ["b", "c"], "what was agreed does not count")
      }
    },

    Check("what is to do is counted and listed, with and without entries") { store in
      let paths = try ["d/a", "d/b", "e"].map { try Samples.path($0) }
      func expectTotals(_ records: any FolderRecords, _ count: Int64, _ byteCount: Int64) throws {
        let totals = try records.todoTotals()
        try expect([totals.count, totals.byteCount], is: [count, byteCount], "paths and bytes to do")
      }
      try write(store) { records in
        try records.setTodo(100, at: paths[1])
        try records.setTodo(0, at: paths[0])
        try records.setTodo(7, at: paths[2])
        try records.setTodo(nil, at: try Samples.path("unknown"))
        try records.setEntry(Samples.entry(of: Samples.file(paths[2], Samples.dot(1))))
        try expectTotals(records, 3, 107)
      }
      try write(store) { records in
        try expectTotals(records, 3, 107)
        try expect(try records.todo(after: nil, limit: 9), is: paths, "all paths to do")
        try expect(try records.todo(after: paths[0], limit: 1), is: [paths[1]], "one after the first")
        try records.setTodo(50, at: paths[1])
        try expectTotals(records, 3, 57)
        for path in paths { try records.setTodo(nil, at: path) }
        try expectTotals(records, 0, 0)
      }
      try read(store) { try expect(try $0.todo(after: nil, limit: 9), is: [], "nothing is left to do") }
    },

    Check("conflicts keep their numbers, and no number comes twice") { store in
      let paths = try ["b", "a", "c"].map { try Samples.path($0) }
      var numbers: [Int64] = []
      try write(store) { records in
        for path in paths { try records.setConflict(path, open: true) }
        try records.setConflict(paths[0], open: true)
        let conflicts = try records.conflicts(after: nil, limit: 9)
        try expect(conflicts.map(\.path), is: paths, "conflicts come in the order they were opened")
        try expect(try records.conflictCount(), is: 3, "three conflicts are open")
        numbers = conflicts.map(\.id)
        try records.setConflict(paths[2], open: false)
        try records.setConflict(paths[2], open: false)
        try records.setConflict(paths[2], open: true)
      }
      try read(store) { records in
        let conflicts = try records.conflicts(after: numbers[0], limit: 9)
        try expect(conflicts.map(\.path), is: [paths[1], paths[2]], "those after the first")
        try expect(conflicts[0].id, is: numbers[1], "a number stays")
        try expect(conflicts[1].id > numbers[2], "a conflict that opens again has a new number")
        try expect(try records.conflicts(after: nil, limit: 1).map(\.path), is: [paths[0]], "no more than asked for")
      }
    },
  ]
}
