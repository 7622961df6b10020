import CoveyCore

/// Versions by columns: all sizes together, all times, all paths, each as what is new about it after those before. Deflated, a version
/// takes some ten bytes beside the name of its content, and a rename does not even repeat that.
///
/// Both sides keep the same ``Memory`` of what went before. What comes out is the version, of which the record is a function: its
/// canonical bytes are written anew, and proved by the batch.
enum VersionColumns {
  enum Column: Int, CaseIterable {
    /// Kind, and which of the optional fields are there.
    case shape
    case sequence
    case size
    case mode
    case time
    case root
    case vector
    case dot
    case device
    case target
    case origin
    case path
  }

  enum Flag {
    static let contentDotIsDot: UInt8 = 4
    static let metadataDotIsDot: UInt8 = 8
    static let originTimeIsModified: UInt8 = 16
    static let replaced: UInt8 = 32
    static let moved: UInt8 = 64
    static let conflictCopy: UInt8 = 128
    /// Of the shape, the bits that hold the kind.
    static let kind: UInt8 = 3
  }

  /// How a vector is told. It mostly ends, in its own log, with the version itself.
  enum VectorForm: UInt8 {
    /// What it has seen of other logs is what the vector before had.
    case likeLast = 0
    case others = 1
    /// All of it: it has seen more of its own log.
    case whole = 2
  }

  /// A list of values that are met again: each is told once, then by its place, as a distance from the place told before.
  struct Known<Value: Hashable> {
    private(set) var values: [Value] = []
    private var places: [Value: Int] = [:]
    private var last = 0

    mutating func append(_ value: Value) {
      places[value] = values.count
      values.append(value)
    }

    /// Zero for a value that was not met, which must then be appended.
    mutating func code(_ value: Value) -> UInt64 {
      guard let place = places[value] else { return 0 }
      defer { last = place }
      return 1 + zigzag(Int64(place - last))
    }

    mutating func value(_ code: UInt64) throws(CanonicalError) -> Value {
      let (place, overflow) = Int64(last).addingReportingOverflow(unzigzag(code - 1))
      guard !overflow, place >= 0, place < values.count else { throw .notCanonical }
      last = Int(place)
      return values[last]
    }
  }

  struct Memory {
    var roots = Known<Bytes32>()
    var logs = Known<LogID>()
    var paths = Known<RelativePath>()
    var sequences: [LogID: UInt64] = [:]
    var time: Int64 = 0
    var device = ""
    var path: [UInt8] = []
    var others = VersionVector()
  }

  static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }
  static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
}
