/// Fields of membership records: every one stands behind its length.
extension CanonicalWriter {
  mutating func fixed32(_ value: UInt32) {
    for shift in stride(from: 24, through: 0, by: -8) { byte(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  mutating func field(_ write: (inout CanonicalWriter) -> Void) {
    var inner = CanonicalWriter()
    write(&inner)
    string(inner.bytes)
  }

  mutating func field(_ value: Bytes32) { field { $0.raw(value) } }
  mutating func field(_ text: String) { string(Array(text.utf8)) }
  mutating func field(_ labels: [Label]) { field { for label in labels { $0.string(Array(label.text.utf8)) } } }

  mutating func field(_ horizon: [HorizonEntry]) {
    field {
      for entry in horizon {
        $0.raw(entry.folder.bytes)
        $0.fixed64(entry.log.value)
        $0.fixed64(entry.sequence)
        $0.raw(entry.batchHash)
      }
    }
  }

  mutating func grant(_ grant: FolderGrant) {
    raw(grant.folder.bytes)
    byte(grant.access.rawValue)
  }
}

extension FolderGrant {
  static let byteCount = 17
}

extension CanonicalReader {
  private static let horizonEntryByteCount = 64
  private static let wrappedKeyByteCount = 112

  mutating func fixed32() throws(CanonicalError) -> UInt32 { try raw(4).reduce(0) { $0 << 8 | UInt32($1) } }

  /// The next field, which must have exactly `count` bytes.
  mutating func field(ofCount count: Int) throws(CanonicalError) -> CanonicalReader {
    let bytes = try string(atMost: count)
    guard bytes.count == count else { throw .notCanonical }
    return CanonicalReader(bytes)
  }

  mutating func field32() throws(CanonicalError) -> Bytes32 {
    var inner = try field(ofCount: 32)
    return try inner.bytes32()
  }

  /// The next field as a row of items of one size.
  private mutating func items(ofCount count: Int) throws(CanonicalError) -> (reader: CanonicalReader, count: Int) {
    let bytes = try string(atMost: MembershipRecord.byteCountMax)
    guard bytes.count.isMultiple(of: count) else { throw .notCanonical }
    return (CanonicalReader(bytes), bytes.count / count)
  }

  mutating func text(atMost limit: Int) throws(CanonicalError) -> String {
    let bytes = try string(atMost: limit)
    guard MembershipRecord.isText(bytes) else { throw .notCanonical }
    return String(decoding: bytes, as: UTF8.self)
  }

  mutating func name() throws(CanonicalError) -> String {
    let name = try text(atMost: MembershipRecord.nameByteCountMax)
    guard !name.isEmpty else { throw .notCanonical }
    return name
  }

  mutating func role() throws(CanonicalError) -> Role {
    var inner = try field(ofCount: 1)
    guard let role = Role(rawValue: try inner.byte()) else { throw .notCanonical }
    return role
  }

  mutating func access() throws(CanonicalError) -> FolderAccess {
    guard let access = FolderAccess(rawValue: try byte()) else { throw .notCanonical }
    return access
  }

  mutating func folder() throws(CanonicalError) -> FolderID {
    guard let folder = FolderID(try string(atMost: 16)) else { throw .notCanonical }
    return folder
  }

  mutating func grant() throws(CanonicalError) -> FolderGrant {
    guard let folder = FolderID(try raw(16)) else { throw .truncated }
    return FolderGrant(folder: folder, access: try access())
  }

  mutating func grants() throws(CanonicalError) -> [FolderGrant] {
    var (reader, count) = try items(ofCount: FolderGrant.byteCount)
    var grants: [FolderGrant] = []
    for _ in 0..<count {
      let grant = try reader.grant()
      if let last = grants.last, last.folder >= grant.folder { throw .notCanonical }
      grants.append(grant)
    }
    return grants
  }

  mutating func labels() throws(CanonicalError) -> [Label] {
    let limit = MembershipRecord.labelCountMax * (MembershipRecord.labelByteCountMax + 1)
    var inner = CanonicalReader(try string(atMost: limit))
    var labels: [Label] = []
    while inner.remaining > 0 {
      let label = Label(try inner.text(atMost: MembershipRecord.labelByteCountMax))
      guard !label.text.isEmpty, labels.count < MembershipRecord.labelCountMax else { throw .notCanonical }
      if let last = labels.last, last >= label { throw .notCanonical }
      labels.append(label)
    }
    return labels
  }

  mutating func horizon() throws(CanonicalError) -> [HorizonEntry] {
    var (reader, count) = try items(ofCount: Self.horizonEntryByteCount)
    var entries: [HorizonEntry] = []
    for _ in 0..<count {
      guard let folder = FolderID(try reader.raw(16)) else { throw .truncated }
      let log = LogID(try reader.fixed64())
      let entry = HorizonEntry(folder: folder, log: log, sequence: try reader.fixed64(), batchHash: try reader.bytes32())
      if let last = entries.last, (last.folder, last.log) >= (entry.folder, entry.log) { throw .notCanonical }
      entries.append(entry)
    }
    return entries
  }

  mutating func wrappedKeys() throws(CanonicalError) -> [WrappedKey] {
    var (reader, count) = try items(ofCount: Self.wrappedKeyByteCount)
    var keys: [WrappedKey] = []
    for _ in 0..<count {
      let device = DeviceID(key: try reader.bytes32())
      let key = WrappedKey(device: device, encapsulated: try reader.bytes32(), ciphertext: Array(try reader.raw(48)))
      if let last = keys.last, last.device >= key.device { throw .notCanonical }
      keys.append(key)
    }
    return keys
  }
}

extension MembershipRecord {
  /// Whether a name or text may stand in a record: valid UTF-8 without control characters, which a terminal would obey.
  package static func isText(_ bytes: [UInt8]) -> Bool {
    guard bytes.withUnsafeBufferPointer({ $0.isValidUTF8 }) else { return false }
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  /// Whether a device, team or folder may have this name.
  package static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    return !bytes.isEmpty && bytes.count <= nameByteCountMax && isText(bytes)
  }
}
