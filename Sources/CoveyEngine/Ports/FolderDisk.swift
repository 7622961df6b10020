package import CoveyCore

/// One shared folder on a disk. Every call blocks until it is done and may come from any thread; everything resolves beneath the
/// folder's own descriptor, so nothing from the wire or a symlink leads outside.
package protocol FolderDisk: Sendable {
  // The folder as a whole.

  /// What `.covey/folder` says; nil where there is no marker (an unmounted, emptied or foreign directory).
  func readMarker() throws(DiskError) -> FolderMarker?
  /// Writes the marker by rename and flushes it.
  /// - Parameter trouble: what is wrong with the marker that stands there, or with there being none; the marker is written where it is nil.
  func writeMarker(_ marker: FolderMarker, unless trouble: (FolderMarker?) -> String?) throws(DiskError)
  /// Bytes that an unprivileged writer may still use, and the size of the file system.
  func space() throws(DiskError) -> (free: Int64, total: Int64)

  // Looking.

  /// Everything below `directory` (nil: the whole folder) in the byte order of whole paths, each directory read once. A name that
  /// cannot be shared, is a FIFO, socket or device, or a directory that cannot be read comes as a problem. `.covey` at the top is
  /// left out, and so is what `descend` refuses: it is asked for every directory before it is opened.
  func walk(
    below directory: RelativePath?, descend: (RelativePath) throws -> Bool, visit: (WalkItem) throws -> Void
  ) throws
  /// Nil where nothing stands.
  func stat(_ path: RelativePath) throws(DiskError) -> FileStat?
  func readLink(_ path: RelativePath) throws(DiskError) -> [UInt8]
  /// Reads whole files and names their contents, each for itself and in their order. A file is looked at before and after: `.changed`
  /// when it was written meanwhile. Paths of one directory that stand together cost one look at it.
  func hash(_ paths: [RelativePath]) -> [Result<HashedFile, DiskError>]
  /// Reads `byteCount` bytes at `offset`; fewer at the end of the file.
  func read(_ source: ContentSource, offset: Int64, byteCount: Int) throws(DiskError) -> [UInt8]
  /// The manifest of a large content that stands in `source`, as ``hash(_:)`` would compute it.
  func manifest(of source: ContentSource) throws(DiskError) -> HashedFile

  // Staging: `.covey/staging`, on the same file system. A staged name is chosen by the caller and never meets a user's name.

  /// Writes a small content or a symlink whole, with mode and time set; returns what stands in staging now, as intents name it.
  @discardableResult
  func stage(_ file: StagedFile, as name: StagedName) throws(DiskError) -> FileStat
  /// Makes or reopens a staged file for writing in ranges; what was staged before under this name stays.
  func openStaged(_ name: StagedName, byteCount: Int64) throws(DiskError)
  func writeStaged(_ name: StagedName, offset: Int64, bytes: [UInt8]) throws(DiskError)
  /// Copies a range from what this disk already has: by clone or `copy_file_range` where the file system can.
  func copyToStaged(_ name: StagedName, offset: Int64, from source: ContentSource, sourceOffset: Int64, byteCount: Int64) throws(DiskError)
  /// Makes a staged file share all blocks of what this disk already has. False, and it is as it was, where the file system cannot.
  func cloneToStaged(_ name: StagedName, from source: ContentSource) throws(DiskError) -> Bool
  /// Sets mode and time and closes; the staged file is complete. Returns what stands in staging now, as intents name it.
  @discardableResult
  func finishStaged(_ name: StagedName, mode: UInt16, modified: Timestamp) throws(DiskError) -> FileStat
  /// Names in staging, in order.
  func stagedNames() throws(DiskError) -> [StagedName]
  /// Throws a staged file away that no version ever named: what a transfer left behind.
  func discardStaged(_ name: StagedName) throws(DiskError)
  /// What stands under a staged name: its stat and, by reading it, its content. `.changed` while somebody has it open for writing.
  func hashStaged(_ name: StagedName) throws(DiskError) -> HashedFile?
  /// Flushes these staged files and the staging directory to the disk.
  func flushStaged(_ names: [StagedName]) throws(DiskError)

  // Committing: DESIGN section 8, steps 4 and 5.

  /// Carries the steps out in order. A step that finds anything but what it expects changes nothing and says so. What stands under new
  /// names is looked at once more when `beforeLook` has been called; where it is not what was put there, its change time is told as
  /// ``FileStat/unseen``.
  func perform(_ steps: [DiskStep], beforeLook: () -> Void) -> [DiskOutcome]
  /// Flushes the directories in which names changed since the last flush; the first time all, for a run before may have been killed.
  func flushDirectories() throws(DiskError)
  /// Stands the intent of an interrupted step against the disk: what happened, after a crash. Idempotent.
  func replay(_ step: DiskStep) -> ReplayOutcome

  // History: `.covey/history`, plain files under their old paths.

  /// Moves what stands under a staged name into history; returns the name it got there.
  func keepStaged(_ name: StagedName, asHistoryOf path: RelativePath, at time: Timestamp) throws(DiskError) -> HistoryName
  func discardHistory(_ name: HistoryName) throws(DiskError)
  /// Files in history with their sizes, in order: for rebuilding what the state knows of them.
  func historyNames(after name: HistoryName?, limit: Int) throws(DiskError) -> [(HistoryName, FileStat)]
}

extension FolderDisk {
  package func perform(_ steps: [DiskStep]) -> [DiskOutcome] { perform(steps) {} }
  package func hash(_ path: RelativePath) throws(DiskError) -> HashedFile { try hash([path])[0].get() }
}

