import CoveyCore
import CoveyEngine

private typealias Samples = StoreSamples

extension StoreContract {
  static let deviceChecks = [
    Check("folders keep apart, and a removed one is gone") { store in
      try store.addFolder(Samples.otherFolder, state: FolderState(log: Samples.lateLog, isFresh: false))
      try store.addFolder(Samples.folder, state: freshState)
      try expect(try store.folders(), is: [Samples.folder, Samples.otherFolder], "both folders, in order")
      let version = Samples.file(try Samples.path("d/a"), Samples.dot(1))
      let twin = Samples.file(try Samples.path("d/a"), Samples.dot(1), root: Samples.root(50))
      for (folder, version) in [(Samples.folder, version), (Samples.otherFolder, twin)] {
        try store.write(folder, flush: true) { records in
          try records.insert(version)
          try records.insertBatch(Samples.batch([version]))
          try records.setEntry(Samples.entry(of: version))
          try records.setTodo(1, at: version.path)
          try records.setConflict(version.path, open: true)
          try records.setManifest([], for: version.root)
          _ = try records.insertIntents([Intent(id: 0, step: try everyStep()[0], plan: [])])
          try records.insertHistory(Samples.history(version.path, kept: 1, root: version.root))
        }
      }
      try store.write(Samples.folder, flush: false) { records in
        try expect(try records.heads(of: version.path), is: [version], "each folder has its own heads")
        try expect(try records.heads(in: Samples.log, after: 0, limit: 9), is: [version], "and its own logs")
        try expect(try records.entries(below: nil, after: nil, limit: 9), is: [Samples.entry(of: version)], "and its own entries")
        try expect(try records.entries(withRoot: twin.root, limit: 9), is: [], "and its own contents")
        try expect(try records.historyHolds(twin.root), is: false, "and its own history")
        try expect(try records.manifest(twin.root) == nil, "and its own manifests")
        try expect(try records.log(LogQuery(limit: 9)).map(\.version), is: [version], "and its own log")
        try expect(try records.intents().count, is: 1, "and its own intents")
        try expect(try records.conflictCount(), is: 1, "and its own conflicts")
        try records.pruneEverything(before: Timestamp(nanoseconds: .max))
        _ = try records.pruneManifests(after: nil, limit: 9)
        try records.dropAllHeads()
      }
      try store.removeFolder(Samples.folder)
      try expect(try store.folders(), is: [Samples.otherFolder], "one folder is left")
      try expectThrows("a removed folder cannot be read") { try store.read(Samples.folder) { _ in } }
      try expectThrows("a removed folder cannot be written") { try store.write(Samples.folder, flush: false) { _ in } }
      try expectThrows("a removed folder has no snapshot") { _ = try store.snapshot(Samples.folder) }
      try store.read(Samples.otherFolder) { records in
        try expect(try records.heads(of: twin.path), is: [twin], "the other folder is untouched")
        try expect(try records.manifest(twin.root), is: [], "and its manifest")
        try expect(try records.todoTotals().count, is: 1, "and what is to do there")
      }
      try store.addFolder(Samples.folder, state: freshState)
      try store.read(Samples.folder) { records in
        try expect(records.state, is: freshState, "a folder added again begins anew")
        try expect(try records.pathsWithHeads(after: nil, limit: 9), is: [], "without heads")
        try expect(try records.conflictCount(), is: 0, "without conflicts")
      }
    },

    Check("adding a folder that is known changes nothing") { store in
      try store.addFolder(Samples.folder, state: freshState)
      try store.addFolder(Samples.folder, state: FolderState(log: Samples.lateLog, isFresh: false))
      try expect(try read(store) { $0.state }, is: freshState, "the first state stays")
    },

    Check("membership records come in the order of their arrival, each once") { store in
      let records = [3, 1, 2].map { SignedRecord(bytes: [$0, $0], signature: [$0]) }
      try store.insertMembership(Array(records[0...1]))
      try store.insertMembership([records[1], records[2], SignedRecord(bytes: records[0].bytes, signature: [9])])
      try expect(try store.membershipRecords(), is: records, "three records")
    },

    Check("values are kept by key until they are taken away") { store in
      try expect(try store.value(forKey: "a") == nil, "nothing is there")
      try store.setValue([1, 2], forKey: "a")
      try store.setValue([], forKey: "b")
      try expect(try store.value(forKey: "a"), is: [1, 2], "a value")
      try expect(try store.value(forKey: "b"), is: [], "an empty value is a value")
      try store.setValue([3], forKey: "a")
      try store.setValue(nil, forKey: "b")
      try expect(try store.value(forKey: "a"), is: [3], "another value")
      try expect(try store.value(forKey: "b") == nil, "a value that was taken away")
    },

    Check("peers are remembered") { store in
      let peer = KnownPeer(
        device: Samples.otherAuthor, name: "büro", addresses: ["10.0.0.1:22000", "[::1]:5"], lastSeen: 1_700_000_000, isPaused: true)
      let other = KnownPeer(device: Samples.author, name: "", addresses: [], lastSeen: nil, isPaused: false)
      try store.setPeer(KnownPeer(device: Samples.otherAuthor, name: "old", addresses: [], lastSeen: nil, isPaused: false))
      try store.setPeer(peer)
      try store.setPeer(other)
      try expect(try store.peers(), is: [other, peer].sorted { $0.device < $1.device }, "both peers, by device")
    },

    Check("content is found in every folder and its history") { store in
      let root = Samples.root(3)
      let version = Samples.file(try Samples.path("a"), Samples.dot(1), root: root)
      for folder in [Samples.folder, Samples.otherFolder] {
        try store.addFolder(folder, state: freshState)
        try store.write(folder, flush: false) { records in
          try records.setEntry(Samples.entry(of: version))
          try records.insertHistory(Samples.history(try Samples.path("b"), kept: 1, root: root))
        }
      }
      let places = try store.places(of: root, limit: 9)
      try expect(places.count, is: 4, "two files and two items of history")
      for folder in [Samples.folder, Samples.otherFolder] {
        try expect(places.contains { $0.folder == folder && $0.source == .file(version.path) }, "the file")
        let name = try Samples.history(try Samples.path("b"), kept: 1, root: root).name
        try expect(places.contains { $0.folder == folder && $0.source == .history(name) }, "the item of history")
      }
      try expect(try store.places(of: root, limit: 3).count, is: 3, "no more than asked for")
      try expect(try store.places(of: Samples.root(4), limit: 9).count, is: 0, "no place of other content")
      try expect(try store.places(of: .none, limit: 9).count, is: 0, "no place of nothing")
    },
  ]
}
