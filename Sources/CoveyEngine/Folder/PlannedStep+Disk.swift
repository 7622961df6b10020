import CoveyCore

/// What a planned step means for the disk.
extension PlannedStep {
  /// The record alone changes.
  var isRecordOnly: Bool {
    switch action {
    case .adopt, .releaseHeld: true
    case .keepStanding: merge?.needsBytes != true
    default: false
    }
  }

  var isMakingDirectory: Bool { if case .makeDirectory = action { true } else { false } }

  /// The content that must be staged first; nil where none is placed.
  var placedContent: Shown? {
    switch action {
    case .placeFile, .placeSymlink: return shown
    case .keepStanding:
      guard let merge, merge.needsBytes else { return nil }
      var content = Shown(merge.loser)
      content.mode = merge.mode
      content.modified = merge.modified
      return content
    default: return nil
    }
  }

  /// Where the staged content goes.
  var destination: RelativePath {
    if case .keepStanding = action, let merge { return merge.copy }
    return path
  }

  /// Paths beside the step's own that it changes.
  var otherPaths: [RelativePath] {
    var paths = merge.map { [$0.copy] } ?? []
    if case .stepAside(let to) = action { paths.append(to) }
    if case .move(let source) = action { paths.append(source.path) }
    return paths
  }

  /// Where nothing stands any more once it is done.
  var vacatedPaths: [RelativePath] {
    switch action {
    case .remove, .removeDirectory, .stepAside: [path]
    case .move(let source): [source.path]
    default: []
    }
  }

  /// The changes of the disk, in order. More than one where a file gives way to a directory.
  func diskSteps(staged: StagedName?, stagedInode: UInt64?, at time: Timestamp) -> [DiskStep] {
    func displaced(_ to: Displaced) -> DiskStep.Displaced {
      switch to {
      case .nothing: .nothing
      case .history: .history(at: time)
      case .copy(let path): merge?.needsBytes == false ? .history(at: time) : .copy(path)
      }
    }
    let stat = expected?.stat
    switch action {
    case .adopt, .releaseHeld: return []
    case .setMetadata(let mode, let modified): return [DiskStep(path: path, expected: stat, action: .setMetadata(mode: mode, modified: modified))]
    case .makeDirectory(let mode, let to):
      let make = DiskStep(path: path, expected: nil, action: .makeDirectory(mode: mode))
      return expected == nil ? [make] : [DiskStep(path: path, expected: stat, action: .remove(displaced: displaced(to))), make]
    case .placeFile(let to), .placeSymlink(let to):
      guard let staged else { return [] }
      return [DiskStep(path: path, expected: stat, action: .place(staged, displaced: displaced(to)), stagedInode: stagedInode)]
    case .move(let source): return [DiskStep(path: path, expected: source.expected.stat, action: .move(from: source.path))]
    case .remove(let to): return [DiskStep(path: path, expected: stat, action: .remove(displaced: displaced(to)))]
    case .removeDirectory: return [DiskStep(path: path, expected: stat, action: .removeDirectory)]
    case .keepStanding:
      guard let staged else { return [] }
      return [DiskStep(path: destination, expected: nil, action: .place(staged, displaced: .nothing), stagedInode: stagedInode)]
    case .stepAside(let to): return [DiskStep(path: to, expected: stat, action: .move(from: path))]
    }
  }

  /// What stands at the path when the step is done, as far as its stat does not say: content is not read again.
  func observation(_ stat: FileStat) -> Observation {
    switch action {
    case .placeFile, .placeSymlink: Observation(stat, root: shown.root, target: shown.target)
    case .makeDirectory: Observation(stat, root: .none)
    case .move(let source): Observation(stat, root: source.expected.root, target: source.expected.target)
    default: Observation(stat, root: expected?.root ?? .none, target: expected?.target ?? [])
    }
  }

  /// What the step left at its path and in a copy, where a start after a crash found it done: somebody may have changed it since, so it
  /// counts as changed before any time, and the next scan reads it.
  func left(_ outcome: DiskOutcome) -> DiskOutcome {
    func left(_ found: FileStat?) -> FileStat? {
      guard var stat = found else { return nil }
      switch action {
      case .remove, .removeDirectory: return nil
      case .placeFile, .placeSymlink:
        (stat.kind, stat.size, stat.modified, stat.mode) = (shown.kind, shown.kind == .file ? shown.size : stat.size, shown.modified, shown.mode)
      default: break
      }
      stat.changed = FileStat.unseen
      return stat
    }
    switch outcome {
    case .done(let now, let history, var copy):
      copy?.changed = FileStat.unseen
      return .done(now: left(now), history: history, copy: copy)
    case .late(let now, let name): return .late(now: left(now), name)
    case .changed, .failed: return outcome
    }
  }

  /// What stands at the conflict copy: the bytes that left the path, or the loser's that were staged.
  func copyObservation(_ stat: FileStat) -> Observation? {
    guard let merge, stat.kind == merge.loser.kind else { return nil }
    return Observation(stat, root: merge.loser.root, target: merge.loser.target)
  }
}

extension DiskStep {
  /// Whether it takes something from its path, so that a crash must find out how far it came.
  var needsIntent: Bool {
    switch action {
    case .place: expected != nil
    case .remove, .move: true
    case .makeDirectory, .removeDirectory, .setMetadata: false
    }
  }
  /// What the watch tells of it where it does nothing but bring a new name with nothing below.
  package var echo: WatchReport? {
    switch action {
    case .place where expected == nil: .arrived(path, isDirectory: false)
    case .makeDirectory: .arrived(path, isDirectory: true)
    case .move(let from) where expected?.kind != .directory: .moved(from: from, to: path)
    default: nil
    }
  }
}
