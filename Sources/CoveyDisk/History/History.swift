import CLinux
import CoveyCore
import CoveyEngine
import Glibc

/// `.covey/history`: plain files under their old paths.
struct History {
  /// Files of one name in one second.
  static let numberMax = 9999

  let root: FolderRoot
  let touched: TouchedDirectories

  /// Moves a staged file into history. An inode that has other links is copied, for a write through one of those would change it.
  func keep(_ staged: Place, asHistoryOf path: RelativePath, at time: Timestamp, isFlushed: Bool) throws(Errno) -> HistoryName {
    guard let stat = try staged.stat() else { throw Errno(ENOENT) }
    guard stat.kind == .file, stat.linkCount > 1 else { return try place(staged, asHistoryOf: path, at: time) }
    let copy = try LinkedCopy.make(of: staged, in: root, isFlushed: isFlushed)
    let kept = try place(copy, asHistoryOf: path, at: time)
    try staged.remove()
    return kept
  }

  private func place(_ staged: Place, asHistoryOf path: RelativePath, at time: Timestamp) throws(Errno) -> HistoryName {
    var isTop = false
    for number in 0...Self.numberMax {
      let name = isTop ? HistoryNaming.topName(for: path, at: time, number: number) : HistoryNaming.name(for: path, at: time, number: number)
      do throws(Errno) {
        try staged.rename(to: try made(name))
        touched.touch(.history(name.path.parent?.bytes ?? []))
        touched.touch(.staging)
        return name
      } catch {
        switch error.number {
        case EEXIST: continue
        // A kept file has the name of a directory that is needed now.
        case ENOTDIR where !isTop, ELOOP where !isTop, ENAMETOOLONG where !isTop: isTop = true
        // The directory was emptied and removed by somebody meanwhile.
        case ENOENT where try staged.stat() != nil: continue
        default: throw error
        }
      }
    }
    throw Errno(EEXIST)
  }

  /// The place of a name, its directories made.
  private func made(_ name: HistoryName) throws(Errno) -> Place {
    do throws(Errno) { return try root.place(name) } catch {
      guard error.number == ENOENT else { throw error }
    }
    var parent = try root.history()
    var prefix: [UInt8] = []
    for component in name.path.parent?.bytes.split(separator: UInt8(ascii: "/")) ?? [] {
      let place = Place(parent: parent, name: component)
      do throws(Errno) {
        try place.makeDirectory(mode: 0o700)
        touched.touch(.history(prefix))
      } catch {
        guard error.number == EEXIST else { throw error }
      }
      parent = try place.open(covey_o_path | O_DIRECTORY)
      prefix += (prefix.isEmpty ? [] : [UInt8(ascii: "/")]) + component
    }
    return Place(parent: parent, name: name.path.name)
  }

  /// The name under which history has what once was `stat`, if it was kept at this time.
  func find(_ stat: FileStat, of path: RelativePath, at time: Timestamp) -> HistoryName? {
    var equal: HistoryName?
    for naming in [HistoryNaming.name, HistoryNaming.topName] {
      for number in 0...Self.numberMax {
        let name = naming(path, time, number)
        guard let there = try? root.place(name).stat() else { break }
        if there.isStillContent(of: stat) { return name }
        // A copy, because the inode had other links.
        if there.kind == stat.kind, there.size == stat.size, there.modified == stat.modified { equal = name }
      }
    }
    return equal
  }
}
