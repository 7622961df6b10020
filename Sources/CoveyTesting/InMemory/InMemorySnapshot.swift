package import CoveyCore
import CoveyEngine

/// A folder in memory as it was at one moment.
package struct InMemorySnapshot: FolderSnapshot, @unchecked Sendable {
  // Unchecked: records that are kept do not change any more.
  let records: InMemoryRecords

  package var state: FolderState { records.state }

  package func slices(
    beyond knowledge: VersionVector, after dot: Dot?, byteCountMax: Int
  ) throws -> (slices: [BatchSlice], next: Dot?) {
    var slices: [BatchSlice] = []
    var batch: StoredBatch?
    var byteCount = 0
    var last: Dot?
    for log in records.book.logs.sorted() where dot.map({ $0.log <= log }) ?? true {
      let known = max(knowledge[log], dot?.log == log ? dot?.sequence ?? 0 : 0)
      for version in records.heads(in: log, after: known, limit: .max) {
        if byteCount >= byteCountMax, version.dot != last { return (slices, last) }
        let record = version.record
        let candidates = records.batches(containing: version.dot)
        let hash = Version.leaf(record).bytes
        let named = candidates.count > 1 ? candidates.first { $0.header.contains(hash) } : nil
        guard let own = named ?? candidates.first else { throw ContractBreach("\(version.path): no batch proves this version") }
        if own != batch {
          slices.append(BatchSlice(header: own.header, signature: own.signature, records: []))
          byteCount += own.header.count + own.signature.count
          batch = own
        }
        slices[slices.count - 1].records.append(record)
        byteCount += record.count
        last = version.dot
      }
    }
    return (slices, byteCount >= byteCountMax ? last : nil)
  }
}
