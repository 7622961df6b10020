import CoveyCore

/// Contents that were told of and are nowhere any more, for their user removed them while a rule kept that from the others, or before a
/// record was lost: everybody would wait for them for ever.
extension FolderMachine {
  /// For so long every other member must have answered that it does not have them: its disk may just be in trouble.
  static let lostPatience = Duration.seconds(60)
  /// So many paths are given up at once, and so many versions of one are looked through for what was there before.
  private static let lostCountMax = 100

  /// Only their author gives contents up, and only while all members are there and none of them ever acknowledged them: who holds what it
  /// cannot read just now keeps it.
  mutating func giveUpLost(at now: Instant) throws -> [FolderEffect] {
    guard !planning.waits.isEmpty, planning.isIdle, looking.isIdle else { return [] }
    let others = members.subtracting([setup.device])
    guard !others.isEmpty, others.allSatisfy({ peers[$0]?.hasShakenHands == true }) else { return [] }
    let paths = planning.waits.compactMap { path, reason in
      if case .bytesAwaited(let root) = reason, isRefused(root, by: others, at: now) { path } else { nil }
    }.sorted().prefix(Self.lostCountMax)
    guard !paths.isEmpty else { return [] }
    let lost = try read { records in
      let acknowledged = others.map { records.state.acknowledged[$0] ?? VersionVector() }
      return try paths.compactMap { path -> (path: RelativePath, before: Version?)? in
        let known = try records.versions(of: path, limit: Self.lostCountMax)
        let heads = known.filter(\.isHead)
        let isOwn = heads.allSatisfy { head in head.author == setup.device && !acknowledged.contains { $0.covers(head.version.dot) } }
        guard isOwn, try heads.count == records.heads(of: path).count, let replaced = heads.first?.version.replaced else { return nil }
        return (path, known.first { !$0.isHead && $0.version.kind == .file && $0.version.root == replaced }?.version)
      }
    }
    guard !lost.isEmpty else { return [] }
    if let wait = try waitForNumbers() { return wait }
    let authored = try write(flush: true) { records in
      var ledger = ledger(records)
      for (path, before) in lost { try ledger.giveUp(path, for: before) }
      try seal(ledger, in: records)
      return ledger.authored.count
    }
    guard authored > 0 else { return [] }
    planning.begin()
    settling.isDue = true
    return [.announce]
  }

  /// When the next content counts as lost: by then its holders may be asked once an hour only.
  func lostDue(after now: Instant) -> Instant? {
    planning.waits.values.compactMap { reason in
      if case .bytesAwaited(let root) = reason { planning.refusals[root]?.since.advanced(by: Self.lostPatience) } else { nil }
    }.filter { $0 > now }.min()
  }

  private func isRefused(_ root: Root, by others: Set<DeviceID>, at now: Instant) -> Bool {
    guard let since = planning.refusals[root]?.since, since.advanced(by: Self.lostPatience) <= now else { return false }
    return others.isSubset(of: planning.unavailable[root] ?? [])
  }
}
