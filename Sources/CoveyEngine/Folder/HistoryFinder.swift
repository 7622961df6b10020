package import CoveyCore

/// Finds files in history that the record does not name: a crash came between the two, or the record is a new one.
package struct HistoryFinder: Sendable {
  static let pageCountMax = 200

  let disk: any FolderDisk
  let store: any DeviceStore
  let folder: FolderID

  package init(disk: any FolderDisk, store: any DeviceStore, folder: FolderID) {
    self.disk = disk
    self.store = store
    self.folder = folder
  }

  package struct Page: Hashable, Sendable {
    package var items: [HistoryItem] = []
    /// Where the next page begins; nil after the last.
    package var next: HistoryName?
    package init() {}
  }

  /// - Parameter now: no file was kept later.
  package func page(after name: HistoryName?, now: Timestamp) throws -> Page {
    let found = try disk.historyNames(after: name, limit: Self.pageCountMax)
    let unknown = try store.read(folder) { records in try found.filter { try !records.hasHistory($0.0) } }
    var page = Page()
    page.next = found.count == Self.pageCountMax ? found.last?.0 : nil
    for (name, stat) in unknown {
      // What cannot be read now is found at another start.
      guard let hashed = try? disk.manifest(of: .history(name)), let path = name.original else { continue }
      page.items.append(
        HistoryItem(
          name: name, path: path, kind: stat.kind, root: hashed.root, size: hashed.stat.size, mode: stat.mode & 0o777, modified: stat.modified,
          // A rename into history is the last change of an inode.
          kept: min(stat.changed, now), origin: Origin(modified: stat.modified, device: "")))
    }
    return page
  }
}

extension HistoryName {
  /// The path that the file left: the name without its time, and without the number that tells several of one second apart.
  package var original: RelativePath? {
    var parts = path.name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard let stamp = parts.lastIndex(where: Self.isStamp) else { return nil }
    if stamp + 2 < parts.count, !parts[stamp + 1].isEmpty, parts[stamp + 1].allSatisfy(Self.isDigit) { parts.remove(at: stamp + 1) }
    parts.remove(at: stamp)
    return try? path.sibling(named: Array(parts.joined(separator: [UInt8(ascii: ".")])))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// `YYYYMMDD-HHMMSS`.
  private static func isStamp(_ part: Array<UInt8>.SubSequence) -> Bool {
    part.count == 15 && part.enumerated().allSatisfy { $0.offset == 8 ? $0.element == UInt8(ascii: "-") : isDigit($0.element) }
  }
}
