import CoveyCore
import CoveyEngine
import GRDB

/// The record of a folder as it was at one moment: a reading transaction that stays open as long as this lives.
final class SQLiteSnapshot: FolderSnapshot {
  private let reader: DatabaseQueue
  private let row: FolderRow
  /// Keeps the store, and with it the lock on its files, until the snapshot is released.
  private let store: SQLiteStore

  init(_ folder: FolderID, in reader: DatabaseQueue, of store: SQLiteStore) throws {
    self.reader = reader
    self.store = store
    row = try reader.unsafeRead { database in
      try database.run("BEGIN DEFERRED")
      return try FolderRow(folder, in: database, known: store.known(folder))
    }
  }

  deinit {
    // One that cannot be ended is closed with its last reference.
    if (try? reader.unsafeRead({ try $0.run("COMMIT") })) != nil { store.giveBack(reader) }
  }

  var state: FolderState { row.state }

  func slices(
    beyond knowledge: VersionVector, after dot: Dot?, byteCountMax: Int
  ) throws -> (slices: [BatchSlice], next: Dot?) {
    try store.translatingErrors {
      try reader.unsafeRead { database in
        let records = SQLiteRecords(row, in: database, now: .zero)
        var collector = SliceCollector(byteCountMax: byteCountMax)
        for log in try records.logs() where dot.map({ $0.log <= log.name }) ?? true {
          let known = max(knowledge[log.name], dot?.log == log.name ? dot?.sequence ?? 0 : 0)
          try records.collectHeads(of: log, after: known, into: &collector)
          if collector.isFull { break }
        }
        return (collector.slices, collector.isFull ? collector.last : nil)
      }
    }
  }
}

/// Groups records under their batches until a number of bytes is reached.
struct SliceCollector {
  private let byteCountMax: Int
  private var byteCount = 0
  private var batch: Int64?
  private(set) var slices: [BatchSlice] = []
  private(set) var last: Dot?

  init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

  var isFull: Bool { byteCount >= byteCountMax }

  /// Whether `dot` still belongs to what is being collected. Of two versions with one dot, as a forked log has them, none is left
  /// behind.
  func takes(_ dot: Dot) -> Bool { !isFull || dot == last }

  mutating func add(
    _ record: [UInt8], _ dot: Dot, batch id: Int64, header: () throws -> (header: [UInt8], signature: [UInt8])
  ) throws {
    if id != batch {
      let (header, signature) = try header()
      slices.append(BatchSlice(header: header, signature: signature, records: []))
      byteCount += header.count + signature.count
      batch = id
    }
    slices[slices.count - 1].records.append(record)
    byteCount += record.count
    last = dot
  }
}
