import CoveyCore
import CoveyEngine
import Synchronization

/// What may rightly be apart, waited for or gone at the end. Each excuse is that of one path, and of the device concerned.
extension Simulation {
  func isHeld(_ device: SimulatedDevice, _ path: RelativePath) -> Bool { device.entry(path)?.held != nil }

  /// Whether a directory stays on this device only for an ignored or held child: nobody is shown one there.
  func isStuck(_ device: SimulatedDevice, _ path: RelativePath) -> Bool {
    device.node(path)?.kind == .directory && view(path)?.shown.kind != .directory
      && device.tree.contains { $0.path.isBelow(path) && (isHeld(device, $0.path) || ignores(device, $0.path)) }
  }

  /// What the heads of a path show; all records have the same.
  private func view(_ path: RelativePath) -> View? {
    try? devices[0].store.read(Self.folder) { try Ledger(index: $0, device: devices[0].key.device, deviceName: devices[0].name).view(path) }
  }

  /// Whether a path shows a content that nobody has any more.
  func isWinnerGone(_ path: RelativePath) -> Bool {
    guard let shown = view(path)?.shown, shown.kind == .file else { return false }
    return isGone(shown.root, from: path) && !isToBeGivenUp(path)
  }

  /// Whether the author of what a path shows is there to give it up: it may do so for what no other device ever acknowledged.
  private func isToBeGivenUp(_ path: RelativePath) -> Bool {
    devices.contains { author in
      guard !ignores(author, path), author.node(path) == nil else { return false }
      return (try? author.store.read(Self.folder) { records in
        let others = devices.filter { $0 !== author }.map { records.state.acknowledged[$0.key.device] ?? VersionVector() }
        let heads = try records.versions(of: path, limit: 100).filter(\.isHead)
        return heads.allSatisfy { head in head.author == author.key.device && !others.contains { $0.covers(head.version.dot) } }
      }) ?? false
    }
  }

  /// Paths of which a device awaits bytes that nobody has any more. Status names them.
  func awaitedInVain() throws -> Set<RelativePath> {
    let paths = try devices[0].store.read(Self.folder) { try $0.pathsWithHeads(after: nil, limit: 10_000) }
    return Set(paths.filter { path in
      isWinnerGone(path) || view(path)?.losers.contains { $0.kind == .file && isGone($0.root, from: path) } == true
    })
  }

  /// Whether no disk has these bytes any more, and rightly so: a user removed them from the path where his device said nothing of it, for
  /// a rule ignored the path, or its state was lost.
  private func isGone(_ root: Root, from path: RelativePath) -> Bool {
    // What was fetched and then not wanted serves nobody, nor does what stands where its device ignores it.
    let isAnywhere = devices.contains { device in
      let standing = device.tree.filter { !ignores(device, $0.path) }.map(\.node)
      return (standing + device.disk.state.withLock { Array($0.live.history.values) }).contains { Root(smallContent: $0.bytes) == root }
    }
    if isAnywhere { return false }
    if tags.shock != nil { return true }
    guard let tag = tags.all.first(where: { Root(smallContent: Tags.bytes($0)) == root }) else { return false }
    return tags.removers[tag]?.contains { hasIgnored(devices[$0], path) } ?? false
  }

  /// Whether some device lost its record, and this content was told to be deleted somewhere: where its user put it back, unseen or while the
  /// folder was not shared, it counts for who meets the folder anew as what was deleted, and goes to history.
  func wasToldDeleted(_ tag: String) -> Bool {
    guard tags.shock != nil else { return false }
    let root = Root(smallContent: Tags.bytes(tag))
    return devices.contains { device in
      let versions = try? device.store.read(Self.folder) { records in
        try records.pathsWithHeads(after: nil, limit: 10_000).flatMap { try records.versions(of: $0, limit: 100) }
      }
      return versions?.contains { $0.version.kind == .tombstone && $0.version.replaced == root } ?? false
    }
  }

  /// Whether the device ignored the path at any time: what its user did before a rule came may be seen after it.
  private func hasIgnored(_ device: SimulatedDevice, _ path: RelativePath) -> Bool {
    device.rulesSeen.contains { parsed($0).ignores(ConflictCopyName.original(of: path) ?? path, isDirectory: nil) }
  }

  /// Whether the device itself cannot come to what is shown.
  func waits(_ device: SimulatedDevice, _ inVain: Set<RelativePath>) -> Bool {
    inVain.contains { !ignores(device, $0) } || device.tree.contains { isStuck(device, $0.path) }
  }

  /// What the device can have acknowledged: all it knows, but for what it awaits in vain and what came after that.
  func done(_ device: SimulatedDevice, butFor inVain: Set<RelativePath>) throws -> VersionVector {
    try device.store.read(Self.folder) { records in
      var done = records.state.knowledge
      for path in inVain where !ignores(device, path) {
        let agreed = try records.entry(path)?.agreed.vector ?? VersionVector()
        for head in try records.heads(of: path) where !agreed.covers(head.dot) { done.limit(head.dot.log, to: head.dot.sequence - 1) }
      }
      return done
    }
  }
}
