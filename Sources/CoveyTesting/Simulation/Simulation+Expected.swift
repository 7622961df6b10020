import CoveyCore
import CoveyEngine

/// Promises that are looked after by what a hand-made history says of itself, or in the moment in which they are broken.
extension Simulation {
  /// What takes part on a device, one line `PATH:CONTENT` each; a directory ends with a slash, a conflict copy has the path of its original.
  private func listing(_ device: SimulatedDevice) -> [String] {
    device.tree.filter { $0.path != Self.rulesPath && device.entry($0.path)?.held == nil && !ignores(device, $0.path) }.map { path, node in
      let original = ConflictCopyName.original(of: path) ?? path
      return node.kind == .directory ? "\(original)/" : "\(original):\(Tags.tag(node.bytes) ?? "torn")"
    }.sorted()
  }

  /// At the end of a history that says what is to take part on every device then, as far as that does not ignore it.
  func checkExpected(_ expected: [String]) -> Fault? {
    for device in devices {
      let standing = listing(device)
      let expected = expected.filter { line in !ignores(device, RelativePath(trusted: Array(line.prefix { $0 != ":" }.utf8))) }
      if standing == expected { continue }
      let text = "\(device.name) holds \(standing), not \(expected)"
      if expected.contains(where: { !standing.contains($0) }) { return Fault(oracle: .loss, text: text) }
      return Fault(oracle: hasCopy(device) ? .copies : .resurrection, text: text)
    }
    return nil
  }

  private func hasCopy(_ device: SimulatedDevice) -> Bool { device.tree.contains { ConflictCopyName.original(of: $0.path) != nil } }

  /// After an event: no file is said to be deleted that still stands in a directory which cannot be read.
  func checkAbsence(_ device: SimulatedDevice, since before: FolderState) throws {
    let unreadable = device.disk.problemPaths
    let log = try device.state().log
    let after = log == before.log ? before.sequence : 0
    for head in try device.store.read(Self.folder, { try $0.heads(in: log, after: after, limit: 100) }) where head.kind == .tombstone {
      guard let node = device.node(head.path), node.kind == .file, node.hashed?.root == head.replaced, let tag = Tags.tag(node.bytes) else { continue }
      if tags.dead[tag] == nil, !tags.moved.contains(tag), unreadable.contains(where: { head.path.isBelow($0) }) {
        note(.absence, "\(device.name) says that \(head.path) is deleted, which it cannot read")
      }
    }
  }
}
