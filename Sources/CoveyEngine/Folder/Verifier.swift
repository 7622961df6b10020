package import CoveyCore

/// Reads files again of which nothing says that they changed, and tells those that did: what a disk loses silently.
package struct Verifier: Sendable {
  static let entryCountMax = 200
  static let byteCountMax: Int64 = 256 << 20
  static let patientByteCountMax: Int64 = 16 << 20
  /// Who is patient rests so many times as long as it read.
  static let patience = 9

  let disk: any FolderDisk
  let store: any DeviceStore
  let folder: FolderID

  package init(disk: any FolderDisk, store: any DeviceStore, folder: FolderID) {
    self.disk = disk
    self.store = store
    self.folder = folder
  }

  /// What was found among the next entries.
  package struct Page: Hashable, Sendable {
    package var fileCount: Int64 = 0
    package var byteCount: Int64 = 0
    package var damaged: [Damage] = []
    /// What the disk would not give out.
    package var unreadable: [Problem] = []
    /// Where the next page begins; nil after the last.
    package var next: RelativePath?
    package init() {}
  }

  package struct Damage: Hashable, Sendable {
    package var path: RelativePath
    /// What was observed, and what the bytes are now.
    package var seen: Observation
    package var root: Root
    package init(path: RelativePath, seen: Observation, root: Root) { self.path = path; self.seen = seen; self.root = root }
  }

  package func page(after path: RelativePath?, isPatient: Bool) throws -> Page {
    let entries = try store.read(folder) { try $0.entries(below: nil, after: path, limit: Self.entryCountMax) }
    var page = Page()
    for entry in entries {
      if page.byteCount >= (isPatient ? Self.patientByteCountMax : Self.byteCountMax) { return page }
      page.next = entry.path
      try look(at: entry, &page)
    }
    if entries.count < Self.entryCountMax { page.next = nil }
    return page
  }

  private func look(at entry: Entry, _ page: inout Page) throws {
    guard let seen = entry.observation, seen.kind == .file, entry.local == .same, entry.held == nil else { return }
    do throws(DiskError) {
      // Whatever differs is for a scan to find.
      guard let stat = try disk.stat(entry.path), seen.isUnchanged(stat) else { return }
      let hashed = try disk.hash(entry.path)
      guard seen.isUnchanged(hashed.stat) else { return }
      page.fileCount += 1
      page.byteCount += hashed.stat.size
      if hashed.root != seen.root { page.damaged.append(Damage(path: entry.path, seen: seen, root: hashed.root)) }
    } catch {
      switch error.code {
      case .changed, .notFound, .wrongKind, .permissionDenied: return
      default: page.unreadable.append(Problem(path: entry.path.bytes, reason: error.message, blocks: true))
      }
    }
  }
}
