import CoveyCore
import CoveyEngine

private typealias Samples = StoreSamples

extension StoreContract {
  static var freshState: FolderState { FolderState(log: StoreSamples.log, isFresh: true) }

  static let headChecks = [
    Check("every shape of version comes back as it was, within the transaction and after it") { store in
      let versions = try Samples.everyShape()
      try write(store) { records in
        for version in versions {
          try records.insert(version)
          try expect(try records.heads(of: version.path), is: [version], "a head is seen by its own transaction")
        }
      }
      try read(store) { records in
        for version in versions { try expect(try records.heads(of: version.path), is: [version], "a head stays as it was") }
        try expect(try records.heads(of: Samples.path("nothing")), is: [], "a path without heads has none")
      }
    },

    Check("heads come by dot, and superseded ones no more") { store in
      let path = try Samples.path("a")
      let late = Samples.file(path, Dot(log: Samples.lateLog, sequence: 1))
      let early = Samples.file(path, Samples.dot(2))
      try write(store) { try $0.insert(late); try $0.insert(early) }
      try read(store) { records in
        try expect(try records.heads(of: path), is: [early, late], "heads come in the order of their dots")
        try expect(try records.pathsWithSeveralHeads(after: nil, limit: 9), is: [path], "a path with two heads is listed")
      }
      try write(store) { try $0.supersedeHead(late.dot, of: path); try $0.supersedeHead(Samples.dot(77), of: path) }
      try read(store) { records in
        try expect(try records.heads(of: path), is: [early], "a superseded version is no head")
        try expect(try records.pathsWithSeveralHeads(after: nil, limit: 9), is: [], "one head is not several")
        try expect(try records.heads(in: Samples.lateLog, after: 0, limit: 9), is: [], "no superseded version is a head of its log")
        try expect(try records.superseded(of: path), is: VersionVector([late.dot]), "a superseded version of the path")
        try expect(try records.superseded(of: Samples.path("nothing")), is: VersionVector(), "none of a path that never had a version")
      }
      try write(store) { try $0.supersedeHead(early.dot, of: path) }
      try read(store) { records in
        try expect(try records.heads(of: path), is: [], "the last head is gone")
        try expect(try records.pathsWithHeads(after: nil, limit: 9), is: [], "a path without heads is not listed")
        try expect(try records.versions(of: path, limit: 9).map(\.version), is: [early, late], "their records are left")
      }
    },

    Check("live heads below a directory are known at every depth and never confused with names that begin alike") { store in
      let top = try Samples.path("a"), inner = try Samples.path("a/b")
      let deep = Samples.file(try Samples.path("a/b/c"), Samples.dot(1))
      let other = Samples.file(try Samples.path("a/b/d"), Samples.dot(2))
      let twins = [Samples.file(try Samples.path("a-b"), Samples.dot(3)), Samples.file(try Samples.path("a/b0"), Samples.dot(4))]
      func expectLive(_ records: any FolderRecords, top isTop: Bool, inner isInner: Bool, _ when: String) throws {
        try expect(try records.hasLiveHead(below: top), is: isTop, "live below the top \(when)")
        try expect(try records.hasLiveHead(below: inner), is: isInner, "live below the inner directory \(when)")
        try expect(try records.hasLiveHead(below: deep.path), is: false, "nothing is below itself \(when)")
      }
      try write(store) { records in
        try records.insert(twins[0])
        try expectLive(records, top: false, inner: false, "with a twin alone")
        try records.insert(deep)
        try records.insert(other)
        try expectLive(records, top: true, inner: true, "with two files")
        try records.supersedeHead(deep.dot, of: deep.path)
        try records.insert(Samples.tombstone(deep.path, Samples.dot(5)))
      }
      try write(store) { records in
        try expectLive(records, top: true, inner: true, "with one file and a tombstone")
        try records.supersedeHead(other.dot, of: other.path)
        try expectLive(records, top: false, inner: false, "with a tombstone alone")
        try records.insert(twins[1])
      }
      try read(store) { try expectLive($0, top: true, inner: false, "with a twin inside") }
      try write(store) { try $0.dropAllHeads() }
      try read(store) { try expectLive($0, top: false, inner: false, "with nothing") }
    },

    Check("two live heads count once, and the path is live until the last of them is gone") { store in
      let path = try Samples.path("d/f"), directory = try Samples.path("d")
      let heads = [Samples.file(path, Samples.dot(1)), Samples.file(path, Dot(log: Samples.lateLog, sequence: 1))]
      try write(store) { records in
        for head in heads { try records.insert(head) }
        try records.supersedeHead(heads[0].dot, of: path)
        try expect(try records.hasLiveHead(below: directory), "one of two live heads is left")
        try records.supersedeHead(heads[1].dot, of: path)
        try expect(try records.hasLiveHead(below: directory), is: false, "no live head is left")
      }
    },

    Check("paths are listed in the order of their bytes, page after page") { store in
      let names = ["a", "a!", "a-b", "a/b", "a/b/c", "a/é", "a0", "ab", "é"]
      let paths = try names.map { try Samples.path($0) }
      try write(store) { records in
        for (number, path) in paths.reversed().enumerated() {
          try records.insert(Samples.tombstone(path, Samples.dot(UInt64(number + 1))))
          try records.insert(Samples.file(path, Dot(log: Samples.lateLog, sequence: UInt64(number + 1))))
        }
      }
      try read(store) { records in
        let lists: [(String, (RelativePath?, Int) throws -> [RelativePath])] = [
          ("paths with heads", records.pathsWithHeads), ("paths with tombstones", records.pathsWithTombstones),
          ("paths with several heads", records.pathsWithSeveralHeads),
        ]
        for (name, list) in lists {
          try expect(try list(nil, 100), is: paths, name)
          var collected: [RelativePath] = []
          while true {
            let page = try list(collected.last, 2)
            guard !page.isEmpty else { break }
            collected += page
          }
          try expect(collected, is: paths, "\(name) in pages of two")
        }
        try expect(try records.pathsWithHeads(after: Samples.path("a/b/b"), limit: 1), is: [paths[4]], "a cursor need not be listed")
      }
    },

    Check("heads of a log come by number from any number on") { store in
      let versions = try (1...6).map { Samples.file(try Samples.path("f\(9 - $0)"), Samples.dot(UInt64($0 * 10))) }
      try write(store) { records in
        for version in versions.reversed() { try records.insert(version) }
        try records.supersedeHead(versions[2].dot, of: versions[2].path)
      }
      try read(store) { records in
        try expect(try records.heads(in: Samples.log, after: 0, limit: 2), is: Array(versions[0...1]), "the first two")
        try expect(try records.heads(in: Samples.log, after: 20, limit: 9), is: Array(versions[3...]), "those after 20")
        try expect(try records.heads(in: Samples.log, after: 60, limit: 9), is: [], "none after the last")
        try expect(try records.heads(in: Samples.lateLog, after: 0, limit: 9), is: [], "none of an unknown log")
      }
    },

    Check("two heads with one dot, as a forked log has them, both stay") { store in
      let path = try Samples.path("a")
      let versions = (1...2).map { Samples.file(path, Samples.dot(1), root: Samples.root($0)) }
      try write(store) { for version in versions { try $0.insert(version) } }
      try read(store) { try expect(Set(try $0.heads(of: path)), is: Set(versions), "both versions are heads") }
    },

    Check("dropping all heads leaves entries, todo and state") { store in
      let version = Samples.file(try Samples.path("d/a"), Samples.dot(1))
      let entry = Samples.entry(of: version)
      try write(store) { records in
        try records.insert(version)
        try records.insert(Samples.file(try Samples.path("d/b"), Samples.dot(2)))
        try records.setEntry(entry)
        try records.setTodo(5, at: try Samples.path("d/b"))
      }
      try write(store) { records in
        try records.dropAllHeads()
        try expect(try records.heads(of: version.path), is: [], "no head is left")
      }
      try read(store) { records in
        try expect(try records.pathsWithHeads(after: nil, limit: 9), is: [], "no path has heads")
        try expect(try records.log(LogQuery(limit: 9)), is: [], "no record is left")
        try expect(try records.entry(version.path), is: entry, "the entry stays")
        try expect(try records.hasObservation(below: Samples.path("d")), "the observation stays")
        try expect(try records.todo(after: nil, limit: 9), is: [Samples.path("d/b")], "the todo stays")
      }
      try write(store) { try $0.insert(version) }
      try read(store) { try expect(try $0.hasLiveHead(below: Samples.path("d")), "what comes afterwards counts again") }
    },
  ]
}