/// `.covey/folder`: names the folder, and repeats the log and the highest number reserved in it, so that an old state is recognised.
package struct FolderMarker: Hashable, Sendable {
  package var folder: FolderID
  package var device: DeviceID
  package var log: LogID
  /// Numbers up to here may have been used; reserved and flushed long before they are.
  package var reserved: UInt64
  /// The id of the machine that wrote it: a copied disk is recognised.
  package var machine: String
  /// The log under which the directory was marked first: two directories of one folder are told apart by it, such as a mount point that was
  /// marked while nothing was mounted there. Nil: marked before this was written.
  package var firstLog: LogID?
  package init(folder: FolderID, device: DeviceID, log: LogID, reserved: UInt64, machine: String, firstLog: LogID? = nil) {
    self.folder = folder
    self.device = device
    self.log = log
    self.reserved = reserved
    self.machine = machine
    self.firstLog = firstLog
  }
}

package enum WalkItem: Hashable, Sendable {
  case found(RelativePath, FileStat)
  /// A name that does not take part, or a directory that could not be read: nothing below it is known, so nothing there is gone.
  case problem(path: [UInt8], reason: String, hidesSubtree: Bool)
}

package struct HashedFile: Hashable, Sendable {
  package var stat: FileStat
  package var root: Root
  /// Chunks of content above ``ChunkSizes/smallByteCountMax``; nil for smaller.
  package var chunks: [Chunk]?
  /// The text of a symlink; empty for files.
  package var target: [UInt8]
  package init(stat: FileStat, root: Root, chunks: [Chunk]?, target: [UInt8] = []) {
    self.stat = stat
    self.root = root
    self.chunks = chunks
    self.target = target
  }
}

/// A place on this disk from which bytes can be read.
package enum ContentSource: Hashable, Sendable {
  case file(RelativePath)
  case history(HistoryName)
  case staged(StagedName)
  /// `.covey/ignore`: rules of this device alone.
  case localRules
}

/// The name of a file in `.covey/staging`: ASCII letters, digits and hyphens, at most 100 bytes.
package struct StagedName: Hashable, Sendable, Comparable {
  package let text: String
  package init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= 100,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x2D })
    else { return nil }
    self.text = text
  }
  package static func < (a: StagedName, b: StagedName) -> Bool { a.text < b.text }
}

/// The path of a file below `.covey/history`.
package struct HistoryName: Hashable, Sendable, Comparable {
  package let path: RelativePath
  package init(path: RelativePath) { self.path = path }
  package static func < (a: HistoryName, b: HistoryName) -> Bool { a.path < b.path }
}

/// What is written into staging at once.
package enum StagedFile: Hashable, Sendable {
  case file(bytes: [UInt8], mode: UInt16, modified: Timestamp)
  case symlink(target: [UInt8], modified: Timestamp)
}

/// One change of the disk, with what it expects to find. Everything it replaces goes where it says, never away.
package struct DiskStep: Hashable, Sendable {
  package var path: RelativePath
  /// What must stand at the path now; nil: nothing.
  package var expected: FileStat?
  package var action: Action
  /// The inode of the staged file that is placed: after a crash it tells what was staged from what came out. Nil: it is not compared.
  package var stagedInode: UInt64?

  package enum Action: Hashable, Sendable {
    /// Puts a staged file at the path: `NOREPLACE` where nothing is expected, else `EXCHANGE`; what was there goes to `displaced`.
    case place(StagedName, displaced: Displaced)
    case makeDirectory(mode: UInt16)
    /// Takes a file or symlink away.
    case remove(displaced: Displaced)
    /// Takes an empty directory away; `.notEmpty` when something is in it.
    case removeDirectory
    /// Renames what stands at `from`, expected there as `expected`, to the path, where nothing may stand. A directory moves with all that is in it.
    case move(from: RelativePath)
    /// Fails with `.changed` while somebody has the file open for writing and its time is to be another.
    case setMetadata(mode: UInt16, modified: Timestamp)
  }

  /// Where bytes go that leave the path.
  package enum Displaced: Hashable, Sendable {
    /// Nothing stood there.
    case nothing
    /// To history, under the path's own name and this time.
    case history(at: Timestamp)
    /// To a conflict copy beside it, where nothing stands.
    case copy(RelativePath)
  }

  package init(path: RelativePath, expected: FileStat?, action: Action, stagedInode: UInt64? = nil) {
    self.path = path
    self.expected = expected
    self.action = action
    self.stagedInode = stagedInode
  }
}

extension FolderDisk {
  /// Unreadable is not absent: it throws.
  func isGone(_ path: RelativePath) throws(DiskError) -> Bool {
    do throws(DiskError) { return try stat(path) == nil } catch {
      if error.code == .wrongKind || error.code == .nameNotPossible { return true }
      throw error
    }
  }
}

package enum DiskOutcome: Hashable, Sendable {
  /// Done: what stands at the path now (nil: nothing), where displaced bytes went, and the stat of a conflict copy that was made.
  case done(now: FileStat?, history: HistoryName?, copy: FileStat?)
  /// The disk was not what the step expected; nothing was changed.
  case changed
  /// Done, but somebody may still write to what was displaced, or changed it in that very moment: it waits under this staged name until
  /// nobody has it open, and is then compared with what was displaced.
  case late(now: FileStat?, StagedName)
  case failed(DiskError)
}

package enum ReplayOutcome: Hashable, Sendable {
  /// The step had been carried out, wholly or now: as after ``DiskStep`` was performed. What stands at the path is told unread: a scan compares it.
  case done(DiskOutcome)
  /// It had not been begun; the staged file is still there.
  case notBegun
  /// Neither can be told; what stands at the path is for a scan to find.
  case unknown
}
