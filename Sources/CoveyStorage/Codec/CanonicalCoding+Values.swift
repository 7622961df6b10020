import CoveyCore
import CoveyEngine

extension CanonicalWriter {
  mutating func time(_ value: Timestamp) { fixed64(UInt64(bitPattern: value.nanoseconds)) }
  mutating func flag(_ value: Bool) { byte(value ? 1 : 0) }
  mutating func path(_ value: RelativePath) { string(value.bytes) }
  mutating func text(_ value: String) { string(Array(value.utf8)) }

  mutating func stat(_ stat: FileStat) {
    byte(stat.kind.rawValue)
    signed(stat.size)
    time(stat.modified)
    time(stat.changed)
    number(stat.inode)
    number(UInt64(stat.mode))
    number(UInt64(stat.linkCount))
  }
}

extension CanonicalReader {
  mutating func time() throws(CanonicalError) -> Timestamp { Timestamp(nanoseconds: Int64(bitPattern: try fixed64())) }

  mutating func flag() throws(CanonicalError) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw .notCanonical
    }
  }

  mutating func kind() throws(CanonicalError) -> Kind {
    guard let kind = Kind(rawValue: try byte()) else { throw .notCanonical }
    return kind
  }

  mutating func mode() throws(CanonicalError) -> UInt16 {
    guard let mode = UInt16(exactly: try number()) else { throw .notCanonical }
    return mode
  }

  mutating func path() throws(CanonicalError) -> RelativePath {
    let bytes = try string(atMost: RelativePath.byteCountMax)
    do { return try RelativePath(bytes) } catch { throw .notCanonical }
  }

  mutating func text(atMost limit: Int) throws(CanonicalError) -> String {
    let bytes = try string(atMost: limit)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notCanonical }
    return text
  }

  mutating func stagedName() throws(CanonicalError) -> StagedName {
    guard let name = StagedName(try text(atMost: 100)) else { throw .notCanonical }
    return name
  }

  mutating func stat() throws(CanonicalError) -> FileStat {
    let kind = try kind()
    let size = try signed()
    let modified = try time()
    let changed = try time()
    let inode = try number()
    let mode = try mode()
    guard let linkCount = UInt32(exactly: try number()) else { throw .notCanonical }
    return FileStat(kind: kind, size: size, modified: modified, changed: changed, inode: inode, mode: mode, linkCount: linkCount)
  }
}
