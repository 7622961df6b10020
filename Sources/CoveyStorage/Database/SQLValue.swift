import CoveyCore

/// A value bound to a parameter of a statement.
enum SQLValue {
  case null
  case integer(Int64)
  case blob([UInt8])
  case text(String)

  static func integer(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
  static func integer(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
  /// All 64 bits, for numbers that are compared for equality only.
  static func bits(_ value: UInt64) -> SQLValue { .integer(Int64(bitPattern: value)) }
  static func time(_ value: Timestamp) -> SQLValue { .integer(value.nanoseconds) }
  static func path(_ value: RelativePath) -> SQLValue { .blob(value.bytes) }
  /// A root as its 32 bytes; the zero root, which names nothing, as NULL.
  static func root(_ value: Root) -> SQLValue { value == .none ? .null : .blob(value.digest.bytes) }
  static func device(_ value: DeviceID) -> SQLValue { .blob(value.key.bytes) }
  static func blob(orNull value: [UInt8]?) -> SQLValue { value.map { .blob($0) } ?? .null }
}
