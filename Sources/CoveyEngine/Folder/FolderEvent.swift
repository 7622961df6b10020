package import CoveyCore
package import CoveyProtocol

/// Everything that can happen to a folder.
package enum FolderEvent: Sendable {
  /// The folder's directory was opened. `machine`: the id of this machine; `wasClean`: the last run ended with ``FolderEffect/closeRecord(_:)``.
  case opened(marker: FolderMarker?, machine: String, wasClean: Bool)
  /// The directory is not to be had now; the sentence says why.
  case unavailable(String)
  /// Interrupted steps were stood against the disk.
  case recovered([Recovered])
  case watched([WatchReport])
  /// The kernel's queue was read empty after this was asked for.
  case drained(token: UInt64)
  case observed(scan: UInt64, [ObservedChange])
  /// What stands at paths that are ignored no longer.
  case looked([ObservedChange], isLast: Bool)
  /// They could not be looked at: the folder's directory is not there.
  case lookedInVain(String)
  case scanned(UInt64, ScanSummary)
  case reserved(upTo: UInt64)
  case reserveFailed(DiskError)
  case peerJoined(DeviceID)
  case peerLeft(DeviceID)
  case handshake(FolderHandshake, from: DeviceID)
  case batches([VerifiedBatch], from: DeviceID)
  case roundEnd(RoundEnd, from: DeviceID)
  case peerStatus(PeerFolderStatus, from: DeviceID)
  /// The active members, and the newest membership records, under which batches are signed.
  case membersChanged(Set<DeviceID>, heads: [Bytes32])
  /// All devices that are connected and have said what they share, whether this folder or not; and those among them that paused it.
  case connected(Set<DeviceID>, paused: Set<DeviceID>)
  case fetched(job: UInt64, [FetchOutcome])
  case stagedFlushed(job: UInt64, DiskError?)
  case performed(job: UInt64, [DiskOutcome])
  case directoriesFlushed(job: UInt64, DiskError?)
  /// Late files that are settled: their bytes stand in history, or beside the path as a copy.
  case lateSettled([SettledLate])
  /// What the file system has room for; all zero where it does not say.
  case measured(free: Int64, total: Int64)
  /// A page of files was read again and compared with what was observed.
  case verified(run: UInt64, Verifier.Page)
  /// Files were taken out of history, but for these, which would not go.
  case historyForgotten(failed: [HistoryName])
  /// Files of history that the record did not name.
  case historyFound(HistoryFinder.Page)
  /// What staging held when the folder came up was put where it belongs.
  case leftoversKept(Leftovers)
  case command(FolderCommand)
  case tick
}

/// What a person asks of a folder.
package enum FolderCommand: Sendable {
  case scan
  case pause
  case resume
  /// Looks at these paths at once: something of ours changed them.
  case look([RelativePath])
  case keepBoth(RelativePath)
  case settle(RelativePath)
  case releaseHeld(RelativePath)
  /// Reads everything again and compares it with what was observed.
  case verify
  /// Held deletes count, or what was deleted comes back.
  case approveDeletes
  case takeBackDeletes
  /// The device is called something else from now on.
  case takeName(String)
  /// Finishes what is in flight and starts nothing new.
  case stop
}

/// A late file, and where its bytes are now: in history when nobody wrote to it any more, else at a path beside the one it left.
package struct SettledLate: Sendable {
  package var late: LateFile
  package var history: HistoryName?
  package var copy: RelativePath?
  package init(late: LateFile, history: HistoryName?, copy: RelativePath?) { self.late = late; self.history = history; self.copy = copy }
}

/// What staging held and no intent named.
package struct Leftovers: Sendable {
  /// In history now.
  package var kept: [HistoryItem]
  /// Half-fetched contents, which stay until it is known whether anything still wants them.
  package var unfinished: [StagedName]
  package init(kept: [HistoryItem] = [], unfinished: [StagedName] = []) { self.kept = kept; self.unfinished = unfinished }
}

/// What the files of ignore rules say: `.coveyignore`, which is synced, and `.covey/ignore`, which is not. Empty where there is none.
package struct RulesSource: Hashable, Sendable {
  package var shared: [UInt8]
  package var local: [UInt8]
  package init(shared: [UInt8] = [], local: [UInt8] = []) { self.shared = shared; self.local = local }
}

package struct Recovered: Sendable {
  package var intent: Intent
  package var outcome: ReplayOutcome
  package init(intent: Intent, outcome: ReplayOutcome) { self.intent = intent; self.outcome = outcome }
}

/// Everything a folder wants done. The runner carries it out elsewhere and comes back with an event.
package enum FolderEffect: Sendable {
  /// Opens the folder's directory, at once or again.
  case open
  /// Begins to watch the folder's directory, so that nothing escapes the scan that follows; then stands interrupted steps against the disk.
  case recover([Intent])
  /// Lists staging; what none of these names mentions goes to history, and half-fetched contents stay for now.
  case keepLeftovers(named: [StagedName])
  /// Reads the rules; where they are the known ones, scans under them, else says what they are.
  case scan(ScanRequest, known: RulesSource, rules: GitIgnore)
  /// Looks at entries that the old rules ignored and the new ones do not.
  case lookAgain(old: GitIgnore, new: GitIgnore)
  case drain(token: UInt64)
  /// Writes the marker with the numbers it reserves; only the first one may stand where none does.
  case reserve(FolderMarker, isFirst: Bool)
  case fetch(FetchJob)
  case flushStaged(job: UInt64, [StagedName])
  case perform(job: UInt64, [DiskStep])
  case flushDirectories(job: UInt64)
  case discardStaged([StagedName])
  /// Looks at late files again; what was written to them is the edit of a user of the device with this name.
  case settleLate([LateFile], deviceName: String)
  /// Reads a page of files again. `isPatient`: most of the time it leaves the disk to others.
  case verify(run: UInt64, after: RelativePath?, isPatient: Bool)
  case measureSpace
  /// Looks for files in history that the record does not name.
  case findHistory(after: HistoryName?)
  /// Takes files out of history for good.
  case forgetHistory([HistoryName])
  case send(Message, to: DeviceID)
  /// The index has something to say that peers have not heard.
  case announce
  /// This peer knows what it said it knows, or nothing if it begins anew: send it rounds from there.
  case openRounds(to: DeviceID, knowledge: VersionVector)
  /// What was agreed with peers no longer holds: end the connections, so that each begins anew.
  case resetSessions
  /// Something happened that the log of the daemon should tell.
  case tell(FolderNotice)
  case wake(at: Instant)
  /// Nothing is authored any more: repeats the exact highest number in the marker, then marks the record as complete.
  case closeRecord(FolderMarker)
  /// Nothing is in flight any more.
  case stopped
}

package enum FolderNotice: Hashable, Sendable {
  case logForked
  case metAnew
  case problem(Problem)
  case digestsDiffer(DeviceID)
  case historyPruned(Keeping.Pruned)
  /// So many files at once went that nobody is told.
  case deletesHeld(fileCount: Int64)
  /// Bytes changed though nobody wrote them.
  case damaged(RelativePath)
  /// Most of the own log was dead.
  case logRestated
  case failed(String)
}
