/// What a member may do with files, and whether it may act on other members. Each role may do all that the lesser ones may.
package enum Role: UInt8, Hashable, Sendable, CaseIterable, Comparable {
  /// Keeps sealed folders for others without reading them.
  case store = 0
  case read = 1
  case write = 2
  /// Also acts on members of greater rank.
  case owner = 3

  package static func < (a: Role, b: Role) -> Bool { a.rawValue < b.rawValue }
}

/// What a member may do in one folder, where that is less than its role.
package enum FolderAccess: UInt8, Hashable, Sendable {
  case none = 0
  case store = 1
  case read = 2
  case write = 3
}
