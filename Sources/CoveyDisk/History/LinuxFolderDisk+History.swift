package import CoveyCore
package import CoveyEngine
import Glibc

extension LinuxFolderDisk {
  package func keepStaged(_ name: StagedName, asHistoryOf path: RelativePath, at time: Timestamp) throws(DiskError) -> HistoryName {
    let root = root
    openStaged.close(name)
    return try onDisk(name.shown) { () throws(Errno) in
      try History(root: root, touched: touched).keep(
        try root.staged(name), asHistoryOf: path, at: time, isFlushed: durability == .full)
    }
  }

  /// Takes a file out of history, and the directories that become empty with it.
  package func discardHistory(_ name: HistoryName) throws(DiskError) {
    let root = root
    try onDisk(name.shown) { () throws(Errno) in
      do throws(Errno) { try root.place(name).remove() } catch {
        guard error.isAbsent else { throw error }
      }
      touched.touch(.history(name.path.parent?.bytes ?? []))
      for directory in name.path.ancestors {
        do throws(Errno) { try root.place(HistoryName(path: directory)).remove(directory: true) } catch { break }
      }
    }
  }

  package func historyNames(after name: HistoryName?, limit: Int) throws(DiskError) -> [(HistoryName, FileStat)] {
    let root = root
    var found: [(HistoryName, FileStat)] = []
    struct Enough: Error {}
    do {
      let history = PathGuard(root: try root.history(), opensBeneath: root.guardian.opensBeneath)
      var walker = Walker(history, leavesOutToolDirectory: false) { directory in
        // Everything below lies before the name, unless the name is in there.
        guard let name else { return true }
        return name.path.bytes.lexicographicallyPrecedes(directory.rangeBelow.upper)
      } visit: { item in
        guard case .found(let path, let stat) = item, stat.kind != .directory, name.map({ $0.path < path }) ?? true else { return }
        found.append((HistoryName(path: path), stat))
        if found.count >= limit { throw Enough() }
      }
      try walker.run(below: [])
    } catch is Enough {
      return found
    } catch let error as Errno {
      if error.isAbsent { return [] }
      throw DiskError(error, ".covey/history")
    } catch {
      throw DiskError(code: .other, path: ".covey/history", message: "\(error)")
    }
    return found
  }
}
