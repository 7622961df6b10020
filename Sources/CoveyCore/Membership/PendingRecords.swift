/// Records that wait for a parent to arrive. When there are too many, the one that has waited longest is forgotten: its sender,
/// if it is honest, offers it again at the next meeting.
struct PendingRecords: Sendable {
  static let countMax = 1000
  static let byteCountMax = 8 << 20

  private var records: [RecordID: (record: VerifiedRecord, missing: RecordID)] = [:]
  private var waiting: [RecordID: [RecordID]] = [:]
  /// Oldest first.
  private var order: [RecordID] = []
  private var byteCount = 0

  var count: Int { records.count }

  func contains(_ id: RecordID) -> Bool { records[id] != nil }

  mutating func insert(_ record: VerifiedRecord, missing: RecordID) {
    guard records[record.id] == nil else { return }
    records[record.id] = (record, missing)
    waiting[missing, default: []].append(record.id)
    order.append(record.id)
    byteCount += record.signed.bytes.count
    while records.count > Self.countMax || byteCount > Self.byteCountMax, let oldest = order.first { _ = remove(oldest) }
  }

  /// Takes out the records that waited for this one.
  mutating func release(waitingFor id: RecordID) -> [VerifiedRecord] { (waiting[id] ?? []).compactMap { remove($0) } }

  private mutating func remove(_ id: RecordID) -> VerifiedRecord? {
    guard let (record, missing) = records.removeValue(forKey: id) else { return nil }
    order.removeAll { $0 == id }
    byteCount -= record.signed.bytes.count
    waiting[missing]?.removeAll { $0 == id }
    if waiting[missing]?.isEmpty == true { waiting[missing] = nil }
    return record
  }
}
