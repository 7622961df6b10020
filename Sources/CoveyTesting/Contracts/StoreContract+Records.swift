import CoveyCore
import CoveyEngine

private typealias Samples = StoreSamples

extension StoreContract {
  /// A step of every kind.
  static func everyStep() throws -> [DiskStep] {
    let path = try Samples.path("d/ä"), other = try Samples.path("d/other")
    let stat = FileStat(
      kind: .symlink, size: -1, modified: Timestamp(nanoseconds: .max), changed: Samples.time(-1), inode: .max, mode: 0o7777, linkCount: 3)
    guard let name = StagedName("A-1") else { throw ContractBreach("A-1 is a staged name") }
    let actions: [DiskStep.Action] = [
      .place(name, displaced: .nothing), .place(name, displaced: .history(at: Samples.time(9))), .place(name, displaced: .copy(other)),
      .makeDirectory(mode: 0o755), .remove(displaced: .history(at: Samples.time(-9))), .removeDirectory, .move(from: other),
      .setMetadata(mode: 0o600, modified: Samples.time(8)),
    ]
    return actions.flatMap { [DiskStep(path: path, expected: stat, action: $0), DiskStep(path: other, expected: nil, action: $0)] }
  }

  static let recordChecks = [
    Check("rules are kept, each folder's own, and go with it") { store in
      try write(store) { try expect(try $0.rules(), is: RulesSource(), "none were told") }
      let rules = RulesSource(shared: Array("*.o\n".utf8), local: [0, 255])
      for rules in [RulesSource(shared: [1], local: []), rules] { try write(store) { try $0.setRules(rules) } }
      try expect(try read(store) { try $0.rules() }, is: rules, "the rules told last")
      let state = try read(store) { $0.state }
      try store.removeFolder(Samples.folder)
      try store.addFolder(Samples.folder, state: state)
      try expect(try read(store) { try $0.rules() }, is: RulesSource(), "a folder added anew has none")
    },
    Check("a transaction that throws leaves no trace") { store in
      let version = Samples.file(try Samples.path("d/a"), Samples.dot(1))
      let kept = Samples.file(try Samples.path("d/kept"), Samples.dot(2))
      try write(store) { try $0.insert(kept); try $0.setEntry(Samples.entry(of: kept)); try $0.setTodo(4, at: kept.path) }
      let before = try read(store) { $0.state }
      struct Stop: Error {}
      for flush in [false, true] {
        try expectThrows("what the block throws comes out") {
          try store.write(Samples.folder, flush: flush) { records in
            records.state.sequence = 77
            try records.insert(version)
            try records.setEntry(Samples.entry(of: version))
            try records.setTodo(100, at: version.path)
            try records.insertHistory(Samples.history(version.path, kept: 1, root: version.root))
            try records.insertBatch(Samples.batch([version]))
            try records.supersedeHead(kept.dot, of: kept.path)
            try records.setEntry(Entry(path: kept.path))
            _ = try records.pathsWithHeads(after: nil, limit: 9)
            throw Stop()
          }
        }
      }
      try read(store) { records in
        try expect(records.state, is: before, "the state is as before")
        try expect(try records.pathsWithHeads(after: nil, limit: 9), is: [kept.path], "the heads are as before")
        try expect(try records.entries(below: nil, after: nil, limit: 9), is: [Samples.entry(of: kept)], "the entries are as before")
        try expect(try records.todoTotals().byteCount, is: 4, "what is to do is as before")
        try expect(try records.historyTotals().count, is: 0, "history is as before")
        try expect(try records.author(of: Samples.log) == nil, "no author is known")
      }
    },

    Check("the state of a folder comes back whole") { store in
      var state = FolderState(log: Samples.lateLog, isFresh: true)
      try store.addFolder(Samples.folder, state: state)
      try expect(try read(store) { $0.state }, is: state, "the state a folder was added with")
      state.knowledge = VersionVector([Samples.dot(5), Dot(log: Samples.lateLog, sequence: .max)])
      state.batchHashes = [Samples.log: .max, Samples.lateLog: 0]
      state.dropped = VersionVector([Samples.dot(3)])
      state.acknowledged = [Samples.author: state.knowledge, Samples.otherAuthor: VersionVector()]
      state.sequence = 12
      state.isFresh = false
      state.holdsUnknown = true
      state.shown.add(try Samples.path("a"), Samples.shown(Samples.file(try Samples.path("a"), Samples.dot(1))))
      state.held = FolderDigest(sum: Samples.author.key, fileCount: -1, directoryCount: 2, byteCount: .max)
      try write(store) { $0.state = state }
      try expect(try read(store) { $0.state }, is: state, "the state as it was set")
      state.acknowledged = [Samples.otherAuthor: VersionVector([Samples.dot(1)])]
      try write(store) { records in
        records.state.acknowledged = state.acknowledged
        try expect(records.state, is: state, "the state is seen by its own transaction")
      }
      try expect(try read(store) { $0.state }, is: state, "what one member acknowledged, and another no more")
    },

    Check("batches are found by every number they hold") { store in
      let versions = try (5...9).map { Samples.file(try Samples.path("f\($0)"), Samples.dot($0)) }
      let batches = [Samples.batch(Array(versions[0...2])), Samples.batch(Array(versions[3...4]))]
      try write(store) { records in
        for batch in batches + batches { try records.insertBatch(batch) }
      }
      try read(store) { records in
        for (number, batch) in [(4, nil), (5, batches[0]), (7, batches[0]), (8, batches[1]), (9, batches[1]), (10, nil)] {
          try expect(try records.batch(containing: Samples.dot(UInt64(number))), is: batch, "the batch of number \(number)")
          try expect(try records.hasBatch(containing: Samples.dot(UInt64(number))), is: batch != nil, "whether \(number) has a batch")
        }
        try expect(try records.batch(containing: Dot(log: Samples.lateLog, sequence: 5)) == nil, "no batch of another log")
        try expect(try records.author(of: Samples.log), is: Samples.author, "the author of the log")
        try expect(try records.author(of: Samples.lateLog) == nil, "no author of an unknown log")
      }
    },

    Check("the author of a log is known once its batch is, even if its versions came first") { store in
      let version = Samples.file(try Samples.path("a"), Samples.dot(1))
      try write(store) { records in
        try records.insert(version)
        try expect(try records.author(of: Samples.log) == nil, "no batch, no author")
        try records.insertBatch(Samples.batch([version]))
        try expect(try records.author(of: Samples.log), is: Samples.author, "the author of the batch")
      }
      try read(store) { try expect(try $0.author(of: Samples.log), is: Samples.author, "the author afterwards") }
    },

    Check("manifests stay as long as an entry, a head or history names them") { store in
      func chunks(_ count: Int) -> [Chunk] {
        (0..<count).map { Chunk(hash: Samples.root(UInt64($0)).digest, byteCount: UInt32.max - UInt32($0)) }
      }
      let roots = (1...4).map { Samples.root(UInt64($0)) }
      let size = ChunkSizes.smallByteCountMax + 1
      let observed = Samples.file(try Samples.path("a"), Samples.dot(1), size: size, root: roots[0])
      let head = Samples.file(try Samples.path("b"), Samples.dot(2), size: size, root: roots[1])
      try write(store) { records in
        for (number, root) in roots.enumerated() { try records.setManifest(chunks(number + 1), for: root) }
        try records.setManifest(chunks(50), for: roots[1])
        try records.setEntry(Samples.entry(of: observed))
        try records.insert(head)
        try records.insertHistory(Samples.history(head.path, kept: 1, root: roots[2]))
        try expect(try records.pruneManifests(after: nil, limit: 9) == nil, "one page")
        try expect(try records.manifest(roots[0]), is: chunks(1), "an entry names it")
        try expect(try records.manifest(roots[1]), is: chunks(50), "a head names it")
        try expect(try records.manifest(roots[2]), is: chunks(3), "history names it")
        try expect(try records.manifest(roots[3]) == nil, "nobody names it")
      }
      try write(store) { records in
        try records.supersedeHead(head.dot, of: head.path)
        try records.setEntry(Entry(path: observed.path))
        try records.removeHistory(Samples.history(head.path, kept: 1, root: roots[2]).name)
        var after: Root?
        repeat { after = try records.pruneManifests(after: after, limit: 1) } while after != nil
        for root in roots { try expect(try records.manifest(root) == nil, "nobody names it any more") }
      }
    },

    Check("intents of every kind of step come back as they were, until they are removed") { store in
      let steps = try everyStep()
      try write(store) { _ = try $0.insertIntents(steps.map { Intent(id: 0, step: $0, plan: [1, 2, 3]) }) }
      var intents: [Intent] = []
      try write(store) { records in
        intents = try records.intents()
        try expect(intents.map(\.step), is: steps, "steps come in the order they were noted")
        try expect(Set(intents.map(\.id)).count, is: steps.count, "every intent has a number of its own")
        try expect(intents.allSatisfy { $0.id != 0 && $0.plan == [1, 2, 3] }, "the plan is kept")
        try records.removeIntents([intents[1].id, 1 << 40])
      }
      try write(store) { records in
        try expect(try records.intents().count, is: steps.count - 1, "one intent was removed")
        try records.removeIntents(intents.map(\.id))
        _ = try records.insertIntents([Intent(id: 0, step: steps[0], plan: [])])
        let last = try records.intents()
        try expect(last.map(\.plan), is: [[]], "an empty plan is a plan")
        try expect(last[0].id > intents.map(\.id).max() ?? 0, "no number is given twice")
      }
    },

    Check("history is listed by path, directory, root and time") { store in
      let paths = try ["d/a", "d/b/c", "d-e"].map { try Samples.path($0) }
      let items = try [
        Samples.history(paths[0], kept: 10, root: Samples.root(1)), Samples.history(paths[1], kept: 30, root: Samples.root(2)),
        Samples.history(paths[0], kept: 20, root: Samples.root(2), size: 100), Samples.history(paths[2], kept: 5, root: .none, size: 0),
      ]
      try write(store) { for item in items { try $0.insertHistory(item) } }
      try read(store) { records in
        try expect(try records.history(of: paths[0], limit: 9), is: [items[2], items[0]], "of a path, newest first")
        try expect(try records.history(of: paths[0], limit: 1), is: [items[2]], "the newest of a path")
        try expect(try records.history(below: try Samples.path("d"), limit: 9), is: [items[1], items[2], items[0]], "below a directory")
        try expect(try records.history(below: nil, limit: 3), is: [items[1], items[2], items[0]], "the newest of all")
        try expect(try records.history(withRoot: Samples.root(2), limit: 9), is: [items[1], items[2]], "by root")
        try expect(try records.history(before: Samples.time(20), limit: 9), is: [items[3], items[0]], "before a time, oldest first")
        try expect(try records.historyTotals().count, is: 4, "four items")
        try expect(try records.historyTotals().byteCount, is: 110, "and their bytes")
        try expect(try records.historyHolds(Samples.root(1)), "a root that is held")
        try expect(try records.historyHolds(Samples.root(9)), is: false, "a root that is not held")
        try expect(try records.historyHolds(.none), is: false, "nothing is no content")
      }
      try write(store) { records in
        try records.removeHistory(items[2].name)
        try records.removeHistory(items[2].name)
        try expect(try records.historyHolds(Samples.root(2)), "another item holds the same bytes")
        try records.insertHistory(items[1])
        try expect(try records.historyTotals().count, is: 3, "the same name counts once")
        try expect(try records.history(below: nil, limit: 9).allSatisfy { try records.hasHistory($0.name) }, "each is found by its name")
        try expect(try records.hasHistory(HistoryName(path: Samples.path("nobody.1"))), is: false, "and nothing else")
        try records.removeHistory(items[1].name)
        try expect(try records.historyHolds(Samples.root(2)), is: false, "the last of them is gone")
      }
      try read(store) { try expect(try $0.historyTotals().byteCount, is: 5, "the bytes of what is left") }
    },

    Check("late files wait until they are removed") { store in
      guard let first = StagedName("b"), let second = StagedName("a") else { throw ContractBreach("letters are staged names") }
      let version = try Samples.everyShape()[4]
      let late = LateFile(name: first, path: version.path, agreed: Samples.shown(version), root: Samples.root(5))
      let other = LateFile(name: second, path: version.path, agreed: .absent, root: .none)
      try write(store) { try $0.setLate(late); try $0.setLate(other); try $0.setLate(late) }
      try read(store) { try expect(try $0.lateFiles(), is: [other, late], "late files by name") }
      try write(store) { try $0.removeLate(second) }
      try read(store) { try expect(try $0.lateFiles(), is: [late], "one is left") }
    },

    Check("the log tells every arrival, heads and superseded versions, until they are pruned") { store in
      let path = try Samples.path("d/a")
      let old = Samples.file(path, Samples.dot(1))
      let new = Samples.file(path, Dot(log: Samples.lateLog, sequence: 1), seen: [old.dot])
      let twin = Samples.file(try Samples.path("d-b"), Samples.dot(2))
      try write(store) { records in
        try records.insertBatch(Samples.batch([old]))
        try records.insertBatch(Samples.batch([twin]))
        try records.insertBatch(Samples.batch([new], author: Samples.otherAuthor))
        try records.insert(old)
        try records.supersedeHead(old.dot, of: path)
        try records.insert(new)
        try records.insert(twin)
      }
      var lines: [LogLine] = []
      try read(store) { records in
        lines = try records.log(LogQuery(afterNumber: 0, limit: 9))
        try expect(lines.map(\.version), is: [old, new, twin], "oldest first after a number")
        try expect(lines.map(\.isHead), is: [false, true, true], "what is a head")
        try expect(lines.map(\.author), is: [Samples.author, Samples.otherAuthor, Samples.author], "who wrote it")
        try expect(lines[0].number < lines[1].number && lines[1].number < lines[2].number, "numbers grow")
        try expect(try records.log(LogQuery(limit: 2)), is: [lines[2], lines[1]], "newest first without a number")
        try expect(try records.log(LogQuery(afterNumber: lines[0].number, limit: 1)), is: [lines[1]], "the next one")
        for directory in ["d", "d/a"] {
          try expect(try records.log(LogQuery(below: Samples.path(directory), limit: 9)), is: [lines[1], lines[0]], "in \(directory)")
        }
        try expect(try records.log(LogQuery(author: Samples.otherAuthor, limit: 9)), is: [lines[1]], "by one author")
        try expect(try records.log(LogQuery(since: lines[0].arrived, limit: 9)).count, is: 3, "since the first arrived")
        let later = Timestamp(nanoseconds: lines[2].arrived.nanoseconds + 1)
        try expect(try records.log(LogQuery(since: later, limit: 9)), is: [], "since the last")
        try expect(try records.versions(of: path, limit: 9), is: [lines[1], lines[0]], "versions of a path, newest first")
        try expect(try records.versions(of: path, limit: 1), is: [lines[1]], "the newest version of a path")
        try expect(try records.versions(of: Samples.path("d"), limit: 9), is: [], "a directory is not what is in it")
      }
      try write(store) { records in
        try records.pruneEverything(before: lines[0].arrived)
        try expect(try records.versions(of: path, limit: 9).count, is: 2, "what arrived at that moment stays")
        try expect(try records.headCount(in: Samples.log), is: 1, "heads in a log")
        try expect(try records.logs(by: Samples.otherAuthor), is: [Samples.lateLog], "logs of a device")
        let late = Timestamp(nanoseconds: lines[2].arrived.nanoseconds + 1)
        let superseded = try records.superseded(before: late, after: nil, limit: 9)
        try expect(superseded, is: [Superseded(number: lines[0].number, path: path, arrived: lines[0].arrived)], "what is no head")
        try expect(try records.superseded(before: late, after: superseded[0], limit: 9), is: [], "and nothing beyond it")
        try records.pruneEverything(before: late)
        try expect(try records.log(LogQuery(afterNumber: 0, limit: 9)), is: [lines[1], lines[2]], "heads stay whatever their age")
        try expect(try records.hasBatch(containing: old.dot), is: false, "a batch without records goes")
        try expect(try records.hasBatch(containing: twin.dot), "the last batch of a log stays")
        try records.supersedeHead(twin.dot, of: twin.path)
        try records.pruneEverything(before: late)
        try records.insert(Samples.file(path, Samples.dot(3)))
        let last = try records.log(LogQuery(limit: 1))
        try expect(last[0].number > lines[2].number, "no number is given twice")
      }
    },
  ]
}
