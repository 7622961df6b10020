import CoveyCore

/// Where contents can be had, as the record and the connected peers stand.
struct RecordedSources: ContentSources {
  let records: any FolderRecords
  let own: DeviceID
  let peers: [DeviceID]
  let unavailable: [Root: Set<DeviceID>]
  var making: Set<RelativePath>
  /// Whose content earlier steps of the same page take away.
  var leaving: Set<RelativePath> = []
  /// Whether what stands at the first path must not be renamed to the second.
  var mayNotMove: (RelativePath, RelativePath) -> Bool = { _, _ in false }
  /// Whether those who hold a loser's bytes had the time to make its copy themselves. If none did, they ignore the path.
  var isPatienceOver = false

  func canHave(_ root: Root) -> Bool {
    // Whether a peer may have it is known without a look into the record.
    if let without = unavailable[root] { if peers.contains(where: { !without.contains($0) }) { return true } } else if !peers.isEmpty { return true }
    return isHere(root)
  }

  func isHere(_ root: Root) -> Bool { unavailable[root]?.contains(own) != true && (try? Self.has(root, in: records)) ?? false }

  static func has(_ root: Root, in records: any FolderRecords) throws -> Bool {
    try !records.entries(withRoot: root, limit: 1).isEmpty || records.historyHolds(root)
  }

  func ignoredHolderHas(_ root: Root) -> Bool { isPatienceOver && canHave(root) }

  func isMade(_ directory: RelativePath) -> Bool { making.contains(directory) }

  func mayMove(_ source: RelativePath, to path: RelativePath) -> Bool { !leaving.contains(source) && !mayNotMove(source, path) }
}
