import CLinux
package import CoveyCore
package import CoveyEngine
import Glibc

extension LinuxFolderDisk {
  /// 100,000 unchanged files in 1,000 directories: see the benchmark in the commit that made it. System calls: `getdents64`, `fstatat`, `openat`.
  package func walk(
    below directory: RelativePath?, descend: (RelativePath) throws -> Bool, visit: (WalkItem) throws -> Void
  ) throws {
    let root = root
    try withoutActuallyEscaping(descend) { descend in
      try withoutActuallyEscaping(visit) { visit in
        var walker = Walker(root.guardian, leavesOutToolDirectory: true, descend: descend, visit: visit)
        do { try walker.run(below: directory?.bytes ?? []) } catch let error as Errno {
          throw DiskError(error, directory?.string ?? path)
        }
      }
    }
  }

  package func stat(_ path: RelativePath) throws(DiskError) -> FileStat? {
    let root = root
    return try onDisk(path.string) { () throws(Errno) in
      do throws(Errno) {
        guard let stat = try root.place(path).stat(), try root.isSpelledSo(path) else { return nil }
        return stat
      } catch {
        // A symlink on the way is never followed: what it leads to is nothing of this folder.
        if error.isAbsent || error.number == ELOOP { return nil }
        throw error
      }
    }
  }

  package func readLink(_ path: RelativePath) throws(DiskError) -> [UInt8] {
    let root = root
    return try onDisk(path.string) { () throws(Errno) in
      let place = try root.place(path)
      do throws(Errno) { return try place.readLink() } catch {
        // What the kernel says of a file that is no symlink.
        throw error.number == EINVAL ? Errno(ENOTDIR) : error
      }
    }
  }

  package func hash(_ paths: [RelativePath]) -> [Result<HashedFile, DiskError>] {
    let root = root
    var last: PathGuard.Opened?
    return paths.map { path in
      Result { () throws(DiskError) in
        let place = try onDisk(path.string) { () throws(Errno) in try root.guardian.place(path, after: &last) }
        return try ContentReading.hash(place, shown: path.string)
      }
    }
  }

  package func manifest(of source: ContentSource) throws(DiskError) -> HashedFile {
    let root = root
    let place = try onDisk(source.shown) { () throws(Errno) in try root.place(source) }
    return try ContentReading.hash(place, shown: source.shown)
  }

  /// While a lease is refused, somebody still writes to what was displaced. Nobody can open a staged file anew, so that what is
  /// read under the lease is final.
  package func hashStaged(_ name: StagedName) throws(DiskError) -> HashedFile? {
    let root = root
    openStaged.close(name)
    let place: Place
    do throws(Errno) { place = try root.staged(name) } catch {
      if error.isAbsent { return nil }
      throw DiskError(error, name.shown)
    }
    let lease = (try? place.openFile(O_RDONLY)).map { Lease(of: $0) }
    defer { withExtendedLifetime(lease) {} }
    if lease?.state == .refused {
      throw DiskError(code: .changed, path: name.shown, message: "somebody has it open for writing: it is read when it is closed")
    }
    do throws(DiskError) { return try ContentReading.hash(place, shown: name.shown) } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  package func read(_ source: ContentSource, offset: Int64, byteCount: Int) throws(DiskError) -> [UInt8] {
    let root = root
    return try onDisk(source.shown) { () throws(Errno) in
      let (file, stat) = try root.place(source).openFileWithStat(O_RDONLY)
      let rest = Int64(stat.st_size) - offset
      guard offset >= 0, byteCount > 0, rest > 0 else { return [] }
      return try file.read(offset: offset, byteCount: Int(min(Int64(byteCount), rest)))
    }
  }
}

extension Place {
  /// Opens a regular file: devices are never opened, for opening alone may do something.
  func openFile(_ flags: Int32) throws(Errno) -> Descriptor { try openFileWithStat(flags).file }

  func openFileWithStat(_ flags: Int32) throws(Errno) -> (file: Descriptor, stat: stat) {
    guard let before = try stat() else { throw Errno(ENOENT) }
    guard before.kind == .file else { throw Errno(before.kind == .symlink ? ELOOP : EISDIR) }
    return try openRegular(flags)
  }

  /// Opens what was seen to be a regular file a moment ago.
  func openRegular(_ flags: Int32) throws(Errno) -> (file: Descriptor, stat: stat) {
    let file = try open(flags)
    let stat = try file.stat()
    guard stat.st_mode & S_IFMT == S_IFREG else { throw Errno(EISDIR) }
    return (file, stat)
  }
}

/// Names the content of what stands at a place.
enum ContentReading {
  static func hash(_ place: Place, shown: String) throws(DiskError) -> HashedFile {
    let before = try onDisk(shown) { () throws(Errno) in try place.stat() }
    guard let before else { throw DiskError(Errno(ENOENT), shown) }
    switch before.kind {
    case .file: return try hashFile(place, shown: shown)
    case .symlink:
      let target = try onDisk(shown) { () throws(Errno) in
        let target = try place.readLink()
        guard try place.stat() == before else { throw Errno(ENOENT) }
        return target
      }
      return HashedFile(stat: before, root: Root(linkTarget: target), chunks: nil, target: target)
    default: throw DiskError(Errno(EISDIR), shown)
    }
  }

  private static func hashFile(_ place: Place, shown: String) throws(DiskError) -> HashedFile {
    let (file, first) = try onDisk(shown) { () throws(Errno) in try place.openRegular(O_RDONLY) }
    let before = try onDisk(shown) { () throws(Errno) in FileStat(try settled(file, first)) }
    guard let before else { throw DiskError(Errno(EISDIR), shown) }
    var failure: DiskError?
    var content: (root: Root, chunks: [Chunk]?)?
    try onDisk(shown) { () throws(Errno) in
      try file.use { (descriptor) throws(Errno) in
        do throws(DiskError) { content = try ContentHasher.hash(descriptor: descriptor, byteCount: before.size) } catch { failure = error }
      }
    }
    if var failure {
      failure.path = shown
      throw failure
    }
    let after = try onDisk(shown) { () throws(Errno) in FileStat(try file.stat()) }
    guard let content, let after, after.isWhole(before) else {
      throw DiskError(code: .changed, path: shown, message: "it is being written; it is read again when it rests")
    }
    return HashedFile(stat: after, root: content.root, chunks: content.chunks)
  }

  /// The stat of a file once the clock that stamps changes has moved on from its last one: any write from here on is then seen in the
  /// times. The stamps of one tick (1 to 10 ms) are equal.
  private static func settled(_ file: Descriptor, _ first: stat) throws(Errno) -> stat {
    var stat = first
    for _ in 0..<20 {
      var now = timespec()
      clock_gettime(CLOCK_REALTIME_COARSE, &now)
      let isSettled = (now.tv_sec, now.tv_nsec) > (stat.st_ctim.tv_sec, stat.st_ctim.tv_nsec)
      // A change in the future is a clock that was set back; waiting does not help.
      if isSettled || stat.st_ctim.tv_sec > now.tv_sec + 1 { return stat }
      usleep(1000)
      stat = try file.stat()
    }
    return stat
  }
}
