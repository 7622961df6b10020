import CoveyCore
import CoveyEngine

private typealias Samples = StoreSamples

extension StoreContract {
  /// Everything a snapshot sends, in calls of `byteCountMax`.
  static func round(
    _ snapshot: any FolderSnapshot, beyond knowledge: VersionVector = VersionVector(), byteCountMax: Int = .max
  ) throws -> [BatchSlice] {
    var slices: [BatchSlice] = []
    var next: Dot?
    repeat {
      let page = try snapshot.slices(beyond: knowledge, after: next, byteCountMax: byteCountMax)
      if let last = next, let new = page.next { try expect(last < new, "a round goes on") }
      slices += page.slices
      next = page.next
    } while next != nil
    return slices
  }

  static let snapshotChecks = [
    Check("a snapshot stays as it was") { store in
      let version = Samples.file(try Samples.path("a"), Samples.dot(1))
      try write(store) { records in
        try records.insertBatch(Samples.batch([version]))
        try records.insert(version)
        records.state.sequence = 1
      }
      let snapshot = try store.snapshot(Samples.folder)
      try write(store) { records in
        try records.supersedeHead(version.dot, of: version.path)
        records.state.sequence = 2
      }
      try expect(snapshot.state.sequence, is: 1, "the state of the snapshot")
      try expect(try round(snapshot).flatMap(\.records), is: [version.record], "the heads of the snapshot")
      let after = try store.snapshot(Samples.folder)
      try expect(after.state.sequence, is: 2, "the state of a later snapshot")
      try expect(try round(after), is: [], "the heads of a later snapshot")
    },

    Check("a round sends live records byte for byte under their batches, by log and number") { store in
      var shapes = try Samples.everyShape()
      shapes.append(Samples.file(try Samples.path("last"), Samples.dot(6)))
      let other = try (1...3).map { Samples.file(try Samples.path("o\(4 - $0)"), Dot(log: Samples.lateLog, sequence: $0)) }
      let batches = [Samples.batch(Array(shapes[0...2])), Samples.batch(Array(shapes[3...5])), Samples.batch(other)]
      try write(store) { records in
        for version in other + shapes.reversed() { try records.insert(version) }
        for batch in batches.reversed() { try records.insertBatch(batch) }
        try records.supersedeHead(shapes[1].dot, of: shapes[1].path)
      }
      let snapshot = try store.snapshot(Samples.folder)
      func slice(_ batch: StoredBatch, _ versions: [Version]) -> BatchSlice {
        BatchSlice(header: batch.header, signature: batch.signature, records: versions.map(\.record))
      }
      let whole = [
        slice(batches[0], [shapes[0], shapes[2]]), slice(batches[1], Array(shapes[3...5])), slice(batches[2], other),
      ]
      try expect(try round(snapshot), is: whole, "everything")
      for limit in [1, 100, 300, 500, 1_000] {
        let parts = try round(snapshot, byteCountMax: limit)
        try expect(parts.flatMap(\.records), is: whole.flatMap(\.records), "the same records in parts of \(limit)")
        for part in parts {
          let isWhole = whole.contains { $0.header == part.header && part.records.allSatisfy($0.records.contains) }
          try expect(isWhole, "every record under its batch in parts of \(limit)")
        }
      }
      let page = try snapshot.slices(beyond: VersionVector(), after: nil, byteCountMax: 1)
      try expect(page.slices, is: [slice(batches[0], [shapes[0]])], "no more than one record above the limit")
      try expect(page.next, is: shapes[0].dot, "the round goes on after it")
      let knowledge = VersionVector([Samples.dot(4), Dot(log: Samples.lateLog, sequence: 3)])
      try expect(try round(snapshot, beyond: knowledge), is: [slice(batches[1], Array(shapes[4...5]))], "only what is not known")
      try expect(try round(snapshot, beyond: VersionVector([Samples.dot(.max)])), is: [whole[2]], "a log known to its end")
    },

    Check("of a forked log every version travels under the batch that names it") { store in
      let path = try Samples.path("a")
      let versions = (1...2).map { Samples.file(path, Samples.dot(4), root: Samples.root($0)) }
      let batches = versions.map { Samples.batch([$0]) }
      try write(store) { records in
        for batch in batches { try records.insertBatch(batch) }
        for version in versions { try records.insert(version) }
      }
      let snapshot = try store.snapshot(Samples.folder)
      for limit in [1, .max] {
        let slices = try round(snapshot, byteCountMax: limit)
        let expected = zip(batches, versions).map { BatchSlice(header: $0.header, signature: $0.signature, records: [$1.record]) }
        try expect(Set(slices), is: Set(expected), "both versions, each under its own batch")
      }
    },

    Check("a head that no batch proves is not sent in silence") { store in
      try write(store) { try $0.insert(Samples.file(try Samples.path("a"), Samples.dot(1))) }
      let snapshot = try store.snapshot(Samples.folder)
      try expectThrows("the round fails") { _ = try round(snapshot) }
    },
  ]
}
